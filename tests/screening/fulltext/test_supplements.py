"""Supplements: several files of any kind, named, ordered, read or downloaded, never counted as reports."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from reviewapp.accounts.models import User
from reviewapp.lib.errors import AlreadyDone, Invalid
from reviewapp.reporting.queries import prisma_counts
from screening.choices import Verdict
from screening.documents import Supplement
from screening.models import Record, Report
from screening.services import reports, supplements
from tests.api.conftest import content_of
from tests.factories import RecordFactory
from tests.screening.fulltext.pdfs import pdf_of
from tests.screening.helpers import FT, page, to_full_text, url, vote

Login = Callable[[User], Client]
GUIDE = b"<html><script>alert(1)</script>Questions we asked</html>"


@pytest.fixture(autouse=True)
def files(settings: LazySettings, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


@pytest.fixture
def report(bob: User, carol: User, record: Record) -> Report:
    return to_full_text(record, bob, carol)


def add(who: User, report: Report, content: bytes, filename: str = "guide.html", name: str = "") -> Supplement:
    return supplements.add(actor=who, report=report, file=SimpleUploadedFile(filename, content), name=name)


def names(report: Report) -> list[str]:
    return [each.name for each in report.supplements.filter(removed_at=None)]


def test_several_files_are_kept_named_and_ordered(bob: User, report: Report, as_user: Login) -> None:
    client, review = as_user(bob), report.review
    both = [
        SimpleUploadedFile("guide.html", GUIDE),
        SimpleUploadedFile("table.pdf", pdf_of("A table")),
        SimpleUploadedFile("x", b""),
    ]
    answer = client.post(url("supplement-add", review, report.pk), {"files": both}, follow=True)
    assert "empty" in answer.content.decode()
    assert names(report) == ["guide", "table"]
    guide, table = report.supplements.all()
    assert (guide.document, table.document and table.document.pages) == (None, 1)

    def change(supplement: Supplement, **said: str) -> None:
        assert client.post(url("supplement-change", review, supplement.pk), said).status_code == 302

    change(table, act="up")
    change(guide, act="rename", name="Interview guide")
    assert names(report) == ["table", "Interview guide"]
    change(table, act="remove")
    assert names(report) == ["Interview guide"]
    change(table, act="bring_back")
    change(table, act="nonsense")
    change(guide, act="rename", name="")
    assert set(names(report)) == {"table", "Interview guide"}


def test_a_file_is_downloaded_never_shown_as_a_page(bob: User, report: Report, as_user: Login) -> None:
    guide = add(bob, report, GUIDE)
    answer = as_user(bob).get(url("supplement-file", report.review, guide.pk))
    assert content_of(answer) == GUIDE
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer["Content-Security-Policy"]


def test_a_pdf_opens_in_the_reader_and_stands_beside_the_desk(bob: User, report: Report, as_user: Login) -> None:
    table = add(bob, report, pdf_of("A table"), "table.pdf", name="Table S1")
    assert table.document is not None
    client = as_user(bob)
    reader = client.get(url("document-detail", report.review, table.document.pk)).content.decode()
    assert report.record.short_name in reader
    assert "Table S1" in client.get(url("desk", report.review, FT)).content.decode()
    locked = add(bob, report, pdf_of("Locked", password="x"), "locked.pdf")
    assert locked.document is None


def test_the_same_file_is_noticed(bob: User, report: Report) -> None:
    own = pdf_of("The report itself")
    reports.attach_file(actor=bob, report=report, file=SimpleUploadedFile("own.pdf", own))
    with pytest.raises(AlreadyDone, match="own file"):
        add(bob, Report.objects.get(), own, "own.pdf")
    guide = add(bob, report, GUIDE)
    with pytest.raises(AlreadyDone, match="already"):
        add(bob, report, GUIDE, "again.html")
    supplements.remove(actor=bob, supplement=guide)
    add(bob, report, GUIDE)
    with pytest.raises(AlreadyDone, match="meanwhile"):
        supplements.bring_back(actor=bob, supplement=guide)
    with pytest.raises(AlreadyDone, match="removed"):
        supplements.rename(actor=bob, supplement=guide, name="x")
    with pytest.raises(Invalid):
        add(bob, report, b"more", name="x" * 201)


def test_supplements_are_never_counted_as_reports(bob: User, report: Report) -> None:
    before = prisma_counts(report.review)
    add(bob, report, pdf_of("A table"), "table.pdf")
    assert prisma_counts(report.review) == before
    report.refresh_from_db()
    assert (report.retrieval, report.file.name) == ("sought", "")


@pytest.mark.parametrize(("who", "read", "change"), [("bob", 200, 302), ("olga", 200, 403), ("dave", 404, 404)])
def test_who_may(
    who: str, read: int, change: int, bob: User, report: Report, as_user: Login, request: pytest.FixtureRequest
) -> None:
    guide = add(bob, report, GUIDE)
    client, review = as_user(request.getfixturevalue(who)), report.review
    got = client.get(url("supplement-file", review, guide.pk))
    content_of(got)
    assert got.status_code == read
    assert client.post(url("supplement-change", review, guide.pk), {"act": "remove"}).status_code == change
    assert client.post(url("supplement-add", review, report.pk), {}).status_code == change


def test_supplements_of_other_reviews_are_not_found(bob: User, report: Report, as_user: Login) -> None:
    record = RecordFactory()
    foreign = Report.objects.create(review=record.review, record=record)
    theirs = Supplement(report=foreign, name="x", filename="x", size=1, added_by=record.review.created_by)
    theirs.save()
    client = as_user(bob)
    assert client.get(url("supplement-file", report.review, theirs.pk)).status_code == 404
    assert client.post(url("supplement-change", report.review, theirs.pk), {"act": "remove"}).status_code == 404
    assert client.post(url("supplement-add", report.review, foreign.pk), {}).status_code == 404


def test_hidden_votes_change_no_byte(bob: User, carol: User, olga: User, report: Report, client: Client) -> None:
    add(bob, report, GUIDE)
    address = url("report-detail", report.review, report.pk)
    before = [page(client, who, address) for who in (bob, olga)]
    vote(carol, report.record, Verdict.INCLUDE, FT)
    assert [page(client, who, address) for who in (bob, olga)] == before
