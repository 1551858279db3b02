"""Who may see which judgement: the one place that decides (the blinding rule).

A judgement is a verdict, its reason, a note or a label on (record, stage). It is visible to its author at once, and to the
other members only when all required votes on that record at that stage are in. Nobody has a vote due on a complete record,
so nobody can learn a colleague's verdict before giving their own. Leads, observers, tokens, exports and the admin read
through these functions as everybody else does; a test fails when another module touches the tables.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from hashlib import sha256

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce

from reviewapp.accounts.models import User
from reviewapp.audit.models import AuditEvent
from reviewapp.reviews.models import Review
from screening.choices import Outcome, SettlerSees
from screening.models import (
    Adjudication,
    Conflict,
    Pilot,
    Record,
    ScreeningDecision,
    ScreeningNote,
    ScreeningOutcome,
    StageRule,
)

# Judgements may stand on a record that was later merged; completeness is that of the record it was merged into.
ROOT = Coalesce("record__merged_into_id", "record_id")
ANOTHER_MEMBER = "Another member"
OTHER_RULES: list[Callable[[User, Review], Q]] = []
"""How the apps above open events that tell of judgements of their own; each adds its rule when it is loaded."""


def _open_to(reader: User, review: Review) -> Q:
    """The blinding rule itself, over rows with `root`, `stage` and `reviewer`.

    Own; or complete, unless an open conflict there is to be settled without seeing the votes and the reader gave none.
    """
    complete = Q(Exists(ScreeningOutcome.objects.filter(record=OuterRef("root"), stage=OuterRef("stage"))))
    judged_alone = StageRule.objects.filter(review=review, settler_sees=SettlerSees.NOTHING)
    for stage in judged_alone.values_list("stage", flat=True):
        voted = Exists(
            ScreeningDecision.objects.filter(
                stands_on=OuterRef("root"), stage=OuterRef("stage"), reviewer=reader, superseded_at=None
            )
        )
        in_conflict = Conflict.objects.filter(review=review, stage=stage, closed_at=None).annotate(root=ROOT)
        complete &= ~Q(stage=stage) | Q(voted) | ~Q(root__in=in_conflict.values("root"))
    return Q(reviewer=reader) | complete


def decisions_visible_to(reader: User, review: Review) -> QuerySet[ScreeningDecision]:
    """Standing decisions the reader may see: their own, and those on complete records."""
    return (
        ScreeningDecision.objects.filter(review=review, superseded_at=None)
        .alias(root=F("stands_on"))
        .filter(_open_to(reader, review))
        .select_related("reviewer", "reason", "criterion", "handover")
    )


def history_visible_to(reader: User, review: Review) -> QuerySet[ScreeningDecision]:
    """Standing and superseded decisions by the same rule; while a conflict hides names, of colleagues the standing ones only.

    How often somebody changed their mind would tell who Reviewer 1 is.
    """
    return (
        ScreeningDecision.objects.filter(review=review)
        .alias(root=ROOT)
        .filter(_open_to(reader, review))
        .filter(Q(reviewer=reader) | Q(superseded_at=None) | ~_names_withheld(review))
        .select_related("reviewer", "reason", "criterion", "handover")
    )


def settlements_visible_to(reader: User, review: Review) -> QuerySet[Adjudication]:
    """How conflicts were settled, of records whose votes are all in and on which no conflict without names is open."""
    complete = Exists(ScreeningOutcome.objects.filter(record=OuterRef("root"), stage=OuterRef("stage")))
    return (
        Adjudication.objects.filter(conflict__review=review)
        .alias(
            root=Coalesce("conflict__record__merged_into_id", "conflict__record_id"),
            stage=F("conflict__stage"),
        )
        .filter(complete & ~_names_withheld(review))
        .select_related("conflict", "reason")
    )


def _names_withheld(review: Review) -> Exists:
    """Over rows with `root` and `stage`: a conflict is open there whose rule does not show names."""
    nameless = StageRule.objects.filter(review=review).exclude(settler_sees=SettlerSees.NAMES).values("stage")
    contested = Conflict.objects.filter(
        Q(record=OuterRef("root")) | Q(record__merged_into=OuterRef("root")),
        stage=OuterRef("stage"),
        closed_at=None,
    )
    return Exists(contested.filter(stage__in=nameless))


def notes_visible_to(reader: User, review: Review) -> QuerySet[ScreeningNote]:
    """Notes and labels the reader may see, by the same rule."""
    return (
        ScreeningNote.objects.filter(review=review)
        .alias(root=ROOT)
        .filter(_open_to(reader, review))
        .select_related("reviewer")
    )


def decision_names(reader: User, review: Review, decisions: Iterable[ScreeningDecision]) -> dict[int, str]:
    """Who decided, per decision id, as the reader may know: in an open conflict Reviewer 1, 2, … unless the rule shows names."""
    hidden = hidden_names(review)
    names = {}
    for decision in decisions:
        known = hidden.get((decision.record_id, decision.stage))
        if known is None or decision.reviewer_id == reader.pk:
            names[decision.pk] = str(decision.reviewer)
        else:
            names[decision.pk] = known.get(decision.reviewer_id, ANOTHER_MEMBER)
    return names


def labels_visible_to(reader: User, review: Review) -> list[str]:
    """Label names for menus and filters: the reader's own and revealed ones."""
    found: set[str] = set()
    for labels in notes_visible_to(reader, review).exclude(labels=[]).values_list("labels", flat=True):
        found.update(labels)
    return sorted(found, key=str.casefold)


