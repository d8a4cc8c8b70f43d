"""What every answer says to the browser: keep nothing, run nothing that is not ours, and let nobody look in."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.hostile.portal import NOBODY, Portal

pytestmark = pytest.mark.django_db

ON_EVERY_ANSWER = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
POLICY = {
    "default-src": "'self'",
    "object-src": "'none'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
    "form-action": "'self'",
}
# Answers that are no page: refused, missing, not allowed, too strange, and from outside every view.
OTHERS = (
    ("prescriber", "GET", "/nothing/", 404),
    (NOBODY, "GET", "/nothing/", 404),
    (NOBODY, "GET", "/requests/", 302),
    ("prescriber", "PUT", "/requests/", 405),
    ("prescriber", "GET", "/%00\x00", 400),
    (NOBODY, "POST", "/requests/new/", 401),
    ("prescriber", "GET", "/requests", 301),
)


def check(response: Any, name: str) -> None:
    headers = response.headers
    for header, value in ON_EVERY_ANSWER.items():
        assert headers.get(header) == value, f"{name}: {header} is {headers.get(header)}"
    assert {"no-store", "private"} <= {part.strip() for part in headers["Cache-Control"].split(",")}, name
    assert "camera=()" in headers["Permissions-Policy"], name
    policy = dict(part.strip().partition(" ")[::2] for part in headers["Content-Security-Policy"].split(";"))
    assert not set(re.findall(r"'unsafe-[a-z-]+'|https?:|\*", headers["Content-Security-Policy"])), name
    if policy.get("sandbox") is None:
        assert {directive: policy.get(directive) for directive in POLICY} == POLICY, name
    else:
        assert policy["default-src"] == "'none'", name


def test_every_page_and_file_says_so(portal: Portal) -> None:
    for (role, path), response in zip(portal.pages, portal.answers, strict=True):
        check(response, f"{role} {path}")


@pytest.mark.parametrize(("role", "method", "path", "status"), OTHERS)
def test_every_other_answer_says_so(portal: Portal, role: str, method: str, path: str, status: int) -> None:
    response = portal.send(role, method, path)
    assert response.status_code == status
    check(response, path)


def test_a_failure_says_so(portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    from pa_portal.submissions import queries

    def fail(*_: object) -> None:
        raise ValueError("Marisol Quintana, PMH1001")

    monkeypatch.setattr(queries, "request_for", fail)
    pk = portal.ids["ours"]["submissions.request"][0]
    response = portal.send("prescriber", "GET", f"/requests/{pk}/")
    assert response.status_code == 500
    check(response, "500")
    assert b"Quintana" not in response.read
    assert b"Traceback" not in response.read


class Page(HTMLParser):
    """What a page runs, and where it loads from."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.inline: list[str] = []
        self.loaded: list[str] = []
        self._script = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.inline += [
            f"{tag} {name}" for name in given if name.startswith("on") or name in ("style", "hx-on", "srcdoc")
        ]
        runs = tag == "script" and "src" not in given and given.get("type") != "application/json"
        if runs or tag == "style" or tag in ("iframe", "object", "embed", "base"):
            self.inline.append(tag)
        for name in ("src", "href", "action", "formaction", "poster", "data", "srcset", "hx-get", "hx-post"):
            if name in given and tag != "a":
                self.loaded.append(given[name])
            if given.get(name, "").strip().lower().startswith(("javascript:", "vbscript:")):
                self.inline.append(given[name])


def test_pages_hold_no_script_or_style_and_load_from_here_alone(portal: Portal) -> None:
    """No nonce is needed: every script is a file of our own."""
    seen = 0
    for (_, path), response in zip(portal.pages, portal.answers, strict=True):
        if not response["Content-Type"].startswith("text/html"):
            continue
        seen += 1
        page = Page(response.read.decode())
        assert page.inline == [], path
        # A picture may stand in the page itself, as the code that an authenticator app reads does.
        loaded = [url for url in page.loaded if not url.startswith("data:image/")]
        assert [url for url in loaded if urlsplit(url).netloc or urlsplit(url).scheme] == [], path
    assert seen > 150


# A real installation


@pytest.fixture
def production(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the production settings say of headers, cookies and hosts, on the test's database."""
    import importlib

    for name, value in {
        "SECRET_KEY": "9s8d7f6g5h4j3k2l1q0w9e8r7t6y5u4i3o2p1a0z9x8c7v6b5n4m",
        "DATABASE_URL": "postgres://portal@127.0.0.1/portal",
        "ALLOWED_HOSTS": "portal.example",
    }.items():
        monkeypatch.setenv(name, value)
    real = importlib.import_module("pa_portal.settings.production")
    for name in vars(real):
        if name.startswith(("SECURE_", "SESSION_COOKIE_", "CSRF_")) or name in ("ALLOWED_HOSTS", "DEBUG"):
            setattr(settings, name, getattr(real, name))


def at_home(portal: Portal, role: str, method: str, path: str, **meta: Any) -> Any:
    meta = {"HTTP_HOST": "portal.example", "HTTP_X_FORWARDED_PROTO": "https"} | meta
    cookie = portal.cookies.get(role, "").replace("sessionid=", "__Host-sessionid=")
    return portal.send(role, method, path, HTTP_COOKIE=cookie, **meta)


def test_production_is_https_alone_for_a_year_and_its_subdomains(portal: Portal, production: None) -> None:
    response = at_home(portal, "prescriber", "GET", "/requests/")
    assert response.status_code == 200
    check(response, "/requests/")
    age, *more = response["Strict-Transport-Security"].split("; ")
    assert int(age.removeprefix("max-age=")) >= 31_536_000
    assert "includeSubDomains" in more
    plain = at_home(portal, "prescriber", "GET", "/requests/", HTTP_X_FORWARDED_PROTO="http")
    assert (plain.status_code, plain["Location"]) == (301, "https://portal.example/requests/")


def test_production_cookies_are_for_this_host_and_no_script(portal: Portal, production: None) -> None:
    set_by = at_home(portal, NOBODY, "GET", "/accounts/sign-in/").cookies
    set_by |= at_home(portal, "prescriber", "GET", "/requests/").cookies
    assert set_by
    for name, cookie in set_by.items():
        assert name.startswith("__Host-"), name
        assert cookie["secure"], name
        assert cookie["httponly"], name
        assert cookie["samesite"] in ("Lax", "Strict"), name
        assert (cookie["path"], cookie["domain"]) == ("/", ""), name


@pytest.mark.parametrize(
    "host", ["evil.example", "portal.example.evil.example", "portal.example:99999x", "", "[::1", "x@portal.example"]
)
@pytest.mark.parametrize("header", ["HTTP_HOST", "HTTP_X_FORWARDED_HOST"])
def test_no_other_host_gets_into_an_answer(portal: Portal, production: None, header: str, host: str) -> None:
    response = at_home(portal, NOBODY, "GET", "/requests/", **{header: host})
    text = response.read.decode() + "".join(response.headers.values())
    assert response.status_code == (400 if header == "HTTP_HOST" else 302)
    assert not host or host not in text
