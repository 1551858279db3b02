"""Synthesis' tables in the archive of a review: colleagues' codings once a study is settled, or where coding is open."""

from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from reviewapp.lib.archiving import Scope, Table, inside
from synthesis.choices import Layer
from synthesis.models import (
    Act,
    Code,
    Coding,
    CodingAssignment,
    CodingComparison,
    CodingPlan,
    CodingSettlement,
    Finding,
    FindingsText,
    Memo,
    Quotation,
    SetAside,
    Snapshot,
    TextVersion,
    Theme,
    ThemeCode,
    ThemePart,
    ThemeSupport,
)
from synthesis.visibility import codes_visible_to, codings_visible_to, memos_visible_to, plan_of, set_aside_visible_to


def _settled() -> Exists:
    return Exists(CodingComparison.objects.filter(study=OuterRef("study")).exclude(settled_at=None))


def _open(scope: Scope) -> Q:
    """Until a study is settled colleagues have no names; an archive names people."""
    return Q(coder=scope.reader) | Q(_settled())


def _codings(scope: Scope) -> QuerySet[Coding]:
    rows = codings_visible_to(scope.reader, scope.review)
    return rows if plan_of(scope.review).is_open else rows.filter(Q(layer=Layer.AGREED) | _open(scope))


def _set_aside(scope: Scope) -> QuerySet[SetAside]:
    rows = set_aside_visible_to(scope.reader, scope.review)
    return rows if plan_of(scope.review).is_open else rows.filter(_open(scope))


def _settlements(scope: Scope) -> QuerySet[CodingSettlement]:
    return CodingSettlement.objects.filter(comparison__study__review=scope.review).exclude(comparison__settled_at=None)


def _assignments(scope: Scope) -> QuerySet[CodingAssignment]:
    return CodingAssignment.objects.filter(study__review=scope.review).annotate(is_settled=_settled())


def _unfinished(scope: Scope, row: Any) -> dict[str, Any]:
    return {} if row.is_settled or row.person_id == scope.reader.pk else {"finished_at": None}


TABLES = [
    Table(CodingPlan, "How the review codes.", inside(CodingPlan)),
    Table(FindingsText, "Results of the studies.", inside(FindingsText), without=("current",)),
    Table(TextVersion, "These texts word for word, each correction a version.", inside(TextVersion, "text__review")),
    Table(Finding, "Passages of the results and where they stand.", inside(Finding, "version__text__review")),
    Table(Quotation, "Participants' own words.", inside(Quotation, "version__text__review")),
    Table(Code, "Codes with their definitions.", lambda scope: codes_visible_to(scope.reader, scope.review)),
    Table(CodingAssignment, "Who codes which study.", _assignments, veiled=_unfinished),
    Table(CodingComparison, "Studies whose codings were compared.", inside(CodingComparison, "study__review")),
    Table(CodingSettlement, "How differences between codings were settled.", _settlements, own_words=("rationale",)),
    Table(Coding, "Codings: each person's own, and what was agreed.", _codings),
    Table(SetAside, "Stretches read that hold nothing to code.", _set_aside),
    Table(Theme, "Descriptive and analytical themes.", inside(Theme)),
    Table(ThemeCode, "Which codes are in which theme.", inside(ThemeCode, "theme__review")),
    Table(ThemePart, "Which descriptive themes are in which analytical one.", inside(ThemePart, "theme__review")),
    Table(
        ThemeSupport,
        "Studies counted to a theme by hand, and why.",
        inside(ThemeSupport, "theme__review"),
        own_words=("note",),
    ),
    Table(Memo, "Memos.", lambda scope: memos_visible_to(scope.reader, scope.review), own_words=("text",)),
]
LEFT_OUT = {
    Act: "what a person may still undo; what was done is in the log",
    Snapshot: "copies of codes and themes, which may hold codes of one person alone",
}
