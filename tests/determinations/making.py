"""Requests in every situation that decisions, calls and appeals lead to, made through the actions."""

from __future__ import annotations

import datetime
from types import SimpleNamespace
from typing import Any

from django.utils import timezone

from pa_portal.determinations import actions, queries
from pa_portal.determinations.models import Authorization
from pa_portal.submissions.models import Request
from tests.records.making import day, in_state, submitted

REASON = {"criterion": "her2_negative", "text": "The report describes another patient."}
RATIONALE = "The report attached is not this patient's."
CUT = {"doses": 4, "modification_reason": "The liver tests are to be seen again after four doses."}
GROUNDS = "The report was exchanged by mistake. The right one is on file now."


def on(request: Request, by: Any) -> dict[str, Any]:
    """What an action takes, with the version as it is now."""
    request.refresh_from_db()
    return {"by": by, "request_id": request.pk, "version": request.version}


def soon() -> datetime.datetime:
    return timezone.now() + datetime.timedelta(days=2)


def authorization_of(request: Request) -> Authorization:
    found = queries.authorizations_of(request).first()
    assert found is not None
    return found


def in_situation(world: SimpleNamespace, situation: str) -> Request:
    """A request in this situation: a state of its own, or one that something else goes on in."""
    if situation in ("draft", "submitted", "pended", "approved", "denied", "withdrawn"):
        return in_state(world, situation)
    request = submitted(world)
    _MAKE[situation](world, request)
    request.refresh_from_db()
    return request


def deny(world: SimpleNamespace, request: Request) -> None:
    actions.deny(**on(request, world.director), reasons=[REASON], rationale=RATIONALE)


def recommend(world: SimpleNamespace, request: Request) -> None:
    actions.recommend_denial(**on(request, world.reviewer), reasons=[REASON], rationale=RATIONALE)


def approve_less(world: SimpleNamespace, request: Request) -> None:
    actions.approve(**on(request, world.reviewer), **CUT)


def make_void(world: SimpleNamespace, request: Request) -> None:
    actions.approve(**on(request, world.reviewer))
    actions.void(by=world.director, authorization_id=authorization_of(request).pk, reason="Another patient was meant.")


def ask_for_call(world: SimpleNamespace, request: Request) -> None:
    deny(world, request)
    actions.request_peer_to_peer(by=world.prescriber, request_id=request.pk)


def call(world: SimpleNamespace, request: Request) -> None:
    ask_for_call(world, request)
    actions.schedule_peer_to_peer(by=world.director, request_id=request.pk, call_at=soon())
    actions.close_peer_to_peer(by=world.director, request_id=request.pk, kind="held", notes="The right report came.")


def appeal(world: SimpleNamespace, request: Request, **given: str) -> None:
    deny(world, request)
    actions.file_appeal(**on(request, world.prescriber), grounds=GROUNDS, **given)


def keep(world: SimpleNamespace, request: Request) -> None:
    appeal(world, request)
    actions.uphold_appeal(
        by=world.second_director,
        appeal_id=queries.open_appeal(request).pk,
        explanation="The new report says the same.",
        rationale="Read twice.",
    )


def change(world: SimpleNamespace, request: Request) -> None:
    appeal(world, request)
    actions.overturn_appeal(
        by=world.second_director, appeal_id=queries.open_appeal(request).pk, rationale="The new report settles it."
    )


_MAKE = {
    "recommended": recommend,
    "modified": approve_less,
    "void": make_void,
    "call": ask_for_call,
    "called": call,
    "appealed": appeal,
    "upheld": keep,
    "overturned": change,
}
SITUATIONS = ("draft", "submitted", "recommended", "pended", "approved", "modified", "void", "denied", "call", "called",
              "appealed", "upheld", "overturned", "withdrawn")  # fmt: skip

# Everything that can be done with a request, by the one who does it, on what is there now.
ACTS = {
    "recommend_denial": lambda by, request: actions.recommend_denial(
        **on(request, by), reasons=_reasons(request), rationale=RATIONALE
    ),
    "sign_denial": lambda by, request: actions.sign_denial(**on(request, by)),
    "return_recommendation": lambda by, request: actions.return_recommendation(**on(request, by), note="Call first."),
    "approve": lambda by, request: actions.approve(**on(request, by)),
    "approve_less": lambda by, request: actions.approve(**on(request, by), **CUT),
    "deny": lambda by, request: actions.deny(**on(request, by), reasons=_reasons(request), rationale=RATIONALE),
    "pend": lambda by, request: actions.pend(**on(request, by), information_needed="The report", respond_by=day(7)),
    "respond": lambda by, request: actions.respond_to_pend(**on(request, by), response="Here it is."),
    "withdraw": lambda by, request: actions.withdraw(**on(request, by)),
    "request_peer_to_peer": lambda by, request: actions.request_peer_to_peer(by=by, request_id=request.pk),
    "schedule_peer_to_peer": lambda by, request: actions.schedule_peer_to_peer(
        by=by, request_id=request.pk, call_at=soon()
    ),
    "close_peer_to_peer": lambda by, request: actions.close_peer_to_peer(
        by=by, request_id=request.pk, kind="held", notes="Said."
    ),
    "reverse_denial": lambda by, request: actions.reverse_denial(**on(request, by), rationale="After the call."),
    "void": lambda by, request: actions.void(
        by=by, authorization_id=_authorization_id(request), reason="Another patient was meant."
    ),
    "reissue": lambda by, request: actions.reissue(**on(request, by), rationale="For the right patient."),
    "appeal": lambda by, request: actions.file_appeal(**on(request, by), grounds=GROUNDS),
    "withdraw_appeal": lambda by, request: actions.withdraw_appeal(by=by, appeal_id=_appeal_id(request)),
    "uphold": lambda by, request: actions.uphold_appeal(
        by=by, appeal_id=_appeal_id(request), explanation="The same.", rationale="Read twice."
    ),
    "overturn": lambda by, request: actions.overturn_appeal(
        by=by, appeal_id=_appeal_id(request), rationale="The new report settles it."
    ),
    "extend": lambda by, request: actions.extend_clock(
        by=by, task_id=_task_id(request), hours=24, reason="A specialist reads the scan."
    ),
    "send_message": lambda by, request: actions.send_message(by=by, request_id=request.pk, body="When was it given?"),
    "write_note": lambda by, request: actions.write_note(by=by, request_id=request.pk, body="Ask the pharmacist."),
    "assign": lambda by, request: actions.assign_to_me(by=by, task_id=_task_id(request)),
}


def _reasons(request: Request) -> list[dict[str, str]]:
    """A renewal has criteria of its own."""
    if request.renews is None:
        return [REASON]
    return [{**REASON, "criterion": queries.case_of(request).possible_reasons[0].criterion}]


def _authorization_id(request: Request) -> Any:
    return request.authorizations.order_by("-determination__number").values_list("pk", flat=True).first()


def _appeal_id(request: Request) -> Any:
    return request.appeals.order_by("-number").values_list("pk", flat=True).first()


def _task_id(request: Request) -> Any:
    return request.tasks.order_by("-started_at").values_list("pk", flat=True).first()
