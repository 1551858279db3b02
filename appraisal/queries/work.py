"""What waits for a person in appraisal and extraction, and how far everybody is."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from django.db.models import Count, F, Q, QuerySet

from appraisal.choices import Use
from appraisal.models import Answer, Assignment, Comparison, Instrument, Item
from appraisal.queries.fit import Fit, Fits, fits
from reviewapp.accounts.models import User
from reviewapp.reviews.choices import Task
from reviewapp.reviews.models import Membership, Review
from screening.models import Study
from screening.queries.included import included_studies


def instruments_of(review: Review, use: str = "") -> QuerySet[Instrument]:
    found = Instrument.objects.filter(review=review, retired_at=None).order_by("use", "pk")
    return found.filter(use=use) if use else found


@dataclass(frozen=True)
class Mine:
    """One study that a person fills in: how many questions they have answered of those that are asked of everybody."""

    assignment: Assignment
    answered: int
    questions: int
    comparison: Comparison | None

    @property
    def state(self) -> str:
        if self.comparison:
            return "compared"
        if self.assignment.finished_at:
            return "finished"
        return "begun" if self.answered else "waiting"


def own_studies(person: User, instrument: Instrument) -> list[Mine]:
    """The person's studies with their own progress, in four queries. A study is compared only once everybody has finished."""
    mine = list(
        Assignment.objects.filter(instrument=instrument, person=person, withdrawn_at=None)
        .select_related("study")
        .order_by("study__label", "pk")
    )
    answered = dict(
        Answer.objects.filter(assignment__in=mine, item__retired_at=None, value__isnull=False)
        .exclude(value=None)
        .order_by()
        .values_list("assignment_id")
        .annotate(n=Count("pk"))
    )
    questions = Item.objects.filter(instrument=instrument, retired_at=None).count()
    compared = {c.study_id: c for c in Comparison.objects.filter(instrument=instrument)}
    return [Mine(a, answered.get(a.pk, 0), questions, compared.get(a.study_id)) for a in mine]


def next_study(person: User, instrument: Instrument, after: Assignment | None = None) -> Assignment | None:
    """The next of the person's studies that waits, going round to the first."""
    waiting = Assignment.objects.filter(
        instrument=instrument, person=person, withdrawn_at=None, finished_at=None
    ).order_by("study__label", "pk")
    if after is None:
        return waiting.first()
    label = Study.objects.values_list("label", flat=True).get(pk=after.study_id)
    behind = waiting.filter(Q(study__label__gt=label) | Q(study__label=label, pk__gt=after.pk))
    return behind.first() or waiting.exclude(pk=after.pk).first()


@dataclass(frozen=True)
class PersonTotals:
    person: User
    assigned: int
    finished: int


def totals(instrument: Instrument) -> list[PersonTotals]:
    """For a lead: how many studies each person has and has finished. Totals only, never a study."""
    return totals_of(Assignment.objects.filter(instrument=instrument, withdrawn_at=None).select_related("person"))


class Given(Protocol):
    """That a person is asked about a study, whether to fill in a form or to code it."""

    person_id: int
    person: User
    finished_at: datetime | None


def totals_of(rows: Iterable[Given]) -> list[PersonTotals]:
    """Per person, by name."""
    assigned, finished, people = Counter[int](), Counter[int](), dict[int, User]()
    for row in rows:
        people[row.person_id] = row.person
        assigned[row.person_id] += 1
        finished[row.person_id] += row.finished_at is not None
    return [
        PersonTotals(people[pk], assigned[pk], finished[pk]) for pk in sorted(people, key=lambda pk: str(people[pk]))
    ]


@dataclass(frozen=True)
class InstrumentTotals:
    """Where the included studies stand, as every member may know it: compared ones are those that all have finished."""

    studies: int
    compared: int
    settled: int


def instrument_totals(instrument: Instrument, studies: Sequence[int], found: Fits) -> InstrumentTotals:
    """Of the included studies that the instrument is meant for."""
    rows = Comparison.objects.filter(instrument=instrument).aggregate(n=Count("pk"), done=Count("settled_at"))
    meant = sum(found.of(instrument, study).meant is not False for study in studies)
    return InstrumentTotals(meant, rows["n"], rows["done"])


