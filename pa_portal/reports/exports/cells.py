"""What a cell of a file holds: typed text that a spreadsheet cannot take for a formula, and one form for each kind.

A spreadsheet runs a cell that begins with ``=``, ``+``, ``-`` or ``@``, also in the full-width and small forms of
those signs, and also after blanks. Such text gets an apostrophe in front, which shows that it is text; so does text
that begins with a tab or a line break.
"""

from __future__ import annotations

import re
from typing import Final

from pa_portal.reports.columns import Column, Kind

_SIGNS: Final = "=+@\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b\\-"
_BLANKS: Final = "\\s\u00a0\u1680\u2000-\u200d\u2028\u2029\u202f\u205f\u2060\u3000\ufeff"
# Read alike by Python's re and by Postgres.
FORMULA: Final = f"^([\\t\\r\\n]|[{_BLANKS}]*[{_SIGNS}])"
_FORMULA = re.compile(FORMULA)


def neutral(text: str) -> str:
    """Return ``text`` as a file may hold it: with an apostrophe in front where it could be taken for a formula."""
    return f"'{text}" if _FORMULA.match(text) else text


def neutral_sql(value: str) -> str:
    """Return the SQL that does the same to ``value``. Most text begins with a letter or a digit and is soon let go."""
    first = f"ascii({value})"
    plain = f"{first} BETWEEN 65 AND 90 OR {first} BETWEEN 97 AND 122 OR {first} BETWEEN 48 AND 57"
    return f"CASE WHEN {plain} THEN {value} WHEN {value} ~ '{FORMULA}' THEN '''' || {value} ELSE {value} END"


def csv_sql(column: Column) -> str:
    """Return the SQL of a column's cell in a CSV file: days and moments in ISO form, yes or no in words.

    The session's DateStyle is to be ISO.
    """
    value = column.value
    match column.kind:
        case Kind.TEXT:
            return neutral_sql(value)
        case Kind.MOMENT:
            return f"replace(left(({value} AT TIME ZONE 'UTC')::text, 19), ' ', 'T') || 'Z'"
        case Kind.YES_NO:
            return f"CASE WHEN {value} THEN 'yes' WHEN NOT {value} THEN 'no' END"
        case _:
            return value


def xlsx_sql(column: Column) -> str:
    """Return the SQL of a column's cell in an XLSX file.

    Days and moments are the numbers that the format keeps them as: days since the end of 1899.
    """
    match column.kind:
        case Kind.DATE:
            return f"{column.value} - DATE '1899-12-30'"
        case Kind.MOMENT:
            return f"extract(epoch FROM date_trunc('second', {column.value}))::float8 / 86400 + 25569"
        case _:
            return csv_sql(column)
