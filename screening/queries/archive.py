"""Screening's tables in the archive of a review. Judgements come from screening.visibility, here as everywhere."""

from typing import Any

from django.db.models import Q, QuerySet

from reviewapp.lib.archiving import Scope, Table, inside
from screening.choices import Outcome
from screening.documents import (
    DifferentStudies,
    Document,
    DocumentPage,
    Drop,
    DroppedFile,
    ReadingPlace,
    RetrievalEntry,
    Supplement,
)
from screening.former import FormerPlace, FormerRoot
from screening.models import (
    Adjudication,
    Allocation,
    AllocationBatch,
    BlockKey,
    Conflict,
    ConflictComment,
    CriteriaVersion,
    DrawnPlace,
    DuplicateAudit,
    DuplicateAuditPair,
    DuplicatePair,
    EligibilityCriterion,
    ExclusionReason,
    Handover,
    HighlightTerm,
    ImportBatch,
    ImportProblem,
    Pilot,
    PilotRecord,
    PreviousVersion,
    Proposal,
    RankedRecord,
    RankingRun,
    RankingSimulation,
    ReadingOrder,
    Record,
    RecordCorrection,
    Reference,
    ReferenceComparison,
    Report,
    ReportFile,
    SavedView,
    ScreeningDecision,
    ScreeningNote,
    ScreeningOutcome,
    Search,
    StageRule,
    Study,
    TeamLabel,
)
from screening.queries.file_labels import as_may_be, show_as_may_be
from screening.queries.labels import views_for
from screening.visibility import hidden_names, history_visible_to, notes_visible_to, settlements_visible_to


def _with_names(scope: Scope, rows: QuerySet[Any]) -> QuerySet[Any]:
    """Rows of `reviewer` without colleagues' on records in an open conflict that hides who is who: an archive names people."""
    hidden: dict[str, list[int]] = {}
    for record, stage in hidden_names(scope.review):
        hidden.setdefault(stage, []).append(record)
    for stage, records in hidden.items():
        rows = rows.exclude(~Q(reviewer=scope.reader) & Q(stage=stage, record__in=records))
    return rows


def _decisions(scope: Scope) -> QuerySet[ScreeningDecision]:
    return _with_names(scope, history_visible_to(scope.reader, scope.review))


def _notes(scope: Scope) -> QuerySet[ScreeningNote]:
    return _with_names(scope, notes_visible_to(scope.reader, scope.review))


def _settlements(scope: Scope) -> QuerySet[Adjudication]:
    return settlements_visible_to(scope.reader, scope.review)


def _conflicts(scope: Scope) -> QuerySet[Conflict]:
    return Conflict.objects.filter(review=scope.review, pk__in=_settlements(scope).values("conflict"))


def _said(model: Any) -> Any:
    return lambda scope: model.objects.filter(conflict__in=_conflicts(scope).values("pk"))


def _without_time(scope: Scope, row: ScreeningOutcome) -> dict[str, Any]:
    """When an open conflict came about is when its last vote was given."""
    return {"completed_at": None} if row.outcome == Outcome.CONFLICT else {}


def _without_labels(scope: Scope, row: Reference) -> dict[str, Any]:
    """Labels that another program left in a reference are judgements: hidden as long as its record waits for any."""
    shown = show_as_may_be(row)
    hidden = shown.labels_hidden  # type: ignore[attr-defined]
    return {"raw": shown.raw, "raw_fields": shown.raw_fields, "details": shown.details} if hidden else {}


def _excerpt_without_labels(scope: Scope, row: ImportProblem) -> dict[str, Any]:
    return {"excerpt": as_may_be(row).excerpt}


def _own_handovers(scope: Scope) -> QuerySet[Handover]:
    return Handover.objects.filter(review=scope.review, created_by=scope.reader)


def _views(scope: Scope) -> Any:
    return SavedView.objects.filter(pk__in=[view.pk for view in views_for(scope.reader, scope.review)])


