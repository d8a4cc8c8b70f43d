"""Walls: which rows the portal may see and change, held by the database itself, whatever a query asks for.

Every room says in its ``walls.py`` what the portal may do with its tables; ``install`` puts that in place after every
migration. A table that nobody named is closed to the portal altogether.

Two roles, which own nothing and cannot sign in, hold the rights; people's and programs' logins are members of them:

``portal_web``     serves pages. Sees the rows of whoever is signed in, and without a context none.
``portal_system``  runs jobs and commands. Sees every row, once it has said what for (``acting.as_system``).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.db import DEFAULT_DB_ALIAS, connections, transaction

from pa_portal.audit import triggers
from pa_portal.audit.triggers import Watch

WEB, SYSTEM = "portal_web", "portal_system"
READ, APPEND = "SELECT", "SELECT, INSERT"
EDIT = "SELECT, INSERT, UPDATE"
ALL = "SELECT, INSERT, UPDATE, DELETE"

# The organization one acts for: as a provider's prescriber or staff, as its manager, or as anybody of a plan.
PROVIDER = "(SELECT portal_organization('provider'))"
MANAGER = "(SELECT portal_organization('manager'))"
PLAN = "(SELECT portal_organization('plan'))"
PERSON = "(SELECT nullif(current_setting('portal.user_id', true), '')::uuid)"
SOMEBODY = "(SELECT coalesce(current_setting('portal.side', true), '') <> '')"


@dataclass(frozen=True, slots=True)
class Wall:
    """What the portal may do with a table, and with which of its rows.

    ``may`` is a list of privileges as GRANT takes it. ``rows`` is the SQL condition of the rows to be seen; empty where
    a table holds nothing about patients. ``changes`` is that of the rows to be written, where it is another, and
    ``adds`` of those to be added, where fewer may do that.
    ``system`` is what jobs and commands may do, where that is more. ``traced``: whether its changes go on record
    by themselves, which those of tables with ``rows`` do; others where ``watch`` says how. ``forced``: whether the wall
    holds its owner too; not where the owner's own functions read and write it.
    ``guard``: SQL of a trigger that refuses what pages may not change, where that hangs on the row and on who acts.
    """

    may: str
    rows: str = ""
    changes: str = ""
    adds: str = ""
    system: str = ""
    traced: bool = True
    watch: Watch | None = None
    forced: bool = True
    guard: str = ""


def of_request(may: str, table: str, *, besides: str = "true") -> Wall:
    """The wall of a table whose rows belong to a request: seen by those who see the request, if ``besides`` holds."""
    return Wall(may, f"{besides} AND EXISTS (SELECT FROM submissions_request r WHERE r.id = {table}.request_id)")


def part_of(may: str, table: str, owner: str, column: str) -> Wall:
    """The wall of a table whose rows are a part of a row in ``owner``: seen by those who see that one."""
    return Wall(may, f"EXISTS (SELECT FROM {owner} o WHERE o.id = {table}.{column})")


# A privacy officer reads the events of their plan's people and of its requests, for the audit file. Whoever is signed
# in writes in their own name or the portal's; before that, whoever signs in is put on record by it.
_OFFICER = f"""(SELECT EXISTS (
    SELECT FROM accounts_user u WHERE u.id = {PERSON} AND u.organization_id = {PLAN} AND u.role = 'manager'
    AND u.is_privacy_officer AND u.is_active
))"""  # noqa: S608 (of constants alone)
_OF_PLAN = f"""(
    organization_id = {PLAN} OR actor_id IN (SELECT u.id FROM accounts_user u WHERE u.organization_id = {PLAN})
)"""  # noqa: S608 (of constants alone)
_OWN = {
    "audit_event": Wall(
        APPEND,
        f"{_OFFICER} AND {_OF_PLAN}",
        adds=f"actor_id IS NULL OR {PERSON} IS NULL OR actor_id = {PERSON}",
        traced=False,
    ),
    # The trace is the owner's functions' to write, and pages read it through one of them.
    "audit_trace": Wall("", "false", system="SELECT", traced=False, forced=False),
    "audit_seal": Wall("", "false", system="SELECT", traced=False, forced=False),
}


def declared() -> dict[str, Wall]:
    """Return every room's walls, by table."""
    found = dict(_OWN)
    for app in apps.get_app_configs():
        if app.name.startswith("pa_portal.") and find_spec(f"{app.name}.walls"):
            found |= getattr(import_module(f"{app.name}.walls"), "WALLS", {})
    return found


def watched(walls: Mapping[str, Wall]) -> dict[str, Watch]:
    """Return how each table is watched whose changes go on record by themselves."""
    return {name: wall.watch or Watch() for name, wall in walls.items() if wall.traced and (wall.rows or wall.watch)}


# The context's names. All are set for one transaction and empty otherwise.
_FUNCTIONS = """
CREATE OR REPLACE FUNCTION portal_organization(side text) RETURNS uuid
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN current_setting('portal.side', true) = side
        THEN nullif(current_setting('portal.organization_id', true), '')::uuid END
$$;
CREATE OR REPLACE FUNCTION portal_enter(
    who uuid, side text, organization uuid, request text, ip text, page text, subjects uuid[]
) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('portal.user_id', who::text, true),
        set_config('portal.side', side, true),
        set_config('portal.organization_id', organization::text, true),
        set_config('portal.request_id', request, true),
        set_config('portal.ip', ip, true),
        set_config('portal.page', page, true);
    PERFORM audit_looked(page, subjects);
    PERFORM set_config('role', 'portal_web', true);
END
$$;
"""

