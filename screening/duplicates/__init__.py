"""Duplicate detection: explicit rules with vetoes, pure Python, no database. Nothing here merges; callers do, and can undo."""

from screening.duplicates.engine import find_duplicates, fingerprint, group
from screening.duplicates.entries import Entry, Fingerprint, Key, Outcome, Result, Verdict
from screening.duplicates.normalise import NORMALISATION_VERSION
from screening.duplicates.rules import compare

__all__ = [
    "NORMALISATION_VERSION",
    "Entry",
    "Fingerprint",
    "Key",
    "Outcome",
    "Result",
    "Verdict",
    "compare",
    "find_duplicates",
    "fingerprint",
    "group",
]
