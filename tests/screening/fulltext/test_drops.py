"""A hundred PDFs at once: kept first, matched, asked, taken back; two people at the same file or report."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import redis
from django.conf import LazySettings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext

from reviewapp.accounts.models import User
from reviewapp.jobs import services as jobs
from reviewapp.jobs.choices import JobState
from reviewapp.jobs.models import Job
from reviewapp.lib.errors import AlreadyDone, Invalid, NotAllowed
from reviewapp.reviews.models import Membership, Review
from screening.choices import DropState, Verdict
from screening.documents import Document, Drop, DroppedFile
from screening.models import Record, Report
from screening.services import documents, drops, reports
from screening.tasks import match_dropped
from tests.factories import RecordFactory, ReviewFactory
from tests.screening.fulltext.pdfs import pdf_of
from tests.screening.helpers import FT, JSON, page, to_full_text, url, vote

Login = Callable[[User], Client]
TITLES = (
    "Walking together: a qualitative study of peer support groups in Kampala",
    "What members expect of a support group and what keeps them coming",
    "Disclosure in company: focus groups on stigma among members of groups",
)


@pytest.fixture(autouse=True)
def files(settings: LazySettings, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


@pytest.fixture
def sought(review: Review, bob: User, carol: User) -> list[Report]:
    return [
        to_full_text(RecordFactory(review=review, title=title, doi=f"10.5555/found.{number}"), bob, carol)
        for number, title in enumerate(TITLES)
    ]


@pytest.fixture
def drop(review: Review, bob: User) -> Drop:
    return drops.open_drop(actor=bob, review=review)


def put(drop: Drop, content: bytes, name: str = "download.pdf") -> DroppedFile:
    return drops.store_file(actor=drop.created_by, drop=drop, file=SimpleUploadedFile(name, content))


def match(drop: Drop) -> Job:
    """What a worker does."""
    job = drops.start_matching(actor=drop.created_by, drop=drop)
    match_dropped(str(job.pk))
    job.refresh_from_db()
    return job


def states(drop: Drop) -> list[str]:
    return list(drop.files.order_by("id").values_list("state", flat=True))


def paper(number: int, more: str = "") -> bytes:
    return pdf_of(f"{TITLES[number]}\nOkello T, Berg R. 2021\ndoi:10.5555/found.{number}\n{more}")


@pytest.mark.usefixtures("broker")
def test_sure_ones_are_attached_doubtful_ones_asked_the_rest_kept(sought: list[Report], drop: Drop) -> None:
    put(drop, paper(0))
    put(drop, pdf_of(f"Comment on {TITLES[1]}\ndoi:10.5555/other.1"), "Okello 2021.pdf")
    put(drop, pdf_of("Trains in Norway"), "trains.pdf")
    put(drop, b"%PDF-1.7 cut", "cut.pdf")
    put(drop, pdf_of("Locked", password="x"), "locked.pdf")
    job = match(drop)
    assert (job.state, job.done, job.total) == (JobState.DONE, 5, 5)
    assert states(drop) == ["attached", "doubtful", "unmatched", "refused", "refused"]
    first, doubtful, *_, locked = drop.files.order_by("id")
    sought[0].refresh_from_db()
    assert (first.report, first.by_match) == (sought[0], True)
    assert (sought[0].retrieval, sought[0].document) == ("retrieved", first.document)
    assert doubtful.candidates[0]["report"] == sought[1].pk
    assert "password" in locked.cause


@pytest.mark.usefixtures("broker")
def test_the_same_file_is_noticed_by_its_content(sought: list[Report], drop: Drop, bob: User, files: Path) -> None:
    assert put(drop, paper(0)) == put(drop, paper(0), "again.pdf")
    match(drop)
    other = drops.open_drop(actor=bob, review=drop.review)
    put(other, paper(0), "once more.pdf")
    match(other)
    held = other.files.get()
    assert (held.state, held.report, Document.objects.count()) == (DropState.HELD, sought[0], 1)


@pytest.mark.usefixtures("broker")
def test_a_report_that_has_a_file_is_asked_never_overwritten(sought: list[Report], drop: Drop, bob: User) -> None:
    own = SimpleUploadedFile("mine.pdf", pdf_of("My own copy"))
    kept = reports.attach_file(actor=bob, report=sought[0], file=own).sha256
    dropped = put(drop, paper(0))
    match(drop)
    dropped.refresh_from_db()
    sought[0].refresh_from_db()
    assert (dropped.state, sought[0].sha256) == (DropState.DOUBTFUL, kept)
    with pytest.raises(AlreadyDone, match="has a file already"):
        drops.assign(actor=bob, dropped=dropped, report=sought[0])
    drops.assign(actor=bob, dropped=dropped, report=sought[0], replace=True)
    sought[0].refresh_from_db()
    assert sought[0].sha256 == dropped.sha256
    assert [file.sha256 for file in sought[0].earlier_files.all()] == [kept]
    drops.undo(actor=bob, dropped=dropped)
    sought[0].refresh_from_db()
    assert (sought[0].sha256, sought[0].filename, sought[0].pages) == (kept, "mine.pdf", 1)
    assert not sought[0].earlier_files.exists()


@pytest.mark.usefixtures("broker")
def test_undo_gives_the_report_back_as_it_stood(sought: list[Report], drop: Drop, bob: User) -> None:
    reports.set_retrieval(actor=bob, report=sought[0], retrieval="sought", note="Asked the library")
    dropped = put(drop, paper(0))
    match(drop)
    drops.undo(actor=bob, dropped=dropped)
    sought[0].refresh_from_db()
    dropped.refresh_from_db()
    assert (sought[0].retrieval, sought[0].retrieval_note, sought[0].file.name) == ("sought", "Asked the library", "")
    assert (dropped.state, dropped.report) == (DropState.DOUBTFUL, None)
    with pytest.raises(AlreadyDone):
        drops.undo(actor=bob, dropped=dropped)


@pytest.mark.usefixtures("broker")
def test_a_report_given_up_is_not_filled_behind_peoples_back(sought: list[Report], drop: Drop, bob: User) -> None:
    reports.set_retrieval(actor=bob, report=sought[0], retrieval="not_retrieved", note="No library has it")
    put(drop, paper(0))
    match(drop)
    assert states(drop) == ["doubtful"]


@pytest.mark.usefixtures("broker")
def test_a_worker_that_died_is_followed_by_another_without_doubles(
    sought: list[Report], drop: Drop, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        put(drop, paper(number))
    read, seen = documents.read_pdf, []

    def dies(content: bytes) -> documents.Reading:
        seen.append(content)
        if len(seen) == 2:
            raise RuntimeError("killed")
        return read(content)

    monkeypatch.setattr(documents, "read_pdf", dies)
    job = match(drop)
    assert states(drop) == ["attached", "stored", "stored"]
    match_dropped(str(job.pk))
    assert states(drop) == ["attached"] * 3
    assert Report.objects.exclude(file="").count() == 3
    assert Document.objects.count() == 3


@pytest.mark.usefixtures("broker")
def test_a_file_that_comes_while_the_job_ends_is_matched_too(sought: list[Report], drop: Drop) -> None:
    put(drop, paper(0))
    job = match(drop)
    put(drop, paper(1))
    drops.match_the_rest(job, drop)
    newer = Job.objects.get(state=JobState.QUEUED)
    match_dropped(str(newer.pk))
    assert states(drop) == ["attached", "attached"]


@pytest.mark.usefixtures("broker")
def test_somebody_who_left_attaches_nothing_more(sought: list[Report], drop: Drop, bob: User) -> None:
    put(drop, paper(0))
    job = drops.start_matching(actor=bob, drop=drop)
    Membership.objects.filter(user=bob).update(left_at=drop.created_at)
    match_dropped(str(job.pk))
    job.refresh_from_db()
    assert job.state == JobState.FAILED
    assert states(drop) == ["stored"]
    with pytest.raises(NotAllowed):
        put(drop, paper(1))


def test_what_cannot_be_kept_is_said(drop: Drop) -> None:
    for content in (b"",):
        with pytest.raises(Invalid, match="empty"):
            put(drop, content)
    kept = put(drop, paper(0), "../../etc/\u202epasswd.pdf")
    assert kept.filename == "passwd.pdf"


def test_two_people_say_different_things_of_one_file(
    transactional_db: None, sought: list[Report], drop: Drop, bob: User, carol: User
) -> None:
    content = pdf_of("A file nobody knows")
    document = documents.keep_document(drop.review, content, documents.read_pdf(content), filename="x.pdf")
    dropped = put(drop, content)
    DroppedFile.objects.filter(pk=dropped.pk).update(state=DropState.UNMATCHED, document=document)

    def say(who: User, report: Report) -> str:
        try:
            drops.assign(actor=who, dropped=dropped, report=report)
        except AlreadyDone:
            return "slower"
        finally:
            connections.close_all()
        return "faster"

    with ThreadPoolExecutor(2) as pool:
        said = list(pool.map(say, (bob, carol), sought[:2]))
    assert sorted(said) == ["faster", "slower"]
    assert Report.objects.exclude(file="").count() == 1


def test_two_files_for_one_report_at_once(
    transactional_db: None, sought: list[Report], drop: Drop, bob: User, carol: User
) -> None:
    both = []
    for number in range(2):
        content = pdf_of(f"Copy {number}")
        document = documents.keep_document(drop.review, content, documents.read_pdf(content), filename="x.pdf")
        both.append(put(drop, content))
        DroppedFile.objects.filter(pk=both[-1].pk).update(state=DropState.UNMATCHED, document=document)

    def say(who: User, dropped: DroppedFile) -> str:
        try:
            drops.assign(actor=who, dropped=dropped, report=sought[0])
        except AlreadyDone:
            return "slower"
        finally:
            connections.close_all()
        return "faster"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(say, (bob, carol), both)) == ["faster", "slower"]
    sought[0].refresh_from_db()
    assert not sought[0].earlier_files.exists()


# --- Pages ------------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("broker")
@pytest.mark.parametrize(("who", "status"), [("bob", 200), ("tess", 403), ("olga", 403), ("dave", 404)])
def test_who_may(
    who: str, status: int, sought: list[Report], drop: Drop, as_user: Login, request: pytest.FixtureRequest
) -> None:
    dropped = put(drop, paper(0))
    client, review = as_user(request.getfixturevalue(who)), drop.review
    for address in (url("drop-list", review), url("drop-detail", review, drop.pk)):
        assert client.get(address).status_code == status
    changed = 302 if status == 200 else status
    for name in ("dropped-assign", "dropped-undo", "dropped-aside"):
        assert client.post(url(name, review, dropped.pk), {"report": sought[0].pk}).status_code == changed
    assert client.post(url("drop-match", review, drop.pk)).status_code == changed
    opened = client.post(url("drop-open", review), headers=JSON)
    assert opened.status_code == status
    file = SimpleUploadedFile("b.pdf", paper(1))
    assert client.post(url("drop-file", review, drop.pk), {"file": file}).status_code == status


@pytest.mark.usefixtures("broker")
def test_the_pages_lead_from_a_drop_to_its_report_and_back(
    sought: list[Report], bob: User, as_user: Login, review: Review
) -> None:
    client = as_user(bob)
    sent = {
        "files": [
            SimpleUploadedFile("a.pdf", paper(0)),
            SimpleUploadedFile("b.pdf", pdf_of("Unknown")),
            SimpleUploadedFile("c.pdf", b""),
        ]
    }
    answer = client.post(url("drop-open", review), sent, follow=True)
    assert "c.pdf" in answer.content.decode()
    drop = Drop.objects.get()
    assert "Matching PDFs" in answer.content.decode()
    match_dropped(str(drop.job_id))
    seen = client.get(url("drop-detail", review, drop.pk)).content.decode()
    assert "DOI 10.5555/found.0 on the first page" in seen
    first, second = drop.files.order_by("id")
    assert "b.pdf" in client.get(url("drop-list", review)).content.decode()
    client.post(url("dropped-assign", review, second.pk), {"report": sought[1].pk, "from": "tray"})
    second.refresh_from_db()
    assert second.report == sought[1]
    client.post(url("dropped-undo", review, first.pk))
    client.post(url("dropped-aside", review, first.pk), {"aside": "1"})
    first.refresh_from_db()
    assert first.state == DropState.SET_ASIDE
    client.post(url("dropped-aside", review, first.pk), {"aside": "0"})
    first.refresh_from_db()
    assert first.state == DropState.DOUBTFUL
    for said in ({}, {"report": "x"}, {"report": "9" * 17}):
        assert client.post(url("dropped-assign", review, first.pk), said).status_code in {302, 404}


def test_files_and_reports_of_other_reviews_are_not_found(
    sought: list[Report], drop: Drop, bob: User, as_user: Login
) -> None:
    theirs = ReviewFactory()
    foreign = Drop.objects.create(review=theirs, created_by=theirs.created_by)
    file = DroppedFile.objects.create(review=theirs, drop=foreign, file="x", filename="x", size=1, sha256="f" * 64)
    client, review = as_user(bob), drop.review
    assert client.get(url("drop-detail", review, foreign.pk)).status_code == 404
    assert client.post(url("drop-file", review, foreign.pk), {}).status_code == 404
    assert client.post(url("dropped-assign", review, file.pk), {"report": sought[0].pk}).status_code == 404
    record: Record = RecordFactory()
    other = Report.objects.create(review=record.review, record=record)
    own = put(drop, paper(0))
    assert client.post(url("dropped-assign", review, own.pk), {"report": other.pk}).status_code == 404


@pytest.mark.usefixtures("broker")
def test_hidden_votes_change_no_byte_and_no_match(
    sought: list[Report], drop: Drop, alice: User, bob: User, carol: User, client: Client
) -> None:
    put(drop, pdf_of(f"Comment on {TITLES[0]}\ndoi:10.5555/other.1"))
    match(drop)
    addresses = [url("drop-list", drop.review), url("drop-detail", drop.review, drop.pk)]
    before = [page(client, who, address) for who in (alice, bob) for address in addresses]
    vote(carol, sought[0].record, Verdict.INCLUDE, FT)
    assert [page(client, who, address) for who in (alice, bob) for address in addresses] == before


def test_as_many_queries_for_many_files_as_for_few(sought: list[Report], drop: Drop, bob: User, as_user: Login) -> None:
    client, counts = as_user(bob), []
    offer = {"report": sought[0].pk, "likelihood": 0.5, "evidence": ["title"]}
    for number in range(30):
        if number in {3, 29}:
            client.get(url("drop-list", drop.review))
            with CaptureQueriesContext(connection) as asked:
                client.get(url("drop-list", drop.review))
                client.get(url("drop-detail", drop.review, drop.pk))
            counts.append(len(asked))
        DroppedFile.objects.create(
            review=drop.review,
            drop=drop,
            file="x",
            filename="x.pdf",
            size=1,
            sha256=f"{number:064}",
            state="doubtful",
            candidates=[offer],
        )
    assert counts[0] == counts[1]


def test_the_broker_may_be_away(sought: list[Report], drop: Drop, broker: redis.Redis) -> None:
    put(drop, paper(0))
    job = drops.start_matching(actor=drop.created_by, drop=drop)
    broker.flushdb()
    assert jobs.claim(str(job.pk)) is not None
