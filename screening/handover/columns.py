"""The columns of an export of judgements: one row for each vote, note without a vote, and conflict."""

from __future__ import annotations

FORMAT = "tandem-screening"
VERSION = 1

VOTE, NOTE, CONFLICT = "vote", "note", "conflict"
REASON, LABEL = "reason", "label"
YES, NO = "yes", "no"

# Of a record: told in every row of a table, once in JSON.
RECORD_COLUMNS = ("record", "shown_under", "title", "authors", "year", "journal", "doi", "pmid", "sources")
JUDGEMENT_COLUMNS = (
    "row", "stage", "reviewer", "verdict", "reason", "criterion", "note", "labels", "round", "revision", "criteria_version",
    "decided_at", "revealed_at", "superseded_at", "set_aside_at", "independent", "outcome", "outcome_reason", "settled_how", "settled_as", "settled_reason", "settled_by",
    "settled_at", "rationale", "conflict", "opened_at", "reopened_at",
)  # fmt: skip
COLUMNS = (*RECORD_COLUMNS, *JUDGEMENT_COLUMNS)
# Cells that hold several values; none of these can have a line break of its own.
LISTS = ("authors", "sources", "labels", "settled_by")

Row = dict[str, str]
