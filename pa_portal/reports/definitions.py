"""How each figure is counted: shown beside it, and together on a page of their own."""

from __future__ import annotations

from typing import Final

from pa_portal.reports.filters import DUE_DAYS, LAPSED_DAYS

TIME_LIMITS: Final = (
    "by when the decision was owed under the plan's rules, pauses for information and extensions counted."
)

RECEIVED: Final = (
    "Requests first submitted in these days. Drafts never count; a request counts once, however often it was sent back."
)
DECIDED: Final = "Requests approved or denied in these days."
APPROVED: Final = (
    "Approved as things stand, after appeals, out of those approved or denied. Open and withdrawn ones do not count."
)
DENIED: Final = (
    "Denied as things stand, after appeals, out of those approved or denied. Open and withdrawn ones do not count."
)
PENDED: Final = "Sent back for information at least once, out of all requests, whatever came of them."
MEDIAN: Final = "Half of the first decisions came within this time from the submission. Waiting for information counts."
ON_TIME: Final = f"Decided in time, out of all decided: {TIME_LIMITS}"
OPEN: Final = "Requests that wait for a decision or for information now, whatever the days chosen above."
UNITS: Final = "Billing units for the whole period of every active authorization that these requests led to."
STATES: Final = (
    "The state is where a request stands now. The outcome is what the policy's criteria give for its latest answers; "
    "a reviewer decides, and may decide otherwise."
)
TURNAROUND: Final = (
    "From the first submission to the first decision, in elapsed time. Median: half came sooner. 90th percentile: nine "
    f"in ten came sooner. On time: {TIME_LIMITS}"
)
DISTRIBUTION: Final = "Decided requests by the time from the first submission to the first decision."
BACKLOG: Final = (
    "Requests that wait for a decision or for information now, by the time since they were first submitted, whatever "
    "the days chosen above. Past the time limit: the moment by which the decision is owed has passed."
)
RENEWALS: Final = (
    f"Due: an authorization in force whose renewal date is within {DUE_DAYS} days, with no renewal approved. Lapsed: "
    f"one that ended in the last {LAPSED_DAYS} days with no renewal approved; treatment may simply have ended. Both "
    "as of today, whatever the days chosen above."
)
PATHWAYS: Final = (
    "Requests by the pathway that their latest answers establish. One that establishes several counts under each, so "
    "the rows may add up to more than all requests."
)
REASONS: Final = (
    "Requests whose first decision was a denial, by the criterion that it rests on, and their share of all such. A "
    "denial may rest on several, so the shares may add up to more than 100%."
)
REVIEWERS: Final = (
    "Open now: what waits today and is assigned to the person, whatever the days chosen above, and how much of it is "
    "past its time limit. The rest: requests by who made the first decision. Against: approved where the portal did "
    "not recommend it, or denied where it did; it recommends approval when the criteria are met, the code is covered "
    "and the dose is within the limit. Late: after the time limit. The time runs from submission, so it holds the "
    "wait before anyone took the request up."
)
APPEALS: Final = (
    "Requests by what came of their latest appeal. Appealed: at least once, as a share of all decided; the others as a "
    "share of those appealed."
)
AUTOMATIC: Final = (
    "Approved by the plan's rules without a reviewer, since every criterion was met; out of what is approved now."
)
KINDS: Final = (
    "Automatically: by the plan's rules without a reviewer, since every criterion was met. For less than asked: the "
    "approval in force grants fewer doses, units or days. Both as a share of what is approved now. Against: approved "
    "where the portal did not recommend it, or denied where it did, as a share of all decided."
)
ORGANIZATIONS: Final = "Requests by the provider organization that sent them."
POLICIES: Final = "Requests by the policy version that governs them: the one in force on the day the request was begun."

ALL: Final = (
    ("Requests received", RECEIVED),
    ("Requests decided", DECIDED),
    ("Approved", APPROVED),
    ("Denied", DENIED),
    ("Pended", PENDED),
    ("Requests by state and engine outcome", STATES),
    ("Median time", MEDIAN),
    ("Turnaround", TURNAROUND),
    ("How turnaround spreads", DISTRIBUTION),
    ("Decided on time", ON_TIME),
    ("Approved automatically", AUTOMATIC),
    ("Units authorized", UNITS),
    ("Open today", OPEN),
    ("Open requests by age", BACKLOG),
    ("Renewals", RENEWALS),
    ("Pathways", PATHWAYS),
    ("Denial reasons", REASONS),
    ("Appeals", APPEALS),
    ("Automatic approvals and overrides", KINDS),
    ("Reviewers", REVIEWERS),
    ("Organizations", ORGANIZATIONS),
    ("Policy versions", POLICIES),
)