@dataclass(frozen=True)
class Assigned:
    study: Study
    people: list[int]
    is_compared: bool
    fit: Fit


def assigned_studies(instrument: Instrument) -> list[Assigned]:
    """Every included study with who fills it in, for the lead's table."""
    people: dict[int, list[int]] = defaultdict(list)
    rows = Assignment.objects.filter(instrument=instrument, withdrawn_at=None).order_by("pk")
    for study, person in rows.values_list("study_id", "person_id"):
        people[study].append(person)
    compared = set(Comparison.objects.filter(instrument=instrument).values_list("study_id", flat=True))
    found = fits(instrument.review, [instrument])
    return [
        Assigned(study, people[study.pk], study.pk in compared, found.of(instrument, study.pk))
        for study in included_studies(instrument.review)
    ]


def open_comparisons(membership: Membership, use: str = "") -> QuerySet[Comparison]:
    """Compared studies with something to settle that this member can do something about: they answered, or they settle."""
    found = Comparison.objects.filter(
        instrument__review=membership.review, instrument__retired_at=None, settled_at=None
    ).select_related("instrument", "study")
    if use:
        found = found.filter(instrument__use=use)
    if Task.SETTLE_CONFLICTS in membership.tasks:
        return found.order_by("study__label", "pk")
    own = Q(
        instrument__assignments__person=membership.user,
        instrument__assignments__study=F("study"),
        instrument__assignments__withdrawn_at=None,
    )
    return found.filter(own).distinct().order_by("study__label", "pk")


@dataclass(frozen=True)
class WaitingWork:
    """How much waits for one person in one review."""

    to_appraise: int
    to_extract: int
    to_settle: int


def waiting_work(user: User, memberships: Sequence[Membership]) -> dict[UUID, WaitingWork]:
    """For each of the person's reviews; the number of queries does not grow with them."""
    reviews: Collection[UUID] = [membership.review_id for membership in memberships]
    settling = [m.review_id for m in memberships if Task.SETTLE_CONFLICTS in m.tasks]
    own = Assignment.objects.filter(
        instrument__review__in=reviews, instrument__retired_at=None, person=user, withdrawn_at=None
    )
    rows = own.filter(finished_at=None).order_by().values_list("instrument__review_id", "instrument__use")
    due = Counter(rows)
    mine = own.values("instrument_id", "study_id")
    open_ones = Comparison.objects.filter(
        instrument__review__in=reviews, instrument__retired_at=None, settled_at=None
    ).values_list("instrument__review_id", "instrument_id", "study_id")
    answered = {(row["instrument_id"], row["study_id"]) for row in mine}
    differing = Counter(
        review for review, instrument, study in open_ones if review in settling or (instrument, study) in answered
    )
    return {
        review: WaitingWork(due[review, Use.APPRAISAL], due[review, Use.EXTRACTION], differing[review])
        for review in reviews
    }


@dataclass(frozen=True)
class Progress:
    """One person's part in the appraisal or the extraction of a review."""

    assigned: int = 0
    finished: int = 0
    open: int = 0
    """Compared studies in which something is to be settled."""


def work_progress(person: User, review: Review) -> dict[str, Progress]:
    """The person's own progress for each use, in two queries."""
    own = Assignment.objects.filter(
        instrument__review=review, instrument__retired_at=None, person=person, withdrawn_at=None
    )
    rows = own.order_by().values("instrument__use").annotate(assigned=Count("pk"), finished=Count("finished_at"))
    mine = {row["instrument__use"]: (row["assigned"], row["finished"]) for row in rows}
    open_ones = Comparison.objects.filter(instrument__review=review, instrument__retired_at=None, settled_at=None)
    differing = dict(open_ones.order_by().values_list("instrument__use").annotate(n=Count("pk")))
    return {use: Progress(*mine.get(use, (0, 0)), differing.get(use, 0)) for use in Use.values}
