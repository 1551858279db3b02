"""Full texts: found, given up with a reason, uploaded, shown; reports linked to studies."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from reviewapp.accounts.models import User
from reviewapp.reviews.models import Review
from screening.choices import Verdict
from screening.models import Record, Report, Study
from tests.factories import RecordFactory
from tests.screening.helpers import FT, page, pdf, to_full_text, url, vote

Login = Callable[[User], Client]


@pytest.fixture(autouse=True)
def files(settings: LazySettings, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


@pytest.fixture
def report(bob: User, carol: User, record: Record) -> Report:
    return to_full_text(record, bob, carol)


def upload(name: str = "full text.pdf", content: bytes | None = None) -> dict[str, SimpleUploadedFile]:
    return {"file": SimpleUploadedFile(name, pdf(2) if content is None else content, "application/pdf")}


@pytest.mark.parametrize(("who", "status"), [("bob", 200), ("olga", 200), ("tess", 200), ("dave", 404)])
def test_who_may_read(who: str, status: int, report: Report, as_user: Login, request: pytest.FixtureRequest) -> None:
    vote(User.objects.get(name="Bob"), report.record, Verdict.INCLUDE, FT)
    vote(User.objects.get(name="Carol"), report.record, Verdict.INCLUDE, FT)
    report.refresh_from_db()
    client = as_user(request.getfixturevalue(who))
    for address in (
        url("report-list", report.review),
        url("report-detail", report.review, report.pk),
        url("study-list", report.review),
        url("study-detail", report.review, report.study_id),
    ):
        assert client.get(address).status_code == status


@pytest.mark.parametrize(("who", "status"), [("bob", 302), ("alice", 302), ("tess", 403), ("olga", 403), ("dave", 404)])
def test_who_may_change(who: str, status: int, report: Report, as_user: Login, request: pytest.FixtureRequest) -> None:
    study = Study.objects.create(review=report.review, label="Okello 2021")
    other = to_full_text(RecordFactory(review=report.review), *User.objects.filter(name__in=["Bob", "Carol"]))
    client, review = as_user(request.getfixturevalue(who)), report.review
    for address, sent in (
        (url("report-retrieval", review, report.pk), {"retrieval": "not_retrieved", "note": "No library has it"}),
        (url("report-retrieval-many", review), {"report": [report.pk], "retrieval": "retrieved"}),
        (url("report-upload", review, report.pk), upload()),
        (url("study-link", review, study.pk), {"report": report.pk}),
        (url("study-link", review, study.pk), {"report": other.pk}),
        (url("study-part", review, report.pk), {}),
        (url("study-name", review, study.pk), {"label": "Okello 2021a"}),
    ):
        assert client.post(address, sent).status_code == status, address


def test_giving_up_needs_a_reason_and_takes_the_report_from_the_desk(bob: User, report: Report, as_user: Login) -> None:
    client = as_user(bob)
    address = url("report-retrieval", report.review, report.pk)
    assert client.post(address, {"retrieval": "not_retrieved", "note": ""}).status_code == 422
    refused = client.post(address, {"retrieval": "retrieved", "note": "kept words", "on": "2026-13-45"})
    assert refused.status_code == 422
    assert "kept words" in refused.content.decode()
    assert (
        client.post(address, {"retrieval": "not_retrieved", "note": "Out of print", "on": "2026-03-04"}).status_code
        == 302
    )
    report.refresh_from_db()
    assert (report.retrieval_note, str(report.retrieval_on)) == ("Out of print", "2026-03-04")
    assert client.get(url("desk", report.review, FT)).context["card"] is None


def test_many_at_once_are_all_marked_or_none(bob: User, carol: User, report: Report, as_user: Login) -> None:
    other = to_full_text(RecordFactory(review=report.review), bob, carol)
    foreign = Report.objects.create(review=(theirs := RecordFactory()).review, record=theirs)
    client, address = as_user(bob), url("report-retrieval-many", report.review)
    chosen = {"report": [report.pk, other.pk, foreign.pk]}
    assert client.post(address, chosen | {"retrieval": "not_retrieved"}).status_code == 422
    assert not Report.objects.exclude(retrieval="sought").exists()
    assert client.post(address, chosen | {"retrieval": "not_retrieved", "note": "No library has it"}).status_code == 302
    assert set(Report.objects.filter(retrieval="not_retrieved")) == {report, other}
    assert client.post(address, {"retrieval": "retrieved"}).status_code == 422
    assert client.post(address, {"retrieval": "retrieved", "report": ["x", "9" * 40]}).status_code == 422


def test_a_pdf_is_kept_read_beside_the_desk_and_downloaded_safely(bob: User, report: Report, as_user: Login) -> None:
    client, review = as_user(bob), report.review
    assert client.get(url("report-file", review, report.pk)).status_code == 404
    content = pdf(2)
    assert client.post(url("report-upload", review, report.pk), upload(content=content)).status_code == 302
    report.refresh_from_db()
    assert (report.retrieval, report.pages, report.filename) == ("retrieved", 2, "full text.pdf")
    got = client.get(url("report-file", review, report.pk))
    assert b"".join(got) == content  # type: ignore[arg-type]
    assert got.headers["Content-Disposition"].startswith("attachment")
    assert got.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in got.headers["Content-Security-Policy"]
    assert f'data-document="{report.document_id}"' in client.get(url("desk", review, FT)).content.decode()


@pytest.mark.parametrize("content", [b"", b"<html>not a pdf</html>", b"%PDF-1.7\nbroken"])
def test_what_is_no_pdf_is_refused_and_changes_nothing(
    content: bytes, bob: User, report: Report, as_user: Login
) -> None:
    answer = as_user(bob).post(url("report-upload", report.review, report.pk), upload(content=content))
    assert answer.status_code == 422
    report.refresh_from_db()
    assert (report.retrieval, report.filename) == ("sought", "")


def test_a_newer_file_keeps_the_earlier_one_and_the_same_is_told(bob: User, report: Report, as_user: Login) -> None:
    client, address = as_user(bob), url("report-upload", report.review, report.pk)
    first = pdf(1)
    client.post(address, upload("first.pdf", first))
    assert client.post(address, upload("first.pdf", first)).status_code == 409
    client.post(address, upload("second.pdf", pdf(3)))
    assert [file.filename for file in report.earlier_files.all()] == ["first.pdf"]
    assert "first.pdf" in client.get(url("report-detail", report.review, report.pk)).content.decode()


def test_reports_of_one_study_are_linked_found_and_parted(
    bob: User, carol: User, review: Review, as_user: Login
) -> None:
    reports = [to_full_text(RecordFactory(review=review, title=f"Part {n} of the story"), bob, carol) for n in (1, 2)]
    for report in reports:
        for person in (bob, carol):
            vote(person, report.record, Verdict.INCLUDE, FT)
        report.refresh_from_db()
    client = as_user(bob)
    found = client.get(url("report-detail", review, reports[1].pk), {"study": "part 1"}).context["studies"]
    assert list(found) == [reports[0].study]
    client.post(url("study-link", review, reports[0].study_id), {"report": reports[1].pk})
    assert client.post(url("study-link", review, reports[0].study_id), {"report": reports[1].pk}).status_code == 409
    assert len(client.get(url("study-list", review)).context["page"].rows) == 1
    client.post(url("study-part", review, reports[1].pk))
    assert len(client.get(url("study-list", review)).context["page"].rows) == 2
    assert client.post(url("study-part", review, reports[1].pk)).status_code == 409
    assert client.post(url("study-name", review, reports[0].study_id), {"label": "x" * 121}).status_code == 422


def test_filters_and_counts(bob: User, carol: User, report: Report, as_user: Login) -> None:
    lost = to_full_text(RecordFactory(review=report.review, title="A lost chapter"), bob, carol)
    client = as_user(bob)
    client.post(url("report-retrieval", report.review, lost.pk), {"retrieval": "not_retrieved", "note": "Out of print"})
    listed = url("report-list", report.review)
    for query, expected in (
        ({}, {report, lost}),
        ({"retrieval": "not_retrieved"}, {lost}),
        ({"q": "chapter"}, {lost}),
        ({"file": "none"}, {report, lost}),
        ({"retrieval": "nonsense"}, {report, lost}),
    ):
        assert set(client.get(listed, query).context["page"].rows) == expected
    assert [stat["value"] for stat in client.get(listed).context["stats"]] == [1, 0, 0, 1]
    assert client.get(listed, {"after": "nonsense"}).status_code == 400


def test_reports_of_other_reviews_are_not_found(bob: User, report: Report, as_user: Login) -> None:
    theirs = RecordFactory()
    foreign = Report.objects.create(review=theirs.review, record=theirs)
    study = Study.objects.create(review=theirs.review, label="Theirs")
    client = as_user(bob)
    for name in ("report-detail", "report-file"):
        assert client.get(url(name, report.review, foreign.pk)).status_code == 404
    assert client.get(url("study-detail", report.review, study.pk)).status_code == 404
    own = Study.objects.create(review=report.review, label="Ours")
    assert client.post(url("study-link", report.review, own.pk), {"report": foreign.pk}).status_code == 404


def test_hidden_full_text_votes_change_no_byte(
    alice: User, bob: User, carol: User, olga: User, report: Report, client: Client
) -> None:
    addresses = [
        url("report-list", report.review),
        url("report-detail", report.review, report.pk),
        url("study-list", report.review),
        url("record-detail", report.review, report.record_id),
        f"{url('record-list', report.review)}?stage=full_text",
    ]
    readers = [alice, bob, olga]
    before = [page(client, who, a) for who in readers for a in addresses]
    vote(carol, report.record, Verdict.INCLUDE, FT, note="secret", labels=["secret"])
    assert [page(client, who, a) for who in readers for a in addresses] == before


def test_as_many_queries_for_many_reports_as_for_few(bob: User, carol: User, review: Review, as_user: Login) -> None:
    client, counts = as_user(bob), []
    for more in (3, 27):
        for _ in range(more):
            report = to_full_text(RecordFactory(review=review), bob, carol)
            for person in (bob, carol):
                vote(person, report.record, Verdict.INCLUDE, FT)
        client.get(url("report-list", review))
        with CaptureQueriesContext(connection) as asked:
            client.get(url("report-list", review))
            client.get(url("study-list", review))
        counts.append(len(asked))
    assert counts[0] == counts[1]
