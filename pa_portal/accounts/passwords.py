"""What a password must not be, checked without asking anybody else."""

from __future__ import annotations

import re
from functools import cache

from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError

# Keys that lie beside each other, and the alphabet: both ways, and as often as one likes.
_ROWS = (
    "1234567890",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "abcdefghijklmnopqrstuvwxyz",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm",
)


@cache
def _common() -> frozenset[str]:
    """The 20,000 most common of the passwords that breaches have made public: the list that Django carries."""
    return frozenset(CommonPasswordValidator().passwords)


def _unit(text: str) -> str:
    """The shortest part that ``text`` is a repetition of: "abcabcab" -> "abc"."""
    return next(text[:size] for size in range(1, len(text) + 1) if (text[:size] * len(text))[: len(text)] == text)


def _along_the_keys(text: str) -> bool:
    rows = "".join(row * 3 for row in _ROWS)
    return len(text) > 3 and (text in rows or text[::-1] in rows)


def guessable(password: str) -> bool:
    """Whether it is a common password, one repeated or with digits and signs around it, or a run of keys."""
    lower = password.lower()
    bare = re.sub(r"^[\W\d_]+|[\W\d_]+$", "", lower)
    words = [word for word in re.split(r"[\W\d_]+", lower) if word]
    tried = {lower, bare, _unit(lower), _unit(bare) if bare else ""}
    if tried & _common() or len(_unit(lower)) <= 4:
        return True
    if len(set(words)) == 1 and words[0] in _common():
        return True
    return any(_along_the_keys(each) for each in (lower, bare) if each)


class NotGuessable:
    """A password validator: refuses what ``guessable`` finds."""

    def validate(self, password: str, user: object = None) -> None:
        if guessable(password):
            raise ValidationError(
                "This password is among those tried first. Choose one that nobody would guess, such as four or more "
                "unrelated words.",
                code="password_guessable",
            )

    def get_help_text(self) -> str:
        return "It must not be a common password, or one repeated or dressed up with digits."
