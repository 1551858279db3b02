"""The archive of a review: whole, checkable by anybody, and never more than its maker may see."""

import hashlib
import json
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import rispy
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import transaction
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from appraisal.models import Assignment
from appraisal.services.answers import Given, keep_answer
from reviewapp.accounts.models import User
from reviewapp.jobs.models import Job
from reviewapp.reporting.archive import services
from reviewapp.reporting.archive.log import blinding_has_ended
from reviewapp.reporting.archive.tables import LEFT_OUT, TABLES
from reviewapp.reporting.archive.verify import faults
from reviewapp.reporting.queries import prisma_counts
from reviewapp.reporting.tasks import make_archive
from reviewapp.reviews.choices import Task
from reviewapp.reviews.models import Review
from screening.choices import Verdict
from screening.services.decisions import keep_note
from synthesis.models import Code, CodingAssignment, Memo
from tests.api.conftest import World, content_of, world  # noqa: F401  # a fixture
from tests.conftest import person
from tests.factories import RecordFactory
from tests.reporting.archive.conftest import archived
from tests.screening.helpers import TA, vote


def read(content: bytes, name: str) -> bytes:
    with zipfile.ZipFile(BytesIO(content)) as archive:
        return archive.read(name)


def rows(content: bytes, name: str) -> list[dict[str, Any]]:
    return [json.loads(one) for one in read(content, name).splitlines()]


def everything(content: bytes) -> str:
    with zipfile.ZipFile(BytesIO(content)) as archive:
        return "\n".join(archive.read(name).decode("utf-8", "replace") for name in archive.namelist())


# --- What belongs to a review -------------------------------------------------------------------------------------------


def leads_to_a_review(model: type[Model], seen: frozenset[type[Model]] = frozenset()) -> bool:
    if model is Review:
        return True
    targets: Iterator[Any] = (f.related_model for f in model._meta.concrete_fields if f.related_model)
    return any(leads_to_a_review(one, seen | {model}) for one in targets if one not in seen | {User, model})


def test_every_table_of_a_review_is_in_the_archive_or_left_out_for_a_reason() -> None:
    """A new model that hangs on a review belongs into one of the lists in the app's queries/archive.py."""
    belonging = {model for model in apps.get_models() if leads_to_a_review(model)}
    listed = {table.model for table in TABLES}
    assert belonging - listed - set(LEFT_OUT) == set()
    assert listed & set(LEFT_OUT) == set()


# --- A whole archive ----------------------------------------------------------------------------------------------------


def test_an_archive_of_a_finished_review_is_whole(done: Review, alice: User) -> None:
    content = archived(alice, done)
    assert faults(BytesIO(content)) == []
    manifest = json.loads(read(content, "manifest.json"))
    assert manifest["chain"]["events"] == len(rows(content, "log.jsonl")) > 20
    assert not manifest["hidden_judgements_left_out"]
    assert json.loads(read(content, "prisma/diagram.json")) == dict(prisma_counts(done).flat())
    decisions = rows(content, "tables/screening.screeningdecision.jsonl")
    people = {row["id"]: row["name"] for row in rows(content, "tables/people.jsonl")}
    assert {people[row["reviewer"]] for row in decisions} == {"Bob", "Carol"}
    assert len(decisions) == done.decisions.count() == 24
    assert [row["rationale"] for row in rows(content, "tables/screening.adjudication.jsonl")] == ["Tess says: no peers"]
    assert len(rispy.loads(read(content, "references/records.ris").decode())) == 8
    assert read(content, f"imports/{done.imports.get(search__source='Scopus').sha256}").startswith(b"TY  - JOUR")


def test_equal_rows_give_equal_bytes(done: Review, alice: User) -> None:
    assert archived(alice, done) == archived(alice, done)


def test_no_address_leaves_and_the_chain_holds_all_the_same(done: Review, alice: User) -> None:
    content = archived(alice, done)
    assert not re.search(r"@example\.org", everything(content))
    sealed = [event for event in rows(content, "log.jsonl") if "content" not in event]
    assert len(sealed) == 1
    assert set(sealed[0]) == {"sequence", "previous_hash", "hash"}


