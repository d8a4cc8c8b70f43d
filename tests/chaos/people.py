"""People who submit drafts over HTTP while things break, and the ledger of what the portal confirmed to them."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import psycopg

from tests.chaos.browser import Broken, Browser
from tests.chaos.installation import Installation
from tests.chaos.waiting import PATIENCE_SECONDS, until

PEOPLE = 4
BATCH = 100
# A person who is refused tries again; that many times means that something else is wrong.
TRIES = 500


@dataclass
class Ledger:
    """What was sent and what came back. ``confirmed`` holds the drafts whose submission the portal confirmed."""

    confirmed: set[str] = field(default_factory=set)
    tried: set[str] = field(default_factory=set)
    answers: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)
    _changed: threading.Condition = field(default_factory=threading.Condition)

    def note(self, draft: str, answer: str) -> None:
        with self._changed:
            self.tried.add(draft)
            self.answers[answer] += 1
            if answer == "confirmed":
                self.confirmed.add(draft)
            self._changed.notify_all()

    def complain(self, problem: str) -> None:
        with self._changed:
            self.problems.append(problem)
            self._changed.notify_all()

    def wait_for_more(self, number: int) -> None:
        """Return once ``number`` more drafts are confirmed than when this was called."""
        with self._changed:
            target = len(self.confirmed) + number
            came = self._changed.wait_for(lambda: len(self.confirmed) >= target or self.problems, PATIENCE_SECONDS)
        assert came, f"nothing was confirmed any more: {self.answers}"
        assert not self.problems, self.problems

    def wait_for_answer(self, answer: str) -> None:
        """Return once such an answer came after this was called."""
        with self._changed:
            before = self.answers[answer]
            came = self._changed.wait_for(lambda: self.answers[answer] > before or self.problems, PATIENCE_SECONDS)
        assert came, f"no such answer came: {self.answers}"
        assert not self.problems, self.problems


class Supply:
    """Whole drafts to submit, as many as are asked for."""

    def __init__(self, installation: Installation) -> None:
        self._installation = installation
        self._left: list[str] = installation.drafts(BATCH)
        self._lock = threading.Lock()

    def next(self) -> str:
        with self._lock:
            if not self._left:
                until(self._more, "there are drafts again")
            return self._left.pop()

    def _more(self) -> bool:
        try:
            self._left = self._installation.drafts(BATCH)
        except psycopg.Error:
            return False
        return True


@contextmanager
def people_submitting(installation: Installation) -> Iterator[Ledger]:
    """PEOPLE people take drafts and submit them, each until it is confirmed, while the block runs."""
    ledger, supply = Ledger(), Supply(installation)
    over = threading.Event()
    first = installation.signed_in()
    with installation.superuser() as connection:
        # Who is signed in must survive, also where the database is made to forget.
        connection.execute("CHECKPOINT")
    token = first.get(f"/requests/{installation.draft}/check/").field("csrfmiddlewaretoken")

    def person() -> None:
        try:
            while not over.is_set():
                submit(installation, first.again(), supply.next(), token, ledger)
        except Exception as error:
            ledger.complain(f"{type(error).__name__}: {error}")

    threads = [threading.Thread(target=person) for _ in range(PEOPLE)]
    for thread in threads:
        thread.start()
    try:
        yield ledger
    finally:
        over.set()
        for thread in threads:
            thread.join()


def submit(installation: Installation, browser: Browser, draft: str, token: str, ledger: Ledger) -> None:
    """Send a draft's signature until it is confirmed."""
    form = {"csrfmiddlewaretoken": token, "version": str(installation.version)}
    for _ in range(TRIES):
        try:
            answer = browser.post(f"/requests/{draft}/check/", form)
        except Broken:
            ledger.note(draft, "connection broken")
            until(installation.web.answers, "the portal answers again")
            continue
        if answer.status == 303 and answer.location == f"/requests/{draft}/submitted/":
            ledger.note(draft, "confirmed")
            return
        if answer.status == 502:
            ledger.note(draft, "connection broken behind the proxy")
            continue
        if answer.status != 503 or "This was not confirmed" not in answer.text:
            raise AssertionError(f"an answer {answer.status} to {answer.location}: {answer.text[:500]}")
        ledger.note(draft, "503")
        until(installation.web.answers, "the portal answers again")
    raise AssertionError("never confirmed")
