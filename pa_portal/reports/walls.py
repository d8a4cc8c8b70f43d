"""Who sees the table that reports read. The records' triggers write it, and `manage.py cases refresh`."""

from pa_portal.audit.walls import EDIT, MANAGER, PLAN, READ, Wall

WALLS = {"reports_case": Wall(READ, f"plan_id = {PLAN} OR organization_id = {MANAGER}", system=EDIT, copied_by="cases")}
