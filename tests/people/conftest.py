"""The people of the record tests."""

from tests.records.conftest import world

__all__ = ["world"]