# A role's name belongs to the whole server: two databases may be migrated at once.
_ROLES = """
DO $$
DECLARE
    wanted text;
BEGIN
    FOREACH wanted IN ARRAY ARRAY['portal_web', 'portal_system'] LOOP
        BEGIN
            IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted) THEN
                EXECUTE format('CREATE ROLE %I NOLOGIN', wanted);
            END IF;
        EXCEPTION WHEN duplicate_object OR unique_violation THEN
            NULL;
        END;
        IF NOT pg_has_role(current_user, wanted, 'USAGE') THEN
            EXECUTE format('GRANT %I TO %I', wanted, current_user);
        END IF;
    END LOOP;
END
$$;
"""

ROLES_MISSING = """\
The roles portal_web and portal_system are missing, or {owner} is not a member of them, and it may not change that. \
A superuser does it once:
    CREATE ROLE portal_web NOLOGIN;
    CREATE ROLE portal_system NOLOGIN;
    GRANT portal_web, portal_system TO {owner};
docs/operations.md says more."""


def install(using: str = DEFAULT_DB_ALIAS, **_: Any) -> None:
    """Put roles, rights and walls in place, if they are not as declared. Raises ImproperlyConfigured without roles."""
    connection = connections[using]
    with transaction.atomic(using=using), connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname, c.oid FROM pg_class c WHERE c.oid = ANY (%s::text[]::regclass[])", [_there(cursor)]
        )
        tables = dict(cursor.fetchall())
        walls = {name: wall for name, wall in declared().items() if name in tables}
        watches = watched(walls)
        text = "\n".join((*triggers.statements(triggers.shapes(cursor, watches), watches), *_statements(walls)))
        digest = hashlib.sha256(f"{text}{sorted(tables.items())}".encode()).hexdigest()
        cursor.execute("SELECT obj_description(to_regprocedure('portal_organization(text)'), 'pg_proc')")
        if cursor.fetchone()[0] == digest:
            return
        _make_roles(cursor)
        cursor.execute(text)
        cursor.execute(f"COMMENT ON FUNCTION portal_organization(text) IS '{digest}'")


def _there(cursor: Any) -> list[str]:
    """Return the declared tables that exist: going back through migrations takes some away."""
    cursor.execute("SELECT name FROM unnest(%s::text[]) name WHERE to_regclass(name) IS NOT NULL", [[*declared()]])
    return [name for (name,) in cursor.fetchall()]


def _make_roles(cursor: Any) -> None:
    from django.db.utils import DatabaseError

    try:
        with transaction.atomic():
            cursor.execute(_ROLES)
    except DatabaseError as error:
        cursor.execute("SELECT quote_ident(current_user)")
        raise ImproperlyConfigured(ROLES_MISSING.format(owner=cursor.fetchone()[0])) from error


def _statements(walls: Mapping[str, Wall]) -> Iterator[str]:
    yield _FUNCTIONS
    yield "REVOKE CREATE ON SCHEMA public FROM PUBLIC;"
    for role in (WEB, SYSTEM):
        yield f"GRANT USAGE ON SCHEMA public TO {role};"
        # All at once, so that a right which is no longer declared goes.
        yield f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {role};"
        yield f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {role};"
    yield f"GRANT EXECUTE ON FUNCTION audit_close(int) TO {SYSTEM};"
    for table, wall in walls.items():
        if wall.may:
            yield f"GRANT {wall.may} ON {table} TO {WEB};"
        yield f"GRANT {wall.system or wall.may} ON {table} TO {SYSTEM};"
        for policy in ("portal_see", "portal_change", "portal_add", "portal_drop", "portal_all"):
            yield f"DROP POLICY IF EXISTS {policy} ON {table};"
        for word in ("ENABLE" if wall.rows else "DISABLE", "FORCE" if wall.rows and wall.forced else "NO FORCE"):
            yield f"ALTER TABLE {table} {word} ROW LEVEL SECURITY;"
        if wall.rows:
            yield from _policies(table, wall)
        if wall.guard:
            yield wall.guard


def _policies(table: str, wall: Wall) -> Iterator[str]:
    changes = wall.changes or wall.rows
    if not (wall.changes or wall.adds):
        yield f"CREATE POLICY portal_see ON {table} TO {WEB} USING ({wall.rows});"
    else:
        yield f"CREATE POLICY portal_see ON {table} FOR SELECT TO {WEB} USING ({wall.rows});"
        yield f"CREATE POLICY portal_change ON {table} FOR UPDATE TO {WEB} USING ({changes});"
        yield f"CREATE POLICY portal_add ON {table} FOR INSERT TO {WEB} WITH CHECK ({wall.adds or changes});"
        yield f"CREATE POLICY portal_drop ON {table} FOR DELETE TO {WEB} USING ({changes});"
    yield (
        f"CREATE POLICY portal_all ON {table} TO {SYSTEM} "
        "USING ((SELECT coalesce(current_setting('portal.system', true), '') <> ''));"
    )
