"""What held at a moment, as plain values: asked of the times that the rows have, and of the audit trail where they have none.

A record that waits for a vote or a settlement today waits on every date: what was known of it before may be due again from
somebody who must not know it.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db.models.functions import Coalesce, Least
from django.utils import timezone

from reviewapp.reviews.models import Review
from screening import visibility
from screening.choices import Outcome, Stage, Verdict
from screening.documents import RetrievalEntry
from screening.former import FormerPlace, FormerRoot
from screening.models import ExclusionReason, Pilot, PilotRecord, PreviousVersion, Record, Reference, Report, StageRule
from screening.rules import PENDING, Rule, Vote, result_of

RULE_FIELDS = ("votes_required", "maybe_means", "agreement", "reason_conflict")


@dataclass(frozen=True, slots=True)
class Found:
    """A reference that was in the review, and the record it stood under."""

    pk: int
    record: int
    kind: str
    source: str
    search: int
    day: date


@dataclass(frozen=True, slots=True)
class Version:
    """The version before, as it was told then."""

    title: str = ""
    studies: int | None = None
    reports: int | None = None
    cut_off: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """One moment. Outcomes hold records that were included or excluded; the others waited."""

    found: list[Found]
    title_abstract: Mapping[int, tuple[str, int | None]] = field(default_factory=dict)
    full_text: Mapping[int, tuple[str, int | None]] = field(default_factory=dict)
    retrieval: Mapping[int, str] = field(default_factory=dict)  # by record; sought where nothing is said
    study: Mapping[int, int | None] = field(default_factory=dict)  # by record
    reasons: Mapping[int, tuple[int, str]] = field(default_factory=dict)  # place in the list and label
    version: Version | None = None


def facts_at(review: Review, moment: datetime) -> Facts:
    """Everything the diagram counts, as it stood at the end of this moment."""
    roots = _Roots(review, moment)
    return Facts(
        found=_found(review, moment),
        title_abstract=_outcomes(review, Stage.TITLE_ABSTRACT, moment, roots),
        full_text=_outcomes(review, Stage.FULL_TEXT, moment, roots),
        retrieval=_retrieval(review, moment),
        study=_studies(review, moment),
        reasons={pk: (place, label) for pk, place, label in _reasons(review)},
        version=_version(review, moment),
    )


def _reasons(review: Review) -> Any:
    return ExclusionReason.objects.filter(review=review).values_list("pk", "position", "label")


# --- References and the records they stood under ----------------------------------------------------------------------


def _found(review: Review, moment: datetime) -> list[Found]:
    out, decided = _taken_out(review, moment)
    before = FormerPlace.objects.filter(reference__review=review, until__gt=moment).order_by("-until", "-id")
    places: dict[int, int] = dict(before.values_list("reference_id", "record_id"))  # the earliest change is read last
    # A reference that was parted got a younger record of its own; it is no younger than its file.
    born = Least(Coalesce("batch__finished_at", "own_record__created_at"), "own_record__created_at")
    rows = Reference.objects.filter(review=review).annotate(born=born).filter(born__lte=moment).order_by("id")
    return [
        Found(pk, places.get(pk, record), kind, source, search, timezone.localdate(created))
        for pk, record, batch, withdrawn, kind, source, search, created in rows.values_list(
            "pk", "record_id", "batch_id", "withdrawn_at", "batch__search__kind", "batch__search__source",
            "batch__search_id", "batch__created_at",
        )
        if batch not in out and (batch in decided or withdrawn is None or withdrawn > moment)
    ]  # fmt: skip


def _taken_out(review: Review, moment: datetime) -> tuple[set[int], set[int]]:
    """Imports that were undone at the moment, and those of which the audit trail alone can tell, since more happened later."""
    out: set[int] = set()
    later: set[int] = set()
    known: set[int] = set()
    events = visibility.events_of_no_judgement(review, "screening.import.undone", "screening.import.redone")
    for action, target, at in events.values_list("action", "target_id", "at"):
        batch = int(target)
        if at > moment:
            later.add(batch)
        elif batch not in known:
            known.add(batch)
            if action == "screening.import.undone":
                out.add(batch)
    return out & later, later


class _Roots:
    """The record that each record counted as at the moment."""

    def __init__(self, review: Review, moment: datetime) -> None:
        merged = Record.objects.filter(review=review).exclude(merged_into=None)
        self.above: dict[int, int | None] = dict(merged.values_list("pk", "merged_into_id"))
        before = FormerRoot.objects.filter(record__review=review, until__gt=moment).order_by("-until", "-id")
        self.above.update(before.values_list("record_id", "merged_into_id"))

    def of(self, record: int) -> int:
        return self.above.get(record) or record


# --- Votes ------------------------------------------------------------------------------------------------------------


def _outcomes(review: Review, stage: str, moment: datetime, roots: _Roots) -> dict[int, tuple[str, int | None]]:
    """Included or excluded, and why, of every record whose votes were all in and settled; worked out from the votes themselves."""
    rule = _rule(review, stage, moment)
    votes: dict[int, list[Vote]] = defaultdict(list)
    rows = visibility.past_votes(review, stage).filter(decided_at__lte=moment).exclude(superseded_at__lte=moment)
    for record, reviewer, verdict, reason, rank in rows.values_list(
        "record_id", "reviewer_id", "verdict", "reason_id", "reason__position"
    ):
        votes[roots.of(record)].append(Vote(reviewer, verdict, reason, rank or 0))
    rulings = {}
    settled = visibility.past_settlements(review, stage).filter(settled_at__lte=moment).exclude(reopened_at__lte=moment)
    for record, verdict, reason in settled.order_by("id").values_list("conflict__record_id", "verdict", "reason_id"):
        rulings[roots.of(record)] = (
            Outcome.INCLUDED if verdict == Verdict.INCLUDE else Outcome.EXCLUDED,
            reason,
        )
    piloted = _piloted(review, stage, moment, roots)
    found: dict[int, tuple[str, int | None]] = {}
    for root, cast in votes.items():
        result = PENDING if root in piloted else result_of(cast, rule, stage)
        if result.outcome == Outcome.CONFLICT and root in rulings:
            found[root] = rulings[root]
        elif result.outcome in (Outcome.INCLUDED, Outcome.EXCLUDED):
            found[root] = (result.outcome, result.reason)
    return found


def _piloted(review: Review, stage: str, moment: datetime, roots: _Roots) -> set[int]:
    """Records in a pilot that was open then: votes on them led to no outcome."""
    pilots = Pilot.objects.filter(review=review, stage=stage, opened_at__lte=moment).exclude(closed_at__lte=moment)
    return {roots.of(pk) for pk in PilotRecord.objects.filter(pilot__in=pilots).values_list("record_id", flat=True)}


def _rule(review: Review, stage: str, moment: datetime) -> Rule:
    row = StageRule.objects.get(review=review, stage=stage)
    fields: dict[str, Any] = {name: getattr(row, name) for name in RULE_FIELDS}
    changes = visibility.events_of_no_judgement(review, "screening.rule.changed").filter(at__gt=moment)
    for before in changes.filter(target_id=str(row.pk)).values_list("before", flat=True):
        fields.update({name: before[name] for name in RULE_FIELDS} if before else {})
    return Rule(**fields)


# --- Reports, studies, the version before -----------------------------------------------------------------------------


def _retrieval(review: Review, moment: datetime) -> dict[int, str]:
    """The latest line of each report's log, by its record."""
    lines = RetrievalEntry.objects.filter(report__review=review, at__lte=moment).order_by("id")
    return dict(lines.values_list("report__record_id", "state"))


