"""Entries of a handover find their records, and what was said of them becomes votes, notes and settlements."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from reviewapp.lib.text import storable
from screening.duplicates.normalise import plain, squeeze, strip_marks
from screening.handover.entries import Entry, Meanings, Said, Settled, said_in, settled_in
from screening.models import (
    Adjudication,
    Conflict,
    Handover,
    Record,
    Reference,
    ScreeningDecision,
    ScreeningNote,
)
from screening.services.locks import lock_records
from screening.services.outcomes import recompute

SHORTEST_TITLE = 20


class Matcher:
    """Finds the record of an entry: by where it stood in an imported file, by our own number, DOI, PubMed id, title and year.

    A sign that several records share decides nothing. Ids of the record an entry was born with, so that votes on records
    that were merged later stay with them.
    """

    def __init__(self, handover: Handover) -> None:
        self._review, self._digest = str(handover.review_id), handover.sha256
        self._root: dict[int, int] = {}
        self._signs: dict[tuple[str, ...], set[int]] = defaultdict(set)
        self._places: dict[str, int] = {}
        self._read(handover)

    def _read(self, handover: Handover) -> None:
        places = Reference.objects.filter(review=handover.review_id, withdrawn_at=None).order_by()
        for digest, position, own in places.values_list("batch__sha256", "position", "own_record").iterator():
            self._places[f"{digest}#{position}"] = own
        rows = Record.objects.filter(review=handover.review_id, withdrawn_at=None).order_by("pk")
        told = rows.values_list("pk", "merged_into", "doi", "pmid", "title", "year")
        for pk, root, doi, pmid, title, year in told.iterator():
            self._root[pk] = root or pk
            for sign in signs_of(doi, pmid, title, year):
                self._signs[sign].add(root or pk)

    def record_of(self, entry: Entry) -> int | None:
        """The entry's record, or None when the review has none, or several that could be meant."""
        if entry.number and entry.review == self._review and entry.number.isdigit() and int(entry.number) in self._root:
            return int(entry.number)
        for place in [*entry.sources, f"{self._digest}#{entry.reference.position}" if not entry.rows else ""]:
            if place in self._places and self._places[place] in self._root:
                return self._places[place]
        reference = entry.reference
        for sign in signs_of(storable(reference.doi), storable(reference.pmid), reference.title, reference.year):
            if len(found := self._signs.get(sign, ())) == 1:
                return next(iter(found))
        return None

    def root_of(self, record: int) -> int:
        return self._root.get(record, record)


def signs_of(doi: str, pmid: str, title: str, year: int | None) -> list[tuple[str, ...]]:
    """What a record is known by, the surest first."""
    key = squeeze(strip_marks(plain(title)))
    signs: list[tuple[str, ...]] = []
    if doi:
        signs.append(("doi", doi.casefold()))
    if pmid:
        signs.append(("pmid", pmid))
    if len(key) >= SHORTEST_TITLE:
        signs.append(("title", key, str(year or "")))
    return signs


@dataclass
class Placed:
    """An entry with the record it belongs to, and the record that one is shown under."""

    entry: Entry
    record: int
    root: int


def take_over(handover: Handover, placed: Collection[Placed], meanings: Meanings) -> None:
    """Write what was said of these entries. Who has a vote or note of their own there keeps it; the caller holds the review.

    Outcomes, conflicts and reports follow from the votes as ever.
    """
    lock_records({one.record for one in placed} | {one.root for one in placed})
    there = _There({one.root for one in placed})
    decisions, notes, settlements = [], [], []
    stages: set[tuple[int, str]] = set()
    for one in placed:
        for said in said_in(one.entry, meanings):
            stages.add((one.root, said.stage))
            if said.verdict and there.lets_vote(one, said):
                decisions.append(_decision(handover, one, said))
            if (said.note or said.labels) and there.lets_note(one, said):
                notes.append(_note(handover, one, said))
        for settled in settled_in(one.entry, meanings):
            stages.add((one.root, settled.stage))
            settlements.append((one, settled))
    ScreeningDecision.objects.bulk_create(decisions)
    ScreeningNote.objects.bulk_create(notes)
    _settle(handover, [(one, settled) for one, settled in settlements if there.lets_settle(one, settled)])
    roots = Record.objects.in_bulk({root for root, _ in stages})
    for root, stage in sorted(stages):
        recompute(roots[root], stage)
    _date_open_conflicts(settlements)


