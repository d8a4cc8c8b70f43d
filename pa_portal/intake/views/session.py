"""When the session ends or is about to: extending it, and going on with what was typed before it ended."""

from __future__ import annotations

from django.core.signing import BadSignature
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from pa_portal.accounts.sessions import session_of
from pa_portal.intake import kept
from pa_portal.intake.views.common import SIGNED_OUT, draw_signed_out, provider_page


@csrf_exempt  # changes nothing, and takes only what this portal has signed: it shows a form to send again
@require_POST
def resume(request: HttpRequest) -> HttpResponse:
    """Show what was typed before the session ended, to be sent again by whoever has signed in since."""
    text = request.POST.get("kept", "")
    try:
        found = kept.unfold(text)
    except BadSignature:
        return redirect("home")
    if not request.user.is_authenticated:
        return draw_signed_out(request, text, again=True)
    return _offer(request, found)


@provider_page
def _offer(request: HttpRequest, found: kept.Kept) -> HttpResponse:
    return render(request, "intake/resume.html", {"kept": found})


@require_http_methods(["GET", "HEAD", "POST"])
def session(request: HttpRequest) -> HttpResponse:
    """How many seconds the session still lasts, which asking does not change; a POST counts as use of the session.

    ``last`` says that it ends by its greatest length, which nothing extends.
    """
    stored = session_of(request)
    stored.passive = request.method != "POST"
    if not request.user.is_authenticated:
        return JsonResponse({"seconds": 0}, status=SIGNED_OUT)
    if request.method == "POST":
        stored.note_use(always=True)
    return JsonResponse({"seconds": stored.seconds_left(), "last": stored.cannot_be_extended()})
