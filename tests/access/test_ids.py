"""An id in a query, in a body or of a factor: another's is answered as nobody's, and neither changes anything."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.models import Authenticator
from django.urls import reverse

from pa_portal.submissions.models import Request
from tests.access.dropping import undone
from tests.access.ids import IDS, Named
from tests.access.test_matrix import Answer, Door, door
from tests.hostile.test_get_changes_nothing import state

__all__ = ["door"]
pytestmark = pytest.mark.django_db


def ask(door: Door, named: Named, id: Any) -> tuple[Answer, dict[str, str]]:
    """The answer, with the id taken out, and a digest of each table after it."""
    captured = door.world.records["own"].get(named.about, {})
    path = reverse(named.address, kwargs={**({"pk": captured["pk"]} if captured else {}), **named.takes})
    data = {**named.beside, named.field: id}
    if captured:
        data = {"version": Request.objects.get(pk=captured["pk"]).version, **data}
    if named.method == "GET":
        path, data = f"{path}?{urlencode(data)}", {}
    with door.sent(named.person, named.method, path, data) as found:
        return Answer(found.status, found.body.replace(str(id), "ID"), found.headers), state()


def others_are_like_none(door: Door, named: Named) -> None:
    with undone():
        if named.prepare:
            named.prepare(door.world)
        before = state()
        mine = ask(door, named, named.own(door.world))
        theirs, after = ask(door, named, named.foreign(door.world))
        assert mine[0].status == named.told, mine[0].body
        assert theirs.status == named.refused, theirs.body
        assert after == before, [table for table in after if after[table] != before[table]]
        assert (theirs, after) == ask(door, named, named.nobodys())
        assert (theirs, after) != mine


@pytest.mark.parametrize("named", IDS, ids=lambda each: each.name)
def test_anothers_id_is_like_nobodys(door: Door, named: Named) -> None:
    others_are_like_none(door, named)


# Numbers and links of one's own account


def a_passkey(user: Any) -> Authenticator:
    return Authenticator.objects.create(user=user, type=Authenticator.Type.WEBAUTHN, data={"name": "Key"})


@pytest.mark.parametrize("name", ["mfa_edit_webauthn", "mfa_remove_webauthn"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_anothers_passkey_is_like_none(door: Door, name: str, method: str) -> None:
    with undone():
        mine, theirs = a_passkey(door.world.prescriber), a_passkey(door.world.colleague)
        before = state()
        told = {}
        for whose, pk in (("mine", mine.pk), ("theirs", theirs.pk), ("none", theirs.pk + 1)):
            with door.sent("prescriber", method, reverse(name, kwargs={"pk": pk}), {"name": "Mine"}) as told[whose]:
                assert whose == "mine" or state() == before
    assert told["theirs"] == told["none"] != told["mine"]
    assert told["theirs"].status == 404


def but_attempts(found: dict[str, str]) -> dict[str, str]:
    """Trying a link counts, whosever it is."""
    return {name: digest for name, digest in found.items() if name != "accounts_attempts"}


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_link_of_somebody_without_its_key_is_like_one_of_nobody(door: Door, method: str) -> None:
    with undone():
        somebody = user_pk_to_url_str(door.world.other_prescriber)
        nobody = user_pk_to_url_str(type(door.world.other_prescriber)())
        told = []
        before = but_attempts(state())
        for uid in (somebody, nobody):
            path = reverse("account_reset_password_from_key", kwargs={"uidb36": uid, "key": "abc-0123456789"})
            with door.sent("anonymous", method, path, {"password1": "x", "password2": "x"}) as answer:
                told.append(answer)
                assert but_attempts(state()) == before
    assert told[0] == told[1]
