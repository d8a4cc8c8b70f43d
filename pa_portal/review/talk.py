"""What was said on a case, with the prescriber's side and among the plan's people, and the forms to say more."""

from __future__ import annotations

from dataclasses import dataclass

from pa_portal.accounts.models import User
from pa_portal.determinations import acts, queries
from pa_portal.determinations.models import Message, Note, Side
from pa_portal.review.fields import FieldView, Problem
from pa_portal.review.forms.talk import TALKS, TalkForm
from pa_portal.submissions.errors import NotAllowed
from pa_portal.submissions.models import Request

_ACTS = {"message": "send_message", "note": "write_note"}


@dataclass(frozen=True, slots=True)
class Line:
    """One message as the plan sees it. ``new``: the provider sent it, and nobody here had read it."""

    message: Message
    ours: bool
    new: bool

    @property
    def state(self) -> str:
        """What became of a message of the plan; empty for one of the provider's."""
        if not self.ours:
            return ""
        read = getattr(self.message, "read", None)
        return f"Read by {read.by.get_full_name()}" if read else "Not read yet"


@dataclass(frozen=True, slots=True)
class Box:
    """A form on the case page. Where nothing can be written, ``refusal`` stands there, and what was ``typed``."""

    fields: list[FieldView]
    refusal: str = ""
    typed: str = ""


@dataclass(frozen=True, slots=True)
class Talk:
    """``problems`` are those of the form that was sent; ``first`` is who wrote meanwhile."""

    lines: tuple[Line, ...]
    notes: tuple[Note, ...]
    message: Box
    note: Box
    problems: list[Problem]
    first: str

    @property
    def new(self) -> int:
        """How many messages are new."""
        return sum(line.new for line in self.lines)


def of(user: User, request: Request, *, sent: TalkForm | None = None, first: str = "") -> Talk:
    """Gather both; ``sent`` is the form that came back with something wrong."""
    messages = queries.messages_of(request)
    lines = (
        Line(each, each.side == Side.PLAN, each.side != Side.PLAN and not hasattr(each, "read")) for each in messages
    )
    return Talk(
        lines=tuple(lines),
        notes=tuple(queries.notes_for(user, request)),
        message=_box(user, request, "message", len(messages), sent),
        note=_box(user, request, "note", len(messages), sent),
        problems=_problems(sent, first),
        first=first,
    )


def _problems(sent: TalkForm | None, first: str) -> list[Problem]:
    if sent and first:
        return [Problem(f"{first} wrote meanwhile, so your message was not sent.", f"id_{sent.name}")]
    return sent.problems() if sent else []


def _box(user: User, request: Request, name: str, seen: int, sent: TalkForm | None) -> Box:
    own = sent if sent and sent.name == name else None
    try:
        acts.require(_ACTS[name], by=user, request=request)
    except NotAllowed as refusal:
        return Box([], str(refusal), own.typed if own else "")
    return Box((own or TALKS[name](request)).views(seen=seen, told=own is not None))
