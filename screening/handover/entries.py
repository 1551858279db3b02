"""What a file says of one record: the marks of another program, or the rows of our own export."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

from screening.choices import ConflictKind, SettledHow, Stage, Verdict
from screening.formats.base import ParsedReference
from screening.handover.columns import CONFLICT, LABEL, NOTE, REASON, VOTE, YES, Row
from screening.handover.marks import Mark

LONGEST_LABEL = 60
RULED = {Verdict.INCLUDE.value, Verdict.EXCLUDE.value}


@dataclass
class Entry:
    """An entry of the file; `number` and `review` say which record of which review it was, `sources` where it came from."""

    reference: ParsedReference
    marks: list[Mark] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    number: str = ""
    review: str = ""
    sources: list[str] = field(default_factory=list)


@dataclass
class Meanings:
    """What a lead said: people and reasons by number, what each value of a place stands for."""

    stage: str
    people: dict[str, int]
    verdicts: dict[tuple[str, str], str]
    reasons: dict[tuple[str, str], int]
    labels: set[tuple[str, str]]
    criteria: dict[str, int] = field(default_factory=dict)
    ranks: dict[int, int] = field(default_factory=dict)
    default_reason: int | None = None
    blind: bool = False


@dataclass
class Said:
    """What one person said of a record at a stage; without a verdict only a note or labels."""

    stage: str
    reviewer: int
    verdict: str = ""
    reason: int | None = None
    criterion: int | None = None
    note: str = ""
    labels: list[str] = field(default_factory=list)
    independent: bool = False
    revision: int = 1
    round: int = 1
    decided_at: datetime | None = None
    revealed_at: datetime | None = None
    superseded_at: datetime | None = None
    set_aside_at: datetime | None = None


@dataclass
class Settled:
    """A conflict that was settled, or (without `how`) one that stands open."""

    stage: str
    kind: str
    how: str = ""
    verdict: str = ""
    reason: int | None = None
    rationale: str = ""
    people: list[int] = field(default_factory=list)
    opened_at: datetime | None = None
    settled_at: datetime | None = None
    reopened_at: datetime | None = None


def said_in(entry: Entry, meanings: Meanings) -> list[Said]:
    """Everything said of the record that can be taken over; what has no person, meaning or needed reason is left out."""
    found = _said_in_rows(entry.rows, meanings) if entry.rows else _said_in_marks(entry.marks, meanings)
    return [said for said in found if _stands(said)]


def _stands(said: Said) -> bool:
    if said.verdict == Verdict.EXCLUDE and said.stage == Stage.FULL_TEXT and said.reason is None:
        return False
    return bool(said.verdict or said.note or said.labels)


def _said_in_marks(marks: list[Mark], meanings: Meanings) -> list[Said]:
    found: dict[int, Said] = {}
    for mark in marks:
        verdict = meanings.verdicts.get((mark.place, mark.value)) if mark.kind in {VOTE, LABEL} else None
        person = meanings.people.get(mark.person)
        if person is None or (mark.kind != NOTE and verdict is None):
            continue
        said = found.setdefault(person, Said(meanings.stage, person))
        if mark.kind == NOTE:
            said.note = f"{said.note}\n{mark.value}".strip()
        elif not said.verdict:
            said.verdict = verdict or ""
            said.independent = meanings.blind and bool(mark.person)
    reason = _first_reason(marks, meanings)
    labels = [mark.value[:LONGEST_LABEL] for mark in marks if (mark.place, mark.value) in meanings.labels]
    for said in found.values():
        if said.verdict == Verdict.EXCLUDE:
            said.reason = reason
        said.labels = list(dict.fromkeys(labels)) if said.verdict else []
    return list(found.values())


def _first_reason(marks: list[Mark], meanings: Meanings) -> int | None:
    """The reason highest in the review's list; the file does not say whose a reason is."""
    given = [meanings.reasons[mark.place, mark.value] for mark in marks if (mark.place, mark.value) in meanings.reasons]
    return min(given, key=lambda reason: meanings.ranks.get(reason, 0), default=meanings.default_reason)


def _said_in_rows(rows: list[Row], meanings: Meanings) -> list[Said]:
    found = []
    for row in rows:
        person = meanings.people.get(row["reviewer"])
        if person is None or row["row"] not in {VOTE, NOTE} or row["stage"] not in Stage.values:
            continue
        verdict = row["verdict"] if row["verdict"] in Verdict.values else ""
        excludes = verdict == Verdict.EXCLUDE
        found.append(
            Said(
                stage=row["stage"],
                reviewer=person,
                verdict=verdict if row["row"] == VOTE else "",
                reason=meanings.reasons.get(
                    (REASON, row["reason"]), meanings.default_reason if row["stage"] == Stage.FULL_TEXT else None
                )
                if excludes
                else None,
                criterion=meanings.criteria.get(row["criterion"]),
                note=row["note"],
                labels=[label[:LONGEST_LABEL] for label in row["labels"].split("\n") if label],
                independent=meanings.blind and row["independent"] == YES,
                revision=_number(row["revision"]),
                round=_number(row["round"]),
                decided_at=moment(row["decided_at"]),
                revealed_at=moment(row["revealed_at"]),
                superseded_at=moment(row["superseded_at"]),
                set_aside_at=moment(row["set_aside_at"]) if moment(row["superseded_at"]) else None,
            )
        )
    return found


def _number(text: str) -> int:
    return max(1, min(int(text), 1000)) if text.isascii() and text.isdigit() and len(text) < 10 else 1


def settled_in(entry: Entry, meanings: Meanings) -> list[Settled]:
    """Settlements of our own export that are complete enough to be kept, in their order, and open conflicts."""
    found = []
    for row in entry.rows:
        if row["row"] != CONFLICT or row["stage"] not in Stage.values or row["conflict"] not in ConflictKind.values:
            continue
        settled = Settled(
            stage=row["stage"],
            kind=row["conflict"],
            how=row["settled_how"],
            verdict=row["settled_as"],
            reason=meanings.reasons.get((REASON, row["settled_reason"]))
            if row["settled_as"] == Verdict.EXCLUDE
            else None,
            rationale=row["rationale"],
            people=[meanings.people[name] for name in row["settled_by"].split("\n") if name in meanings.people],
            opened_at=moment(row["opened_at"]),
            settled_at=moment(row["settled_at"]),
            reopened_at=moment(row["reopened_at"]),
        )
        if not settled.how or _can_be_kept(settled):
            found.append(settled)
    return found


def _can_be_kept(settled: Settled) -> bool:
    unsaid = settled.how == SettledHow.THIRD_ASSESSOR and not settled.rationale
    reasonless = settled.stage == Stage.FULL_TEXT and settled.verdict == Verdict.EXCLUDE and settled.reason is None
    return settled.how in SettledHow.values and settled.verdict in RULED and not unsaid and not reasonless


def moment(text: str) -> datetime | None:
    """A time as our export writes it; None for anything else and for times to come."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return at if at <= datetime.now(UTC) else None
