"""Run a command with a database to talk to: `.venv/bin/python tools/with_database.py manage.py shell`.

DATABASE_URL's database where it is set; else the one that `make run` is running; else the project's own, started
for as long as the command takes.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from pa_portal.db import project  # noqa: E402
from pa_portal.db.errors import DatabaseError, InUse  # noqa: E402


def main(arguments: list[str]) -> int:
    command = [sys.executable, *arguments]
    try:
        with project.running(ROOT):
            return subprocess.run(command, check=False).returncode
    except InUse:
        return subprocess.run(command, check=False).returncode
    except DatabaseError as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
