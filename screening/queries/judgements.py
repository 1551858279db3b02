"""Every judgement that one reader may see, as rows of an export, a stretch of records at a time."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from reviewapp.accounts.models import User
from reviewapp.reviews.models import Review
from screening.choices import Outcome, Stage
from screening.handover.columns import CONFLICT, NO, NOTE, VOTE, YES, Row
from screening.handover.writing import Head
from screening.models import (
    Adjudication,
    Conflict,
    Record,
    Reference,
    ScreeningDecision,
    ScreeningNote,
    ScreeningOutcome,
)
from screening.visibility import (
    ANOTHER_MEMBER,
    hidden_names,
    history_visible_to,
    notes_visible_to,
    settlements_visible_to,
)

STRETCH = 500
STAGES = {stage.value: number for number, stage in enumerate(Stage)}
Place = tuple[int, str]  # record and stage


def head_of(reader: User, review: Review, today: date) -> Head:
    """What the export says of itself; the same whatever is hidden."""
    return Head(
        review=review.title,
        id=str(review.pk),
        about=(
            f"Judgements of “{review.title}” that {reader} may see, {today.isoformat()}. Judgements that are not yet "
            "complete are left out; names and times are left out while a conflict without names is open."
        ),
    )


def judgement_rows(reader: User, review: Review) -> Iterator[Row]:
    """Rows in the order of records and stages; each stretch is read at the moment it is asked for, by the blinding rule of then."""
    names = person_names(review)
    last = 0
    while ids := list(
        Record.objects.filter(review=review, pk__gt=last).order_by("pk").values_list("pk", flat=True)[:STRETCH]
    ):
        yield from _Stretch.read(reader, review, ids, names).rows()
        last = ids[-1]


def person_names(review: Review) -> dict[int, str]:
    """Names of everybody who is or was in the review; those of one name get a number behind it."""
    people = User.objects.filter(memberships__review=review).order_by("memberships__pk")
    seen: Counter[str] = Counter()
    names = {}
    for person in people:
        seen[str(person)] += 1
        names[person.pk] = str(person) if seen[str(person)] == 1 else f"{person} ({seen[str(person)]})"
    return names


@dataclass
class _Stretch:
    """Some records with everything the reader may know of judgements on them."""

    reader: User
    names: dict[int, str]
    records: dict[int, Record]
    sources: dict[int, list[str]]
    votes: dict[Place, list[ScreeningDecision]]
    notes: dict[Place, list[ScreeningNote]]
    settlements: dict[Place, list[Adjudication]]
    outcomes: dict[Place, ScreeningOutcome]
    conflicts: dict[Place, Conflict]
    hidden: dict[Place, dict[int, str]] = field(default_factory=dict)

    @classmethod
    def read(cls, reader: User, review: Review, ids: Collection[int], names: dict[int, str]) -> "_Stretch":
        rows = Record.objects.filter(pk__in=ids).order_by("pk")
        records = {record.pk: record for record in rows}
        roots = {record.merged_into_id or record.pk for record in records.values()}
        found = cls(
            reader=reader,
            names=names,
            records=records,
            sources=_sources(ids),
            votes=_by_place(history_visible_to(reader, review).filter(record__in=ids).order_by("id")),
            notes=_by_place(notes_visible_to(reader, review).filter(record__in=ids).order_by("id")),
            settlements=defaultdict(list),
            outcomes={},
            conflicts={},
        )
        settled = settlements_visible_to(reader, review).filter(conflict__record__in=ids).prefetch_related("settled_by")
        for ruling in settled.order_by("id"):
            found.settlements[ruling.conflict.record_id, ruling.conflict.stage].append(ruling)
        for outcome in ScreeningOutcome.objects.filter(record__in=roots).select_related("reason"):
            found.outcomes[outcome.record_id, outcome.stage] = outcome
        contested = Conflict.objects.filter(record__in=ids, closed_at=None)
        found.conflicts = {(conflict.record_id, conflict.stage): conflict for conflict in contested}
        # Last, so that a conflict that opened while the rest was read gives no name away.
        found.hidden = hidden_names(review, roots)
        return found

    def rows(self) -> Iterator[Row]:
        for record in self.records.values():
            about = self._about(record)
            for stage in STAGES:
                for row in self._at(record, stage):
                    yield about | row

    def _about(self, record: Record) -> Row:
        return {
            "record": str(record.pk),
            "shown_under": str(record.merged_into_id or ""),
            "title": record.title,
            "authors": "\n".join(map(str, record.authors)),
            "year": str(record.year or ""),
            "journal": record.journal,
            "doi": record.doi,
            "pmid": record.pmid,
            "abstract": record.abstract,
            "sources": "\n".join(self.sources.get(record.pk, ())),
        }

    def _at(self, record: Record, stage: str) -> Iterator[Row]:
        place, nameless = (record.pk, stage), (record.pk, stage) in self.hidden
        votes = self.votes.get(place, [])
        if nameless:  # in the order of the numbers, which is not the order of voting
            votes = sorted(votes, key=lambda vote: (self._name(place, vote.reviewer_id), vote.pk))
        notes = {note.reviewer_id: note for note in self.notes.get(place, []) if note.text or note.labels}
        last = {vote.reviewer_id: vote.pk for vote in votes}
        outcome = self._outcome(record, stage)
        for vote in votes:
            note = notes.pop(vote.reviewer_id, None) if last[vote.reviewer_id] == vote.pk else None
            yield self._vote(place, vote, nameless) | _note(note) | outcome
        alone = [self._said(place, note.reviewer_id, NOTE) | _note(note) | outcome for note in notes.values()]
        yield from sorted(alone, key=lambda row: (row["reviewer"], row["note"]))
        yield from self._conflicts(place, nameless)

    def _vote(self, place: Place, vote: ScreeningDecision, nameless: bool) -> Row:
        row = self._said(place, vote.reviewer_id, VOTE) | {
            "verdict": vote.verdict,
            "reason": vote.reason.label if vote.reason else "",
            "criterion": vote.criterion.code if vote.criterion else "",
            "independent": YES if vote.independent else NO,
        }
        if nameless and vote.reviewer_id != self.reader.pk:
            return row
        return row | {
            "round": str(vote.round),
            "revision": str(vote.revision),
            "criteria_version": str(vote.criteria_version),
            "decided_at": moment(vote.decided_at),
            "revealed_at": moment(vote.revealed_at),
            "superseded_at": moment(vote.superseded_at),
            "set_aside_at": moment(vote.set_aside_at),
        }

    def _said(self, place: Place, person: int, kind: str) -> Row:
        return {"row": kind, "stage": place[1], "reviewer": self._name(place, person)}

    def _name(self, place: Place, person: int) -> str:
        numbers = self.hidden.get(place)
        if numbers is None or person == self.reader.pk:
            return self.names.get(person, ANOTHER_MEMBER)
        return numbers.get(person, ANOTHER_MEMBER)

    def _outcome(self, record: Record, stage: str) -> Row:
        place = (record.merged_into_id or record.pk, stage)
        found = self.outcomes.get(place)
        row = {
            "outcome": found.outcome if found else Outcome.PENDING.value,
            "outcome_reason": found.reason.label if found and found.reason else "",
        }
        in_force = [ruling for ruling in self.settlements.get((record.pk, stage), ()) if ruling.reopened_at is None]
        return row | (self._settlement(in_force[-1]) if in_force else {})

    def _settlement(self, ruling: Adjudication) -> Row:
        return {
            "settled_how": ruling.how,
            "settled_as": ruling.verdict,
            "settled_reason": ruling.reason.label if ruling.reason else "",
            "settled_by": "\n".join(
                sorted(self.names.get(person.pk, ANOTHER_MEMBER) for person in ruling.settled_by.all())
            ),
            "settled_at": moment(ruling.settled_at),
            "rationale": ruling.rationale,
        }

    def _conflicts(self, place: Place, nameless: bool) -> Iterator[Row]:
        """Settled conflicts, those re-opened among them, and the open one."""
        for ruling in self.settlements.get(place, ()):
            told = {"conflict": ruling.conflict.kind, "opened_at": moment(ruling.conflict.opened_at)}
            yield (
                {"row": CONFLICT, "stage": place[1]}
                | told
                | self._settlement(ruling)
                | {"reopened_at": moment(ruling.reopened_at)}
            )
        if standing := self.conflicts.get(place):
            yield {
                "row": CONFLICT,
                "stage": place[1],
                "conflict": standing.kind,
                "opened_at": "" if nameless else moment(standing.opened_at),
            }


def _note(note: ScreeningNote | None) -> Row:
    return {"note": note.text, "labels": "\n".join(note.labels)} if note else {}


def moment(at: datetime | None) -> str:
    return at.isoformat() if at else ""


def _by_place(rows: Iterable[Any]) -> dict[Place, list[Any]]:
    found: dict[Place, list[Any]] = defaultdict(list)
    for row in rows:
        found[row.record_id, row.stage].append(row)
    return found


def _sources(ids: Collection[int]) -> dict[int, list[str]]:
    """Where the entry each record was born with stands: SHA-256 of the file and place in it."""
    rows = Reference.objects.filter(own_record__in=ids).values_list("own_record", "batch__sha256", "position")
    found: dict[int, list[str]] = defaultdict(list)
    for pk, digest, position in rows.order_by("pk"):
        found[pk].append(f"{digest}#{position}")
    return found
