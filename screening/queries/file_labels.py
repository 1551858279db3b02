"""References and files as they may be read: labels that another program left in them are judgements, and as blind as those."""

from django.db.models import Exists, F, OuterRef, Q, QuerySet, TextField
from django.db.models.functions import Cast

from reviewapp.accounts.models import User
from reviewapp.lib.errors import DomainError
from screening.choices import Outcome, Stage
from screening.handover.veil import IN_FIELD, IN_TEXT, VEIL, fields_tell, line_without_labels, veiled
from screening.models import ImportBatch, ImportProblem, Reference, ScreeningOutcome

SETTLED = (Outcome.INCLUDED, Outcome.EXCLUDED)


class FileClosed(DomainError):
    title = "This file cannot be read yet"


def _settled(stage: str, *outcomes: str) -> Exists:
    rows = ScreeningOutcome.objects.filter(record=OuterRef("record"), stage=stage, outcome__in=outcomes)
    return Exists(rows)


def _unsettled(references: QuerySet[Reference]) -> QuerySet[Reference]:
    """References whose record waits for a vote or a settlement at some stage, as everybody may know."""
    done = _settled(Stage.TITLE_ABSTRACT, Outcome.EXCLUDED) | (
        _settled(Stage.TITLE_ABSTRACT, Outcome.INCLUDED) & Q(_settled(Stage.FULL_TEXT, *SETTLED))
    )
    return references.exclude(done)


def show_as_may_be(reference: Reference) -> Reference:
    """The reference, never to be saved: fields with labels are hidden until nobody has a vote due on its record."""
    hidden = fields_tell(reference.raw, reference.raw_fields) and (
        _unsettled(Reference.objects.filter(pk=reference.pk)).exists()
    )
    reference.labels_hidden = hidden  # type: ignore[attr-defined]
    if hidden:
        reference.raw = VEIL
        reference.raw_fields = [[tag, veiled(value, tag)] for tag, value in reference.raw_fields]
        reference.details = veiled(reference.details)
    return reference


def as_may_be(problem: ImportProblem) -> ImportProblem:
    """A problem, never to be saved, whose excerpt holds no label."""
    problem.excerpt = line_without_labels(problem.excerpt)
    return problem


def require_open_file(reader: User, batch: ImportBatch) -> None:
    """Raises FileClosed while a file with labels has records to judge; who uploaded it has it anyway."""
    if batch.created_by_id == reader.pk:
        return
    labelled = Reference.objects.filter(batch=batch).annotate(told=Cast(F("raw_fields"), TextField()))
    labelled = labelled.filter(Q(raw__iregex=IN_TEXT) | Q(told__iregex=IN_FIELD))
    if _unsettled(labelled).exists():
        raise FileClosed(
            "It holds labels of another program, and some of its records still wait for votes. "
            "It opens when all of them are judged and settled."
        )