def audit_events_visible_to(reader: User, review: Review) -> QuerySet[AuditEvent]:
    """Events of the review; one that tells of a judgement is visible when the judgement is, and names nobody early.

    While a conflict is open whose rule hides names, its events stay hidden as well: they would tell who Reviewer 1 is.
    """
    complete = Exists(
        ScreeningOutcome.objects.filter(
            Q(record=OuterRef("judged_record")) | Q(record__absorbed=OuterRef("judged_record")),
            stage=OuterRef("judged_stage"),
        )
    )
    nameless = StageRule.objects.filter(review=review).exclude(settler_sees=SettlerSees.NAMES).values("stage")
    unsettled = Exists(
        Conflict.objects.filter(
            Q(record=OuterRef("judged_record"))
            | Q(record__absorbed=OuterRef("judged_record"))
            | Q(record__merged_into__absorbed=OuterRef("judged_record"))
            | Q(record__merged_into=OuterRef("judged_record")),
            stage=OuterRef("judged_stage"),
            closed_at=None,
        ).filter(stage__in=nameless)
    )
    shown = Q(judged_record=None) | Q(actor=reader) | (Q(complete) & ~Q(unsettled))
    for rule in OTHER_RULES:
        shown |= rule(reader, review)
    return AuditEvent.objects.filter(review=review).filter(shown)


def settled_records(review: Review, stage: str) -> QuerySet[ScreeningOutcome]:
    """Outcomes of the records on which nothing is open at the stage today, neither a vote nor a conflict."""
    return ScreeningOutcome.objects.filter(record__review=review, stage=stage).exclude(outcome=Outcome.CONFLICT)


def past_votes(review: Review, stage: str) -> QuerySet[ScreeningDecision]:
    """Every vote ever given, each with its `root`, on records that are settled today: what is open again hides its past too."""
    votes = ScreeningDecision.objects.filter(review=review, stage=stage).annotate(root=ROOT)
    return votes.filter(root__in=settled_records(review, stage).values("record"))


def past_settlements(review: Review, stage: str) -> QuerySet[Adjudication]:
    """How conflicts were settled, later ones set aside too, each with its `root`, on records that are settled today."""
    root = Coalesce("conflict__record__merged_into_id", "conflict__record_id")
    found = Adjudication.objects.filter(conflict__review=review, conflict__stage=stage).annotate(root=root)
    return found.filter(root__in=settled_records(review, stage).values("record"))


def events_of_no_judgement(review: Review, *actions: str) -> QuerySet[AuditEvent]:
    """Acts that tell of no judgement, the latest first."""
    return AuditEvent.objects.filter(review=review, judged_record=None, action__in=actions).order_by("-sequence")


def seal_for_everybody(review: Review) -> AuditEvent | None:
    """The latest event that tells of no judgement: whatever is still hidden changes neither it nor its seal afterwards."""
    return AuditEvent.objects.filter(review=review, judged_record=None).order_by("-sequence").first()


def place_of_event(uuid: str) -> int | None:
    """Where a page that ended with this event goes on, also when the event was hidden meanwhile. Never to be shown."""
    return AuditEvent.objects.filter(uuid=uuid).values_list("pk", flat=True).first()


def is_complete(record: Record, stage: str) -> bool:
    return ScreeningOutcome.objects.filter(record=record.merged_into_id or record.pk, stage=stage).exists()