TABLES = [
    Table(
        EligibilityCriterion, "Criteria for including and excluding, retired ones too.", inside(EligibilityCriterion)
    ),
    Table(CriteriaVersion, "The criteria as they read at each time.", inside(CriteriaVersion), own_words=("why",)),
    Table(ExclusionReason, "Reasons for exclusion, in the order of priority.", inside(ExclusionReason)),
    Table(StageRule, "How many votes a stage needs and how conflicts are settled.", inside(StageRule)),
    Table(HighlightTerm, "Terms that were highlighted while screening.", inside(HighlightTerm)),
    Table(Search, "Every search with its strategy exactly as it was run.", inside(Search), own_words=("notes",)),
    Table(PreviousVersion, "What was included before an update.", inside(PreviousVersion)),
    Table(
        ImportBatch,
        "Every imported file; the file itself is in imports/ under its SHA-256.",
        inside(ImportBatch),
        without=("file", "job", "preview"),
    ),
    Table(
        ImportProblem,
        "What the reader of a file reported.",
        inside(ImportProblem, "batch__review"),
        veiled=_excerpt_without_labels,
    ),
    Table(
        Record,
        "Title and abstract of one report, as the team saw it.",
        inside(Record),
        without=("chosen",),
    ),
    Table(
        RecordCorrection,
        "What people corrected in a record.",
        inside(RecordCorrection),
    ),
    Table(
        Reference,
        "Entries exactly as they stood in the imported files; records identified are counted from these.",
        inside(Reference),
        own_words=("raw", "raw_fields", "details"),
        veiled=_without_labels,
    ),
    Table(DuplicatePair, "Pairs of references: linked, to be judged, judged.", inside(DuplicatePair)),
    Table(DuplicateAudit, "Samples by which the errors of duplicate detection were estimated.", inside(DuplicateAudit)),
    Table(DuplicateAuditPair, "The pairs of these samples.", inside(DuplicateAuditPair, "audit__review")),
    Table(FormerPlace, "Where references stood before a link changed.", inside(FormerPlace, "reference__review")),
    Table(FormerRoot, "What records were merged into before a link changed.", inside(FormerRoot, "record__review")),
    Table(
        Handover,
        "Files with judgements made elsewhere that the maker of this archive brought in.",
        _own_handovers,
        without=("file", "job", "found", "choices"),
    ),
    Table(Pilot, "Pilots: samples that everybody judged first.", inside(Pilot)),
    Table(PilotRecord, "The records of the pilots.", inside(PilotRecord, "pilot__review")),
    Table(
        ScreeningDecision,
        "Every screening decision, superseded ones too.",
        _decisions,
        without=("stands_on", "request_key", "uuid"),
    ),
    Table(ScreeningNote, "Notes and labels on records.", _notes, own_words=("text", "labels")),
    Table(TeamLabel, "Labels that a lead put before the team.", inside(TeamLabel)),
    Table(SavedView, "Saved filters of the record list.", _views),
    Table(
        ScreeningOutcome,
        "Where a record stands at a stage once all its votes are in.",
        inside(ScreeningOutcome, "record__review"),
        veiled=_without_time,
    ),
    Table(Conflict, "Conflicts that were settled.", _conflicts),
    Table(ConflictComment, "The discussion of these conflicts.", _said(ConflictComment), own_words=("text",)),
    Table(Proposal, "Proposals in these discussions.", _said(Proposal)),
    Table(Adjudication, "How conflicts were settled, and by whom.", _settlements, own_words=("rationale",)),
    Table(Allocation, "How records were shared out.", inside(Allocation), without=("experienced", "lots")),
    Table(ReadingOrder, "In which order unread records were served, and the target of recall.", inside(ReadingOrder)),
    Table(
        RankingRun, "Each time that the order was laid.", inside(RankingRun), without=("second_look", "milliseconds")
    ),
    Table(RankingSimulation, "What ranking would have saved.", inside(RankingSimulation)),
    Table(Study, "Studies.", inside(Study)),
    Table(
        Report,
        "Reports sought, retrieved and assessed; their full texts are not in the archive.",
        inside(Report),
        without=("file", "document"),
        own_words=("retrieval_note",),
    ),
    Table(
        RetrievalEntry,
        "How each full text was sought.",
        inside(RetrievalEntry, "report__review"),
        own_words=("note", "source"),
    ),
    Table(
        Supplement,
        "Supplements of reports, by name and SHA-256.",
        inside(Supplement, "report__review"),
        without=("file", "document"),
    ),
    Table(DifferentStudies, "Reports that somebody said tell of different studies.", inside(DifferentStudies)),
]

FULL_TEXT = "full texts are under copyright; a report's SHA-256 and name are with the report"
LEFT_OUT = {
    BlockKey: "worked out from references whenever duplicates are looked for",
    ReferenceComparison: "how far the search for duplicates has come, on this installation",
    DrawnPlace: "a place kept for some minutes",
    AllocationBatch: "who was given which records; the log tells of it",
    RankedRecord: "laid again from the outcomes and the seed of a run",
    ReadingPlace: "where somebody stopped reading; theirs alone",
    Document: FULL_TEXT,
    DocumentPage: FULL_TEXT,
    ReportFile: FULL_TEXT,
    Drop: FULL_TEXT,
    DroppedFile: FULL_TEXT,
}
