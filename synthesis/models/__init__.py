"""Findings texts, codes and codings, themes, and the acts that changed them.

Nothing is deleted: a row that was taken away carries `removed_at`, and the act that did it can be undone.
"""

from synthesis.models.acts import Act
from synthesis.models.coding import (
    Code,
    Coding,
    CodingAssignment,
    CodingComparison,
    CodingPlan,
    CodingSettlement,
    SetAside,
)
from synthesis.models.memos import Memo
from synthesis.models.texts import Finding, FindingsText, Quotation, TextVersion
from synthesis.models.themes import Snapshot, Theme, ThemeCode, ThemePart, ThemeSupport

__all__ = [
    "Act",
    "Code",
    "Coding",
    "CodingAssignment",
    "CodingComparison",
    "CodingPlan",
    "CodingSettlement",
    "Finding",
    "FindingsText",
    "Memo",
    "Quotation",
    "SetAside",
    "Snapshot",
    "TextVersion",
    "Theme",
    "ThemeCode",
    "ThemePart",
    "ThemeSupport",
]
