"""The database's own record of who looked at patient data and who changed it: functions and triggers, as SQL.

They belong to the tables' owner and run with its rights (SECURITY DEFINER), so that pages, jobs, bulk writes and psql
are all recorded, and nobody but the owner can leave a row out, write another, or switch them off. Who it was is taken
from the context (``audit.acting``) and from the database's own word for the login.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

# A row of the trace names at most so many others; a file of a million cases is a thousand rows.
CHUNK = 1000
# Up to so many, the index of what a row is about holds it (migration 0003).
FEW = 100
# One at a time closes a stretch of the trace; any number will do, as long as nothing else takes it.
LOCK = 7_208_2026
# No transaction of the portal's is open for longer. A row that claims to be from before is not sealed, and so found.
LONGEST = "1 hour"
_OWNER = "SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp"

# What a row says, as text that is the same on every server and in every session: what its digest is made of.
EVENT_TEXT = """row(e.id, (extract(epoch FROM e.at) * 1000000)::bigint, e.action, e.actor_id, e.actor_label,
    e.organization_id, e.object_type, e.object_id, e.request_id, host(e.ip), e.detail)::text"""
TRACE_TEXT = """row(t.id, (extract(epoch FROM t.at) * 1000000)::bigint, t.what, t.user_id, t.organization_id, t.login,
    t.request_id, t.ip, t.page, t.object_type, t.subjects, t.columns, encode(t.digest, 'hex'))::text"""

FUNCTIONS = f"""
CREATE OR REPLACE FUNCTION audit_uuid(id bigint) RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT lpad(to_hex(id), 32, '0')::uuid
$$;
CREATE OR REPLACE FUNCTION audit_write(what text, object_type text, subjects uuid[], columns text[], page text)
RETURNS void LANGUAGE sql {_OWNER} AS $$
    INSERT INTO audit_trace (what, user_id, organization_id, request_id, ip, page, object_type, subjects, columns)
    SELECT what, nullif(current_setting('portal.user_id', true), '')::uuid,
        nullif(current_setting('portal.organization_id', true), '')::uuid,
        left(coalesce(current_setting('portal.request_id', true), ''), 64),
        left(coalesce(current_setting('portal.ip', true), ''), 45),
        left(coalesce(page, nullif(current_setting('portal.page', true), ''),
            current_setting('portal.system', true), ''), 100),
        object_type, subjects, columns
$$;
CREATE OR REPLACE FUNCTION audit_looked(page text, subjects uuid[]) RETURNS void LANGUAGE sql {_OWNER} AS $$
    SELECT audit_write('page', '', subjects, NULL, page)
$$;
CREATE OR REPLACE FUNCTION audit_shown(what text, object_type text, subjects uuid[]) RETURNS void
LANGUAGE plpgsql {_OWNER} AS $$
BEGIN
    IF what NOT IN ('shown', 'file') THEN
        RAISE EXCEPTION 'not a way of looking: %', what;
    END IF;
    PERFORM audit_write(what, object_type, array_agg(one), NULL, NULL)
    FROM unnest(subjects) WITH ORDINALITY AS given (one, place) GROUP BY (place - 1) / {CHUNK};
END
$$;
CREATE OR REPLACE FUNCTION audit_event_traced() RETURNS trigger LANGUAGE plpgsql {_OWNER} AS $$
BEGIN
    INSERT INTO audit_trace (what, user_id, organization_id, request_id, ip, page, object_type, subjects, digest)
    SELECT 'insert', e.actor_id, e.organization_id, e.request_id, coalesce(host(e.ip), ''), left(e.action, 100),
        'audit_event', ARRAY[audit_uuid(e.id)], sha256(convert_to({EVENT_TEXT}, 'UTF8'))
    FROM new_rows e ORDER BY e.id;
    RETURN NULL;
END
$$;
-- Another kind of trigger cannot replace one; this one was called for each row.
DROP TRIGGER IF EXISTS audit_traced ON audit_event;
CREATE TRIGGER audit_traced AFTER INSERT ON audit_event REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION audit_event_traced();
CREATE OR REPLACE FUNCTION audit_close(most int) RETURNS int LANGUAGE plpgsql {_OWNER} AS $$
DECLARE
    last audit_seal;
    settled audit_seal;
    recent int8multirange;
    moment timestamptz := clock_timestamp();
    closed int;
