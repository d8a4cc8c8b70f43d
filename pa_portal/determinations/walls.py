"""Who sees what was decided, and on the way to it: those who see the request, except the plan's own notes."""

from pa_portal.audit.walls import APPEND, EDIT, MANAGER, PLAN, PROVIDER, SOMEBODY, Wall, of_request, part_of


def _own(name: str, besides: str = "true") -> dict[str, Wall]:
    table = f"determinations_{name}"
    return {table: of_request(APPEND, table, besides=besides)}


def _part(name: str, owner: str) -> dict[str, Wall]:
    table = f"determinations_{name}"
    return {table: part_of(APPEND, table, f"determinations_{owner.replace('_', '')}", f"{owner}_id")}


WALLS = {
    **_own("determination"),
    **_own("letter"),
    **_own("message"),
    **_own("note", f"{PLAN} IS NOT NULL"),
    **_own("recommendation"),
    **_own("peertopeer"),
    **_own("appeal"),
    **_part("messageread", "message"),
    **_part("mailing", "letter"),
    **_part("recommendationanswer", "recommendation"),
    **_part("peertopeerevent", "peer_to_peer"),
    **_part("appealoutcome", "appeal"),
    **_part("authorizationvoid", "authorization"),
    **_part("clockevent", "task"),
    "determinations_notice": of_request(EDIT, "determinations_notice"),
    "determinations_authorization": Wall(
        EDIT, f"organization_id = {PROVIDER} OR plan_id = {PLAN} OR organization_id = {MANAGER}"
    ),
    "determinations_task": Wall(
        EDIT,
        f"plan_id = {PLAN} OR EXISTS (SELECT FROM submissions_request r WHERE r.id = determinations_task.request_id)",
    ),
    # What a plan has set: letters and deadlines rest on it, so everybody's requests read it.
    **{
        f"determinations_{name}": Wall(EDIT, SOMEBODY, changes=f"plan_id = {PLAN}")
        for name in ("clockrule", "policysetting", "planlettersettings")
    },
    "determinations_settingchange": Wall(APPEND, f"plan_id = {PLAN}"),
}
