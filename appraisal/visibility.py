"""Who may see which answer: the one place that decides for appraisal and extraction (the blinding rule).

An answer is seen by its author at once, and by the other members only once everybody assigned to the study has finished it,
which is when the comparison's row appears. Nobody has answers due then, so nobody can learn a colleague's before giving their
own. Whether a colleague has finished a study shows nowhere before that; a lead sees each person's totals only.
"""

from collections.abc import Iterable
from hashlib import sha256

from django.db.models import CharField, Exists, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat

from appraisal.models import Answer, Assignment, Comparison, Instrument, Settlement
from reviewapp.accounts.models import User
from reviewapp.reviews.models import Review
from screening.models import Study

PLACE = "instrument-"
"""Judged stages of audit events begin so; behind it stands the instrument's id, and the judged record is the study's."""


def judged(assignment: Assignment) -> tuple[int, str]:
    """How an audit event says that it tells of answers which may be hidden."""
    return assignment.study_id, f"{PLACE}{assignment.instrument_id}"


def _revealed() -> Exists:
    return Exists(
        Comparison.objects.filter(instrument=OuterRef("assignment__instrument"), study=OuterRef("assignment__study"))
    )


def answers_visible_to(reader: User, review: Review) -> QuerySet[Answer]:
    """The reader's own answers, and those on studies that everybody has finished."""
    found = Answer.objects.filter(assignment__instrument__review=review, assignment__withdrawn_at=None)
    return found.filter(Q(assignment__person=reader) | _revealed()).select_related("assignment__person", "item")


def comparisons_of(review: Review) -> QuerySet[Comparison]:
    """Studies that everybody has finished; what stands in them is open to every member."""
    return Comparison.objects.filter(instrument__review=review).select_related("instrument", "study")


def settlements_of(comparison: Comparison) -> QuerySet[Settlement]:
    return comparison.settlements.filter(set_aside_at=None).select_related("item", "proposed_by")


def is_revealed(instrument: Instrument, study: Study) -> bool:
    return Comparison.objects.filter(instrument=instrument, study=study).exists()


def names_of(reader: User, comparison: Comparison, people: Iterable[User], *, open_rows: bool) -> dict[int, str]:
    """Who answered, per user id: while something is to be settled colleagues are Appraiser 1, 2, … in an order that has
    nothing to do with their names."""
    if not open_rows:
        return {person.pk: "You" if person.pk == reader.pk else str(person) for person in people}
    return numbered_names(reader, people, "Appraiser", f"{comparison.pk}:{comparison.revealed_at.isoformat()}")


def numbered_names(reader: User, people: Iterable[User], role: str, key: str) -> dict[int, str]:
    """People as “role 1”, “role 2”, … in an order that follows from the key, never from names; the reader is You."""
    shuffled = sorted(people, key=lambda person: sha256(f"{key}:{person.pk}".encode()).digest())
    numbered = {person.pk: f"{role} {number}" for number, person in enumerate(shuffled, start=1)}
    return numbered | ({reader.pk: "You"} if reader.pk in numbered else {})


def events_of_answers(reader: User, review: Review) -> Q:
    """Which events that tell of answers the reader may see beside those of screening: once the study is settled, since
    until then they would tell who Appraiser 1 is."""
    settled = (
        Comparison.objects.filter(instrument__review=review, study=OuterRef("judged_record"))
        .exclude(settled_at=None)
        .annotate(place=Concat(Value(PLACE), Cast("instrument_id", CharField())))
        .filter(place=OuterRef("judged_stage"))
    )
    return Q(Q(judged_stage__startswith=PLACE), Exists(settled))
