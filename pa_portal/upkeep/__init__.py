"""Keeping an installation's data: backup, restore, and telling whether two databases hold the same."""
