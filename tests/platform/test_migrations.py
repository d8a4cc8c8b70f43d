"""Migrations forward, back one at a time, and forward again, on the demo's data: no step deletes a record unasked."""

from __future__ import annotations

import json
import os
import re
import secrets
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from pa_portal.db import places, project
from pa_portal.db.cluster import SUPERUSER, Cluster
from pa_portal.upkeep import fingerprints
from pa_portal.upkeep.going_back import EXPENDABLE

ROOT = Path(__file__).parents[2]
CONTENT = """
    SELECT count(*), coalesce(md5(string_agg(h, '' ORDER BY h)), '')
    FROM (SELECT md5(to_jsonb(t)::text) AS h FROM {table} t) AS rows
"""
COLUMN = "SELECT is_nullable, data_type FROM information_schema.columns WHERE table_name = %s AND column_name = %s"
COMMANDS = """
import contextlib, io, json, sys
import django
django.setup()
from django.core.management import call_command
from django.db import connection
for line in sys.stdin:
    said, error = io.StringIO(), ""
    try:
        with contextlib.redirect_stdout(said):
            call_command(*json.loads(line))
    except (Exception, SystemExit) as problem:
        error = f"{type(problem).__name__}: {problem}"
        connection.close()
    print(json.dumps([error, said.getvalue()]), flush=True)
"""
DERIVED = ("django_migrations", "django_content_type", "auth_permission", *(e.replace(".", "_") for e in EXPENDABLE))


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    cluster = Cluster(places.at(project.throwaway_home()), durable=False)
    cluster.start()
    yield cluster
    cluster.destroy()


@dataclass
class Manage:
    """`manage.py`, started once for many commands: each gives what it said, or raises Refused."""

    process: subprocess.Popen[str]

    def __call__(self, *arguments: str) -> str:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(arguments) + "\n")
        self.process.stdin.flush()
        error, said = json.loads(self.process.stdout.readline())
        if error:
            raise Refused(error)
        return str(said)


class Refused(Exception):
    """A command failed."""


@pytest.fixture(scope="module")
def manage(cluster: Cluster) -> Iterator[Manage]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("DJANGO_", "PG"))}
    environment |= {
        "DJANGO_SETTINGS_MODULE": "pa_portal.settings.dev",
        "SECRET_KEY": secrets.token_urlsafe(48),
        "DATABASE_URL": cluster.url,
        "ATTACHMENT_ROOT": str(cluster.place.home / "attachments"),
    }
    process = subprocess.Popen(
        [sys.executable, "-c", COMMANDS],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    yield Manage(process)
    process.communicate()


def superuser(cluster: Cluster) -> psycopg.Connection:
    """A connection that no trigger holds back."""
    connection = psycopg.connect(
        host=str(cluster.place.socket), port=places.PORT, user=SUPERUSER, dbname=places.NAME, autocommit=True
    )
    connection.execute("SET session_replication_role = replica")
    return connection


def held(cluster: Cluster) -> dict[str, tuple[int, str]]:
    with superuser(cluster) as connection, connection.transaction(), connection.cursor() as cursor:
        found = fingerprints.of(cursor, without=DERIVED)
    return {table: said for table, said in found.items() if not table.startswith(("procrastinate", "aside_"))}


def contents(cluster: Cluster) -> dict[str, tuple[int, str]]:
    """As ``held``, whatever order a table's columns have come to be in."""
    with superuser(cluster) as connection, connection.transaction():
        connection.execute("SET LOCAL timezone = 'UTC'")
        tables = held(cluster)
        return {table: connection.execute(CONTENT.format(table=table)).fetchone() for table in tables}


def first_column(cluster: Cluster, sql: str) -> set[str]:
    with superuser(cluster) as connection:
        return {value for (value,) in connection.execute(sql)}


def steps(manage: Manage) -> list[tuple[str, str, str]]:
    """Every migration of ours in the order in which they are applied: room, name, and the one before it there."""
    rooms = {path.parent.name for path in (ROOT / "pa_portal").glob("*/migrations")}
    found: list[tuple[str, str, str]] = []
    for room, name in re.findall(r"\[X\]  (\w+)\.(\w+)", manage("showmigrations", "--plan")):
        if room in rooms:
            before = next((earlier for r, earlier, _ in reversed(found) if r == room), "zero")
            found.append((room, name, before))
    return found


def said_plainly(step: str, refusal: str) -> str:
    assert f"Going back over {step} would delete records" in refusal
    return refusal


def give_way(cluster: Cluster, refusal: str) -> None:
    """Delete what the refusal names, as somebody would who means it."""
    with superuser(cluster) as connection:
        for table in re.findall(r"\d+ rows of (\w+)", refusal):
            connection.execute(f"TRUNCATE {table} CASCADE")
        for table, column in re.findall(r"\d+ values of (\w+)\.(\w+)", refusal):
            kind = connection.execute(COLUMN, [table, column]).fetchone()
            nothing = "NULL" if kind[0] == "YES" else "DEFAULT" if kind[1] == "jsonb" else "''"
            connection.execute(f"UPDATE {table} SET {column} = {nothing}")


def test_all_the_way_back_and_forward_on_an_empty_database(cluster: Cluster, manage: Manage) -> None:
    manage("migrate", "--verbosity=0")
    whole = held(cluster).keys()
    for room in ("accounts", "audit"):
        manage("migrate", room, "zero", "--verbosity=0")
    assert not [table for table in held(cluster) if table.startswith(("submissions", "determinations", "accounts"))]
    manage("migrate", "--verbosity=0")
    assert held(cluster).keys() == whole


def test_one_step_back_at_a_time_and_forward_on_the_demos_data(cluster: Cluster, manage: Manage) -> None:
    """A step either goes, and leaves or sets aside every record, or is refused whole, with what it would delete.

    Forward again, every record is back as it was but those that were meant to be deleted.
    """
    manage("migrate", "--verbosity=0")
    manage("seed_demo")
    at_first, deleted = contents(cluster), set[str]()
    refused, records = [], held(cluster)
    for room, name, before in reversed(steps(manage)):
        if before == "zero":
            continue  # with these, the room itself would be gone
        step = f"{room}.{name}"
        try:
            manage("migrate", room, before, "--verbosity=0")
        except Refused as refusal:
            assert held(cluster) == records, f"{step} was refused and changed something"
            refused.append(step)
            give_way(cluster, said_plainly(step, str(refusal)))
            deleted |= {table for table, said in held(cluster).items() if said != records[table]}
            records = held(cluster)
            manage("migrate", room, before, "--verbosity=0")
        now = held(cluster)
        assert {table: now[table][0] for table in now} == {table: records[table][0] for table in now}, step
        records = now
    left = records
    assert not [step for step in refused if step.startswith(("accounts", "determinations"))]
    assert refused, "the record itself comes with a backup"
    assert left["submissions_request"][0] > 30
    assert left["submissions_submission"][0] > 20
    assert left["determinations_determination"][0] > 20
    able = "SELECT role FROM accounts_user WHERE is_active"
    assert first_column(cluster, able) == {"prescriber", "reviewer", "manager"}, "roles that earlier code knows"

    manage("migrate", "--verbosity=0")
    manage("migrate", "--check")
    now = contents(cluster)
    assert {table for table, said in at_first.items() if now[table] != said} <= deleted
    assert not first_column(cluster, "SELECT relname FROM pg_class WHERE relname LIKE 'aside%'")
