"""A browser of a few lines: it keeps cookies, sends forms, and tells an answer from a connection that broke."""

from __future__ import annotations

import http.client
import re
from dataclasses import dataclass, field
from html import unescape
from urllib.parse import urlencode

HOST = "portal.test"
TIMEOUT_SECONDS = 60


class Broken(Exception):
    """The connection ended without an answer: what was sent may or may not have been done."""


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    text: str

    @property
    def location(self) -> str:
        return self.headers.get("location", "")

    def field(self, name: str) -> str:
        """The value of a form field on the page."""
        tag = re.search(rf'<input[^>]*name="{name}"[^>]*>', self.text)
        assert tag, f"no field {name} in an answer {self.status}:\n{self.text[:2000]}"
        value = re.search(r'value="([^"]*)"', tag[0])
        return unescape(value[1]) if value else ""


@dataclass
class Browser:
    """Talks to the portal on ``port`` of this machine as the proxy in front of it would: TLS ended, host name kept."""

    port: int
    cookies: dict[str, str] = field(default_factory=dict)

    def get(self, path: str) -> Answer:
        return self._send("GET", path, None)

    def post(self, path: str, form: dict[str, str]) -> Answer:
        return self._send("POST", path, urlencode(form))

    def again(self, port: int | None = None) -> Browser:
        """Another window of the same browser, signed in alike."""
        return Browser(port or self.port, dict(self.cookies))

    def sign_in(self, email: str, password: str) -> Answer:
        """The first step: the password."""
        path = "/accounts/sign-in/"
        page = self.get(path)
        form = {"csrfmiddlewaretoken": page.field("csrfmiddlewaretoken"), "username": email, "password": password}
        return self.post(path, form)

    def second_step(self, path: str, code: str) -> Answer:
        page = self.get(path)
        return self.post(path, {"csrfmiddlewaretoken": page.field("csrfmiddlewaretoken"), "code": code})

    def _send(self, method: str, path: str, body: str | None) -> Answer:
        headers = {
            "Host": HOST,
            "X-Forwarded-Proto": "https",
            "Referer": f"https://{HOST}{path}",
            "Connection": "close",
        }
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=TIMEOUT_SECONDS)
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            text = response.read().decode("utf-8", errors="replace")
        except (OSError, http.client.HTTPException) as error:
            raise Broken(type(error).__name__) from error
        finally:
            connection.close()
        for cookie in response.headers.get_all("Set-Cookie", []):
            name, _, rest = cookie.partition("=")
            self.cookies[name] = rest.partition(";")[0]
        return Answer(response.status, {name.lower(): value for name, value in response.headers.items()}, text)