BEGIN
    PERFORM pg_advisory_xact_lock({LOCK});
    SELECT * INTO last FROM audit_seal ORDER BY number DESC LIMIT 1;
    -- A transaction that is still open may hold an id below others that are sealed already, but not for ever.
    SELECT * INTO settled FROM audit_seal WHERE at < moment - interval '{LONGEST}'
    ORDER BY number DESC LIMIT 1;
    SELECT range_agg(one) INTO recent FROM audit_seal s, unnest(s.ids::int8multirange) one
    WHERE s.number > coalesce(settled.number, 0);
    INSERT INTO audit_seal (number, at, ids, rows, digests, reach, hash)
    SELECT coalesce(last.number, 0) + 1, moment, ids, n, digests, greatest(last.reach, upper(ids::int8multirange)),
        sha256(coalesce(last.hash, ''::bytea)
            || convert_to(ids || ' ' || (extract(epoch FROM moment) * 1000000)::bigint, 'UTF8') || digests)
    FROM (
        SELECT range_agg(int8range(id, id, '[]'))::text AS ids, count(*) AS n,
            string_agg(digest, ''::bytea ORDER BY id) AS digests
        FROM (
            SELECT t.id, sha256(convert_to({TRACE_TEXT}, 'UTF8')) AS digest
            FROM audit_trace t
            WHERE t.id >= coalesce(settled.reach, 0) AND NOT t.id <@ coalesce(recent, '{{}}')
                AND t.at >= coalesce(last.at, '-infinity') - interval '{LONGEST}'
            ORDER BY t.id LIMIT most
        ) fresh
    ) made WHERE n > 0
    RETURNING rows INTO closed;
    RETURN coalesce(closed, 0);
END
$$;
-- How many of a row's subjects are these: random ids, whatever the table, or numbers of the table named beside each.
CREATE OR REPLACE FUNCTION audit_rows_of(t audit_trace, ids uuid[], tables text[], numbers uuid[]) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT count(*) FROM unnest(t.subjects) one WHERE one = ANY (ids) OR EXISTS (
        SELECT FROM unnest(tables, numbers) AS known (name, number)
        WHERE known.name = t.object_type AND known.number = one
    )
$$;
-- As it was before it could tell two tables' numbers apart.
DROP FUNCTION IF EXISTS audit_looks(uuid[], uuid, uuid[], timestamptz, timestamptz, bigint, int);
-- For pages: a plan's privacy officer reads what its own people did, and that others acted on what it may see, without
-- their names. The trace itself is closed to the web's role, and the person who asks is taken from the context.
CREATE OR REPLACE FUNCTION audit_looks(
    about uuid[], tables text[], numbers uuid[], who uuid, practices uuid[],
    first timestamptz, ending timestamptz, before bigint, most int
) RETURNS TABLE (
    id bigint, at timestamptz, what text, own boolean, person text, organization text, login text, ip text, page text,
    object_type text, columns text, number_of_rows bigint, request_id text
) LANGUAGE plpgsql STABLE {_OWNER} SET plan_cache_mode = force_custom_plan AS $$
#variable_conflict use_column
DECLARE
    mine uuid := nullif(current_setting('portal.organization_id', true), '')::uuid;
    everything uuid[] := audit_looks.about || audit_looks.numbers;
BEGIN
    PERFORM FROM accounts_user u JOIN accounts_organization o ON o.id = u.organization_id
    WHERE u.id = nullif(current_setting('portal.user_id', true), '')::uuid AND o.id = mine AND o.kind = 'plan'
        AND u.role = 'manager' AND u.is_privacy_officer AND u.is_active;
    IF NOT FOUND OR (audit_looks.about IS NULL) = (audit_looks.who IS NULL) THEN
        RAISE EXCEPTION 'only a privacy officer reads the trace, about one patient or one person'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN QUERY
    SELECT t.id, t.at, t.what::text, u.organization_id IS NOT DISTINCT FROM mine AND u.id IS NOT NULL,
        CASE WHEN u.organization_id = mine THEN concat_ws(' ', u.first_name, u.last_name) ELSE '' END,
        coalesce(o.name::text, ''),
        CASE WHEN u.id IS NULL OR u.organization_id = mine THEN t.login::text ELSE '' END,
        CASE WHEN u.id IS NULL OR u.organization_id = mine THEN t.ip::text ELSE '' END,
        t.page::text, t.object_type::text, coalesce(array_to_string(t.columns, ' '), ''),
        CASE WHEN audit_looks.about IS NULL THEN cardinality(t.subjects)
            ELSE audit_rows_of(t, audit_looks.about, audit_looks.tables, audit_looks.numbers) END,
        t.request_id::text
    FROM audit_trace t
    LEFT JOIN accounts_user u ON u.id = t.user_id
    LEFT JOIN accounts_organization o ON o.id = coalesce(u.organization_id, t.organization_id)
    WHERE (audit_looks.who IS NULL OR t.user_id = audit_looks.who AND u.organization_id = mine)
        AND (audit_looks.about IS NULL
            OR (cardinality(t.subjects) <= {FEW} AND t.subjects && everything
                OR cardinality(t.subjects) > {FEW} AND t.subjects && everything)
            AND audit_rows_of(t, audit_looks.about, audit_looks.tables, audit_looks.numbers) > 0)
        AND (o.id IS NULL OR o.id = mine OR o.id = ANY (audit_looks.practices))
        AND t.at >= audit_looks.first AND t.at < audit_looks.ending
        AND t.id < coalesce(audit_looks.before, 9223372036854775807)
    ORDER BY t.id DESC LIMIT audit_looks.most;