class _There:
    """Judgements that stand on these records already."""

    def __init__(self, roots: Collection[int]) -> None:
        self._votes = self._people(ScreeningDecision.objects.filter(superseded_at=None), roots)
        self._notes = {(pk, stage, who) for pk, stage, who in _rows(ScreeningNote.objects.all(), roots, "record_id")}
        self._judged = {(root, stage) for root, stage, _ in self._votes}

    @staticmethod
    def _people(rows: Any, roots: Collection[int]) -> set[tuple[int, str, int]]:
        return set(_rows(rows, roots, "record_id")) | set(_rows(rows, roots, "record__merged_into_id"))

    def lets_vote(self, one: Placed, said: Said) -> bool:
        place = (one.root, said.stage, said.reviewer)
        if place in self._votes:
            return False
        if said.superseded_at is None:
            self._votes.add(place)
        return True

    def lets_note(self, one: Placed, said: Said) -> bool:
        place = (one.record, said.stage, said.reviewer)
        if place in self._notes:
            return False
        self._notes.add(place)
        return True

    def lets_settle(self, one: Placed, settled: Settled) -> bool:
        """A settlement is taken over where nobody had judged before: it is one of the votes that come with it."""
        return bool(settled.how) and (one.root, settled.stage) not in self._judged


def _rows(rows: Any, roots: Collection[int], path: str) -> Iterable[tuple[int, str, int]]:
    found: Iterable[tuple[int, str, int]] = rows.filter(**{f"{path}__in": roots}).values_list(
        path, "stage", "reviewer_id"
    )
    return found


def _decision(handover: Handover, one: Placed, said: Said) -> ScreeningDecision:
    return ScreeningDecision(
        review_id=handover.review_id,
        record_id=one.record,
        stage=said.stage,
        reviewer_id=said.reviewer,
        verdict=said.verdict,
        reason_id=said.reason,
        criterion_id=said.criterion,
        revision=said.revision,
        round=said.round,
        independent=said.independent,
        handover=handover,
        decided_at=said.decided_at or timezone.now(),
        revealed_at=said.revealed_at,
        superseded_at=said.superseded_at,
        set_aside_at=said.set_aside_at,
    )


def _note(handover: Handover, one: Placed, said: Said) -> ScreeningNote:
    return ScreeningNote(
        review_id=handover.review_id,
        record_id=one.record,
        stage=said.stage,
        reviewer_id=said.reviewer,
        text=storable(said.note),
        labels=[storable(label) for label in said.labels],
        handover=handover,
    )


def _settle(handover: Handover, settlements: Iterable[tuple[Placed, Settled]]) -> None:
    for one, settled in settlements:
        at = settled.settled_at or timezone.now()
        conflict = Conflict.objects.create(
            review_id=handover.review_id,
            record_id=one.record,
            stage=settled.stage,
            kind=settled.kind,
            handover=handover,
            opened_at=settled.opened_at or at,
            closed_at=at,
        )
        ruling = Adjudication.objects.create(
            conflict=conflict,
            how=settled.how,
            verdict=settled.verdict,
            reason_id=settled.reason,
            rationale=storable(settled.rationale),
            settled_at=at,
            reopened_at=settled.reopened_at,
        )
        ruling.settled_by.set(settled.people)


def _date_open_conflicts(settlements: Iterable[tuple[Placed, Settled]]) -> None:
    for one, settled in settlements:
        if not settled.how and settled.opened_at:
            Conflict.objects.filter(record=one.root, stage=settled.stage, closed_at=None).update(
                opened_at=settled.opened_at
            )
