"""Which files were asked for: filters and days, and no word about a patient."""

from pa_portal.audit.walls import ALL, Wall

WALLS = {f"exports_{name}": Wall(ALL) for name in ("export", "schedule")}