def test_anybody_can_check_it_with_python_alone(done: Review, alice: User, tmp_path: Path) -> None:
    content = archived(alice, done)
    (tmp_path / "archive.zip").write_bytes(content)
    (tmp_path / "verify.py").write_bytes(read(content, "verify.py"))
    command = [sys.executable, "-I", "-S", "verify.py", "archive.zip"]
    said = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (said.returncode, said.stderr) == (0, "")
    assert "whole" in said.stdout


def test_the_command_says_what_it_found_and_fails(done: Review, alice: User, tmp_path: Path) -> None:
    path = tmp_path / "archive.zip"
    path.write_bytes(archived(alice, done))
    call_command("verify_archive", path)
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(CommandError, match="1 faults found"):
        call_command("verify_archive", path)


# --- Tampering ----------------------------------------------------------------------------------------------------------


def repacked(content: bytes, changes: dict[str, bytes | None], *, forge: bool = True) -> BytesIO:
    """The archive with other members; who forges brings the manifest in line with them."""
    with zipfile.ZipFile(BytesIO(content)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    members = {name: data for name, data in (members | changes).items() if data is not None}
    if forge:
        manifest = json.loads(members["manifest.json"])
        manifest["files"] = [row for row in manifest["files"] if row["file"] in members]
        for row in manifest["files"]:
            data = members[row["file"]]
            row["sha256"], row["bytes"] = hashlib.sha256(data).hexdigest(), len(data)
            row["rows"] = None if row["rows"] is None else len(data.splitlines())
        members["manifest.json"] = json.dumps(manifest).encode()
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out


def edited(archive: bytes, name: str, number: int, **values: Any) -> bytes:
    lines = rows(archive, name)
    lines[number] |= values
    return b"".join(json.dumps(one).encode() + b"\n" for one in lines)


LOG, VOTES = "log.jsonl", "tables/screening.screeningdecision.jsonl"
OUTCOMES = "tables/screening.screeningoutcome.jsonl"


def lines_of(content: bytes, name: str) -> list[bytes]:
    return read(content, name).splitlines(keepends=True)


def test_tampering_is_found_and_named(done: Review, alice: User) -> None:
    content = archived(alice, done)
    log, manifest = lines_of(content, LOG), json.loads(read(content, "manifest.json"))
    made = next(n for n, one in enumerate(rows(content, LOG)) if one.get("action") == "screening.decision.made")
    event = rows(content, LOG)[made]
    excluded = next(n for n, one in enumerate(rows(content, OUTCOMES)) if one["outcome"] == "excluded")
    flipped = "include" if rows(content, VOTES)[0]["verdict"] == "exclude" else "exclude"
    event["content"][9]["verdict"] = flipped
    shorter = manifest | {"chain": {"events": len(log) - 1, "hash": "0" * 64}}
    kinds: dict[str, tuple[dict[str, bytes | None], bool, str]] = {
        "a file changed": ({"README.txt": b"Other words"}, False, "README.txt was changed"),
        "a file removed": ({"prisma/prisma.svg": None}, False, "prisma/prisma.svg is missing"),
        "a file slipped in": ({"tables/more.jsonl": b"{}\n"}, False, "tables/more.jsonl is not listed"),
        "an event edited": ({LOG: edited(content, LOG, made, content=event["content"])}, True, "was changed after"),
        "an event removed": ({LOG: b"".join(log[:3] + log[4:])}, True, "event 4 is missing"),
        "events swapped": ({LOG: b"".join([*log[:3], log[4], log[3], *log[5:]])}, True, "event 4 is missing or out"),
        "an event doubled": ({LOG: b"".join([*log[:4], log[3], *log[4:]])}, True, "event 5 is missing or out"),
        "the log cut off": ({LOG: b"".join(log[:-1])}, True, "the chain ends at event"),
        "the head forged": (
            {LOG: b"".join(log[:-1]), "manifest.json": json.dumps(shorter).encode()}, True, "the chain ends at event",
        ),
        "a vote edited": ({VOTES: edited(content, VOTES, 0, verdict=flipped)}, True, "tells of another vote"),
        "a vote given to another": ({VOTES: edited(content, VOTES, 0, reviewer=1)}, True, "not the vote of who gave it"),
        "an outcome edited": ({OUTCOMES: edited(content, OUTCOMES, excluded, outcome="included")}, True, "the rows give"),
        "a number of the diagram edited": (
            {"prisma/diagram.json": b'{"records_screened": 4}'}, True, "the diagram says records_screened = 4",
        ),
        "a row that points nowhere": (
            {OUTCOMES: edited(content, OUTCOMES, 0, record=999)}, True, "record points at nothing",
        ),
        "a member that leads out": ({"../../etc/cron.d/x": b"*"}, False, "leads out of the archive"),
        "another schema": ({"manifest.json": b'{"schema": 99}'}, False, "not of schema"),
    }  # fmt: skip
    assert faults(repacked(content, {})) == []
    for kind, (changes, forge, named) in kinds.items():
        found = faults(repacked(content, changes, forge=forge))
        assert any(named in one for one in found), (kind, found)


def test_what_is_no_archive_is_refused_without_an_error() -> None:
    assert faults(BytesIO(b"PK nothing"))[0].startswith("the archive cannot be read")
    double = BytesIO()
    with zipfile.ZipFile(double, "w") as archive:
        archive.writestr("manifest.json", "{}")
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr("manifest.json", "{}")
    assert faults(double) == ["manifest.json is in the archive 2 times"]


# --- Blinding -----------------------------------------------------------------------------------------------------------


def test_a_hidden_judgement_changes_no_byte_of_a_leads_archive(world: World, alice: User, carol: User) -> None:  # noqa: F811
    def in_a_world(*acts: Any) -> bytes:
        with transaction.atomic():
            for act in acts:
                act()
            content = archived(alice, world.review)
            transaction.set_rollback(True)
        return content

    sheet = Assignment.objects.get(person=carol, study__label="Okello 2021")
    item = sheet.instrument.items.get(key="q6")
    CodingAssignment.objects.get_or_create(study=sheet.study, person=carol, withdrawn_at=None)
    nothing = in_a_world()
    assert faults(BytesIO(nothing)) == []
    for act in (
        lambda: vote(carol, world.waiting, Verdict.INCLUDE),
        lambda: vote(carol, world.waiting, Verdict.EXCLUDE, note="secret note", labels=["secret"]),
        lambda: keep_note(actor=carol, record=world.included, stage="full_text", text="secret note", labels=["secret"]),
        lambda: keep_answer(actor=carol, assignment=sheet, item=item, given=Given("no", comment="secret")),
        lambda: Assignment.objects.filter(pk=sheet.pk).update(finished_at=world.review.created_at),
        lambda: Code.objects.create(review=world.review, name="secret code", created_by=carol),
        lambda: Memo.objects.create(review=world.review, text="secret", author=carol),
        lambda: CodingAssignment.objects.update(finished_at=world.review.created_at),
    ):
        assert in_a_world(act) == nothing
    manifest = json.loads(read(nothing, "manifest.json"))
    assert (manifest["chain"], manifest["hidden_judgements_left_out"]) == (None, True)
    assert not any({"sequence", "hash"} & set(event) for event in rows(nothing, LOG))


def test_an_open_conflict_gives_no_name_away(world: World, alice: User, bob: User) -> None:  # noqa: F811
    def who_voted(content: bytes) -> set[tuple[int, int]]:
        return {(row["record"], row["reviewer"]) for row in rows(content, VOTES) if row["record"] == 1}

    assert who_voted(archived(alice, world.review)) == set()
    assert len(who_voted(archived(bob, world.review))) == 1


def test_blinding_ends_by_what_everybody_knows(done: Review, carol: User) -> None:
    assert blinding_has_ended(done)
    record = RecordFactory(review=done)
    assert not blinding_has_ended(done)
    vote(carol, record, Verdict.EXCLUDE)
    assert not blinding_has_ended(done)


# --- For peer review ----------------------------------------------------------------------------------------------------


def test_an_archive_for_peer_review_names_nobody(done: Review, alice: User) -> None:
    content = archived(alice, done, anonymous=True)
    assert faults(BytesIO(content)) == []
    told = everything(content)
    for secret in ("Alice", "Bob", "Carol", "Tess", "Olga", "example.org", "not about peers", "no peers", "Lost"):
        assert secret not in told, secret
    assert {row["name"] for row in rows(content, "tables/people.jsonl")} == {f"Reviewer {n}" for n in range(1, 6)}
    assert len(rows(content, VOTES)) == 24
    assert archived(alice, done, anonymous=True) == content


# --- Ordering and taking along ------------------------------------------------------------------------------------------


def make(client: Client, who: User, review: Review, kind: str = "team") -> Job:
    client.force_login(who)
    answer = client.post(reverse("reporting:archive-order", args=[review.pk]), {"for": kind})
    assert answer.status_code == 302
    job = services.archives_of(who, review).get(arguments__anonymous=kind != "team")
    make_archive(str(job.pk))
    job.refresh_from_db()
    return job


def test_a_lead_has_an_archive_made_and_takes_it_along(
    client: Client, done: Review, alice: User, tmp_path: Path
) -> None:
    job = make(client, alice, done)
    assert (job.state, job.percent) == ("done", 100)
    shown = client.get(reverse("reporting:archive", args=[done.pk])).content.decode()
    assert job.cursor["sha256"] in shown
    file = content_of(client.get(reverse("reporting:archive-file", args=[done.pk, job.pk])))
    assert faults(BytesIO(file)) == []
    assert job.cursor["size"] == len(file)


@pytest.mark.parametrize("path", ["page", "api"])
def test_another_lead_is_not_given_it(client: Client, done: Review, alice: User, bob: User, path: str) -> None:
    done.memberships.filter(user=bob).update(tasks=[Task.LEAD])
    job = make(client, alice, done)
    name = "reporting:archive-file" if path == "page" else "api:archive-file"
    client.force_login(bob)
    assert client.get(reverse(name, args=[done.pk, job.pk])).status_code == 404
    assert job.cursor["sha256"] not in client.get(reverse("reporting:archive", args=[done.pk])).content.decode()
    done.memberships.filter(user=alice).update(tasks=[Task.OBSERVE])
    client.force_login(alice)
    assert client.get(reverse(name, args=[done.pk, job.pk])).status_code == 403


def test_an_archive_lost_from_the_store_is_said_to_be(client: Client, done: Review, alice: User) -> None:
    job = make(client, alice, done)
    Job.objects.filter(pk=job.pk).update(cursor=job.cursor | {"file": "archives/none"})
    assert client.get(reverse("reporting:archive-file", args=[done.pk, job.pk])).status_code == 410


@pytest.mark.parametrize(("who", "status"), [("Alice", 200), ("Bob", 403), ("Olga", 403), ("Dave", 404)])
def test_who_sees_the_page(client: Client, review: Review, dave: User, who: str, status: int) -> None:
    client.force_login(person(who))
    assert client.get(reverse("reporting:archive", args=[review.pk])).status_code == status


def test_a_lead_who_became_none_is_made_no_archive(client: Client, done: Review, alice: User) -> None:
    client.force_login(alice)
    client.post(reverse("reporting:archive-order", args=[done.pk]), {"for": "team"})
    job = services.archives_of(alice, done).get()
    done.memberships.filter(user=alice).update(tasks=[Task.OBSERVE])
    make_archive(str(job.pk))
    job.refresh_from_db()
    assert job.state == "failed"
    assert "file" not in job.cursor


def test_titles_alone_are_at_no_stage_of_another_review(done: Review, alice: User) -> None:
    other = RecordFactory(title="Only in another review")
    assert other.title not in everything(archived(alice, done))
    assert TA in everything(archived(alice, done))
