"""Who sees the tables that reports read. The records' triggers write them, and `manage.py cases`."""

from pa_portal.audit.walls import ALL, APPEND, EDIT, MANAGER, PLAN, READ, Wall, Watch

# From tables whose changes are on record already.
COPIED = Watch(copied_by="cases")

WALLS = {
    "reports_case": Wall(READ, f"plan_id = {PLAN} OR organization_id = {MANAGER}", system=EDIT, watch=COPIED),
    "reports_casefacts": Wall(
        READ,
        "EXISTS (SELECT FROM reports_case c WHERE c.id = reports_casefacts.id)",
        system=EDIT,
        watch=COPIED,
    ),
    # Sums and marks hold nothing about a patient.
    "reports_day": Wall(READ, system=ALL),
    "reports_changed": Wall(READ, system=ALL),
    "reports_code": Wall(READ, system=APPEND),
    # Cases one by one, though without whose they are.
    "reports_packed": Wall(READ, f"plan_id = {PLAN} OR organization_id = {MANAGER}", system=ALL, watch=COPIED),
    # Their latest answers, a day in a row, with the requests' ids.
    "reports_answers": Wall(READ, f"plan_id = {PLAN}", system=ALL, watch=COPIED),
}
