"""The overview: figures become tiles, tables and charts, each with its definition and the way to its list."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from django.urls import reverse

from pa_portal.accounts.models import User
from pa_portal.reports import charts, definitions, overtime, words
from pa_portal.reports.counts import COUNTS, STANDING
from pa_portal.reports.figures import Figures, figures, standing, workload
from pa_portal.reports.filters import (
    AGES,
    DECIDED,
    DUE_DAYS,
    LAPSED_DAYS,
    NOBODY,
    OUTCOMES,
    STATES,
    SUBMITTED,
    TOOK,
    Choice,
    Filters,
    Options,
    is_plan,
)
from pa_portal.reports.shapes import (
    Bar,
    Cell,
    Drawing,
    Line,
    Link,
    Number,
    Table,
    Tile,
    bars,
    days,
    hours,
    percent,
    whole,
)
from pa_portal.submissions.models import Urgency

# What is counted of the decisions of a reviewer, and the filters of each.
_REVIEWED: Final[Mapping[str, Mapping[str, str]]] = {
    "decided": {"state": "decided"},
    "approved": {"first": "approved"},
    "denied": {"first": "denied"},
    "against": {"recommendation": "against"},
    "late": {"clock": "late"},
}
# Organizations that are shown at once; the others fold away.
_SHOWN: Final = 10


@dataclass(frozen=True, slots=True)
class Dashboard:
    """Key figures, and tables under headings: each heading with its id."""

    tiles: tuple[Tile, ...]
    over_time: Table
    sections: tuple[tuple[str, str, tuple[Table, ...]], ...]


def list_url(filters: Filters) -> str:
    """Return the address of the list of requests under these filters."""
    return f"{reverse('reports:requests')}?{filters.query()}"


def dashboard(user: User, filters: Filters, options: Options) -> Dashboard:
    """Work out the whole overview for this manager."""
    # Open requests have no reviewer yet.
    today = filters.undated().having(reviewer="")
    owed = workload(user, today) if is_plan(user) else {}
    return _Builder(user, filters, figures(user, filters), today, standing(user, today), owed, options).build()


@dataclass(frozen=True, slots=True)
class _Builder:
    user: User
    filters: Filters
    found: Figures
    today: Filters
    now: Figures
    owed: Mapping[str, Mapping[str, int]]
    options: Options

    def build(self) -> Dashboard:
        sections = [
            ("today", "Where things stand today", (self.backlog(), self.renewals())),
            ("speed", "How long decisions take", (self.turnaround(), self.distribution())),
            ("why", "What is decided, and why", (self.reasons(), self.pathways(), self.appeals(), self.kinds())),
            ("states", "Outcomes and policy versions", (self.grid(), self.policies())),
        ]
        if is_plan(self.user):
            sections.append(("people", "Who decides, and who asks", (self.reviewers(), self.organizations())))
        return Dashboard(tuple(self.tiles()), self.over_time(), tuple(sections))

    def over_time(self) -> Table:
        found = overtime.over_time(self.found.tables["days"], self.filters, list_url)
        links = (
            Link(
                text, f"{reverse('reports:home')}?{replace(self.filters, by=by).query()}#periods", by == self.filters.by
            )
            for by, text in ((SUBMITTED, "By the day submitted"), (DECIDED, "By the day decided"))
        )
        return replace(found, links=tuple(links))

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
        yield self.share("Approved", "approved", "decided", definitions.APPROVED)
        yield self.share("Denied", "denied", "decided", definitions.DENIED)
        yield self.share("Pended", "asked", "received", definitions.PENDED)
        yield Tile(
            "Open today",
            self.standing("open", "open today"),
            definitions.OPEN,
            (self.standing("overdue", "past the time limit"),),
        )
        times = self.found.rows("turnaround")
        for urgency, write in ((Urgency.STANDARD, days), (Urgency.EXPEDITED, hours)):
            row = times.get(urgency, {})
            decided_so = self.under(row.get("decided", 0), "decided", urgency=urgency, state="decided")
            yield Tile(
                f"Median time, {urgency.label.lower()}",
                replace(decided_so, text=write(row.get("median"))),
                definitions.MEDIAN,
                (decided_so,),
            )
        yield Tile(
            "Decided on time",
            replace(self.count("on_time", "decided on time"), text=percent(counts["on_time"], decided)),
            definitions.ON_TIME,
            (self.count("on_time", "on time"), self.count("late", "late")),
        )
        yield self.share("Approved automatically", "automatic", "approved", definitions.AUTOMATIC)
        yield Tile(
            "Units authorized",
            replace(self.count("authorized"), text=whole(self.found.tables["units"][0]["units"])),
            definitions.UNITS,
            (self.count("authorized", "authorizations"),),
        )

    def share(self, label: str, name: str, of: str, definition: str) -> Tile:
        """Return the tile of a share: one count of another, both leading to their lists."""
        counts, words_for = self.found.counts, {"asked": "pended", "received": "requests"}
        part, all_of = (self.count(one, words_for.get(one, one)) for one in (name, of))
        return Tile(label, replace(part, text=percent(counts[name], counts[of])), definition, (part, all_of))

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
        return Table(
            "turnaround",
            "Turnaround",
            definitions.TURNAROUND,
            ("Urgency", "Decided", "Mean", "Median", "90th percentile", "On time", "Share on time"),
            tuple(
                Line(str(urgency.label), tuple(self.turnaround_of(urgency, times.get(urgency, {}))))
                for urgency in Urgency
            ),
        )

    def turnaround_of(self, urgency: Urgency, row: Mapping[str, Any]) -> list[Cell]:
        write = hours if urgency == Urgency.EXPEDITED else days
        decided, on_time = row.get("decided", 0), row.get("on_time", 0)
        all_of = self.under(decided, urgency.label, urgency=urgency.value, state="decided")
        in_time = self.under(on_time, f"{urgency.label}, on time", urgency=urgency.value, clock="on_time")
        return [
            Cell(all_of),
            *(Cell(replace(all_of, text=write(row.get(name)))) for name in ("mean", "median", "ninetieth")),
            Cell(in_time),
            Cell(replace(in_time, text=percent(on_time, decided))),
        ]

    def distribution(self) -> Table:
        rows = self.found.rows("took")
        took = {urgency: rows.get(urgency, {}) for urgency in Urgency}

        def line(choice: Choice) -> Line:
            parts = (
                Cell(
                    self.under(
                        took[urgency].get(choice.value, 0),
                        f"{choice.label}, {urgency.label}",
                        urgency=urgency.value,
                        took=choice.value,
                    )
                )
                for urgency in Urgency
            )
            return Line(choice.label, (*parts, Cell(self.count(f"took_{choice.value}", choice.label))))

        return Table(
            "distribution",
            "How turnaround spreads",
            definitions.DISTRIBUTION,
            ("Turnaround", *(urgency.label for urgency in Urgency), "All"),
            tuple(map(line, TOOK)),
            drawing=self.bars(
                "How turnaround spreads",
                TOOK,
                {urgency: [took[urgency].get(choice.value, 0) for choice in TOOK] for urgency in Urgency},
                "decided requests",
            ),
        )

    def bars(
        self, title: str, choices: Sequence[Choice], counts: Mapping[Urgency, Sequence[int]], what: str
    ) -> Drawing | None:
        """Draw counts by urgency, a bar for each choice."""
        series = [charts.Series(urgency.value, str(urgency.label), tuple(counts[urgency])) for urgency in Urgency]
        return charts.bars(title, [choice.label for choice in choices], series, what)

    # Today

    def backlog(self) -> Table:
        counts = self.now.counts
        return Table(
            "backlog",
            "Open requests by age",
            definitions.BACKLOG,
            ("Waiting for", *(urgency.label for urgency in Urgency), "All"),
            (
                *(self.by_urgency(age.label, age.value) for age in AGES),
                self.by_urgency("Past the time limit", "overdue"),
            ),
            self.by_urgency("All open", "open"),
            drawing=self.bars(
                "Open requests by age",
                AGES,
                {urgency: [counts[f"{urgency.value}_{age.value}"] for age in AGES] for urgency in Urgency},
                "open requests",
            ),
        )

    def by_urgency(self, head: str, name: str) -> Line:
        parts = [Cell(self.standing(f"{urgency.value}_{name}", f"{head}, {urgency.label}")) for urgency in Urgency]
        return Line(head, (*parts, Cell(self.standing(name, head))))

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
            number = self.under(count, label, reason=id)
            share = replace(number, text=percent(count, self.found.counts["first_denied"]))
            lines.append(Line(label, (Cell(number, Bar(width, "denied")), Cell(share))))
        return Table(
            "reasons",
            "Denial reasons",
            definitions.REASONS,
            ("Criterion not met or not established", "Denied", "Share"),
            tuple(lines),
            empty="Nothing was denied under these filters.",
        )

    def appeals(self) -> Table:
        return Table(
            "appeals",
            "Appeals",
            definitions.APPEALS,
            ("Appeal", "Requests", "Share"),
            (
                self.share_line("Appealed", "appealed", "decided"),
                self.share_line("Still open", "appeal_open", "appealed"),
                self.share_line("Decision changed", "overturned", "appealed"),
                self.share_line("Decision kept", "upheld", "appealed"),
            ),
            wide=False,
        )

    def share_line(self, head: str, name: str, of: str) -> Line:
        """Return a row of a count and its share of another, both leading to its list."""
        number, counts = self.count(name, head), self.found.counts
        return Line(head, (Cell(number), Cell(replace(number, text=percent(counts[name], counts[of])))))

    def kinds(self) -> Table:
        return Table(
            "kinds",
            "Automatic approvals and overrides",
            definitions.KINDS,
            ("Decided", "Requests", "Share"),
            (
                self.share_line("Approved automatically", "automatic", "approved"),
                self.share_line("Approved for less than asked", "modified", "approved"),
                self.share_line("Against the recommendation", "against", "decided"),
            ),
            wide=False,
        )

    def reviewers(self) -> Table:
        rows, counts = self.found.rows("reviewers"), self.found.counts
        names = {
            choice.value: choice.label
            for filter_name, there in (("reviewer", rows), ("assignee", self.owed))
            for choice in self.options[filter_name]
            if choice.value in there
        }

        def owed(id: str, label: str) -> Iterable[Number]:
            for name, chosen in (("open", {"state": "open"}), ("overdue", {"clock": "overdue"})):
                count = self.owed.get(id, {}).get(name, 0)
                url = list_url(self.today.having(assignee=id, **chosen)) if count else ""
                yield Number(whole(count), url, f"{label}, {name}")

        def line(id: str, label: str) -> Line:
            row = rows.get(id, {})
            made = [
                self.under(row.get(name, 0), f"{label}, {name}", reviewer=id, **chosen)
                for name, chosen in _REVIEWED.items()
            ]
            median = replace(made[0], text=hours(row.get("median")))
            return Line(label, tuple(map(Cell, (*owed(id, label), *made, median))))

        lines = [
            line(id, label)
            for id, label in sorted(names.items(), key=lambda one: (-rows.get(one[0], {}).get("decided", 0), one[1]))
            if id != NOBODY
        ]
        automatic = self.under(counts["automatic"], "Automatic review, decided", reviewer="automatic")
        none = Cell(Number("–"))
        lines += [
            Line("Automatic review", (none, none, Cell(automatic), Cell(automatic), none, none, none, none)),
            Line("Nobody yet", (*map(Cell, owed(NOBODY, "Nobody yet")), none, none, none, none, none, none)),
        ]
        approved = self.under(counts["decided"] - counts["first_denied"], "All, approved", first="approved")
        total = (
            self.standing("open", "All, open"),
            self.standing("overdue", "All, overdue"),
            self.count("decided", "All, decided"),
            approved,
            *(self.count(name, f"All, {name}") for name in ("first_denied", "against", "late")),
            Number("–"),
        )
        return Table(
            "reviewers",
            "Reviewers",
            definitions.REVIEWERS,
            ("Reviewer", "Open now", "Past limit", *(name.capitalize() for name in _REVIEWED), "Median time"),
            tuple(lines),
            Line("All", tuple(map(Cell, total))),
        )

    def organizations(self) -> Table:
        rows = self.found.rows("organizations")
        names = {choice.value: choice.label for choice in self.options["organization"] if choice.value in rows}
        order = sorted(names, key=lambda id: (-rows[id]["received"], names[id]))
        widths = bars(rows[id]["received"] for id in order)
        lines = [
            Line(names[id], self.decided_as(rows[id], names[id], width, organization=id))
            for id, width in zip(order, widths, strict=True)
        ]
        return Table(
            "organizations",
            "Organizations",
            definitions.ORGANIZATIONS,
            ("Organization", "Requests", "Approved", "Denied"),
            tuple(lines[:_SHOWN]),
            rest=tuple(lines[_SHOWN:]),
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
        )

    def decided_as(self, row: Mapping[str, Any], of: str, width: str, **chosen: str) -> tuple[Cell, ...]:
        """Return the cells received, approved and denied of a row under ``chosen``."""
        return (
            Cell(self.under(row.get("received", 0), of, **chosen), Bar(width)),
            Cell(self.under(row.get("approved", 0), f"{of}, approved", **chosen, state="approved")),
            Cell(self.under(row.get("denied", 0), f"{of}, denied", **chosen, state="denied")),
        )
