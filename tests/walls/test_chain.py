"""The chain finds every row that was altered, removed or put in, and says which; even by who owns the server."""

from __future__ import annotations

import io
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from pa_portal.audit import sealing, triggers
from pa_portal.audit.actions import record
from pa_portal.audit.models import Event, Seal, Trace
from tests.records.conftest import build_world


@pytest.fixture
def people(db: None) -> SimpleNamespace:
    """People, three seals of some rows each, and a few rows that came since."""
    people = build_world()
    tamper("DELETE FROM audit_trace")  # of their accounts
    for _ in range(3):
        some(people, 5)
        assert sealing.seal() == 5
    some(people, 2)
    return people


def some(people: SimpleNamespace, number: int) -> None:
    for _ in range(number):
        record(by=people.prescriber, action="test", obj=people.colleague)


def tamper(sql: str, *params: object) -> None:
    """As the owner of the tables, with everything off that would refuse."""
    with connection.cursor() as cursor:
        for table in ("audit_trace", "audit_event", "audit_seal"):
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute(sql, params)
        for table in ("audit_trace", "audit_event", "audit_seal"):
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


def problems(*known: sealing.Head) -> list[str]:
    return sealing.verify(list(known)).problems


def nth(number: int) -> int:
    """The id of a sealed row."""
    return Trace.objects.order_by("id")[number].id


def test_nothing_is_found_when_nothing_was_touched(people: SimpleNamespace) -> None:
    found = sealing.verify([])
    assert found.problems == []
    assert (found.seals, found.rows, found.events, found.unsealed) == (3, 15, 17, 2)
    assert found.head == sealing.head()
    assert sealing.seal() == 2
    assert sealing.verify([found.head]).unsealed == 0
    assert sealing.seal() == 0


@pytest.mark.parametrize(
    "change",
    [
        "user_id = gen_random_uuid()",
        "at = at + interval '1 microsecond'",
        "what = 'page'",
        "organization_id = NULL",
        "login = 'somebody'",
        "request_id = 'x'",
        "ip = '192.0.2.1'",
        "page = 'x'",
        "object_type = 'x'",
        "subjects = '{}'",
        "columns = '{x}'",
        "digest = NULL",
    ],
)
def test_an_altered_row_is_named(people: SimpleNamespace, change: str) -> None:
    assert {change.split()[0] for change in [change]} <= {field.column for field in Trace._meta.concrete_fields}
    id = nth(7)
    tamper(f"UPDATE audit_trace SET {change} WHERE id = %s", id)
    assert f"row {id} of the trace was altered" in problems()


def test_every_column_is_under_the_seal() -> None:
    for model, text, name in ((Trace, triggers.TRACE_TEXT, "t"), (Event, triggers.EVENT_TEXT, "e")):
        assert [field.column for field in model._meta.concrete_fields if f"{name}.{field.column}" not in text] == []


@pytest.mark.parametrize("number", [0, 7, 14])
def test_a_removed_row_is_named(people: SimpleNamespace, number: int) -> None:
    id = nth(number)
    tamper("DELETE FROM audit_trace WHERE id = %s", id)
    assert f"row {id} of the trace was removed" in problems()


def test_a_row_put_in_is_named(people: SimpleNamespace) -> None:
    copy = "INSERT INTO audit_trace SELECT (jsonb_populate_record(t, %s)).* FROM audit_trace t WHERE id = %s"
    tamper(copy, '{"id": 900000, "at": "2026-01-01T00:00:00Z"}', nth(7))
    assert problems() == ["row 900000 of the trace was put in after its time was sealed"]
    # Nor does it come under a seal later.
    assert sealing.seal() == 2
    assert problems() == ["row 900000 of the trace was put in after its time was sealed"]


def test_events_are_found_by_their_trace(people: SimpleNamespace) -> None:
    first, second = Event.objects.order_by("id").values_list("id", flat=True)[3:5]
    tamper("UPDATE audit_event SET detail = %s WHERE id = %s", '{"a": 1}', first)
    assert problems() == [f"event {first} was altered"]
    tamper("DELETE FROM audit_event WHERE id = %s", second)
    assert f"event {second} was removed" in problems()
    tamper(
        "INSERT INTO audit_event SELECT (jsonb_populate_record(e, %s)).* FROM audit_event e WHERE id = %s",
        '{"id": 800000}',
        first,
    )
    assert "event 800000 was put in without a trace" in problems()


def test_a_seal_that_was_touched_or_made_again_is_found(people: SimpleNamespace) -> None:
    kept = sealing.head()
    assert kept is not None
    id = nth(7)
    tamper("UPDATE audit_trace SET page = 'x' WHERE id = %s", id)
    tamper("UPDATE audit_seal SET digests = digests || digests WHERE number = 2")
    found = problems(kept)
    assert "seal 2 was altered: its hash does not follow" in found
    # The whole chain made again, as its owner could: it is in order, and ends in another head.
    tamper("DELETE FROM audit_seal")
    for table in ("audit_event", "audit_trace"):
        assert table
    assert sealing.seal() == 17
    some(people, 1)
    for _ in range(2):
        sealing.seal()
        some(people, 1)
    assert problems() == []
    assert problems(kept) == ["the chain was made again: seal 3 is not the one whose head was kept"]


def test_the_last_seals_cannot_be_cut_off_behind_a_kept_head(people: SimpleNamespace) -> None:
    kept = sealing.head()
    assert kept is not None
    tamper("DELETE FROM audit_seal WHERE number = 3")
    assert problems() == []  # those rows are waiting for a seal again
    assert problems(kept) == ["seal 3, whose head was kept, is not there"]
    tamper("DELETE FROM audit_seal WHERE number = 1")
    assert problems()[0] == "seal 1 was removed"


def test_a_row_with_a_smaller_number_may_come_later(people: SimpleNamespace) -> None:
    """As that of a transaction which was open while others were sealed."""
    sealing.seal()
    late = nth(12)
    tamper("UPDATE audit_trace SET id = 700000 WHERE id = %s", late)
    tamper("DELETE FROM audit_seal")
    sealing.seal()
    tamper(
        "INSERT INTO audit_trace SELECT (jsonb_populate_record(t, %s)).* FROM audit_trace t WHERE id = %s",
        f'{{"id": {late}}}',
        nth(0),
    )
    assert sealing.verify([]).unsealed == 1
    assert sealing.seal() == 1
    assert [problem for problem in problems() if "trace" in problem] == []
    assert Seal.objects.order_by("-number").first().rows == 1


def test_the_command(people: SimpleNamespace, tmp_path: Path) -> None:
    def run(*arguments: str) -> str:
        out = io.StringIO()
        call_command("audit", *arguments, stdout=out)
        return out.getvalue()

    head = tmp_path / "heads"
    head.write_text(run("head"))
    assert "Nothing on record was touched." in run("verify", "--head", str(head))
    some(people, 1)
    assert "1 rows sealed." in run("seal")
    assert "4 seals" not in run("verify")
    tamper("UPDATE audit_trace SET ip = 'x' WHERE id = %s", nth(3))
    with pytest.raises(CommandError, match=f"row {nth(3)} of the trace was altered"):
        run("verify", "--head", str(head))
    head.write_text("nonsense")
    with pytest.raises(CommandError, match="does not hold heads"):
        run("verify", "--head", str(head))
