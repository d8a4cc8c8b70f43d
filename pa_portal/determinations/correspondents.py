"""Reading messages and notes: whose side a person is on, what is new to it, and who is told."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from pa_portal.accounts.models import Organization, User
from pa_portal.determinations.models import Determination, Message, Note, Side, Stage, Task
from pa_portal.submissions.models import Request
from pa_portal.submissions.queries import visible_to


def side_of(user: User) -> Side:
    """Return the side a person is on."""
    return Side.PLAN if user.organization.kind == Organization.Kind.PLAN else Side.PROVIDER


def messages_of(request: Request) -> list[Message]:
    """Return the messages on a request the caller may see, with author and first reader, oldest first."""
    return list(
        Message.objects.filter(request=request)
        .select_related("author", "author__organization", "read", "read__by")
        .order_by("sent_at", "id")
    )


def notes_for(user: User, request: Request) -> list[Note]:
    """Return the notes on a request the caller may see, oldest first; none for anyone but the plan's own people."""
    if side_of(user) != Side.PLAN or request.plan_id != user.organization_id:
        return []
    return list(Note.objects.filter(request=request).select_related("author").order_by("written_at", "id"))


def unread(user: User) -> QuerySet[Message]:
    """Return what the other side sent on requests this person may see, and nobody of their own side has read."""
    marked = {f"request__tasks__{name}": value for name, value in _marked_new(user).items()}
    found = Message.objects.filter(request__in=visible_to(user), read__isnull=True, **marked)
    return found.exclude(side=side_of(user))


def with_unread(user: User, requests: QuerySet[Request]) -> QuerySet[Request]:
    """Add to each request ``unread``: whether it holds a message new to this person's side. In the same query."""
    return requests.annotate(unread=Exists(Task.objects.filter(request=OuterRef("pk"), **_marked_new(user))))


def mark_new(request: Request, *, to: Side) -> None:
    """Mark a request as holding a message that is new to a side, when one is sent."""
    Task.objects.filter(request=request, stage=Stage.REQUEST).update(**{f"new_to_{to}": True})


def lock_new(user: User, request: Request) -> Task | None:
    """Return the mark of what is new to this person's side on a request, locked, so that nothing is sent and nobody
    else of the side reads until the transaction ends; None where nothing is.
    """
    return Task.objects.filter(request=request, **_marked_new(user)).select_for_update().first()


def unmark(task: Task, user: User) -> None:
    """Take the mark away, once everything is read."""
    Task.objects.filter(pk=task.pk).update(**{f"new_to_{side_of(user)}": False})


def _marked_new(user: User) -> dict[str, Any]:
    return {"stage": Stage.REQUEST, f"new_to_{side_of(user)}": True}


def told_of(message: Message) -> Iterable[User] | None:
    """Return who gets the notice of a message: None for the practice's usual people.

    At the plan: whoever has the request or its appeal; else who decided it last; else nobody, and the queue shows it.
    """
    if message.side == Side.PLAN:
        return None
    people = User.objects.filter(is_active=True, organization=message.request.plan_id)
    held = people.filter(tasks__request=message.request_id, tasks__stopped_at__isnull=True).distinct()
    if held:
        return held
    decided = Determination.objects.filter(request=message.request_id).select_related("decided_by").order_by("number")
    last = decided.last()
    return [last.decided_by] if last and last.decided_by and last.decided_by.is_active else []
