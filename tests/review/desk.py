"""A reviewer's hand: opens the review's pages over HTTP and reads them from their HTML alone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape
from typing import Any

from pa_portal.submissions.models import Request

QUEUE = "/admin/submissions/request/"
ACTS = ("approve", "pend", "recommend", "deny", "return")
DECISIONS = ("approve", "pend", "deny")


def case_path(request: Request) -> str:
    return f"{QUEUE}{request.pk}/change/"


def act_path(request: Request, act: str) -> str:
    return f"{QUEUE}{request.pk}/{act}/"


def words(html: str) -> str:
    """The text of a page without its markup, with single spaces."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", html))).strip()


@dataclass
class Seen:
    """One response, read."""

    status: int
    html: str

    @property
    def text(self) -> str:
        return words(self.html)

    @property
    def title(self) -> str:
        return words(re.search(r"<title>(.*?)</title>", self.html, re.DOTALL)[1])

    @property
    def rows(self) -> list[str]:
        """The lines of the list, in order."""
        body = self.html.partition("<tbody>")[2].partition("</tbody>")[0]
        return [words(row) for row in re.findall(r"<tr>(.*?)</tr>", body, re.DOTALL)]

    @property
    def errors(self) -> list[tuple[str, str]]:
        """The error summary: message and the id its link leads to. Each id is on the page."""
        summary = self.html.partition('id="error-summary"')[2].partition("</ul>")[0]
        found = [
            (words(said), target) for target, said in re.findall(r'<a href="#([^"]+)">(.*?)</a>', summary, re.DOTALL)
        ]
        assert all(f'id="{target}"' in self.html for _, target in found)
        return found

    def value(self, name: str) -> str:
        """What stands in a text field."""
        area = re.search(rf'<textarea[^>]*name="{name}"[^>]*>\n?(.*?)</textarea>', self.html, re.DOTALL)
        if area:
            return unescape(area[1])
        field = re.search(rf'<input[^>]*name="{name}"[^>]*>', self.html)
        return unescape(re.search(r'value="([^"]*)"', field[0])[1])

    @property
    def hidden(self) -> dict[str, list[str]]:
        """The hidden fields, as the browser sends them back."""
        kept: dict[str, list[str]] = {}
        for tag in re.findall(r'<input type="hidden"[^>]*>', self.html):
            name, value = re.search(r'name="([^"]*)"', tag)[1], re.search(r'value="([^"]*)"', tag)[1]
            kept.setdefault(name, []).append(unescape(value))
        return {name: values for name, values in kept.items() if name != "csrfmiddlewaretoken"}

    def ticked(self, name: str) -> list[str]:
        boxes = re.findall(rf'<input[^>]*type="checkbox"[^>]*name="{name}"[^>]*>', self.html)
        return [re.search(r'value="([^"]*)"', box)[1] for box in boxes if re.search(r"\bchecked\b", box)]

    def offered(self, name: str) -> list[str]:
        """The values of the boxes one may tick."""
        boxes = re.findall(rf'<input[^>]*type="checkbox"[^>]*name="{name}"[^>]*>', self.html)
        return [re.search(r'value="([^"]*)"', box)[1] for box in boxes]


@dataclass
class Desk:
    """The review as one person has it open."""

    client: Any

    def get(self, path: str, **query: str) -> Seen:
        response = self.client.get(path, query)
        return Seen(response.status_code, response.content.decode())

    def queue(self, **query: str) -> Seen:
        return self.get(QUEUE, **query)

    def case(self, request: Request) -> Seen:
        return self.get(case_path(request))

    def open(self, request: Request, act: str) -> Seen:
        return self.get(act_path(request, act))

    def send(self, request: Request, act: str, step: str, **typed: Any) -> Any:
        """Send the form of a decision as it was opened on ``request``."""
        return self.client.post(act_path(request, act), {"version": request.version, "step": step, **typed})

    def check(self, request: Request, act: str, **typed: Any) -> Seen:
        return self.read(self.send(request, act, "check", **typed))

    def decide(self, request: Request, act: str, **typed: Any) -> Any:
        """Look at the letter, then decide with what that page kept."""
        seen = self.check(request, act, **typed)
        assert seen.status == 200, seen.errors
        return self.client.post(act_path(request, act), {**seen.hidden, "step": "decide"})

    def read(self, response: Any) -> Seen:
        return Seen(response.status_code, response.content.decode())
