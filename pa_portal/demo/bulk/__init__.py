"""Requests by the million, for trying and measuring: whole stories, written with COPY."""
