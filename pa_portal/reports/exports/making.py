"""Making a file: at once for a page, or by the job worker, with its progress on record and a way to stop it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any

from django.db import DatabaseError, connection, transaction

from pa_portal.accounts.acting import acting_for
from pa_portal.exports import actions, storage
from pa_portal.exports.models import Export, Form
from pa_portal.reports import lists, queries
from pa_portal.reports.exports import choosing, csv, xlsx
from pa_portal.reports.exports.choosing import Chosen
from pa_portal.reports.filters import Options

CONTENT_TYPES = {
    Form.CSV: "text/csv; charset=utf-8",
    Form.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
PROGRESS_SECONDS = 1.0


class Stopped(Exception):
    """The file is not wanted any more, or the worker is to end."""


def write(
    chosen: Chosen, form: str, path: Path, options: Options, tick: Callable[[int], None] = lambda rows: None
) -> int:
    """Write a file and return how many rows it holds. ``tick`` is as for ``xlsx.write``.

    Whose rows it takes away is on record in the caller's transaction: without that, there is no file.
    """
    chosen.note_taken()
    if form == Form.XLSX:
        return xlsx.write(chosen, about(chosen, options), path, tick=tick)
    stream = csv.Stream(chosen)
    with path.open("wb") as file:
        for piece in stream:
            file.write(piece)
            tick(stream.rows)
    return stream.rows


def about(chosen: Chosen, options: Options) -> list[tuple[str, str]]:
    """Return what a file holds, as lines of what and which."""
    return [
        ("Content", chosen.data.meaning),
        ("Organization of the file's owner", chosen.user.organization.name),
        *lists.said(chosen.filters, options),
    ]


def make(
    export_id: str,
    *,
    halted: Callable[[], bool] = lambda: False,
    ready: Callable[[Export], None] = lambda export: None,
) -> None:
    """Make a file that was asked for, unless it is not wanted any more.

    ``halted`` says whether the worker is to end: then Stopped is raised, and the job may run again. ``ready`` is
    called with what became of it in the transaction that says that it is there.
    """
    export = actions.begin(export_id=export_id)
    if export is None:
        return
    name, kept = storage.new_name(), False
    try:
        with Progress(export, halted) as progress:
            rows = _write(export, storage.create(name), progress.tick)
        size = storage.keep(name)
        with transaction.atomic():
            kept = actions.finish(export=export, stored_name=name, rows=rows, size=size)
            if kept:
                ready(export)
    except Stopped:
        if halted():
            raise
    except PermissionError:
        actions.fail(export=export, problem="You may not, or no longer, have this data.")
    except ValueError:
        actions.fail(export=export, problem="A filter has a value that is not on its list any more. Choose again.")
    except BaseException:
        kept = False
        with suppress(DatabaseError):
            actions.fail(export=export, problem="Something went wrong. Ask for it again; if it happens twice, tell us.")
        raise
    finally:
        if not kept:
            storage.delete(name)


def _write(export: Export, path: Path, tick: Callable[[int], None]) -> int:
    owner = export.owner
    if owner.organization_id != export.organization_id:
        raise PermissionError(export.data_set)
    with acting_for(owner):
        options = queries.options(owner)
        days: dict[str, Any] = {"start": export.start, "end": export.end} if export.start else {}
        chosen = choosing.stored(owner, export.data_set, export.query, options, **days)
        return write(choosing.at(chosen, export.created_at), export.form, path, options, tick)


class Progress:
    """Puts on record how far a file is, from a thread with a connection of its own: the job's reads the rows."""

    def __init__(self, export: Export, halted: Callable[[], bool]) -> None:
        self._export, self._halted = export, halted
        self._rows = 0
        self._ended, self._unwanted = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._report, daemon=True)

    def __enter__(self) -> Progress:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join()

    def tick(self, rows: int) -> None:
        """Take note of how many rows are written. Raises Stopped when no more are wanted."""
        self._rows = rows
        if self._unwanted.is_set() or self._halted():
            raise Stopped

    def _report(self) -> None:
        try:
            while not self._ended.wait(PROGRESS_SECONDS):
                # What goes wrong here goes wrong for the job too, and the job says so.
                with suppress(DatabaseError), acting_for(self._export.owner):
                    if not actions.note_progress(export=self._export, rows=self._rows):
                        self._unwanted.set()
        finally:
            connection.close()
