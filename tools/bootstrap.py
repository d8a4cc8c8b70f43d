"""Make .venv and install pinned requirements in it, only when something changed since the last time.

    python3 tools/bootstrap.py requirements.txt [requirements-dev.txt]

Runs before anything is installed, on whatever Python there is: so the standard library alone, and old syntax.
"""

import hashlib
import os
import shutil
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VENV = os.path.join(ROOT, ".venv")
PYTHON = os.path.join(VENV, "bin", "python")
MINIMUM = (3, 11)
NEWER = ("python3.14", "python3.13", "python3.12", "python3.11")


def main(files):
    if sys.version_info < MINIMUM:
        hand_over(files)
    stamp = os.path.join(VENV, "stamp-" + "-".join(os.path.basename(name) for name in files))
    wanted = digest(files)
    if works() and read(stamp) == wanted:
        return
    try:
        make_venv()
        install(files)
        with open(stamp, "w") as file:
            file.write(wanted)
    except PermissionError:
        stop(f"No permission to write to {VENV}. Use a clone of your own, or run this as its owner.")
    except OSError as error:
        stop(f"Could not set up {VENV}: {error}")


def hand_over(files):
    """Go on under a newer Python on PATH, or stop and say which is needed."""
    for name in NEWER:
        path = shutil.which(name)
        if path:
            os.execv(path, [path, os.path.abspath(__file__), *files])
    stop("Python 3.11 or newer is needed, and python3 here is " + sys.version.split()[0])


def make_venv():
    if works():
        return
    if os.path.isdir(VENV):
        say("Making .venv again: its Python no longer runs.")
        shutil.rmtree(VENV)
    else:
        say("Making .venv")
    if not os.access(ROOT, os.W_OK):
        raise PermissionError
    done = subprocess.run(
        [sys.executable, "-m", "venv", VENV], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    if done.returncode:
        shutil.rmtree(VENV, ignore_errors=True)
        if "ensurepip" in done.stdout or "No module named venv" in done.stdout:
            stop("Python's venv module is missing. On Debian or Ubuntu: apt-get install python3-venv")
        stop(f"Could not make .venv: {last_line(done.stdout)}")


def works():
    """Whether .venv has a Python that runs, of a version that will do, and pip. (A moved or half-made one does not.)"""
    if not os.path.exists(PYTHON):
        return False
    test = f"import sys, pip; sys.exit(sys.version_info < {MINIMUM})"
    return subprocess.run([PYTHON, "-c", test], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0


def install(files):
    say("Installing " + " and ".join(files))
    command = [PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]
    if os.geteuid() == 0:
        command.append("--root-user-action=ignore")
    for name in files:
        command += ["--requirement", name]
    done = subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    if done.returncode:
        errors = [line for line in done.stderr.splitlines() if line.startswith("ERROR")]
        sys.stderr.write(done.stderr)
        stop(f"The packages could not be installed: {errors[-1] if errors else last_line(done.stderr)}")


def digest(files):
    """What the installed packages depend on: the files' content (each builds on requirements.txt) and the Python."""
    total = hashlib.sha256(sys.version.encode())
    for name in sorted(set(files) | {"requirements.txt"}):
        with open(os.path.join(ROOT, name), "rb") as file:
            total.update(file.read())
    return total.hexdigest()


def read(path):
    try:
        with open(path) as file:
            return file.read()
    except OSError:
        return None


def last_line(text):
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "no reason given"


def say(text):
    print(text, flush=True)


def stop(message):
    sys.exit(message)


if __name__ == "__main__":
    main(sys.argv[1:])
