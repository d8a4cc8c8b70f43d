"""What ``projection.install`` puts in place belongs to no migration: without one of its tables it must go."""

from __future__ import annotations

from django.db.migrations import RunSQL

# To stand last in a migration that makes a table of the projection, so that it runs first on the way back.
DROP_PROJECTION = RunSQL(
    RunSQL.noop,
    """
    DROP FUNCTION IF EXISTS
        reports_store(uuid[]), reports_of_id(), reports_of_request(), reports_of_submission(), reports_of_appeal(),
        reports_changed_insert(), reports_changed_update(), reports_changed_delete()
    CASCADE;
    """,
)