END
$$;
-- A right that is given to everybody is the default for a function.
REVOKE EXECUTE ON FUNCTION audit_write(text, text, uuid[], text[], text), audit_close(int) FROM PUBLIC;
"""  # noqa: S608 (of constants alone)

_FUNCTION = """
CREATE OR REPLACE FUNCTION audit_of_{table}() RETURNS trigger LANGUAGE plpgsql {owner} AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        PERFORM audit_write('insert', TG_TABLE_NAME, array_agg(id), NULL, NULL)
        FROM (SELECT {id} AS id, row_number() OVER () - 1 AS place FROM new_rows t) changed GROUP BY place / {chunk};
    ELSIF TG_OP = 'DELETE' THEN
        PERFORM audit_write('delete', TG_TABLE_NAME, array_agg(id), NULL, NULL)
        FROM (SELECT {id} AS id, row_number() OVER () - 1 AS place FROM old_rows t) changed GROUP BY place / {chunk};
    ELSE
        PERFORM audit_write('update', TG_TABLE_NAME, array_agg(id), columns, NULL)
        FROM (
            SELECT id, columns, row_number() OVER (PARTITION BY columns) - 1 AS place
            FROM (
                SELECT {id} AS id, {columns} AS columns
                FROM old_rows t LEFT JOIN new_rows n ON n.{key} = t.{key}
            ) compared{unless}
        ) changed GROUP BY columns, place / {chunk};
    END IF;
    RETURN NULL;
END
$$;
CREATE OR REPLACE TRIGGER audit_insert AFTER INSERT ON {table} REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT {when}EXECUTE FUNCTION audit_of_{table}();
CREATE OR REPLACE TRIGGER audit_update AFTER UPDATE ON {table} REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT {when}EXECUTE FUNCTION audit_of_{table}();
CREATE OR REPLACE TRIGGER audit_delete AFTER DELETE ON {table} REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT {when}EXECUTE FUNCTION audit_of_{table}();
"""

# Compares whatever columns the rows have, at some six times the cost of naming them.
_BY_NAME = """ARRAY(
                    SELECT b.key FROM jsonb_each(to_jsonb(t)) b LEFT JOIN jsonb_each(to_jsonb(n)) a ON a.key = b.key
                    WHERE b.value IS DISTINCT FROM a.value ORDER BY b.key
                )"""

_SHAPES = """
SELECT c.relname, k.attname, k.atttypid = 'uuid'::regtype,
    array_agg(a.attname::text ORDER BY a.attnum)
FROM pg_class c
JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary AND i.indnatts = 1
JOIN pg_attribute k ON k.attrelid = c.oid AND k.attnum = i.indkey[0]
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.oid = ANY (%s::text[]::regclass[])
GROUP BY 1, 2, 3 ORDER BY 1
"""


@dataclass(frozen=True, slots=True)
class Watch:
    """How a table's changes are put on record.

    ``copied_by``: the system's name for who writes what is traced elsewhere. ``person``: the column that names whose a
    row is, where the record names them instead of the row. ``quiet``: columns whose change alone is nothing to record.
    ``by_name``: whatever columns there are, so that it goes on while migrations drop some; for tables of few changes.
    """

    copied_by: str = ""
    person: str = ""
    quiet: tuple[str, ...] = ()
    by_name: bool = False


@dataclass(frozen=True, slots=True)
class Shape:
    """A table's name, the one column of its key, whether that is a UUID, and all of its columns."""

    table: str
    key: str
    is_uuid: bool
    columns: tuple[str, ...]


def shapes(cursor: Any, tables: Iterable[str]) -> list[Shape]:
    """Read what these tables look like now. Raises ValueError for one whose rows could not be named."""
    wanted = sorted(tables)
    cursor.execute(_SHAPES, [wanted])
    found = [Shape(table, key, is_uuid, tuple(columns)) for table, key, is_uuid, columns in cursor.fetchall()]
    if missing := set(wanted) - {shape.table for shape in found}:
        raise ValueError(f"No key of one column: {', '.join(sorted(missing))}")
    return found


def statements(traced: Iterable[Shape], watches: Mapping[str, Watch]) -> Iterator[str]:
    """Yield the SQL that puts the functions and these tables' triggers in place, as often as one likes."""
    yield FUNCTIONS
    for shape in traced:
        watch, key = watches[shape.table], f't."{shape.key}"'
        changed = ", ".join(f'CASE WHEN n."{c}" IS DISTINCT FROM t."{c}" THEN \'{c}\' END' for c in shape.columns)
        quiet = ", ".join(f"'{column}'" for column in watch.quiet)
        yield _FUNCTION.format(
            table=shape.table,
            owner=_OWNER,
            chunk=CHUNK,
            id=f't."{watch.person}"' if watch.person else key if shape.is_uuid else f"audit_uuid({key})",
            key=f'"{shape.key}"',
            columns=_BY_NAME if watch.by_name else f"array_remove(ARRAY[{changed}], NULL)",
            unless=f" WHERE columns = '{{}}' OR NOT columns <@ ARRAY[{quiet}]" if quiet else "",
            when=f"WHEN (current_setting('portal.system', true) IS DISTINCT FROM '{watch.copied_by}') "
            if watch.copied_by
            else "",
        )
