"""The overview: figures become tiles, tables and a chart, each with its definition and the way to its list."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from pa_portal.accounts.models import User
from pa_portal.reports import definitions, overtime, words
from pa_portal.reports.counts import COUNTS, STANDING
from pa_portal.reports.figures import Figures, figures, standing
from pa_portal.reports.filters import (
    AGES,
    DECIDED,
    DUE_DAYS,
    LAPSED_DAYS,
    OUTCOMES,
    STATES,
    TOOK,
    Filters,
    Options,
    is_plan,
)
from pa_portal.reports.shapes import Bar, Cell, Chart, Line, Number, Table, Tile, bars, days, hours, percent, whole
from pa_portal.submissions.models import Urgency


@dataclass(frozen=True, slots=True)
class Dashboard:
    tiles: tuple[Tile, ...]
    grid: Table
    chart: Chart
    sections: tuple[tuple[str, str, tuple[Table, ...]], ...]


def list_url(filters: Filters) -> str:
    """Return the address of the list of requests under these filters."""
    return f"{reverse('reports:requests')}?{filters.query()}"


def dashboard(user: User, filters: Filters, options: Options) -> Dashboard:
    """Work out the whole overview for this manager."""
    # Open requests have no reviewer yet.
    today = filters.undated().having(reviewer="")
    return _Builder(user, filters, figures(user, filters), today, standing(user, today), options).build()


@dataclass(frozen=True, slots=True)
class _Builder:
    user: User
    filters: Filters
    found: Figures
    today: Filters
    now: Figures
    options: Options

    def build(self) -> Dashboard:
        tables = [self.pathways(), self.reasons(), self.appeals(), self.kinds()]
        if is_plan(self.user):
            tables += [self.reviewers(), self.organizations()]
        tables.append(self.policies())
        return Dashboard(
            tiles=tuple(self.tiles()),
            grid=self.grid(),
            chart=overtime.chart(self.found.tables["days"], self.filters, list_url),
            sections=(
                ("speed", "How long decisions take", (self.turnaround(), self.distribution())),
                ("today", "Where things stand today", (self.backlog(), self.renewals())),
                ("why", "What is decided, and why", tuple(tables)),
            ),
        )

    def count(self, name: str, of: str = "") -> Number:
        """Return one of the counts of these days, leading to its list."""
        value = self.found.counts[name]
        return Number(whole(value), list_url(self.filters.having(**COUNTS[name])) if value else "", of)

    def standing(self, name: str, of: str = "") -> Number:
        """Return one of the counts of today, leading to its list."""
        value = self.now.counts[name]
        return Number(whole(value), list_url(self.today.having(**STANDING[name])) if value else "", of)

    def under(self, count: int, of: str, **chosen: str) -> Number:
        """Return a count from a table's row, leading to its list."""
        return Number(whole(count), list_url(self.filters.having(**chosen)) if count else "", of)

    # The key figures

    def tiles(self) -> Iterable[Tile]:
        counts, decided = self.found.counts, self.found.counts["decided"]
        by_decision = self.filters.by == DECIDED
        yield Tile(
            "Requests decided" if by_decision else "Requests received",
            self.count("received"),
            definitions.DECIDED if by_decision else definitions.RECEIVED,
            (self.count("renewals", "renewals"),),
        )
        for name, label, meaning in (
            ("approved", "Approved", definitions.APPROVED),
            ("denied", "Denied", definitions.DENIED),
        ):
            yield Tile(
                label,
                Number(percent(counts[name], decided)),
                meaning,
                (self.count(name, name), self.count("decided", "decided")),
            )
        yield Tile(
            "Pended",
            Number(percent(counts["asked"], counts["received"])),
            definitions.PENDED,
            (self.count("asked", "pended"), self.count("received", "requests")),
        )
        times = self.found.rows("turnaround")
        for urgency, write in ((Urgency.STANDARD, days), (Urgency.EXPEDITED, hours)):
            row = times.get(urgency, {})
            yield Tile(
                f"Median time, {urgency.label.lower()}",
                Number(write(row.get("median"))),
                definitions.MEDIAN,
                (self.under(row.get("decided", 0), "decided", urgency=urgency, state="decided"),),
            )
        yield Tile(
            "Decided on time",
            Number(percent(counts["on_time"], decided)),
            definitions.ON_TIME,
            (self.count("on_time", "on time"), self.count("late", "late")),
        )
        yield Tile(
            "Units authorized",
            Number(whole(self.found.tables["units"][0]["units"]), self.count("authorized").url),
            definitions.UNITS,
            (self.count("authorized", "authorizations"),),
        )

    def grid(self) -> Table:
        counts = self.found.counts

        def line(head: str, names: list[str], total: Number) -> Line:
            return Line(head, (*(Cell(self.count(name, head)) for name in names), Cell(total)))

        def sum_of(names: Iterable[str], of: str, **chosen: str) -> Number:
            return self.under(sum(counts[name] for name in names), of, **chosen)

        names = {state.value: [f"{state.value}_{outcome.value}" for outcome in OUTCOMES] for state in STATES}
        totals = [
            Cell(sum_of((row[column] for row in names.values()), outcome.label, outcome=outcome.value))
            for column, outcome in enumerate(OUTCOMES)
        ]
        return Table(
            "states",
            "Requests by state and engine outcome",
            definitions.STATES,
            ("State", *(outcome.label for outcome in OUTCOMES), "All"),
            tuple(
                line(state.label, names[state.value], sum_of(names[state.value], state.label, state=state.value))
                for state in STATES
            ),
            Line("All", (*totals, Cell(self.count("received", "All")))),
        )

    # Speed

    def turnaround(self) -> Table:
        times = self.found.rows("turnaround")
        columns = [self.turnaround_of(urgency, times.get(urgency, {})) for urgency in Urgency]
        heads = ("Decided", "Mean", "Median", "90th percentile", "On time", "Share on time")
        return Table(
            "turnaround",
            "Turnaround",
            definitions.TURNAROUND,
            ("Measure", *(urgency.label for urgency in Urgency)),
            tuple(Line(head, tuple(cells)) for head, *cells in zip(heads, *columns, strict=True)),
            wide=False,
        )

    def turnaround_of(self, urgency: Urgency, row: Mapping[str, Any]) -> list[Cell]:
        write = hours if urgency == Urgency.EXPEDITED else days
        decided, on_time = row.get("decided", 0), row.get("on_time", 0)
        return [
            Cell(self.under(decided, urgency.label, urgency=urgency.value, state="decided")),
            *(Cell(Number(write(row.get(name)))) for name in ("mean", "median", "ninetieth")),
            Cell(self.under(on_time, f"{urgency.label}, on time", urgency=urgency.value, clock="on_time")),
            Cell(Number(percent(on_time, decided))),
        ]

    def distribution(self) -> Table:
        names = [f"took_{choice.value}" for choice in TOOK]
        widths = bars(self.found.counts[name] for name in names)
        return Table(
            "distribution",
            "How turnaround spreads",
            definitions.DISTRIBUTION,
            ("Turnaround", "Decided"),
            tuple(
                Line(choice.label, (Cell(self.count(name, choice.label), Bar(width)),))
                for choice, name, width in zip(TOOK, names, widths, strict=True)
            ),
            wide=False,
        )

    # Today

    def backlog(self) -> Table:
        widths = bars(self.now.counts[age.value] for age in AGES)
        return Table(
            "backlog",
            "Open requests by age",
            definitions.BACKLOG,
            ("Waiting for", *(urgency.label for urgency in Urgency), "All"),
            (
                *(
                    self.by_urgency(age.label, age.value, Bar(width, "open"))
                    for age, width in zip(AGES, widths, strict=True)
                ),
                self.by_urgency("Past the time limit", "overdue"),
            ),
            self.by_urgency("All open", "open"),
            wide=False,
        )

    def by_urgency(self, head: str, name: str, bar: Bar | None = None) -> Line:
        parts = [Cell(self.standing(f"{urgency.value}_{name}", f"{head}, {urgency.label}")) for urgency in Urgency]
        return Line(head, (*parts, Cell(self.standing(name, head), bar)))

    def renewals(self) -> Table:
        return Table(
            "renewals",
            "Renewals",
            definitions.RENEWALS,
            ("Renewal", "Authorizations"),
            (
                Line(f"Due within {DUE_DAYS} days", (Cell(self.standing("due", "due")),)),
                Line("of which requested", (Cell(self.standing("due_requested", "due and requested")),)),
                Line(f"Lapsed in the last {LAPSED_DAYS} days", (Cell(self.standing("lapsed", "lapsed")),)),
            ),
            wide=False,
        )

    # What is decided, and why

    def pathways(self) -> Table:
        rows, labels = self.found.rows("pathways"), words.pathways()
        chosen = self.filters.chosen.get("pathway")
        # A request may establish several: under one of them, the others would count only those that share it.
        shown = [id for id in labels if chosen in (None, id)]
        kinds = {"no_pathway": "No pathway established", "renewals": "Renewals, which need none"}
        counts = [rows.get(id, {}).get("received", 0) for id in shown] + [self.found.counts[name] for name in kinds]
        widths = bars(counts)
        lines = [
            Line(labels[id], self.decided_as(rows.get(id, {}), labels[id], width, pathway=id))
            for id, width in zip(shown, widths, strict=False)
        ]
        for (name, label), width in zip(kinds.items(), widths[len(shown) :], strict=True):
            numbers = [self.count(f"{name}{decision}", label) for decision in ("", "_approved", "_denied")]
            lines.append(Line(label, (Cell(numbers[0], Bar(width)), *map(Cell, numbers[1:]))))
        return Table(
            "pathways",
            "Pathways",
            definitions.PATHWAYS,
            ("Pathway", "Requests", "Approved", "Denied"),
            tuple(lines),
        )

    def reasons(self) -> Table:
        rows, labels = self.found.rows("reasons"), words.reasons()
        order = sorted(rows, key=lambda id: (-rows[id]["denied"], id))
        lines = []
        for id, width in zip(order, bars(rows[id]["denied"] for id in order), strict=True):
            label, count = labels.get(id, id), rows[id]["denied"]
            share = Number(percent(count, self.found.counts["first_denied"]))
            lines.append(Line(label, (Cell(self.under(count, label, reason=id), Bar(width, "denied")), Cell(share))))
        return Table(
            "reasons",
            "Denial reasons",
            definitions.REASONS,
            ("Criterion not met or not established", "Denied", "Share"),
            tuple(lines),
            empty="Nothing was denied under these filters.",
        )

    def appeals(self) -> Table:
        counts = self.found.counts
        return Table(
            "appeals",
            "Appeals",
            definitions.APPEALS,
            ("Appeal", "Requests", "Share"),
            tuple(
                Line(head, (Cell(self.count(name, head)), Cell(Number(percent(counts[name], counts[of])))))
                for head, name, of in (
                    ("Appealed", "appealed", "decided"),
                    ("Still open", "appeal_open", "appealed"),
                    ("Decision changed", "overturned", "appealed"),
                    ("Decision kept", "upheld", "appealed"),
                )
            ),
            wide=False,
        )

    def kinds(self) -> Table:
        counts = self.found.counts
        return Table(
            "kinds",
            "Kinds of approval",
            definitions.KINDS,
            ("Approval", "Requests", "Share"),
            tuple(
                Line(head, (Cell(self.count(name, head)), Cell(Number(percent(counts[name], counts["approved"])))))
                for head, name in (("Automatic", "automatic"), ("For less than asked", "modified"))
            ),
            wide=False,
        )

    def reviewers(self) -> Table:
        rows = self.found.rows("reviewers")
        names = {choice.value: choice.label for choice in self.options["reviewer"] if choice.value in rows}
        counted: tuple[tuple[str, dict[str, str]], ...] = (
            ("decided", {"state": "decided"}),
            ("approved", {"first": "approved"}),
            ("denied", {"first": "denied"}),
            ("against", {"recommendation": "against"}),
            ("late", {"clock": "late"}),
        )
        return Table(
            "reviewers",
            "Reviewers",
            definitions.REVIEWERS,
            ("Reviewer", *(name.capitalize() for name, _ in counted), "Median time"),
            tuple(
                Line(
                    label,
                    (
                        *(
                            Cell(self.under(rows[id][name], f"{label}, {name}", reviewer=id, **chosen))
                            for name, chosen in counted
                        ),
                        Cell(Number(hours(rows[id]["median"]))),
                    ),
                )
                for id, label in names.items()
            ),
            empty="Nobody decided anything under these filters.",
        )

    def organizations(self) -> Table:
        rows = self.found.rows("organizations")
        names = {choice.value: choice.label for choice in self.options["organization"] if choice.value in rows}
        widths = bars(rows[id]["received"] for id in names)
        return Table(
            "organizations",
            "Organizations",
            definitions.ORGANIZATIONS,
            ("Organization", "Requests", "Approved", "Denied"),
            tuple(
                Line(label, self.decided_as(rows[id], label, width, organization=id))
                for (id, label), width in zip(names.items(), widths, strict=True)
            ),
            wide=False,
        )

    def policies(self) -> Table:
        rows = self.found.rows("policies")
        widths = bars(rows[version]["received"] for version in sorted(rows))
        return Table(
            "policies",
            "Policy versions",
            definitions.POLICIES,
            ("Policy and version", "Requests", "Approved", "Denied"),
            tuple(
                Line(version, self.decided_as(rows[version], version, width, policy=version))
                for version, width in zip(sorted(rows), widths, strict=True)
            ),
            wide=not is_plan(self.user),
        )

    def decided_as(self, row: Mapping[str, Any], of: str, width: str, **chosen: str) -> tuple[Cell, ...]:
        """Return the cells received, approved and denied of a row under ``chosen``."""
        return (
            Cell(self.under(row.get("received", 0), of, **chosen), Bar(width)),
            Cell(self.under(row.get("approved", 0), f"{of}, approved", **chosen, state="approved")),
            Cell(self.under(row.get("denied", 0), f"{of}, denied", **chosen, state="denied")),
        )
