"""The Chromium that browser tests drive: find one, or install one where that is allowed.

As a command, prints the program's path; where there is none and none can be installed, prints one line and exits 1.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge")
MAC_PROGRAMS = (
    Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"),
    Path("/Applications/Chromium.app/Contents/MacOS/Chromium"),
)
PLAYWRIGHT = (sys.executable, "-m", "playwright")
MISSING = (
    "No Chromium or Chrome was found and none could be installed: install one, "
    "or name its program in the environment variable CHROMIUM."
)


def find() -> str | None:
    """The path of a Chromium or Chrome: CHROMIUM, then PATH, then the usual places, then Playwright's own download."""
    named = os.environ.get("CHROMIUM")
    if named:
        return shutil.which(named)
    for name in NAMES:
        if path := shutil.which(name):
            return path
    for program in MAC_PROGRAMS:
        if program.exists():
            return str(program)
    return _playwrights_own()


def find_or_install() -> str | None:
    """As ``find``; what is missing is installed first: Debian's packages (as root), then Playwright's download."""
    missing = [] if _driver_runs() else ["libatomic1"]
    if not missing and (path := find()):
        return path
    if not os.environ.get("CHROMIUM") and not any(map(shutil.which, NAMES)):
        missing += ["chromium", "fonts-liberation"]
    if missing and os.geteuid() == 0 and shutil.which("apt-get"):
        _say(f"Installing {', '.join(missing)} with apt-get …")
        _apt_get("update")
        _apt_get("install", "--yes", "--no-install-recommends", *missing)
    if not _driver_runs():
        sys.exit("Playwright, which drives the browser, does not run here (on Debian it needs the package libatomic1).")
    if path := find():
        return path
    if not os.environ.get("CHROMIUM"):
        _say("Downloading Chromium with Playwright …")
        _quietly([*PLAYWRIGHT, "install", "chromium"])
    return find()


def _driver_runs() -> bool:
    return _quietly([*PLAYWRIGHT, "--version"])


def _playwrights_own() -> str | None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


def _apt_get(*arguments: str) -> None:
    _quietly(["apt-get", "--quiet=2", *arguments], DEBIAN_FRONTEND="noninteractive")


def _quietly(command: list[str], **environment: str) -> bool:
    """Run it, showing nothing; whether it succeeded."""
    done = subprocess.run(
        command, check=False, env={**os.environ, **environment}, stdin=subprocess.DEVNULL, capture_output=True
    )
    return done.returncode == 0


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    found = find_or_install()
    if not found:
        sys.exit(MISSING)
    print(found)
