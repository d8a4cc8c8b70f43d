"""What the review queue costs with 100,000 requests, over the same page with 200, in one run.

    python -m benchmarks.queue [REQUESTS]

The page goes through the WSGI handler as a server would send it, signed in, fifty rows each time. First 100 open
requests are there and 100 decided ones; then `manage.py seed` makes the others beside them, most of them decided as in
life, and the same addresses are measured again. The ratio is that of the medians; beside it, how many rows the page
holds and how many queries it asks, before and after. Postgres is a throw-away cluster on this machine.
"""

from __future__ import annotations

import statistics
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from django.conf import settings

from benchmarks.wizard_step import Browser, Call, database, getting, queries

ROUNDS, WARM_UP = 40, 5
FEW, MANY = 200, 100_000
QUEUE, RECORDS = "/admin/submissions/request/", "/admin/determinations/"
PAGES = {
    "open, least time left first": QUEUE,
    "nobody has it": f"{QUEUE}?whose=unassigned",
    "overdue": f"{QUEUE}?time=overdue",
    "flagged": f"{QUEUE}?flag=any",
    "criteria not met": f"{QUEUE}?recommendation=does_not_meet",
    "one line of business": f"{QUEUE}?business=medicaid",
    "one pathway": f"{QUEUE}?pathway=tnbc_first_line",
    "decided: approved": f"{QUEUE}?state=approved",
    "approved, criteria met": f"{QUEUE}?state=approved&recommendation=meets",
    "approved, flagged": f"{QUEUE}?state=approved&flag=any",
    "approved, one flag": f"{QUEUE}?state=approved&flag=er_low_positive",
    "all decisions": f"{RECORDS}determination/",
    "all authorizations": f"{RECORDS}authorization/",
    "open appeals": f"{RECORDS}appeal/",
}


def reviewer() -> Browser:
    """A browser with one of the demo plan's reviewers signed in."""
    from django.test import Client

    from pa_portal.accounts.models import User

    client = Client()
    client.force_login(User.objects.get(email="nair@piedmont.example"))
    return Browser(client.cookies[settings.SESSION_COOKIE_NAME].value)


def make(many: int, seed: int) -> None:
    from django.core.management import call_command

    call_command("seed", requests=many, seed=seed, verbosity=0, stdout=open("/dev/null", "w"))  # noqa: SIM115


def open_half() -> None:
    """Put every other decided request back to wait for a decision, each due at an hour of its own."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE submissions_request SET state = 'submitted' WHERE id IN (SELECT id FROM (SELECT id, "
            "row_number() OVER (ORDER BY submitted_at) AS nth FROM submissions_request "
            "WHERE submitted_at IS NOT NULL) WHERE nth % 2 = 0)"
        )
        cursor.execute(
            "UPDATE determinations_task SET stopped_at = NULL, paused_at = NULL, resumes_at = NULL, due_at = now() + "
            "(random() * 200 - 20) * interval '1 hour' FROM submissions_request AS request "
            "WHERE stage = 'request' AND request.id = request_id AND request.state = 'submitted'"
        )


def measured(call: Call) -> float:
    """The median of a call, in ms."""
    times = [call() for _ in range(ROUNDS + WARM_UP)][WARM_UP:]
    return 1000 * statistics.median(times)


def rows(browser: Browser, address: str) -> int:
    """How many rows the list at an address holds."""
    return browser.send(address)[2].partition(b"<tbody>")[2].count(b"<tr")


def look(browser: Browser, name: str, call: Call) -> tuple[float, int, int]:
    """Milliseconds, rows and queries of a page."""
    return measured(call), rows(browser, PAGES[name]), queries(call)


def main() -> None:
    many = int(sys.argv[1]) if len(sys.argv) > 1 else MANY
    with database():
        make(FEW, seed=1)
        open_half()
        browser = reviewer()
        calls = {name: getting(browser, address) for name, address in PAGES.items()}
        few = {name: look(browser, name, call) for name, call in calls.items()}
        make(many - FEW, seed=2)
        print(f"{'page':<30} {FEW:>9,} {many:>11,} {'ratio':>7} {'rows':>10} {'queries':>9}   (ms, of {ROUNDS})")
        for name, call in calls.items():
            (before, held, asked), (after, holds, asks) = few[name], look(browser, name, call)
            print(
                f"{name:<30} {before:>9.1f} {after:>11.1f} {after / before:>6.2f}x {held:>3} and {holds:>2} "
                f"{asked:>2} and {asks}"
            )


if __name__ == "__main__":
    main()
