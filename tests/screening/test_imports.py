"""From upload to references and back: nothing lost, nothing doubled, bad files told apart from good ones."""

import os
import signal
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connections

from reviewapp.accounts.models import User
from reviewapp.jobs import services as jobs
from reviewapp.jobs.choices import JobState
from reviewapp.jobs.models import Job
from reviewapp.lib.errors import AlreadyDone, Invalid, NotAllowed
from reviewapp.reporting.invariants import breaches
from reviewapp.reviews.models import Review
from screening import tasks
from screening.choices import ImportState, Outcome, Stage, Verdict
from screening.models import ImportBatch, Record, Reference, Search
from screening.queries.desk import conflicts_for, stage_totals
from screening.services import decisions, duplicates, imports
from screening.visibility import outcome_of
from tests.factories import SearchFactory, make_record

TA = Stage.TITLE_ABSTRACT


def ris(n: int, *, start: int = 1) -> bytes:
    return "".join(
        f"TY  - JOUR\r\nTI  - Walking group {k} and the people in it\r\nAU  - Berg, Rita\r\nPY  - 2020\r\nER  - \r\n\r\n"
        for k in range(start, start + n)
    ).encode()


@pytest.fixture
def search(review: Review) -> Search:
    return SearchFactory(review=review, source="Scopus")


@pytest.fixture(autouse=True)
def _invariants(review: Review) -> Iterator[None]:
    yield
    assert list(breaches(review)) == []


def upload(alice: User, search: Search, content: bytes, name: str = "scopus.ris") -> ImportBatch:
    return imports.upload(actor=alice, search=search, file=SimpleUploadedFile(name, content))


def work(job: Job) -> Job:
    tasks.import_references(str(job.pk))
    return Job.objects.get(pk=job.pk)


def imported(alice: User, search: Search, content: bytes, *, again: bool = False) -> ImportBatch:
    batch = upload(alice, search, content)
    assert work(imports.confirm(actor=alice, batch=batch, again=again)).state == JobState.DONE
    batch.refresh_from_db()
    return batch


def test_upload_preview_confirm_and_count(alice: User, search: Search) -> None:
    batch = upload(alice, search, ris(12))
    assert (batch.state, batch.format, batch.read) == (ImportState.UPLOADED, "ris", 12)
    assert len(batch.preview["rows"]) == imports.PREVIEW_ROWS
    assert not Reference.objects.exists()
    job = work(imports.confirm(actor=alice, batch=batch))
    batch.refresh_from_db()
    assert (job.state, job.done, batch.state, batch.kept) == (JobState.DONE, 12, ImportState.DONE, 12)
    assert Record.objects.live().count() == 12
    assert Reference.objects.get(position=3).raw.startswith("TY  - JOUR\r\nTI  - Walking group 3 ")


def test_a_task_that_runs_twice_writes_once(alice: User, search: Search) -> None:
    job = imports.confirm(actor=alice, batch=upload(alice, search, ris(5)))
    work(job)
    work(job)
    assert Reference.objects.count() == 5


def test_the_same_file_again_needs_a_second_yes(alice: User, search: Search) -> None:
    imported(alice, search, ris(3))
    twin = upload(alice, search, ris(3), "renamed.ris")
    with pytest.raises(AlreadyDone, match="imported before"):
        imports.confirm(actor=alice, batch=twin)
    imported(alice, search, ris(3), again=True)
    assert Reference.objects.count() == 6


def test_a_cancelled_import_leaves_nothing_and_restarts_without_doubles(
    alice: User, search: Search, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imports, "BATCH", 10)
    batch = upload(alice, search, ris(35))
    job = imports.confirm(actor=alice, batch=batch)
    write = imports.write_chunk

    def cancel_after_the_second(batch: ImportBatch, chunk: list) -> None:  # type: ignore[type-arg]
        write(batch, chunk)
        if chunk[-1].position == 20:
            jobs.cancel(actor=alice, job=job)

    with monkeypatch.context() as patch:
        patch.setattr(imports, "write_chunk", cancel_after_the_second)
        assert work(job).state == JobState.CANCELLED
    batch.refresh_from_db()
    assert batch.state == ImportState.UNDONE
    assert not Record.objects.live().exists()
    jobs.restart(actor=alice, job=job)
    assert work(job).state == JobState.DONE
    assert Record.objects.live().count() == Reference.objects.filter(withdrawn_at=None).count() == 35


