"""What reviewers find in the admin: the queue with its case pages, determinations and authorizations."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from pa_portal.determinations import queries
from pa_portal.determinations.letters import copies, printing
from pa_portal.determinations.mailing import letters_to_mail
from pa_portal.determinations.models import Appeal, Authorization, Determination, Letter, Stage
from pa_portal.review import clock, icons, queue, words
from pa_portal.review.acts import ACTS
from pa_portal.review.filters import APPEAL_FILTERS, FILTERS
from pa_portal.review.forms.talk import TALKS
from pa_portal.review.lists import ReadOnlyAdmin
from pa_portal.review.queue import NEWEST, OPEN, ORDER, Row, listed, requests_of
from pa_portal.review.views import assign, case, decide, document, finding, mail, talking
from pa_portal.review.views.common import user_of
from pa_portal.submissions.models import Request, State, Urgency
from pa_portal.submissions.numbers import REFERENCE
from pa_portal.submissions.queries import visible_to

DECIDED = {("state", state.value) for state in (State.APPROVED, State.DENIED, State.WITHDRAWN)}


def _urgency(record: Request | Appeal) -> str:
    said = record.get_urgency_display()
    return icons.marked("warning", "attention", said) if record.urgency == Urgency.EXPEDITED else said


def _take(found: Request, back: str) -> SafeString:
    """The button to take a request, or its appeal; ``back``: the list it stands on. Its form stands above the list."""
    return format_html(
        '<button class="btn btn-secondary btn-row" form="assign" formaction="{}" name="back" value="{}">'
        'Assign to me<span class="visually-hidden">: {}</span></button>',
        reverse("admin:submissions_request_assign", args=[found.pk]),
        back,
        found.reference,
    )


def _left(left: clock.Left) -> SafeString | str:
    return icons.marked(left.icon, left.tone, left.text) if left.icon else left.text


@admin.register(Request)
class RequestAdmin(ReadOnlyAdmin):
    """The queue, and the pages of each request."""

    heading = "Review queue"
    list_display = (
        "request",
        "member",
        "practice",
        "type",
        "priority",
        "received",
        "left",
        "assignee",
        "recommendation",
        "flags",
        "status",
    )
    list_filter = FILTERS
    search_fields = ("reference",)
    parameters = frozenset({"p", "e", "q", *(chosen.parameter_name for chosen in FILTERS)})

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            *super().get_urls(),
            path("find/", view(finding.find), name=self.address("find")),
            path("take-next/", view(assign.take_next), name=self.address("take_next")),
            path("<uuid:pk>/documents/<uuid:document_id>/", view(document.document), name=self.address("document")),
            path("<uuid:pk>/assign/", view(assign.assign), name=self.address("assign")),
            path("<uuid:pk>/release/", view(assign.release), name=self.address("release")),
            path("<uuid:pk>/reassign/", view(assign.reassign), name=self.address("reassign")),
            path("<uuid:pk>/change/", view(case.case), name=self.address("change")),
            *(
                path(f"<uuid:pk>/{name}/", view(talking.talk), {"name": name}, name=self.address(name))
                for name in TALKS
            ),
            *(path(f"<uuid:pk>/{act}/", view(decide.decide), {"name": act}, name=self.address(act)) for act in ACTS),
        ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Request]:
        return listed(user_of(request))

    def shown(self, request: HttpRequest, keys: list[Any]) -> QuerySet[Request]:
        return requests_of(user_of(request)).filter(pk__in=keys)

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        """Open requests by the time left; where others are listed too, the newest first."""
        return NEWEST if DECIDED & set(request.GET.items()) or "messages" in request.GET else ORDER

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Request], search_term: str
    ) -> tuple[QuerySet[Request], bool]:
        """Search by reference alone: an address stays in histories and logs, so it must not name a patient."""
        if not search_term.strip():
            return queryset, False
        wanted = REFERENCE.tidy(search_term) if REFERENCE.valid(search_term) else ""
        return queryset.filter(reference=wanted), False

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        pressing = queue.pressing(user_of(request)) if request.method in ("GET", "HEAD") else None
        return super().changelist_view(request, {"pressing": pressing, **(extra_context or {})})

    @admin.display(description="Request")
    def request(self, found: Request) -> str:
        return found.reference

    @admin.display(description="Patient")
    def member(self, found: Request) -> str:
        return Row(found).patient

    @admin.display(description="Organization")
    def practice(self, found: Request) -> str:
        return found.organization.name

    @admin.display(description="Type")
    def type(self, found: Request) -> str:
        return found.get_request_type_display()

    @admin.display(description="Urgency")
    def priority(self, found: Request) -> str:
        return _urgency(found)

    @admin.display(description="Received")
    def received(self, found: Request) -> str:
        return icons.moment(found.submitted_at)

    @admin.display(description="Time left", empty_value="–")
    def left(self, found: Request) -> SafeString | str:
        row = Row(found)
        told = _left(row.left)
        if not row.waiting:
            return told
        waits = icons.marked("warning", "attention", row.waiting) if row.overdue else row.waiting
        return format_html("<div>{}</div><div>{}</div>", told, waits)

    @admin.display(description="Assigned to", empty_value="–")
    def assignee(self, found: Request) -> SafeString | str:
        """Who has it; for an open request that nobody has, the button to take it. Its form stands above the list."""
        if found.assignee_id or not found.task_id or found.state not in OPEN:  # type: ignore[attr-defined]
            return Row(found).assignee
        return _take(found, "queue")

    @admin.display(description="Recommendation")
    def recommendation(self, found: Request) -> str:
        said = Row(found).recommendation
        return icons.marked(said.state, said.state, said.word)

    @admin.display(description="Flags", empty_value="None")
    def flags(self, found: Request) -> SafeString | str:
        flags = Row(found).flags
        items = format_html_join("", "<li>{}</li>", ((icons.marked("warning", "attention", flag),) for flag in flags))
        return format_html('<ul class="plain-list">{}</ul>', items) if flags else ""

    @admin.display(description="State")
    def status(self, found: Request) -> str:
        tone, said = found.state, found.get_state_display()
        if found.awaiting_director:  # type: ignore[attr-defined]
            tone, said = "attention", "Denial recommended"
        lines = [format_html('<span class="tag tag--{}">{}</span>', tone, said)]
        lines += [icons.marked("warning", "attention", what) for what in Row(found).beside]
        if found.unread:  # type: ignore[attr-defined]
            lines.append(icons.marked("message", "attention", "New message"))
        return format_html_join("", "<div>{}</div>", ((line,) for line in lines)) if lines[1:] else lines[0]


class _OfRequests(ReadOnlyAdmin):
    """Records of requests, each row leading to its case. Their own pages would show no more than the case does."""

    list_display_links = None

    @admin.display(description="Request")
    def reference(self, record: Any) -> str:
        url = reverse("admin:submissions_request_change", args=[record.request_id])
        return format_html('<a href="{}">{}</a>', url, record.request.reference)


@admin.register(Determination)
class DeterminationAdmin(_OfRequests):
    heading = "Decisions"
    ordering = ("-decided_at", "id")
    list_display = ("reference", "act", "reviewer", "decided", "result", "policy")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Determination]:
        found = super().get_queryset(request).filter(request__in=visible_to(user_of(request)))
        return found.select_related("request", "decided_by").defer("criteria", "facts")

    @admin.display(description="Decision")
    def act(self, record: Determination) -> str:
        return format_html('<span class="tag tag--{}">{}</span>', record.decision, record.get_decision_display())

    @admin.display(description="Reviewer")
    def reviewer(self, record: Determination) -> str:
        return record.decider

    @admin.display(description="Decided")
    def decided(self, record: Determination) -> str:
        return icons.moment(record.decided_at)

    @admin.display(description="Recommendation then")
    def result(self, record: Determination) -> str:
        said = words.OUTCOMES[record.outcome]
        return icons.marked(said.state, said.state, said.word)

    @admin.display(description="Policy version")
    def policy(self, record: Determination) -> str:
        return f"{record.policy_id}, {record.policy_version}"


@admin.register(Appeal)
class AppealAdmin(_OfRequests):
    """The appeals that wait for an outcome, the least time left first."""

    heading = "Open appeals"
    list_display = ("reference", "filed", "priority", "decision", "left", "assignee")
    list_filter = APPEAL_FILTERS
    parameters = frozenset({"p", "e", *(chosen.parameter_name for chosen in APPEAL_FILTERS)})

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(assign.take_next)
        return [*super().get_urls(), path("take-next/", view, {"stage": Stage.APPEAL}, name=self.address("take_next"))]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Appeal]:
        mine = user_of(request)
        waiting = queries.appeals_for(mine).filter(task__plan=mine.organization_id, task__stopped_at__isnull=True)
        return waiting.filter(outcome__isnull=True)

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        return ("task__due_at", "id")

    @admin.display(description="Filed")
    def filed(self, record: Appeal) -> str:
        return icons.moment(record.filed_at)

    @admin.display(description="Urgency")
    def priority(self, record: Appeal) -> str:
        return _urgency(record)

    @admin.display(description="Decision appealed")
    def decision(self, record: Appeal) -> str:
        made = record.determination
        return f"{made.get_decision_display()}, {words.long_date(timezone.localdate(made.decided_at))}"

    @admin.display(description="Time left", empty_value="–")
    def left(self, record: Appeal) -> SafeString | str:
        return _left(clock.of_task(record.task))

    @admin.display(description="Assigned to")
    def assignee(self, record: Appeal) -> SafeString | str:
        if record.task.assignee:
            return record.task.assignee.get_full_name()
        return _take(record.request, "appeals")


@admin.register(Authorization)
class AuthorizationAdmin(_OfRequests):
    heading = "Authorizations"
    ordering = ("-start", "number")
    list_display = ("number", "reference", "first_day", "last_day", "renewal", "units", "status")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Authorization]:
        mine = user_of(request)
        found = super().get_queryset(request).filter(plan=mine.organization_id, request__in=visible_to(mine))
        return found.select_related("request")

    @admin.display(description="Start")
    def first_day(self, record: Authorization) -> str:
        return words.long_date(record.start)

    @admin.display(description="Valid through")
    def last_day(self, record: Authorization) -> str:
        return words.long_date(record.valid_through)

    @admin.display(description="Renewal date")
    def renewal(self, record: Authorization) -> str:
        return words.long_date(record.renewal_date)

    @admin.display(description="Units")
    def units(self, record: Authorization) -> str:
        return f"{record.doses} doses of {record.units_per_dose} ({record.total_units} {record.hcpcs})"


@admin.register(Letter)
class LetterAdmin(_OfRequests):
    """The patients' copies that wait for the mail, the oldest first; a page of them is what is printed at once."""

    heading = "Letters to mail"
    list_per_page = printing.MOST
    list_display = ("chosen", "reference", "addressee", "letter", "made", "document", "mailed")

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            *super().get_urls(),
            path("print/", view(mail.batch), name=self.address("print")),
            path("print/pdf/", view(mail.batch_pdf), name=self.address("print_pdf")),
            path("print/mailed/", view(mail.batch_mailed), name=self.address("print_mailed")),
            path("<uuid:letter_id>/mailed/", view(mail.mailed), name=self.address("mailed")),
        ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Letter]:
        return letters_to_mail(user_of(request))

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        return ("created_at", "id")

    @admin.display(description="Print")
    def chosen(self, record: Letter) -> SafeString:
        """The box that chooses it for printing. Its form stands above the list."""
        return format_html(
            '<label class="choose"><input type="checkbox" form="print" name="letter" value="{}">'
            '<span class="visually-hidden">Print: {}</span></label>',
            record.pk,
            _named(record),
        )

    @admin.display(description="Patient")
    def addressee(self, record: Letter) -> str:
        """As it stands in the window of the envelope."""
        return copies.addressee(record.content)

    @admin.display(description="Letter")
    def letter(self, record: Letter) -> str:
        return record.get_kind_display()

    @admin.display(description="Date")
    def made(self, record: Letter) -> str:
        return icons.moment(record.created_at)

    @admin.display(description="Patient’s copy")
    def document(self, record: Letter) -> SafeString:
        return format_html(
            '<a href="{}">PDF<span class="visually-hidden"> of the patient’s copy: {}</span></a>',
            reverse("correspondence:copy_pdf", args=[record.pk]),
            _named(record),
        )

    @admin.display(description="Mailed")
    def mailed(self, record: Letter) -> SafeString:
        """The button that says so. Its form stands above the list."""
        return format_html(
            '<button class="btn btn-secondary btn-row" form="mail" formaction="{}">'
            'Mark as mailed<span class="visually-hidden">: {}</span></button>',
            reverse("admin:determinations_letter_mailed", args=[record.pk]),
            _named(record),
        )


def _named(letter: Letter) -> str:
    return f"{letter.get_kind_display()}, {letter.request.reference}"