def _studies(review: Review, moment: datetime) -> dict[int, int | None]:
    """What study each record's report belonged to: today's, and back through what was linked and parted since."""
    reports = list(Report.objects.filter(review=review).values_list("pk", "record_id", "study_id"))
    study: dict[int, int | None] = {pk: belongs for pk, _, belongs in reports}
    moves = visibility.events_of_no_judgement(review, "screening.report.linked", "screening.report.parted")
    for target, before in moves.filter(at__gt=moment).values_list("target_id", "before"):
        study[int(target)] = before.get("study") if before else None
    return {record: study[pk] for pk, record, _ in reports}


def _version(review: Review, moment: datetime) -> Version | None:
    events = visibility.events_of_no_judgement(review, "screening.version.set", "screening.version.removed")
    last = events.filter(at__lte=moment).values_list("action", "after").first()
    if last is not None:
        return _told(last[1]) if last[0] == "screening.version.set" and last[1] else None
    if events.exists():
        return None
    known = PreviousVersion.objects.filter(review=review).first()
    return Version(known.title, known.studies, known.reports, known.cut_off) if known else None


def _told(content: Mapping[str, Any]) -> Version:
    day = content["cut_off"]
    return Version(content["title"], content["studies"], content["reports"], date.fromisoformat(day) if day else None)
