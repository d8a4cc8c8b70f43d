"""Many requests at once, for measuring: copies of those that are there, made inside the database.

Each copy has ids, a reference, a member ID and times of its own; all else is as in the request it was copied from.
Submissions keep their content, and so their size.
"""

from __future__ import annotations

from django.db import connection

ALPHABET = "23456789ABCDEFGHJKMNPQRSTWXYZ"
DAYS = 730
# Half of the waiting ones would be years old; keep the backlog to the last weeks, as it is in life.
OPEN_DAYS = 30

_ORIGINALS = """
CREATE TEMPORARY TABLE original ON COMMIT DROP AS
SELECT id, row_number() OVER (ORDER BY submitted_at, id) - 1 AS place
FROM submissions_request WHERE submitted_at IS NOT NULL
"""

_COPIES = """
CREATE TEMPORARY TABLE copy ON COMMIT DROP AS
SELECT o.id AS old, gen_random_uuid() AS new, n,
  now() - ((n * 7919) %% 1000003) / 1000003.0 * make_interval(days => CASE
    WHEN r.state IN ('submitted', 'pended') THEN %(open_days)s ELSE %(days)s END) - r.submitted_at AS later
FROM generate_series(0, %(count)s - 1) AS n
JOIN original o ON o.place = n %% (SELECT count(*) FROM original)
JOIN submissions_request r ON r.id = o.id
"""

# One digit to the base of 29 a place.
_REFERENCE = "'PA-' || " + " || ".join(
    ("'-' || " if place == 3 else "") + f"substr('{ALPHABET}', (n / {29**place} %% 29)::int + 1, 1)"
    for place in range(7, -1, -1)
)
_NUMBER = (
    "'AU-' || substr("
    + _REFERENCE.replace("'PA-'", "''")
    + ", 1, 4) || '-' || right("
    + (_REFERENCE.replace("'PA-'", "''") + ", 4) || '-2222'")
)


def _columns(table: str) -> list[str]:
    with connection.cursor() as cursor:
        return [column.name for column in connection.introspection.get_table_description(cursor, table)]


def _copy(table: str, joins: str, replaced: dict[str, str]) -> str:
    columns = _columns(table)
    values = ", ".join(replaced.get(name, f"t.{name}") for name in columns)
    return f"INSERT INTO {table} ({', '.join(columns)}) SELECT {values} FROM {table} t {joins}"


def copy_requests(count: int) -> None:
    """Add ``count`` copies of the submitted requests, spread over two years. Call inside a transaction."""
    given = {"count": count, "days": DAYS, "open_days": OPEN_DAYS}
    determination = "md5(t.id::text || c.n)::uuid"
    submission = "md5({}::text || c.n)::uuid"
    later = {name: f"t.{name} + c.later" for name in ("submitted_at", "created_at", "updated_at", "decided_at")}
    statements = (
        _ORIGINALS,
        _COPIES,
        _copy(
            "submissions_request",
            "JOIN copy c ON c.old = t.id",
            {**later, "id": "c.new", "reference": _REFERENCE, "renews": "NULL"},
        ),
        _copy(
            "submissions_submission",
            "JOIN copy c ON c.old = t.request_id",
            {
                **later,
                "id": submission.format("t.id"),
                "request_id": "c.new",
                "content": "jsonb_set(t.content, '{{patient,member_id}}', to_jsonb('PMH' || c.n))".replace(
                    "{{", "{"
                ).replace("}}", "}"),
            },
        ),
        _copy(
            "determinations_determination",
            "JOIN copy c ON c.old = t.request_id",
            {
                **later,
                "id": determination,
                "request_id": "c.new",
                "submission_id": submission.format("t.submission_id"),
            },
        ),
        _copy(
            "determinations_authorization",
            "JOIN copy c ON c.old = t.request_id",
            {
                "id": "gen_random_uuid()",
                "request_id": "c.new",
                "number": _NUMBER,
                "determination_id": "md5(t.determination_id::text || c.n)::uuid",
                **{name: f"(t.{name} + c.later)::date" for name in ("start", "valid_through", "renewal_date")},
            },
        ),
    )
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement, given)
