"""One person's sheet: the questions about one study with their own answers, and the study's reports beside them."""

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from appraisal.models import Answer, Assignment, Item
from appraisal.rules import applies, closed_gates, missing
from screening.models import Report


@dataclass(frozen=True)
class Sheet:
    """The questions asked, in sections, each with the person's answer or None."""

    assignment: Assignment
    asked: list[tuple[Item, Answer | None]]
    left_out: list[str]
    open_keys: list[str]
    closed_gates: list[str]

    @property
    def answered(self) -> int:
        return sum(1 for _, answer in self.asked if answer is not None and answer.value is not None)

    @property
    def required(self) -> int:
        return sum(1 for item, _ in self.asked if item.required)

    @property
    def is_complete(self) -> bool:
        return not self.open_keys


def sheet(assignment: Assignment) -> Sheet:
    """Only for the assignment's own person; colleagues' answers are not read."""
    instrument = assignment.instrument
    items = list(instrument.items.filter(retired_at=None))
    for item in items:
        item.instrument = instrument
    answers = {answer.item_id: answer for answer in Answer.objects.filter(assignment=assignment)}
    values: dict[str, Any] = {item.key: answers[item.pk].value for item in items if item.pk in answers}
    questions = [item.question for item in items]
    asked = [item for item in items if applies(item.question, values)]
    for item in asked:
        if item.pk in answers:
            answers[item.pk].item = item
    return Sheet(
        assignment,
        [(item, answers.get(item.pk)) for item in asked],
        [item.key for item in items if item not in asked],
        missing(questions, values),
        closed_gates(questions, values),
    )


def reports_of(assignment: Assignment) -> QuerySet[Report]:
    """The study's reports, those with a file first."""
    return (
        Report.objects.filter(study=assignment.study_id).select_related("record", "document").order_by("-pages", "pk")
    )
