"""`make run`, as the person at the terminal meets it."""

from __future__ import annotations

import os
import re
import runpy
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from pa_portal.db import places, project
from pa_portal.db.cluster import Cluster

ROOT = Path(__file__).parents[2]


def serve(**environment: str) -> subprocess.Popen[str]:
    """tools/serve.py in a session of its own, as `make run` starts it."""
    command = [sys.executable, "tools/serve.py"]
    clean = {
        k: v
        for k, v in os.environ.items()
        if k not in {"DJANGO_SETTINGS_MODULE", "SECRET_KEY", "MAKELEVEL", "DJANGO_ALLOW_ASYNC_UNSAFE"}
    }
    return subprocess.Popen(
        command,
        cwd=ROOT,
        env=clean | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


@pytest.fixture
def database_url() -> Iterator[str]:
    cluster = Cluster(places.at(project.throwaway_home()), durable=False)
    cluster.start()
    yield cluster.url
    cluster.destroy()


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def read_until(process: subprocess.Popen[str], text: str) -> str:
    assert process.stdout is not None
    seen = ""
    for line in process.stdout:
        seen += line
        if text in line:
            return seen
    pytest.fail(f"It ended without saying {text!r}:\n{seen}")


def job_workers(process: subprocess.Popen[str]) -> list[psutil.Process]:
    return [one for one in psutil.Process(process.pid).children() if "worker" in one.cmdline()]


def another_job_worker(process: subprocess.Popen[str]) -> psutil.Process:
    deadline = time.monotonic() + 60
    while not (found := job_workers(process)):
        assert time.monotonic() < deadline, "no other worker was started"
    return found[0]


def test_serves_the_demo_twice_in_a_row_and_leaves_nothing_running(database_url: str, port: int) -> None:
    for said, ended_by in (("Demo data created", signal.SIGINT), ("Demo data is there already", signal.SIGKILL)):
        process = serve(DATABASE_URL=database_url, PORT=str(port))
        jobs: list[psutil.Process] = []
        try:
            start = read_until(process, f"http://127.0.0.1:{port}/")
            assert said in start
            assert start.count("@") >= 3, "the logins are printed"
            jobs = job_workers(process)
            assert len(jobs) == 1
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=30) as answer:
                page = answer.read().decode()
            for style in re.findall(r'href="(/static/[^"]+\.css)"', page):
                with urllib.request.urlopen(f"http://127.0.0.1:{port}{style}", timeout=30) as answer:
                    assert answer.read()
                    assert answer.headers["Cache-Control"].endswith("immutable")
            jobs[0].kill()
            jobs[0].wait(timeout=30)
            jobs = [another_job_worker(process)]
        finally:
            if ended_by == signal.SIGINT:
                # The terminal sends Ctrl-C to every process of the group at once.
                os.killpg(process.pid, ended_by)
            else:
                process.kill()
            rest, _ = process.communicate(timeout=60)
        assert process.returncode == (0 if ended_by == signal.SIGINT else -ended_by)
        assert rest.strip() == ""
        assert psutil.wait_procs(jobs, timeout=30)[1] == [], "the job worker ends with the portal"


def test_a_port_in_use_is_one_plain_message() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        process = serve(PORT=str(port))
        said, _ = process.communicate(timeout=60)
    assert process.returncode == 1
    assert said.startswith(f"Port {port} is in use.")
    assert said.count("\n") == 1


@pytest.mark.parametrize("port", ["eighty", "0", "65536", "-1", "8000.5", "٣٠٠٠"])
def test_a_bad_port_is_one_plain_message(port: str) -> None:
    process = serve(PORT=port)
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "must be a number from 1 to 65535" in said
    assert said.count("\n") == 1


def test_a_database_that_does_not_answer_is_one_plain_message(port: int, tmp_path: Path) -> None:
    process = serve(PORT=str(port), DATABASE_URL=f"postgres://portal@/portal?host={tmp_path}")
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 1
    assert said.startswith("The database cannot be used:")
    assert "Traceback" not in said


@pytest.mark.parametrize(
    ("url", "says"), [("mysql://x/y", "must start with postgres://"), ("postgres://h:x/y", "port that is not a number")]
)
def test_a_bad_database_url_is_one_plain_message(port: int, url: str, says: str) -> None:
    process = serve(PORT=str(port), DATABASE_URL=url)
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 1
    assert says in said
    assert "Traceback" not in said


def test_an_old_python_is_told_which_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 6, 0))
    monkeypatch.setenv("PATH", "")
    bootstrap = runpy.run_path(str(ROOT / "tools" / "bootstrap.py"))
    with pytest.raises(SystemExit) as stopped:
        bootstrap["main"](["requirements.txt"])
    assert "3.11 or newer is needed" in str(stopped.value)
