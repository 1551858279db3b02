"""The tables of appraisal and extraction in the archive of a review: colleagues' answers once a study is settled."""

from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from appraisal.models import (
    Answer,
    Assignment,
    Comparison,
    Instrument,
    Item,
    MeantStudy,
    RatingOverride,
    SensitivityMark,
    Settlement,
)
from appraisal.visibility import answers_visible_to
from reviewapp.lib.archiving import Scope, Table, inside


def _settled(instrument: str, study: str) -> Exists:
    """Until a study is settled colleagues are Appraiser 1, 2, …; an archive names people."""
    found = Comparison.objects.filter(instrument=OuterRef(instrument), study=OuterRef(study))
    return Exists(found.exclude(settled_at=None))


def _assignments(scope: Scope) -> QuerySet[Assignment]:
    rows = Assignment.objects.filter(instrument__review=scope.review)
    return rows.annotate(is_settled=_settled("instrument", "study"))


def _answers(scope: Scope) -> QuerySet[Answer]:
    rows = answers_visible_to(scope.reader, scope.review)
    return rows.filter(Q(assignment__person=scope.reader) | _settled("assignment__instrument", "assignment__study"))


def _of_settled(model: Any) -> Any:
    return lambda scope: model.objects.filter(comparison__instrument__review=scope.review).exclude(
        comparison__settled_at=None
    )


def _unfinished(scope: Scope, row: Any) -> dict[str, Any]:
    """Whether a colleague has finished shows nowhere before everybody has."""
    shown = row.is_settled or row.person_id == scope.reader.pk
    return {} if shown else {"finished_at": None, "gate_reason": ""}


TABLES = [
    Table(Instrument, "Checklists and forms, as the team has them.", inside(Instrument)),
    Table(Item, "Their questions.", inside(Item, "instrument__review")),
    Table(
        MeantStudy, "Which studies an instrument is meant for, said by hand.", inside(MeantStudy, "instrument__review")
    ),
    Table(SensitivityMark, "Studies marked for a sensitivity analysis.", inside(SensitivityMark, "study__review")),
    Table(
        Assignment, "Who fills in what about which study.", _assignments, own_words=("gate_reason",), veiled=_unfinished
    ),
    Table(Answer, "Each person's own answers.", _answers, own_words=("comment",)),
    Table(Comparison, "Studies that everybody had finished.", inside(Comparison, "instrument__review")),
    Table(Settlement, "How differences were settled.", _of_settled(Settlement), own_words=("rationale",)),
    Table(
        RatingOverride, "Ratings other than the rule's, and why.", _of_settled(RatingOverride), own_words=("reason",)
    ),
]
LEFT_OUT: dict[Any, str] = {}
