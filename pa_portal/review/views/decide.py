"""Every act on a case: the form, then a look at what it makes, then the act."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from criteria import dates, explain
from pa_portal.accounts import identity
from pa_portal.determinations.case import Case
from pa_portal.determinations.errors import Conflict
from pa_portal.determinations.letters import html
from pa_portal.determinations.letters.content import LetterError
from pa_portal.determinations.models import Determination
from pa_portal.review import case_page, flags, meanwhile, words
from pa_portal.review.acts import ACTS
from pa_portal.review.allowed import Situation, why_not
from pa_portal.review.forms import FORMS, ApproveForm, DecisionForm, RecommendForm, StartForm, Written
from pa_portal.review.meanwhile import Meanwhile
from pa_portal.review.rehearsal import Rehearsal, rehearse
from pa_portal.review.views.common import (
    CONFLICT,
    INVALID,
    SeeOther,
    case_or_404,
    case_url,
    draw,
    user_of,
)
from pa_portal.submissions.errors import NotAllowed, Stale
from pa_portal.submissions.models import Request, RequestType

TEMPLATES = dict.fromkeys(ACTS, "review/form.html") | {
    "approve": "review/approve.html",
    "reissue": "review/approve.html",
    "pend": "review/pend.html",
    "recommend": "review/deny.html",
    "deny": "review/deny.html",
}
# These leave no signature; all others ask first who is there, unless that was made sure of a few minutes ago.
UNSIGNED = frozenset({"return", "extend", "call", "schedule", "close"})


@require_http_methods(["GET", "HEAD", "POST"])
def decide(request: HttpRequest, pk: UUID, name: str) -> HttpResponse:
    """One decision on one case. Every page of it is on record with the case's id, as reading it."""
    found, case = case_or_404(request, pk)
    if request.method != "POST":
        return _begin(request, found, case, name)
    form, version = FORMS[name](found, case, request.POST), _number(request.POST.get("version", ""))
    step = request.POST.get("step", "")
    if found.version != version:
        return _overtaken(request, found, case, form, version)
    if not form.is_valid():
        return _draw_form(request, found, case, form, status=INVALID)
    if step == "change":
        return _draw_form(request, found, case, form)
    if step == "decide" and name not in UNSIGNED:
        identity.require(request)
    return _go_on(request, found, case, form, version, decides=step == "decide")


def _begin(request: HttpRequest, found: Request, case: Case, name: str) -> HttpResponse:
    refusal = why_not(user_of(request), found, case, Situation(found))[name]
    if refusal:
        messages.warning(request, refusal)
        return redirect(case_url(found.pk))
    seen = _number(request.GET.get("seen", ""))
    return _draw_form(request, found, case, FORMS[name](found, case), unseen=bool(seen) and seen != found.version)


def _go_on(
    request: HttpRequest, found: Request, case: Case, form: DecisionForm, version: int, *, decides: bool
) -> HttpResponse:
    by = user_of(request)
    try:
        if not decides:
            return _draw_check(request, found, form, rehearse(lambda: form.run(by=by, version=version), found))
        written = form.run(by=by, version=version)
    except ValidationError as error:
        form.take_errors(error)
    except LetterError:
        form.add_error(None, "The letter cannot be written with this text. Use words, not invisible characters alone.")
    except (Conflict, Stale, NotAllowed) as refusal:
        return _overtaken(request, *case_or_404(request, found.pk), form, version, str(refusal))
    else:
        messages.success(request, _done(written, form.act))
        return SeeOther(case_url(found.pk))
    return _draw_form(request, found, case, form, status=INVALID)


def _done(written: Written, name: str) -> str:
    if not isinstance(written, Determination) or written.decision != Determination.Decision.APPROVED:
        return ACTS[name].done
    authorization = written.authorization
    through = words.long_date(authorization.valid_through)
    return f"Approved: authorization {authorization.number}, valid through {through}. The letter is in the timeline."


def _number(typed: str) -> int:
    """A version token; 0, which is never current, for anything that is not one."""
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 10 else 0


