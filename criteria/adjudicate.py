"""JSON lines of facts in, JSON lines of decisions out, one at a time."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from criteria.evaluate import decide
from criteria.facts import FactError
from criteria.policy import Policy


def adjudicate(policy: Policy, lines: Iterable[bytes], *, trace: bool = False) -> Iterator[tuple[str, bool]]:
    """Decide each line. Yields, for each, one line of JSON and whether the input was good.

    A bad line gives ``{"error": {"line", "fact", "message"}}`` with its number counted from 1; the rest go on. Memory
    does not grow with the input. A message never repeats the value that was refused.
    """
    for number, line in enumerate(lines, 1):
        try:
            answer, good = decide(policy, read_facts(line)).as_json(trace=trace), True
        except FactError as error:
            answer, good = {"error": {"line": number, "fact": error.fact, "message": error.message}}, False
        yield json.dumps(answer, separators=(", ", ": ")), good


def read_facts(line: bytes) -> dict[str, Any]:
    """One JSON object from UTF-8 text. Raises ``FactError`` for anything else, and for a key given twice."""
    try:
        given = json.loads(line.decode("utf-8-sig"), object_pairs_hook=_no_key_twice)
    except UnicodeDecodeError:
        raise FactError(None, "The line is not UTF-8 text.") from None
    except RecursionError:
        raise FactError(None, "The line is nested too deeply; give one flat object of facts.") from None
    except json.JSONDecodeError as error:
        raise FactError(None, f"The line is not JSON: {error.msg} at character {error.pos + 1}.") from None
    except FactError:
        raise
    except ValueError:
        raise FactError(None, "The line holds a number with too many digits.") from None
    if not isinstance(given, dict):
        raise FactError(None, 'Expected one JSON object of facts a line, such as {"request_type": "initial"}.')
    return given


def _no_key_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise FactError(key, "Given twice on this line; give it once.")
        found[key] = value
    return found
