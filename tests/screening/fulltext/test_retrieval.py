"""The retrieval log: what was asked where and when, counted rightly in the diagram."""

from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from reviewapp.accounts.models import User
from reviewapp.lib.errors import Invalid
from reviewapp.reporting.prisma.counts import Pending
from reviewapp.reporting.queries import prisma_counts
from screening.choices import Retrieval
from screening.models import Record, Report
from screening.queries.reports import links_to
from screening.services import reports
from tests.factories import RecordFactory
from tests.screening.fulltext.pdfs import pdf_of
from tests.screening.helpers import FT, to_full_text, url

Login = Callable[[User], Client]


@pytest.fixture
def report(bob: User, carol: User, record: Record) -> Report:
    return to_full_text(record, bob, carol)


def test_every_step_is_kept_with_its_place_date_and_person(
    bob: User, carol: User, report: Report, as_user: Login
) -> None:
    client, address = as_user(bob), url("report-retrieval", report.review, report.pk)
    said = {"retrieval": "requested", "source": "University library", "note": "Order 12", "on": "2026-03-04"}
    assert client.post(address, said).status_code == 302
    reports.attach_file(actor=carol, report=report, file=SimpleUploadedFile("okello.pdf", pdf_of("Hope")))
    lines = [(e.state, e.source, e.note, str(e.by)) for e in report.retrieval_log.all()]
    assert lines == [
        ("requested", "University library", "Order 12", "Bob"),
        ("retrieved", "", "File attached: okello.pdf", "Carol"),
    ]
    seen = client.get(url("report-detail", report.review, report.pk)).content.decode()
    assert "University library" in seen
    assert "4 Mar 2026" in seen


def test_a_request_says_where(bob: User, report: Report, as_user: Login) -> None:
    refused = as_user(bob).post(url("report-retrieval", report.review, report.pk), {"retrieval": "requested"})
    assert refused.status_code == 422
    with pytest.raises(Invalid, match="at most 300"):
        reports.set_retrieval(actor=bob, report=report, retrieval="requested", source="x" * 301)
    assert not report.retrieval_log.exists()


def test_the_diagram_counts_each_report_once(bob: User, carol: User, report: Report) -> None:
    others = [to_full_text(RecordFactory(review=report.review), bob, carol) for _ in range(3)]
    for each, state in zip([report, *others], Retrieval.values, strict=True):
        reports.set_retrieval(actor=bob, report=each, retrieval=state, note="as it is")
    counts = prisma_counts(report.review)
    assert (counts.dbr_sought_reports, counts.dbr_notretrieved_reports, counts.dbr_assessed) == (4, 1, 1)
    assert counts.waiting(Pending.RETRIEVAL) == 2
    reports.set_retrieval(actor=bob, report=others[2], retrieval="requested", source="The authors")
    counts = prisma_counts(report.review)
    assert (counts.dbr_notretrieved_reports, counts.waiting(Pending.RETRIEVAL)) == (0, 3)


def test_a_requested_report_can_still_be_judged(bob: User, report: Report, as_user: Login) -> None:
    reports.set_retrieval(actor=bob, report=report, retrieval="requested", source="The authors")
    assert as_user(bob).get(url("desk", report.review, FT)).context["card"].record == report.record


def test_links_are_plain_and_carry_nothing_that_runs() -> None:
    odd = Record(doi='10.1/a"<b>', pmid="12 34", url="javascript:alert(1)")
    addresses = [address for _, address in links_to(odd)]
    assert all(address.startswith("https://") for address in addresses)
    assert not any(sign in address for address in addresses for sign in '"<> ')
    assert len(addresses) == 4
    assert links_to(Record(url="https://example.org/paper")) == [
        ("As the database gave it", "https://example.org/paper")
    ]
    assert links_to(Record()) == []
