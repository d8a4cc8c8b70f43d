"""Every address that the URL resolver knows, by name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.urls import URLPattern, URLResolver, get_resolver


@dataclass(frozen=True, slots=True)
class Address:
    """``name`` with its namespaces, or the route itself where it has none; ``takes``: the names of what it captures."""

    name: str
    route: str
    takes: tuple[str, ...]


def addresses() -> list[Address]:
    return sorted(set(_walk(get_resolver(), "", "", ())), key=lambda each: each.name)


def _walk(resolver: URLResolver, space: str, route: str, takes: tuple[str, ...]) -> Iterator[Address]:
    for entry in resolver.url_patterns:
        here = route + str(entry.pattern)
        captured = (*takes, *(entry.pattern.converters or entry.pattern.regex.groupindex))
        if isinstance(entry, URLResolver):
            yield from _walk(entry, f"{space}{entry.namespace}:" if entry.namespace else space, here, captured)
        else:
            assert isinstance(entry, URLPattern)
            yield Address(f"{space}{entry.name}" if entry.name else here, here, captured)