@dataclass(frozen=True)
class ShownVote:
    """A vote as one reader may see it."""

    reviewer: str
    is_own: bool
    decision: ScreeningDecision
    note: str
    labels: list[str]


def names_hidden_from(reader: User, conflict: Conflict, rule: StageRule) -> bool:
    """Whether the votes are shown as Reviewer 1, 2, … to somebody who settles: until it is settled, by the stage's rule."""
    return conflict.closed_at is None and rule.settler_sees != SettlerSees.NAMES


def nameless_conflict_is_open(review: Review, stage: str) -> bool:
    """Whether votes of an open conflict at the stage are shown without names, so that no table may give the names away."""
    hides = StageRule.objects.filter(review=review, stage=stage).exclude(settler_sees=SettlerSees.NAMES).exists()
    return hides and Conflict.objects.filter(review=review, stage=stage, closed_at=None).exists()


def withheld_records(reader: User | None, review: Review, stage: str) -> set[int]:
    """Records in open conflict whose votes the reader may not know, since whoever settles there judges without them.

    Without a reader: those whose votes not every member may know.
    """
    alone = StageRule.objects.filter(review=review, stage=stage, settler_sees=SettlerSees.NOTHING)
    if not alone.exists():
        return set()
    mine = ScreeningDecision.objects.filter(review=review, stage=stage, reviewer=reader, superseded_at=None)
    contested = Conflict.objects.filter(review=review, stage=stage, closed_at=None).annotate(root=ROOT)
    voted = mine.annotate(root=ROOT).values_list("root", flat=True)
    return set(contested.values_list("root", flat=True)) - set(voted)


def shown_votes(reader: User, record: Record, stage: str) -> list[ShownVote]:
    """All votes on a record at a stage that the reader may see, with the names the stage's rule allows.

    In an open conflict everybody sees the colleagues as Reviewer 1, 2, … in an order that has nothing to do with the names
    (unless the rule shows names); a settler who should judge the record alone sees no votes at all.
    """
    review = record.review
    cluster = Q(record__in=Record.objects.filter(Q(pk=record.pk) | Q(merged_into=record)).values("pk"))
    decisions = list(decisions_visible_to(reader, review).filter(cluster, stage=stage).order_by("id"))
    notes: dict[int, list[ScreeningNote]] = defaultdict(list)
    for note in notes_visible_to(reader, review).filter(cluster, stage=stage):
        notes[note.reviewer_id].append(note)
    conflict = Conflict.objects.filter(cluster, stage=stage, closed_at=None).first()
    rule = StageRule.objects.get(review=review, stage=stage)
    hidden = conflict is not None and names_hidden_from(reader, conflict, rule)
    names = reviewer_names(conflict, [d.reviewer for d in decisions]) if hidden and conflict else {}
    return [
        ShownVote(
            reviewer="You"
            if decision.reviewer_id == reader.pk
            else names.get(decision.reviewer_id, str(decision.reviewer)),
            is_own=decision.reviewer_id == reader.pk,
            decision=decision,
            note="\n".join(note.text for note in notes[decision.reviewer_id] if note.text),
            labels=sorted({label for note in notes[decision.reviewer_id] for label in note.labels}),
        )
        for decision in sorted(decisions, key=lambda d: (names.get(d.reviewer_id, ""), d.pk))
    ]


def reviewer_names(conflict: Conflict, people: Iterable[User]) -> dict[int, str]:
    """Reviewer 1, 2, … for the voters of a conflict, in an order fixed per conflict and unrelated to the people."""
    return _numbered(conflict, {person.pk for person in people})


def _numbered(conflict: Conflict, people: set[int]) -> dict[int, str]:
    shuffled = sorted(
        people, key=lambda pk: sha256(f"{conflict.pk}:{conflict.opened_at.isoformat()}:{pk}".encode()).digest()
    )
    return {pk: f"Reviewer {number}" for number, pk in enumerate(shuffled, start=1)}


def outcome_of(record: Record, stage: str) -> str:
    """Where the record stands, as everybody may know: pending until all required votes are in."""
    row = ScreeningOutcome.objects.filter(record=record, stage=stage).first()
    return row.outcome if row else Outcome.PENDING


