"""What a file is to hold: which rows, under which filters, with which columns. All of it stands in an address."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from django.db import connection
from django.http import QueryDict

from pa_portal.accounts.models import User
from pa_portal.exports.actions import What
from pa_portal.reports.cases import Sql
from pa_portal.reports.columns import Column
from pa_portal.reports.exports import datasets
from pa_portal.reports.exports.datasets import DataSet
from pa_portal.reports.filters import BASES, MADE, Filters, Options
from pa_portal.reports.forms import Problem, ReportForm
from pa_portal.reports.models import Case

_DAYS = ("from", "to")


@dataclass(frozen=True, slots=True)
class Chosen:
    """One file's content, for one manager."""

    user: User
    data: DataSet
    filters: Filters
    columns: tuple[Column, ...]

    @property
    def patients(self) -> bool:
        """Whether a column names patients, or may."""
        return any(column.patient for column in self.columns)

    def pairs(self) -> list[tuple[str, str]]:
        """Return all of it as the names and values of an address's query."""
        return [
            ("data", self.data.name),
            *([] if self.filters.by == "submitted" else [("by", self.filters.by)]),
            *((name, value) for name, value in self.filters.pairs() if name != "by"),
            ("for", self.data.name),
            *(("column", column.name) for column in self.columns),
        ]

    def query(self) -> str:
        return urlencode(self.pairs())

    def what(self, form: str) -> What:
        return What(self.data.name, form, self.query(), self.patients)

    def undated(self, form: str) -> What:
        """Return the same for a schedule, which has days of its own."""
        pairs = [(name, value) for name, value in self.pairs() if name not in _DAYS]
        return What(self.data.name, form, urlencode(pairs), self.patients)

    def select(self, what: str) -> Sql:
        """Return the query of the rows, in the order in which a file has them."""
        return datasets.select(self.user, self.data, self.filters, what, f"ORDER BY {self.data.order}")

    def count(self) -> int:
        return datasets.count(self.user, self.data, self.filters)

    def note_taken(self) -> None:
        """Put on record which requests' rows a file takes away, by the database itself: there may be a million."""
        if not self.data.of_cases:
            return
        sql = self.select("c.id")
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT audit_shown('file', %(table)s, ARRAY({sql.text}))",
                {**sql.params, "table": Case._meta.db_table},
            )


class ExportForm(ReportForm):
    """A report's form over a data set, and its columns.

    Columns count when the address says that they are for this data set (``for``); otherwise all stand in that do not
    name patients, and those too with ``patients=1``.
    """

    def __init__(self, user: User, data: DataSet, query: QueryDict, options: Options) -> None:
        self.user, self.data_set = user, data
        self.offered = datasets.columns_for(user, data)
        self.ticked = frozenset(self._ticked(query))
        bases = dict(data.bases)
        given = {name: str(value) for name, value in query.dict().items()}
        known = given.get("by") in {MADE, *dict(BASES)} and given["by"] not in bases
        if not given.get("by") or known:
            given["by"] = next(iter(bases))
        super().__init__(given, datasets.filters_of(user, data), options, data.bases)

    def clean(self) -> dict[str, Any]:
        found = super().clean()
        if not self.ticked:
            self.add_error(None, "Choose at least one column.")
        return found

    @property
    def chosen(self) -> Chosen:
        """What a valid form chooses."""
        columns = tuple(column for column in self.offered if column.name in self.ticked)
        return Chosen(self.user, self.data_set, self.filters, columns)

    @property
    def boxes(self) -> Sequence[tuple[Column, bool]]:
        """The columns on offer that name no patient, and whether each is chosen."""
        return [(column, column.name in self.ticked) for column in self.offered if not column.patient]

    @property
    def patient_boxes(self) -> Sequence[tuple[Column, bool]]:
        """Those that do, or may."""
        return [(column, column.name in self.ticked) for column in self.offered if column.patient]

    @property
    def problems(self) -> list[Problem]:
        return super().problems + [Problem(str(message), "columns") for message in self.non_field_errors()]

    def _ticked(self, query: QueryDict) -> list[str]:
        names = {column.name for column in self.offered}
        if query.get("for") == self.data_set.name:
            return [name for name in query.getlist("column") if name in names]
        patients = query.get("patients") == "1"
        return [column.name for column in self.offered if patients or not column.patient]


def stored(user: User, data_set: str, query: str, options: Options, **days: Any) -> Chosen:
    """Return what a stored query chooses, for this manager now; ``days`` are a schedule's ``start`` and ``end``.

    Raises PermissionError when it is not, or no longer, theirs, and ValueError when it makes no sense any more.
    """
    data = datasets.BY_NAME.get(data_set)
    if data is None or data not in datasets.data_sets(user):
        raise PermissionError(data_set)
    given = QueryDict(query, mutable=True)
    if days:
        given["from"], given["to"] = days["start"].isoformat(), days["end"].isoformat()
    form = ExportForm(user, data, given, options)
    if not form.is_valid():
        raise ValueError(data_set)
    return form.chosen


def at(chosen: Chosen, now: Any) -> Chosen:
    """Return the same as of another moment, from which ages count."""
    return replace(chosen, filters=replace(chosen.filters, now=now))
