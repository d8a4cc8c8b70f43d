"""Migration operations that make a table append-only in the database itself."""

from __future__ import annotations

from django.db.migrations import RunSQL

CREATE_REFUSAL = RunSQL(
    """
    CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
    END
    $$;
    """,
    "DROP FUNCTION refuse_change();",
)


def append_only(table: str) -> RunSQL:
    """Return the operation that makes ``table`` refuse UPDATE, DELETE and TRUNCATE, whoever asks and however.

    The refusal reaches Python as ``django.db.IntegrityError``. Needs ``audit``'s first migration.
    """
    return RunSQL(
        f"""
        CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
        """,
        f"DROP TRIGGER {table}_append_only ON {table};",
    )
