"""Every judgement as a file: complete for whoever may know, and for nobody else."""

import csv
import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from python_calamine import CalamineWorkbook

from reviewapp.accounts.models import User
from reviewapp.reviews.models import Review
from screening.choices import SettlerSees, Stage, Verdict
from screening.handover.columns import COLUMNS
from screening.models import Conflict, ExclusionReason, Record, StageRule
from screening.queries.judgements import judgement_rows
from screening.services import conflicts
from screening.services.decisions import keep_note, make_decision, undo_decision
from screening.visibility import audit_events_visible_to
from tests.conftest import person
from tests.factories import RecordFactory

TA, FT = Stage.TITLE_ABSTRACT, Stage.FULL_TEXT
FORMS = ["csv", "xlsx", "json"]


def vote(who: User, record: Record, verdict: str, stage: str = TA, **more: Any) -> Any:
    return make_decision(actor=who, record=record, stage=stage, verdict=verdict, **more)


def export(client: Client, who: User, review: Review, form: str = "csv") -> bytes:
    client.force_login(who)
    answer = client.get(reverse("reporting:decision-export", args=[review.pk, form]))
    assert answer.status_code == 200
    return b"".join(answer)  # type: ignore[arg-type]


def table(content: bytes) -> list[dict[str, str]]:
    text = content.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text.split("\r\n", 1)[1], newline="")))


@pytest.fixture
def told(review: Review, record: Record, bob: User, carol: User, tess: User, reason: ExclusionReason) -> Record:
    """Bob changes his mind, Carol disagrees, Tess rules; at full text both exclude."""
    vote(bob, record, Verdict.MAYBE)
    vote(bob, record, Verdict.EXCLUDE, reason=reason, note="Not about peers;\nsee page 2", labels=["a, b", "c"])
    vote(carol, record, Verdict.INCLUDE)
    conflict = Conflict.objects.get(record=record)
    conflicts.adjudicate(actor=tess, conflict=conflict, verdict=Verdict.INCLUDE, rationale="Peers took part.")
    for who in (bob, carol):
        vote(who, record, Verdict.EXCLUDE, FT, reason=reason)
    return record


def test_who_when_what_and_how_it_was_settled(client: Client, told: Record, olga: User) -> None:
    rows = table(export(client, olga, told.review))
    assert [(r["row"], r["stage"], r["reviewer"], r["verdict"], r["revision"]) for r in rows] == [
        ("vote", TA, "Bob", "maybe", "1"),
        ("vote", TA, "Bob", "exclude", "2"),
        ("vote", TA, "Carol", "include", "1"),
        ("conflict", TA, "", "", ""),
        ("vote", FT, "Bob", "exclude", "1"),
        ("vote", FT, "Carol", "exclude", "1"),
    ]
    first, second, carols, settled, *full = rows
    assert first["superseded_at"]
    assert not first["note"]
    assert (second["note"], second["labels"]) == ("Not about peers;\nsee page 2", "a, b\nc")
    assert (second["reason"], second["independent"], second["outcome"]) == (
        "Not reported in English",
        "yes",
        "included",
    )
    assert carols["decided_at"] == told.decisions.get(reviewer__name="Carol", stage=TA).decided_at.isoformat()
    assert {row["settled_by"] for row in (carols, settled)} == {"Tess"}
    assert (settled["settled_how"], settled["settled_as"], settled["rationale"], settled["conflict"]) == (
        "third_assessor",
        "include",
        "Peers took part.",
        "decision",
    )
    assert {row["outcome_reason"] for row in full} == {"Not reported in English"}


def test_the_three_forms_hold_the_same(client: Client, told: Record, alice: User) -> None:
    rows = table(export(client, alice, told.review))
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(export(client, alice, told.review, "xlsx"))).get_sheet_by_index(0)
    about, headings, *cells = sheet.to_python()
    assert str(about[0]).startswith("# Judgements of “Peer support” that Alice may see")
    assert tuple(headings) == COLUMNS
    assert [dict(zip(COLUMNS, map(str, row), strict=True)) for row in cells] == rows
    whole = json.loads(export(client, alice, told.review, "json"))
    (record,) = whole["records"]
    assert (record["record"], record["title"], record["authors"]) == (str(told.pk), told.title, told.authors)
    assert [said["verdict"] for said in record["judgements"] if said["row"] == "vote"] == [
        row["verdict"] for row in rows if row["row"] == "vote"
    ]
    assert record["judgements"][1]["labels"] == ["a, b", "c"]


def test_it_is_in_the_history(client: Client, told: Record, alice: User, olga: User) -> None:
    export(client, olga, told.review, "xlsx")
    event = audit_events_visible_to(alice, told.review).get(action="screening.judgements.exported")
    assert (event.actor, event.after) == (olga, {"form": "xlsx"})
    client.force_login(alice)
    assert "took the judgements they may see along as “xlsx”" in client.get(
        reverse("audit-list", args=[told.review_id])
    ).content.decode().replace("&quot;", '"')


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(("who", "status"), [("alice", 200), ("bob", 200), ("olga", 200), ("tess", 200), ("dave", 404)])
def test_who_may(
    client: Client, review: Review, who: str, status: int, form: str, request: pytest.FixtureRequest
) -> None:
    client.force_login(request.getfixturevalue(who))
    assert client.get(reverse("reporting:decision-export", args=[review.pk, form])).status_code == status


def in_a_world(make: Callable[[], object], look: Callable[[], Any]) -> Any:
    with transaction.atomic():
        make()
        seen = look()
        transaction.set_rollback(True)
    return seen


