"""Which files were asked for: each person's own, while they are where they asked. They hold no word about a patient.

What is done with them is on record by name (``exports.actions``): their progress needs no trace.
"""

from pa_portal.audit.walls import ALL, MANAGER, PERSON, PLAN, Wall

_MINE = f"owner_id = {PERSON} AND organization_id IN ({PLAN}, {MANAGER})"

WALLS = {f"exports_{name}": Wall(ALL, _MINE, traced=False) for name in ("export", "schedule")}