def actor_names(reader: User, review: Review, events: Iterable[AuditEvent]) -> dict[int, str]:
    """Who did it, per event id, as the reader may know: acts on an open conflict are those of Reviewer 1, 2, …"""
    events = list(events)
    hidden = hidden_names(review) if any(event.judged_record for event in events) else {}
    names = {}
    for event in events:
        known = hidden.get((event.judged_record or 0, event.judged_stage))
        if event.actor_id is None:
            names[event.pk] = "Tandem"
        elif event.actor_id == reader.pk:
            names[event.pk] = "You"
        elif known is not None:
            names[event.pk] = known.get(event.actor_id, ANOTHER_MEMBER)
        else:
            names[event.pk] = str(event.actor)
    return names


def hidden_names(review: Review, among: Collection[int] | None = None) -> dict[tuple[int, str], dict[int, str]]:
    """Reviewer 1, 2, … for every record, merged ones too, in an open conflict whose voters are not named.

    Keys are (record, stage), values map people to numbers; `among` looks at these records and those they are merged into.
    """
    shows_names = StageRule.objects.filter(review=review, settler_sees=SettlerSees.NAMES).values_list(
        "stage", flat=True
    )
    conflicts = Conflict.objects.filter(review=review, closed_at=None).exclude(stage__in=list(shows_names))
    if among is not None:
        conflicts = conflicts.annotate(root=ROOT).filter(root__in=among)
    by_root = {(c.record.merged_into_id or c.record_id, c.stage): c for c in conflicts.select_related("record")}
    roots = {root for root, _ in by_root}
    votes = (
        ScreeningDecision.objects.filter(review=review, superseded_at=None).annotate(root=ROOT).filter(root__in=roots)
    )
    voters: dict[tuple[int, str], set[int]] = defaultdict(set)
    for root, stage, reviewer in votes.values_list("root", "stage", "reviewer_id"):
        voters[root, stage].add(reviewer)
    numbered = {place: _numbered(conflict, voters[place]) for place, conflict in by_root.items()}
    merged = Record.objects.filter(merged_into__in=roots).values_list("pk", "merged_into_id")
    return numbered | {
        (pk, stage): names for pk, root in merged for (known, stage), names in numbered.items() if known == root
    }


def voter_names(conflict: Conflict) -> dict[int, str]:
    """Reviewer 1, 2, … for the people whose votes stand on the conflict's record."""
    votes = ScreeningDecision.objects.filter(review=conflict.review, superseded_at=None, stage=conflict.stage)
    root = conflict.record.merged_into_id or conflict.record_id
    return _numbered(conflict, set(votes.annotate(root=ROOT).filter(root=root).values_list("reviewer_id", flat=True)))


def pilot_votes(pilot: Pilot) -> QuerySet[ScreeningDecision]:
    """Every vote of a pilot, each with its `root`: none before all are in. For figures; who reads single ones asks below."""
    votes = ScreeningDecision.objects.filter(review=pilot.review_id, stage=pilot.stage).annotate(root=ROOT)
    if pilot.revealed_at is None:
        return votes.none()
    if pilot.closed_at:
        return votes.filter(pilot=pilot)
    sample = pilot.sample.annotate(root=ROOT).values("root")
    return votes.filter(superseded_at=None, root__in=sample)


def pilot_votes_visible_to(reader: User, pilot: Pilot) -> QuerySet[ScreeningDecision]:
    """Votes of a pilot one by one. Once screening has started fresh, only on records that are settled since: what somebody
    said before would tell what they say now.
    """
    votes = pilot_votes(pilot).select_related("reviewer", "reason", "criterion")
    if pilot.closed_at is None:
        return votes
    settled = ScreeningOutcome.objects.filter(record=OuterRef("root"), stage=OuterRef("stage"))
    return votes.filter(Exists(settled.exclude(outcome=Outcome.CONFLICT)))


def pilot_names(reader: User, pilot: Pilot, people: Iterable[User]) -> dict[int, str]:
    """Who is who in a pilot: names where the stage's rule shows them to settlers, otherwise numbers unrelated to the people."""
    named = StageRule.objects.filter(review=pilot.review_id, stage=pilot.stage, settler_sees=SettlerSees.NAMES).exists()
    known = {person.pk: person for person in people}
    shuffled = sorted(known, key=lambda pk: sha256(f"pilot:{pilot.pk}:{pilot.seed}:{pk}".encode()).digest())
    names = {pk: str(known[pk]) if named else f"Reviewer {number}" for number, pk in enumerate(shuffled, start=1)}
    return names | ({reader.pk: "You"} if reader.pk in names else {})
