"""Judgements are touched only where the blinding rule is kept: every other module goes through screening.visibility."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.contrib import admin

from appraisal.models import Answer, RatingOverride, Settlement
from reviewapp.audit.models import AuditEvent
from screening.models import Adjudication, Conflict, ConflictComment, Proposal, ScreeningDecision, ScreeningNote
from synthesis.models import Coding, CodingSettlement, Memo, SetAside

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("reviewapp", "screening", "appraisal", "synthesis")
JUDGEMENTS = {"ScreeningDecision", "ScreeningNote", "Proposal", "ConflictComment", "Adjudication"}
MANAGERS = {"decisions", "notes", "screening_notes", "comments", "proposals", "adjudication"}
ANSWERS = {"Answer", "Settlement", "RatingOverride"}
ANSWER_MANAGERS = {"answers", "settlements", "overrides"}
CODINGS = {"Coding", "SetAside", "Memo", "CodingSettlement"}
CODING_MANAGERS = {"codings", "stretches_set_aside", "memos"}
EVENTS = {"AuditEvent"}
EVENT_MANAGERS = {"audit_events"}
HOME = ("screening/models.py", "screening/visibility.py", "screening/queries/", "screening/services/")
HOMES = {
    "judgements": (*HOME, "reviewapp/demo/"),
    "answers": (
        "screening/",  # cannot import appraisal; its `settlements` are those of conflicts
        "synthesis/services/settling.py",  # its `settlements` are those of codings
        "appraisal/models.py",
        "appraisal/visibility.py",
        "appraisal/queries/",
        "appraisal/services/",
        "reviewapp/demo/",
    ),
    "codings": (
        "synthesis/models/",
        "synthesis/visibility.py",
        "synthesis/queries/",
        "synthesis/services/",
        "reviewapp/demo/",
    ),
    "events": (
        "screening/visibility.py",
        "reviewapp/audit/models.py",
        "reviewapp/audit/services.py",
        "reviewapp/demo/",
    ),
}
# `x.notes` may be a search's note or a parsed reference's; only what hangs on a model instance or in a lookup is meant.
QUERIES = {"filter", "exclude", "all", "get", "first", "last", "count", "exists", "create", "values", "values_list",
           "order_by", "annotate", "aggregate", "update", "delete", "iterator", "latest", "in_bulk"}  # fmt: skip


def sources() -> Iterator[tuple[str, ast.Module]]:
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            name = path.relative_to(ROOT).as_posix()
            if "/migrations/" not in name:
                yield name, ast.parse(path.read_text())


def uses_of(tree: ast.Module, tables: set[str], managers: set[str]) -> Iterator[tuple[int, str]]:
    """Lines that query a table, follow a related manager, or span to either in a lookup."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            if (node.attr in {"objects", "_default_manager", "_base_manager"} and _name(node.value) in tables) or (
                node.attr in QUERIES and isinstance(node.value, ast.Attribute) and node.value.attr in managers
            ):
                yield node.lineno, ast.unparse(node)
        elif isinstance(node, ast.Call):
            yield from _fetches(node, tables)
            for keyword in node.keywords:
                if keyword.arg and "__" in keyword.arg and managers & set(keyword.arg.split("__")):
                    yield node.lineno, keyword.arg
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            parts = node.value.split("__")
            if len(parts) > 1 and managers & set(parts) and re.fullmatch(r"-?\w+", node.value):
                yield node.lineno, node.value


def _fetches(call: ast.Call, tables: set[str]) -> Iterator[tuple[int, str]]:
    """get_object_or_404(Table, …), prefetch_related("decisions"), getattr-like ways in."""
    if _name(call.func) in {"get_object_or_404", "get_list_or_404", "aget_object_or_404"}:
        if call.args and _name(call.args[0]) in tables:
            yield call.lineno, ast.unparse(call)
    elif _name(call.func) in {"prefetch_related", "prefetch_related_objects", "Prefetch", "get_model"}:
        named = {arg.value for arg in call.args if isinstance(arg, ast.Constant)}
        if named & (MANAGERS | tables):
            yield call.lineno, ast.unparse(call)


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


@pytest.mark.parametrize(
    ("what", "tables", "managers"),
    [
        ("judgements", JUDGEMENTS, MANAGERS),
        ("answers", ANSWERS, ANSWER_MANAGERS),
        ("codings", CODINGS, CODING_MANAGERS),
        ("events", EVENTS, EVENT_MANAGERS),
    ],
)
def test_only_their_own_modules_read_and_write(what: str, tables: set[str], managers: set[str]) -> None:
    found = [
        f"{name}:{line} {code}"
        for name, tree in sources()
        if not name.startswith(HOMES[what])
        for line, code in uses_of(tree, tables, managers)
    ]
    assert found == []


def test_the_detector_sees_every_way_in() -> None:
    ways = """
ScreeningDecision.objects.filter(record=1)
models.ScreeningNote._base_manager.all()
record.decisions.count()
get_object_or_404(Proposal, pk=1)
Record.objects.filter(decisions__verdict="include")
Record.objects.annotate(n=Count("notes__labels"))
Record.objects.prefetch_related("decisions")
"""
    assert {line for line, _ in uses_of(ast.parse(ways), JUDGEMENTS, MANAGERS)} == {2, 3, 4, 5, 6, 7, 8}
    assert not list(uses_of(ast.parse("search.notes\nentry.notes.append(1)"), JUDGEMENTS, MANAGERS))


def test_serializers_do_not_map_whole_judgement_tables() -> None:
    """A ModelSerializer or ModelForm over such a table shows what its next column brings."""
    found = [
        f"{name}:{node.lineno}"
        for name, tree in sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign)
        and any(_name(target) in {"model", "queryset"} for target in node.targets)
        and _name(node.value) in JUDGEMENTS | ANSWERS | CODINGS
    ]
    assert found == []
    everything = [name for name, _ in sources() if "__all__" in re.sub(r"__all__ =", "", (ROOT / name).read_text())]
    assert everything == []


def test_the_admin_shows_no_judgement() -> None:
    closed = {
        Answer,
        Settlement,
        RatingOverride,
        ScreeningDecision,
        ScreeningNote,
        Proposal,
        ConflictComment,
        Adjudication,
        Conflict,
        AuditEvent,
        Coding,
        CodingSettlement,
        Memo,
        SetAside,
    }
    assert not closed & set(admin.site._registry)


def test_templates_follow_no_relation_to_judgements() -> None:
    """`record.decisions` in a template would be a query past the rule; a view hands over what may be shown."""
    related = re.compile(
        r"\b\w+\.(decisions|screening_notes|proposals|audit_events|adjudication|codings|memos|notes\.(all|count|first))\b"
    )
    found = [
        f"{path.relative_to(ROOT)}: {match.group()}"
        for path in sorted((ROOT / "templates").rglob("*.html"))
        for match in related.finditer(path.read_text())
    ]
    assert found == []


def test_raw_sql_stays_where_every_table_may_be_read() -> None:
    """SQL text could read any table past the rule."""
    allowed = (*HOME, "reviewapp/operations/", "reviewapp/demo/", "reviewapp/lib/snapshot.py")
    found = [
        f"{name}:{node.lineno}"
        for name, tree in sources()
        if not name.startswith(allowed)
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in {"raw", "execute", "RawSQL"} and _name(node.value) in
        {"objects", "cursor", "connection", "expressions"}
    ]  # fmt: skip
    assert found == []
