"""Filling in: one's own answers, saved as they are given; finishing; taking up again while nobody else was told."""

from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from appraisal.choices import Use
from appraisal.models import Answer, Assignment, Comparison, Item
from appraisal.rules import Unfit, closed_gates, fit, missing
from appraisal.services.assignments import TASKS
from appraisal.services.settling import reveal_when_all_are_done
from appraisal.visibility import judged
from reviewapp.accounts.models import User
from reviewapp.audit import services as audit
from reviewapp.lib.errors import AlreadyDone, DomainError, Invalid, NotAllowed, require_clean_text
from reviewapp.reviews.choices import Task
from reviewapp.reviews.permissions import Can
from screening.services.locks import act, acting_member, share_review

LONGEST = {"comment": 10_000, "quotation": 10_000, "page": 20}
CAPABILITY = {Task.APPRAISE: Can.APPRAISE, Task.EXTRACT: Can.EXTRACT}


class Stale(DomainError):
    """The answer was saved in another window meanwhile. Both are told; nothing is overwritten."""

    status = 409
    title = "This answer was changed in another window"
    code = "stale-answer"


@dataclass(frozen=True)
class Given:
    """What a person answers to one question."""

    value: Any
    comment: str = ""
    quotation: str = ""
    page: str = ""


def _own(actor: User, assignment: Assignment) -> Assignment:
    """The actor's own assignment, locked. Raises NotAllowed, AlreadyDone."""
    instrument = assignment.instrument
    share_review(instrument.review)
    acting_member(actor, instrument.review, CAPABILITY[TASKS[Use(instrument.use)]])
    locked = Assignment.objects.select_for_update(of=("self",)).get(pk=assignment.pk)
    locked.instrument = instrument
    if locked.person_id != actor.pk:
        raise NotAllowed("Answers are given by the person they are asked of.")
    if locked.withdrawn_at:
        raise AlreadyDone("A lead gave this study to somebody else. Your answers are kept.")
    return locked


@act
def keep_answer(*, actor: User, assignment: Assignment, item: Item, given: Given, revision: int = 0) -> Answer:
    """Save one's own answer; `revision` is that of the answer it was written over (0 for none). Raises Stale, Invalid."""
    assignment = _own(actor, assignment)
    if item.instrument_id != assignment.instrument_id or item.retired_at:
        raise Invalid("This question is not asked any more.")
    if assignment.finished_at:
        raise AlreadyDone("You have finished this study. Take it up again to change an answer.")
    try:
        value = fit(item.question, given.value)
    except Unfit as error:
        raise Invalid(str(error)) from None
    texts = {name: require_clean_text(getattr(given, name), what=name).strip() for name in LONGEST}
    if long := [name for name, text in texts.items() if len(text) > LONGEST[name]]:
        raise Invalid(f"The {long[0]} is too long: at most {LONGEST[long[0]]:,} characters.")
    answer = Answer.objects.select_for_update().filter(assignment=assignment, item=item).first()
    content = {"value": value, **texts}
    standing = {name: getattr(answer, name) for name in content} if answer else None
    if (answer.revision if answer else 0) != revision and standing != content:
        raise Stale("Look at both and save again. Nothing was overwritten.", answer=answer)
    if standing == content and answer is not None and answer.item_version == item.version:
        return answer
    answer = answer or Answer(assignment=assignment, item=item, revision=0)
    answer.value, answer.item_version = value, item.version
    for name, text in texts.items():
        setattr(answer, name, text)
    answer.revision += 1
    answer.save()
    audit.log(
        actor=actor,
        review=assignment.instrument.review,
        action="appraisal.answer.kept",
        target=answer,
        before=standing,
        after={"question": item.key, **content},
        judged=judged(assignment),
    )
    return answer


@act
def finish(*, actor: User, assignment: Assignment, gate_reason: str = "") -> Comparison | None:
    """Say that one is done with a study. When all are, the answers are revealed and the comparison is returned."""
    assignment = _own(actor, assignment)
    if assignment.finished_at:
        raise AlreadyDone("You have finished this study before.")
    items = list(assignment.instrument.items.filter(retired_at=None))
    questions = [item.question for item in items]
    answers = dict(Answer.objects.filter(assignment=assignment).values_list("item__key", "value"))
    if open_ones := missing(questions, answers):
        numbers = ", ".join(item.number or item.text[:40] for item in items if item.key in open_ones)
        raise Invalid(f"Not answered yet: {numbers}. Everything you gave is kept.")
    gate_reason = require_clean_text(gate_reason, what="reason").strip()
    if closed_gates(questions, answers) and not (gate_reason or assignment.gate_reason):
        raise Invalid(
            "A first question says that it may not be worth going on. Say why the study is appraised nevertheless."
        )
    assignment.gate_reason = gate_reason or assignment.gate_reason
    assignment.finished_at = timezone.now()
    assignment.save(update_fields=["gate_reason", "finished_at"])
    _log(actor, "appraisal.study.finished", assignment)
    return reveal_when_all_are_done(assignment.instrument, assignment.study)


@act
def take_up_again(*, actor: User, assignment: Assignment) -> Assignment:
    """Go on with a study one has finished, as long as not everybody has."""
    assignment = _own(actor, assignment)
    if assignment.finished_at is None:
        raise AlreadyDone("You are at work on this study.")
    if Comparison.objects.filter(instrument=assignment.instrument, study=assignment.study_id).exists():
        raise AlreadyDone("Everybody has finished, and the answers are revealed: they stay as they were given.")
    assignment.finished_at = None
    assignment.save(update_fields=["finished_at"])
    _log(actor, "appraisal.study.taken_up", assignment)
    return assignment


def _log(actor: User, action: str, assignment: Assignment) -> None:
    audit.log(
        actor=actor,
        review=assignment.instrument.review,
        action=action,
        target=assignment,
        after={"instrument": assignment.instrument.title},
        judged=judged(assignment),
    )
