"""What waits for a person in coding, and how far it is. Nothing here tells how far a colleague is with a study."""

from collections import Counter, defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field

from django.db.models import Count

from appraisal.queries.work import PersonTotals, totals_of
from reviewapp.accounts.models import User
from reviewapp.reviews.models import Review
from screening.models import Study
from screening.queries.included import included_studies
from synthesis.models import CodingAssignment, CodingComparison, FindingsText
from synthesis.queries.coverage import Coverage, StudyCoverage, coverage_by_study


@dataclass(frozen=True)
class StudyRow:
    """One included study as one reader may know it."""

    study: Study
    texts: int
    assignment: CodingAssignment | None
    comparison: CodingComparison | None
    coverage: StudyCoverage = field(default_factory=lambda: StudyCoverage(Coverage(), None))
    people: tuple[int, ...] = ()

    @property
    def state(self) -> str:
        """no_text, compared, finished, begun, waiting, or other (somebody else's)."""
        if self.comparison:
            return "compared"
        if not self.texts:
            return "no_text"
        if self.assignment is None:
            return "other"
        if self.assignment.finished_at:
            return "finished"
        return "begun" if self.coverage.own.touched else "waiting"


def study_rows(reader: User, review: Review) -> list[StudyRow]:
    """Every included study, by name, in a fixed number of queries."""
    texts = Counter(FindingsText.objects.originals().filter(review=review).values_list("study", flat=True))
    people, own = defaultdict[int, list[int]](list), {}
    for assignment in CodingAssignment.objects.filter(study__review=review, withdrawn_at=None).order_by("pk"):
        people[assignment.study_id].append(assignment.person_id)
        if assignment.person_id == reader.pk:
            own[assignment.study_id] = assignment
    compared = {c.study_id: c for c in CodingComparison.objects.filter(study__review=review)}
    coverage = coverage_by_study(reader, review)
    nothing = StudyCoverage(Coverage(), None)
    return [
        StudyRow(
            study,
            texts[study.pk],
            own.get(study.pk),
            compared.get(study.pk),
            coverage.get(study.pk, nothing),
            tuple(people[study.pk]),
        )
        for study in included_studies(review)
    ]


def totals(review: Review) -> list[PersonTotals]:
    """For a lead: how many studies each person has and has finished. Totals only, never a study."""
    return totals_of(CodingAssignment.objects.filter(study__review=review, withdrawn_at=None).select_related("person"))


@dataclass(frozen=True)
class Progress:
    """One person's part of the coding of a review."""

    assigned: int
    finished: int
    to_settle: int


def coding_progress(person: User, review: Review) -> Progress:
    """For the line of the pipeline, in two queries."""
    own = CodingAssignment.objects.filter(study__review=review, person=person, withdrawn_at=None)
    mine = own.aggregate(assigned=Count("pk"), finished=Count("finished_at"))
    unsettled = CodingComparison.objects.filter(study__review=review, settled_at=None).count()
    return Progress(mine["assigned"], mine["finished"], unsettled)


def next_study(person: User, review: Review, *, after: Study | None = None) -> Study | None:
    """The next of the person's studies that has a text and waits, going round to the first."""
    waiting = CodingAssignment.objects.filter(
        study__review=review,
        person=person,
        withdrawn_at=None,
        finished_at=None,
        study__findings_texts__removed_at=None,
        study__findings_texts__current__isnull=False,
    )
    studies = list(Study.objects.filter(pk__in=waiting.values("study")).order_by("label", "pk"))
    return _after(studies, after)


def _after(studies: Collection[Study], after: Study | None) -> Study | None:
    others = [study for study in studies if after is None or study.pk != after.pk]
    behind = [study for study in others if after is None or (study.label, study.pk) > (after.label, after.pk)]
    return next(iter(behind or others), None)
