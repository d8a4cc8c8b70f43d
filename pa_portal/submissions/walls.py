"""Who sees what a provider told us: the provider's own people, and of what was sent, the plan's it was sent to."""

from pa_portal.audit.walls import APPEND, EDIT, MANAGER, PLAN, PROVIDER, Wall, of_request

WALLS = {
    "submissions_request": Wall(
        EDIT,
        f"organization_id = {PROVIDER} "
        f"OR submitted_at IS NOT NULL AND (plan_id = {PLAN} OR organization_id = {MANAGER})",
        adds=f"organization_id = {PROVIDER}",
    ),
    # A plan reads the people of the requests sent to it, and writes nothing about them.
    **{
        f"submissions_{name}": Wall(
            EDIT,
            f"organization_id = {PROVIDER} "
            f"OR EXISTS (SELECT FROM submissions_request r WHERE r.{name}_id = submissions_{name}.id)",
            changes=f"organization_id = {PROVIDER}",
        )
        for name in ("patient", "prescriber")
    },
    # A plan sees a document once it was sent.
    "submissions_attachment": of_request(
        EDIT, "submissions_attachment", besides=f"(sent_at IS NOT NULL OR {PROVIDER} IS NOT NULL)"
    ),
    "submissions_answer": of_request(APPEND, "submissions_answer"),
    "submissions_submission": of_request(APPEND, "submissions_submission"),
    # A policy's words and verdicts, of nobody in particular.
    "submissions_criteriatree": Wall(APPEND),
}