@pytest.mark.parametrize("who", ["alice", "bob", "olga", "tess"])
@pytest.mark.parametrize("form", FORMS)
def test_worlds_that_differ_in_a_hidden_judgement_give_equal_bytes(
    client: Client, told: Record, carol: User, who: str, form: str, request: pytest.FixtureRequest
) -> None:
    reader, waiting = request.getfixturevalue(who), RecordFactory(review=told.review)

    def several() -> None:
        mine = vote(carol, waiting, Verdict.INCLUDE, note="Carol's secret", labels=["Carol's secret"])
        vote(carol, waiting, Verdict.MAYBE)
        undo_decision(actor=carol, decision=mine.__class__.objects.get(record=waiting, superseded_at=None))

    worlds = [
        lambda: None,
        lambda: vote(carol, waiting, Verdict.INCLUDE),
        lambda: vote(carol, waiting, Verdict.EXCLUDE, note="Carol's secret", labels=["Carol's secret"]),
        lambda: keep_note(actor=carol, record=waiting, stage=TA, text="Carol's secret"),
        several,
    ]
    seen = {in_a_world(world, lambda: export(client, reader, told.review, form)) for world in worlds}
    assert len(seen) == 1


def test_a_vote_taken_back_hides_the_other_votes_again(
    client: Client, record: Record, bob: User, carol: User, alice: User
) -> None:
    vote(bob, record, Verdict.INCLUDE)
    given = vote(carol, record, Verdict.INCLUDE)
    assert len(table(export(client, alice, record.review))) == 2
    undo_decision(actor=carol, decision=given)
    assert table(export(client, alice, record.review)) == []
    assert {row["reviewer"] for row in table(export(client, carol, record.review))} == {"Carol"}


@pytest.mark.parametrize("who", ["alice", "tess", "olga"])
@pytest.mark.parametrize("form", FORMS)
def test_an_open_conflict_gives_no_name_time_or_history_away(
    client: Client, record: Record, bob: User, carol: User, who: str, form: str, request: pytest.FixtureRequest
) -> None:
    reader = request.getfixturevalue(who)
    RecordFactory(review=record.review)
    vote(bob, record, Verdict.MAYBE)
    vote(bob, record, Verdict.INCLUDE)
    vote(carol, record, Verdict.EXCLUDE, note="Too far off")
    rows = list(judgement_rows(reader, record.review))
    assert sorted(row["reviewer"] for row in rows if row["row"] == "vote") == ["Reviewer 1", "Reviewer 2"]
    assert not {key for row in rows for key, value in row.items() if value and key.endswith("_at")}
    assert not any(row.get("round") or row.get("revision") or row.get("criteria_version") for row in rows)
    content = export(client, reader, record.review, form)
    for name in (b"Bob", b"Carol"):
        assert form == "xlsx" or name not in content
    own = [row for row in judgement_rows(bob, record.review) if row.get("reviewer") == "Bob"]
    assert [row["revision"] for row in own] == ["1", "2"]


def test_a_settler_who_judges_alone_is_given_no_vote(record: Record, bob: User, carol: User, tess: User) -> None:
    StageRule.objects.filter(review=record.review).update(settler_sees=SettlerSees.NOTHING)
    vote(bob, record, Verdict.INCLUDE)
    vote(carol, record, Verdict.EXCLUDE, note="Too far off")
    assert [row["row"] for row in judgement_rows(tess, record.review)] == ["conflict"]
    assert len([row for row in judgement_rows(bob, record.review) if row["row"] == "vote"]) == 2


def test_a_reopened_settlement_is_hidden_while_names_are(told: Record, alice: User) -> None:
    conflict = Conflict.objects.get(record=told, stage=TA)
    conflicts.reopen(actor=alice, conflict=conflict, why="The sample is unclear.")
    rows = [row for row in judgement_rows(alice, told.review) if row["stage"] == TA]
    assert not [row for row in rows if row.get("settled_by")]
    StageRule.objects.filter(review=told.review).update(settler_sees=SettlerSees.NAMES)
    rows = [row for row in judgement_rows(alice, told.review) if row["stage"] == TA]
    assert [(row["settled_by"], bool(row["reopened_at"])) for row in rows if row.get("settled_by")] == [("Tess", True)]


def test_a_cell_that_a_spreadsheet_would_run_is_guarded(client: Client, review: Review, bob: User) -> None:
    vote(bob, RecordFactory(review=review, title="=HYPERLINK(1)"), Verdict.INCLUDE, note="@cmd")
    (row,) = table(export(client, bob, review))
    assert (row["title"], row["note"]) == ("'=HYPERLINK(1)", "'@cmd")
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(export(client, bob, review, "xlsx"))).get_sheet_by_index(0)
    assert "'=HYPERLINK(1)" in sheet.to_python()[2]


def test_people_of_one_name_are_told_apart(record: Record, bob: User, carol: User, alice: User) -> None:
    carol.name = "Bob"
    carol.save()
    vote(bob, record, Verdict.INCLUDE)
    vote(carol, record, Verdict.INCLUDE)
    assert [row["reviewer"] for row in judgement_rows(alice, record.review)] == ["Bob", "Bob (2)"]


def test_thirty_records_take_as_many_queries_as_three(review: Review, bob: User, carol: User) -> None:
    def queries(records: int) -> int:
        for _ in range(records):
            record = RecordFactory(review=review)
            vote(bob, record, Verdict.INCLUDE)
            vote(carol, record, Verdict.EXCLUDE)
        with CaptureQueriesContext(connection) as found:
            list(judgement_rows(person("Alice"), review))
        return len(found)

    assert queries(3) == queries(27)
