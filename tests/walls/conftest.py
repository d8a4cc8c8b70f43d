"""A world in which every walled table holds something of one practice and one plan, and nothing of the others."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import psycopg
import pytest
from django.db import connection

from pa_portal.accounts.models import User
from pa_portal.audit import walls
from pa_portal.db import places
from pa_portal.determinations import actions
from pa_portal.exports import actions as exports
from pa_portal.reports import daily
from tests.determinations.conftest import build_wider_world
from tests.determinations.making import ACTS, in_situation, on
from tests.records.making import draft
from tests.records.test_attachments import attach

SITUATIONS = ("recommended", "pended", "called", "appealed", "upheld", "void")


@pytest.fixture
def world(db: None, settings, tmp_path: Path) -> SimpleNamespace:
    """The practice's and the plan's people, requests in ``sent``, and a ``draft``."""
    settings.ATTACHMENT_ROOT = tmp_path / "attachments"
    world = build_wider_world()
    world.draft = draft(world)
    attach(world, world.draft)
    world.sent = {name: in_situation(world, name) for name in SITUATIONS}
    request = world.sent["recommended"]
    actions.return_recommendation(**on(request, world.director), note="Call first.")
    actions.send_message(by=world.prescriber, request_id=request.pk, body="When was it given?")
    actions.read_messages(by=world.reviewer, request_id=request.pk)
    actions.write_note(by=world.reviewer, request_id=request.pk, body="Ask the pharmacist.")
    actions.mark_as_mailed(by=world.reviewer, letter_id=world.sent["upheld"].letters.get(kind="denial").pk)
    attach(world, world.sent["pended"])
    ACTS["respond"](world.prescriber, world.sent["pended"])
    actions.save_clock_rule(
        by=world.manager, stage="request", line_of_business="commercial", urgency="standard", hours=100
    )
    actions.set_automatic_approval(by=world.manager, policy_id="IC-0072", on=False)
    actions.save_letter_settings(by=world.manager, data={"appeal_days": 120})
    what = exports.What("letters", "csv", "data=letters", patients=False)
    world.export = exports.ask(by=world.manager, what=what, expected=1)
    world.schedule = exports.schedule(by=world.manager, what=what, frequency="daily", delivery="email")
    officer = {"email": "officer@portal.example", "first_name": "Ona", "last_name": "Testcase"}
    world.officer = User.objects.create(organization=world.plan, role="manager", is_privacy_officer=True, **officer)
    daily.fold()
    return world


@pytest.fixture(scope="session")
def walled() -> list[str]:
    """Every table of which pages see some rows and not others."""
    return sorted(table for table, wall in walls.declared().items() if wall.rows and wall.may)


@pytest.fixture
def login(db: None) -> Iterator[psycopg.Connection]:
    """A connection to this test's database as the login that pages are served with, and no more.

    The tests' own login has other roles to go back to, so only this one shows what a page's login cannot do.
    """
    settings = connection.settings_dict
    user = os.environ.get("TEST_WEB_USER") or places.WEB_USER
    with psycopg.connect(
        host=settings["HOST"], port=settings["PORT"] or None, dbname=settings["NAME"], user=user, autocommit=True
    ) as found:
        yield found
