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
    """As ``find``; where there is none, tries Debian's package (as root), then Playwright's download."""
    if path := find():
        return path
    if os.environ.get("CHROMIUM"):
        return None
    apt = shutil.which("apt-get")
    if apt and os.geteuid() == 0:
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        _say("Installing Chromium with apt-get …")
        install = [apt, "install", "--yes", "--quiet=2", "--no-install-recommends", "chromium", "fonts-liberation"]
        for command in ([apt, "update", "--quiet=2"], install):
            subprocess.run(command, check=False, env=quiet, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    if not (path := find()):
        _say("Downloading Chromium with Playwright …")
        download = [sys.executable, "-m", "playwright", "install", "chromium"]
        subprocess.run(
            download, check=False, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        path = find()
    return path


def _playwrights_own() -> str | None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    found = find_or_install()
    if not found:
        sys.exit(MISSING)
    print(found)
