"""A query compiled once and asked many times: writing the SQL of a join takes Django longer than Postgres's answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import Model, QuerySet
from django.db.models.query import get_related_populators

M = TypeVar("M", bound=Model)


class Prepared(Generic[M]):
    """A query with blanks. ``blanks`` names the values in its conditions that differ from one time to the next."""

    def __init__(self, found: QuerySet[M], blanks: Mapping[Any, str]) -> None:
        compiler = found.query.get_compiler(DEFAULT_DB_ALIAS)
        self._sql, params = compiler.as_sql()
        self._params = tuple((blanks.get(value), value) for value in params)
        info, select = compiler.klass_info, compiler.select
        first, last = info["select_fields"][0], info["select_fields"][-1] + 1
        self._model = info["model"]
        self._own = slice(first, last)
        self._names = [column.target.attname for column, _, _ in select[first:last]]
        self._related = get_related_populators(info, select, DEFAULT_DB_ALIAS)  # type: ignore[call-arg]  # Django 5.2 has no more
        self._converters = compiler.get_converters([column for column, _, _ in select])

    def first(self, **values: Any) -> M | None:
        """Return the first row with ``values`` in the blanks, with what the query joins; None when there is none."""
        connection = connections[DEFAULT_DB_ALIAS]
        with connection.cursor() as cursor:
            cursor.execute(self._sql, self._filled(values))
            found = cursor.fetchone()
        return None if found is None else self._record(found)

    def all(self, **values: Any) -> list[M]:
        """Return every row with ``values`` in the blanks, with what the query joins, in the query's order."""
        connection = connections[DEFAULT_DB_ALIAS]
        with connection.cursor() as cursor:
            cursor.execute(self._sql, self._filled(values))
            return [self._record(found) for found in cursor.fetchall()]

    def _filled(self, values: Mapping[str, Any]) -> list[Any]:
        return [values[blank] if blank else fixed for blank, fixed in self._params]

    def _record(self, found: Sequence[Any]) -> M:
        connection, row = connections[DEFAULT_DB_ALIAS], list(found)
        for place, (converters, column) in self._converters.items():
            for convert in converters:
                row[place] = convert(row[place], column, connection)
        record: M = self._model.from_db(DEFAULT_DB_ALIAS, self._names, row[self._own])
        for related in self._related:
            related.populate(row, record)
        return record
