"""Every address of the portal, read from the URL resolver, so that a new one is tested without being named."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver, resolve
from django.urls.exceptions import Resolver404

# A part of an address that is written as a regular expression.
_GROUP = re.compile(r"\(\?P<(\w+)>[^()]*\)")


@dataclass(frozen=True)
class Address:
    """One pattern: its ``route`` as written (``requests/<uuid:pk>/``), its full name, its view and its parameters."""

    route: str
    name: str
    view: Callable[..., Any]
    parameters: tuple[tuple[str, str], ...]

    def path(self, values: dict[str, str]) -> str:
        """The path with these values put in as they are, allowed there or not."""
        path = "/" + _GROUP.sub(r"<\1>", self.route).replace("^", "").removesuffix("$")
        for name, converter in self.parameters:
            path = path.replace(f"<{converter}:{name}>", values[name]).replace(f"<{name}>", values[name])
        return path


@cache
def every_address() -> tuple[Address, ...]:
    return tuple(_walk(get_resolver(), "", ""))


def _walk(resolver: URLResolver, before: str, namespace: str) -> Iterator[Address]:
    for entry in resolver.url_patterns:
        route = before + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from _walk(entry, route, f"{namespace}{entry.namespace}:" if entry.namespace else namespace)
        elif isinstance(entry, URLPattern):
            converters = tuple((name, _kind(converter)) for name, converter in entry.pattern.converters.items())
            converters += tuple((name, "str") for name in _GROUP.findall(route))
            yield Address(route, f"{namespace}{entry.name or route}", entry.callback, converters)


def _kind(converter: Any) -> str:
    return type(converter).__name__.removesuffix("Converter").lower().replace("string", "str")


def address_of(path: str) -> Address | None:
    """The address that answers this path; None where nothing does."""
    try:
        route = resolve(path).route
    except Resolver404:
        return None
    return next((address for address in every_address() if address.route == route), None)