def _overtaken(
    request: HttpRequest, found: Request, case: Case, form: DecisionForm, version: int, refusal: str = ""
) -> HttpResponse:
    """Somebody acted, or the provider changed something, since the page was opened: say so, and keep what was typed."""
    user = user_of(request)
    if request.POST.get("step") == "decide" and meanwhile.repeated(user, found, form.act, version):
        return SeeOther(case_url(found.pk))
    closed = why_not(user, found, case, Situation(found))[form.act]
    again = FORMS[form.act](found, case, request.POST)
    typed = form.typed() if closed else again.without_a_field()
    happened = meanwhile.of(found, version, note=closed or refusal, typed=typed)
    if closed:
        context = {"found": found, "act": ACTS[form.act], "meanwhile": happened, "url": case_url(found.pk)}
        return draw(request, "review/overtaken.html", context, status=CONFLICT)
    return _draw_form(request, found, case, again, status=CONFLICT, happened=happened)


def _draw_form(
    request: HttpRequest,
    found: Request,
    case: Case,
    form: DecisionForm,
    *,
    status: int = 200,
    unseen: bool = False,
    happened: Meanwhile | None = None,
) -> HttpResponse:
    told = status == INVALID
    context = {
        **_common(found, case, form),
        "title": ACTS[form.act].heading,
        "fields": form.views(told=told),
        "problems": form.problems() if told else [],
        "unseen": unseen,
        "meanwhile": happened,
        **_extras(form, told=told),
    }
    return draw(request, TEMPLATES[form.act], context, status=status)


def _extras(form: DecisionForm, *, told: bool) -> dict[str, Any]:
    """What one decision's page shows and the others' do not."""
    if isinstance(form, RecommendForm):
        closest, others = form.groups(told=told)
        chosen = any(view.box.checked or view.sentence.error for view in others)
        error = str(form.errors["reasons"][0]) if told and "reasons" in form.errors else ""
        return {"closest": closest, "others": others, "others_open": chosen, "reasons_error": error}
    if isinstance(form, ApproveForm):
        less = form.less(told=told)
        opened = any(view.value or view.error for view in less)
        return {"proposed": _proposed(form), "less": less, "less_open": opened}
    if isinstance(form, StartForm):
        return {"proposed": _proposed(form)}
    return {}


def _proposed(form: StartForm) -> dict[str, Any]:
    """The period from the start date that is offered."""
    start = form.start_values()["start"]
    length = form.case.policy.authorization
    renewal = form.request.request_type == RequestType.RENEWAL
    months = length.renewal_months if renewal else length.initial_months
    return {
        "start": start,
        "valid_through": dates.valid_through(start, months),
        "renewal_date": dates.renewal_date(start, months),
        "past": start < timezone.localdate(),
    }


def _draw_check(request: HttpRequest, found: Request, form: DecisionForm, rehearsal: Rehearsal) -> HttpResponse:
    kept = [
        (name, value)
        for name, values in request.POST.lists()
        if name in form.fields
        for value in values
        if isinstance(value, str)
    ]
    context = {
        **_common(found, form.case, form),
        "title": ACTS[form.act].check,
        "kept": kept,
        "authorization": rehearsal.authorization,
        "letter": html.fragment(rehearsal.letter, level=3) if rehearsal.letter else "",
        # The letter tells all the rest.
        "typed": [pair for pair in form.typed() if not rehearsal.letter or pair[0] == "Rationale"],
    }
    return draw(request, "review/check.html", context)


def _common(found: Request, case: Case, form: DecisionForm) -> dict[str, Any]:
    return {
        "found": found,
        "case": case,
        "content": case.content,
        "form": form,
        "act": ACTS[form.act],
        "url": case_url(found.pk),
        "outcome": words.OUTCOMES[case.outcome],
        "headline": explain.sentences(case.policy, case.decision).headline,
        "flags": flags.of(case),
        "name": f"{case.content['patient']['first_name']} {case.content['patient']['last_name']}",
        "vials": case_page.vials(case),
    }
