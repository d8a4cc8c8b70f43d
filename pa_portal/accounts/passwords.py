"""What a password must not be, checked without asking anybody else."""

from __future__ import annotations

import re
from functools import cache

from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError
from django.db.models import Q

from criteria import catalog
from pa_portal.accounts.models import Organization, User

# Letters of the shortest word that counts as one of this place's, and characters that have to stand beside such words.
_WORD, _BESIDE = 4, 8
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


def _words(text: str) -> frozenset[str]:
    """The words of a text that are long enough to be one's password, in lower case."""
    return frozenset(word for word in re.split(r"[\W\d_]+", text.lower()) if len(word) >= _WORD)


# What the portal is and does; whoever guesses at its passwords tries these first, with the names below.
_ABOUT = _words(
    "portal prior authorization auth oncology cancer clinic clinical drug health healthcare medical medicare medicaid "
    "medicine plan policy payer provider practice patient prescriber reviewer director manager staff request review "
    "demo login signin welcome password passphrase secret"
)


@cache
def _of_policies() -> frozenset[str]:
    """The words in the names of policies and of their drugs."""
    found = (catalog.latest(policy_id) for policy_id in catalog.policy_ids())
    return _words(" ".join(f"{policy.title} {policy.drug.brand} {policy.drug.generic}" for policy in found))


def _of_organizations(user: object) -> frozenset[str]:
    """The words in the names of every plan, and of the person's own organization."""
    if not isinstance(user, User) or user.organization_id is None:
        return frozenset()
    known = Organization.objects.filter(Q(kind=Organization.Kind.PLAN) | Q(pk=user.organization_id))
    return _words(" ".join(known.values_list("name", flat=True)))


def of_this_place(password: str, user: object = None) -> bool:
    """Whether it has words that belong to this place, and too little beside them; signs between them do not count."""
    rest = whole = re.sub(r"[\W_]+", "", password.lower())
    for word in sorted(_ABOUT | _of_policies() | _of_organizations(user), key=len, reverse=True):
        rest = rest.replace(word, "")
    return rest != whole and len(rest) < _BESIDE


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


class NotOfThisPlace:
    """A password validator: refuses what ``of_this_place`` finds."""

    def validate(self, password: str, user: object = None) -> None:
        if of_this_place(password, user):
            raise ValidationError(
                "This password is made of words that belong to this portal, its policies or its organizations. Add "
                "words that have nothing to do with them.",
                code="password_of_this_place",
            )

    def get_help_text(self) -> str:
        return "It must not be made of the names of this portal, its policies, drugs and organizations alone."
