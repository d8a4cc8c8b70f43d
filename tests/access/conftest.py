"""The people of the record tests, and a second medical director."""

from tests.determinations.conftest import world

__all__ = ["world"]
