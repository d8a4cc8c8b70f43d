"""Numbers people read aloud and type: random, without look-alike characters, with a check character.

29 characters (no 0 1 I L O U V), so that arithmetic modulo a prime finds every single wrong character and every
exchange of two. Nothing is encoded inside.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass

ALPHABET = "23456789ABCDEFGHJKMNPQRSTWXYZ"
_VALUE = {character: value for value, character in enumerate(ALPHABET)}


def _sum(characters: str) -> int:
    """Return the sum of the characters' values, each weighted by its place from the left, modulo 29."""
    return sum(place * _VALUE[character] for place, character in enumerate(characters, start=1)) % len(ALPHABET)


@dataclass(frozen=True, slots=True)
class Numbering:
    """One kind of number: its prefix, and how many groups of four characters; the last character checks the others.

    At most seven groups, so that every place has its own weight.
    """

    prefix: str
    groups: int

    def new(self) -> str:
        """Return a new random number, such as "PA-7K3M-Q2XD". The database decides whether it is taken."""
        body = "".join(secrets.choice(ALPHABET) for _ in range(4 * self.groups - 1))
        return self._write(body + self._check(body))

    def of(self, place: int) -> str:
        """Return the number in this place, counted from 0 and begun again after the last; no two places share one."""
        characters = []
        for _ in range(4 * self.groups - 1):
            place, value = divmod(place, len(ALPHABET))
            characters.append(ALPHABET[value])
        body = "".join(characters)
        return self._write(body + self._check(body))

    def valid(self, text: str) -> bool:
        """Return whether ``text``, as ``tidy`` reads it, is a number of this kind with a right check character."""
        body = self.tidy(text).replace("-", "")[len(self.prefix) :]
        return (
            len(body) == 4 * self.groups
            and all(character in _VALUE for character in body)
            and self.tidy(text) == self._write(body)
            and _sum(body) == 0
        )

    def tidy(self, text: str) -> str:
        """Return ``text`` in the standard form: capitals, and dashes where they belong, whatever was typed."""
        characters = "".join(character for character in text.upper() if character.isalnum())
        return self._write(characters.removeprefix(self.prefix))

    @property
    def pattern(self) -> str:
        """The shape of a number as a regular expression that Postgres reads too."""
        return f"^{self.prefix}(-[{ALPHABET}]{{4}}){{{self.groups}}}$"

    def _write(self, body: str) -> str:
        return "-".join([self.prefix, *(body[start : start + 4] for start in range(0, len(body), 4))])

    def _check(self, body: str) -> str:
        """Return the character that makes the weighted sum of the whole zero."""
        weight = len(body) + 1
        return ALPHABET[-_sum(body) * pow(weight, -1, len(ALPHABET)) % len(ALPHABET)]


REFERENCE = Numbering("PA", 2)
AUTHORIZATION = Numbering("AU", 3)