def test_a_second_worker_does_not_take_out_what_the_first_finished(
    alice: User, search: Search, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lease ran out while the first worker was only slow; it ends the import before the second one's first batch."""
    batch = upload(alice, search, ris(4))
    job = imports.confirm(actor=alice, batch=batch)
    monkeypatch.setattr(jobs, "LEASE", timedelta(seconds=-1))
    second = []
    begin = imports._begin

    def both(batch: ImportBatch) -> None:
        begin(batch)
        if not second:
            second.append(jobs.claim(str(job.pk)))
            with jobs.running(second[0]):
                imports.write_references(second[0], ImportBatch.objects.get(pk=batch.pk))

    monkeypatch.setattr(imports, "_begin", both)
    work(job)
    batch.refresh_from_db()
    assert (batch.state, batch.kept) == (ImportState.DONE, 4)
    assert Job.objects.get(pk=job.pk).state == JobState.DONE
    assert Record.objects.live().count() == 4


@pytest.mark.django_db(transaction=True)
def test_a_killed_worker_is_followed_by_one_that_goes_on(
    alice: User, search: Search, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imports, "BATCH", 10)
    monkeypatch.setattr(jobs, "LEASE", timedelta(seconds=-1))
    monkeypatch.setattr(jobs, "SEND_AGAIN_AFTER", timedelta(0))
    job = imports.confirm(actor=alice, batch=upload(alice, search, ris(45)))
    connections.close_all()
    if (child := os.fork()) == 0:
        write = imports.write_chunk

        def die_in_the_third(batch: ImportBatch, chunk: list) -> None:  # type: ignore[type-arg]
            write(batch, chunk)
            if chunk[-1].position == 30:
                os.kill(os.getpid(), signal.SIGKILL)

        imports.write_chunk = die_in_the_third
        tasks.import_references(str(job.pk))
        os._exit(0)
    assert os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGKILL
    assert Reference.objects.count() == 20
    assert Job.objects.get().cursor == {"position": 20}
    assert jobs.send_due() == 1
    assert work(job).state == JobState.DONE
    assert sorted(Reference.objects.values_list("position", flat=True)) == list(range(1, 46))


def test_undo_and_redo_keep_votes(review: Review, alice: User, bob: User, carol: User, search: Search) -> None:
    batch = imported(alice, search, ris(3))
    first, second, _ = Record.objects.order_by("pk")
    for record, other in ((first, Verdict.INCLUDE), (second, Verdict.EXCLUDE)):
        decisions.make_decision(actor=bob, record=record, stage=TA, verdict=Verdict.INCLUDE)
        decisions.make_decision(actor=carol, record=record, stage=TA, verdict=other)
    assert imports.what_undo_would_take(batch) == {"references": 3, "records": 3, "judged_records": 2}
    before = stage_totals(review, TA)
    imports.undo(actor=alice, batch=batch, reason="Wrong file")
    assert stage_totals(review, TA).records == 0
    assert not conflicts_for(bob, review, []).exists()
    with pytest.raises(AlreadyDone, match="undone"):
        decisions.make_decision(actor=alice, record=first, stage=TA, verdict=Verdict.INCLUDE)
    with pytest.raises(AlreadyDone):
        imports.undo(actor=alice, batch=batch)
    imports.redo(actor=alice, batch=batch)
    assert stage_totals(review, TA) == before
    assert outcome_of(first, TA) == Outcome.INCLUDED
    assert conflicts_for(bob, review, []).count() == 1


def test_undo_of_one_member_of_a_merged_record(review: Review, alice: User, bob: User, search: Search) -> None:
    batch = imported(alice, search, ris(1))
    mine = Reference.objects.get(batch=batch)
    other = make_record(review, source="PubMed", title="Walking group 1", abstract="Long. " * 50)
    ImportBatch.objects.exclude(pk=batch.pk).update(read=1, kept=1)
    kept = duplicates.link([mine.pk, other.references.get().pk])
    assert kept is not None
    decisions.make_decision(actor=bob, record=kept, stage=TA, verdict=Verdict.MAYBE)
    imports.undo(actor=alice, batch=batch)
    kept.refresh_from_db()
    assert kept.is_live
    assert kept.title == "Walking group 1"
    with pytest.raises(AlreadyDone):
        duplicates.split(actor=alice, reference=mine)
    imports.redo(actor=alice, batch=batch)
    parted = duplicates.split(actor=alice, reference=mine)
    assert parted.is_live
    assert outcome_of(parted, TA) == Outcome.PENDING


@pytest.mark.parametrize(
    ("content", "cause"),
    [
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\n", "PDF"),
        (b"\x89PNG\r\n\x1a\n" + bytes(200), ""),
        (b"nothing of a reference here\n" * 3, ""),
    ],
)
def test_a_file_that_holds_no_references_fails_with_its_cause(
    content: bytes, cause: str, alice: User, search: Search
) -> None:
    batch = upload(alice, search, content)
    assert batch.state == ImportState.FAILED
    assert batch.error
    assert cause in batch.error
    assert batch.size == len(content)
    with pytest.raises(Invalid, match="cannot be imported"):
        imports.confirm(actor=alice, batch=batch)


def test_an_empty_file_is_refused(alice: User, search: Search) -> None:
    with pytest.raises(Invalid, match="0 bytes"):
        upload(alice, search, b"")


def test_odd_bytes_are_repaired_and_reported(alice: User, search: Search) -> None:
    odd = ris(1) + b"TY  - JOUR\r\nTI  - With a NUL\x00 and \xff byte\r\nPY  - 99999\r\nER  - \r\n" + ris(1, start=3)
    batch = imported(alice, search, odd)
    assert batch.kept == 3
    assert batch.problems.exists()
    assert "NUL" in Reference.objects.get(position=2).title
    assert "\x00" not in Reference.objects.get(position=2).raw


def test_looking_again_at_a_file_that_a_colleague_confirmed_changes_nothing(alice: User, search: Search) -> None:
    stale = upload(alice, search, ris(2))
    imports.confirm(actor=alice, batch=ImportBatch.objects.get(pk=stale.pk))
    with pytest.raises(AlreadyDone):
        imports.look_into(stale)
    assert ImportBatch.objects.get(pk=stale.pk).state == ImportState.QUEUED


def test_only_leads_import(bob: User, search: Search) -> None:
    with pytest.raises(NotAllowed):
        upload(bob, search, ris(1))


def test_words_that_cannot_be_sorted_in_yet_do_not_fail_the_import(
    alice: User, search: Search, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("screening.services.bulk.SEARCH_INDEXES", ("no_such_index",))
    batch = imported(alice, search, ris(3))
    assert (batch.state, batch.kept) == (ImportState.DONE, 3)
    assert "no_such_index" in caplog.text
    assert Record.objects.live().matching("walking group").count() == 3
