"""Wherever a page sends a random id in a query or a body, another's id there is tried against nobody's."""

from __future__ import annotations

import pytest

from tests.access.ids import IDS
from tests.hostile.addresses import address_of
from tests.hostile.portal import Portal

pytestmark = pytest.mark.django_db

# Not of a record: a message's own, drawn by the page. tests/determinations/test_messages.py tries one that is taken.
DRAWN = {
    ("intake:message", "id"),
    ("admin:submissions_request_message", "token"),
    ("admin:submissions_request_note", "token"),
}


def test_every_field_with_an_id_is_tried(portal: Portal) -> None:
    found = {(address.name, name) for path, name in portal.naming if (address := address_of(path))}
    tried = {(each.address, each.field) for each in IDS}
    assert found - DRAWN <= tried, "Add these to tests/access/ids.py."
    assert found >= DRAWN
    assert len(found) > 12
