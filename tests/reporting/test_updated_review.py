"""An updated review: only what is new is counted as new, what was known keeps its outcome, and both add up."""

import csv
import io
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from rest_framework.test import APIClient

from reviewapp.accounts.models import User
from reviewapp.lib.errors import AlreadyDone, Invalid, NotAllowed
from reviewapp.reporting.invariants import breaches
from reviewapp.reporting.prisma.counts import identities
from reviewapp.reporting.prisma.csv_export import to_prisma2020_csv
from reviewapp.reporting.prisma.layout import Template, flow_layout
from reviewapp.reporting.queries import prisma_counts, rows_behind
from reviewapp.reviews.models import Review
from screening.choices import Outcome, SearchKind, Stage, Verdict
from screening.models import ImportBatch, PreviousVersion, Record, Reference, Report, Study
from screening.queries.searches import search_rows
from screening.services.decisions import make_decision
from screening.services.records import refresh
from screening.services.versions import remove_previous_version, set_previous_version
from screening.visibility import outcome_of
from tests.factories import ImportBatchFactory, RecordFactory, SearchFactory

TA, FT = Stage.TITLE_ABSTRACT, Stage.FULL_TEXT


def judge(record: Record, *verdicts: str, people: tuple[User, ...]) -> None:
    for stage, verdict in zip((TA, FT), verdicts, strict=False):
        for who in people:
            make_decision(actor=who, record=record, stage=stage, verdict=verdict)


def found_in(review: Review, source: str, day: datetime, **more: Any) -> ImportBatch:
    batch = ImportBatchFactory(search=SearchFactory(review=review, source=source, **more))
    ImportBatch.objects.filter(pk=batch.pk).update(created_at=day)
    return batch


@pytest.fixture
def last_year() -> datetime:
    return timezone.now() - timedelta(days=365)


@pytest.fixture
def updated(review: Review, bob: User, carol: User, last_year: datetime) -> Review:
    """Last year four records, two of them included in one study; now an update with one of them again and three new ones."""
    people = (bob, carol)
    before = found_in(review, "Scopus", last_year)
    old = [RecordFactory(review=review, batch=before) for _ in range(4)]
    judge(old[0], Verdict.INCLUDE, Verdict.INCLUDE, people=people)
    judge(old[1], Verdict.INCLUDE, Verdict.INCLUDE, people=people)
    judge(old[2], Verdict.EXCLUDE, people=people)
    reports = Report.objects.filter(record__in=old[:2])
    reports.update(study=Study.objects.create(review=review, label="Okello 2019"))
    now = found_in(review, "Scopus", timezone.now(), rerun_of=before.search)
    new = [RecordFactory(review=review, batch=now) for _ in range(4)]
    again = Reference.objects.get(record=new[3])  # the same as the first of last year
    again.record = old[0]
    again.save()
    Record.objects.filter(pk=new[3].pk).update(merged_into=old[0])
    refresh({old[0].pk, new[3].pk})
    judge(new[0], Verdict.INCLUDE, Verdict.INCLUDE, people=people)
    judge(new[1], Verdict.INCLUDE, Verdict.INCLUDE, people=people)
    Report.objects.filter(record=new[1]).update(study=Study.objects.get(label="Okello 2019"))
    return review


def cut(review: Review, alice: User, last_year: datetime, **more: Any) -> PreviousVersion:
    return set_previous_version(
        actor=alice, review=review, cut_off=timezone.localdate(last_year) + timedelta(days=30), **more
    )


def test_a_day_parts_what_was_known_from_what_is_new(updated: Review, alice: User, last_year: datetime) -> None:
    whole = prisma_counts(updated)
    assert (whole.database_results, whole.records_screened, whole.new_studies, whole.new_reports) == (8, 7, 2, 4)
    assert (whole.previous_studies, whole.total_studies) == (None, None)
    cut(updated, alice, last_year)
    counts = prisma_counts(updated)
    assert (counts.database_results, counts.duplicates, counts.records_screened) == (4, 1, 3)
    assert (counts.dbr_sought_reports, counts.pending) == (2, {"records_awaiting_screening": 1})
    assert (counts.previous_studies, counts.previous_reports) == (1, 2)
    assert (counts.new_studies, counts.new_reports) == (1, 2)  # one new report tells of a study that was there
    assert (counts.total_studies, counts.total_reports) == (2, 4)
    assert not [identity for identity in identities(counts) if identity.breached]
    assert {identity.number for identity in identities(counts)} >= {7, 9}
    assert [fault for fault in breaches(updated) if "0 entries were read" not in fault] == []


def test_every_number_leads_to_its_rows(updated: Review, alice: User, last_year: datetime) -> None:
    cut(updated, alice, last_year)
    counts = prisma_counts(updated)
    for key in ("database_results", "duplicates", "records_screened", "dbr_sought_reports", "new_reports",
                "previous_reports", "total_reports"):  # fmt: skip
        rows = rows_behind(updated, key)
        assert rows is not None
        assert rows.count() == getattr(counts, key), key


def test_what_was_known_keeps_its_outcome(updated: Review, alice: User, last_year: datetime) -> None:
    known = Record.objects.filter(references__batch__search__rerun_of__isnull=False, merged_into=None).order_by("pk")
    assert outcome_of(known[0], FT) == Outcome.INCLUDED
    waiting = Record.objects.in_review(updated).at_stage(TA).with_outcome(TA, Outcome.PENDING)
    assert waiting.count() == 2  # the one left over from last year, and the one new one that nobody judged
    ImportBatch.objects.filter(search__rerun_of__isnull=False).update(read=4)
    earlier, update = search_rows(updated)
    assert (earlier.known, update.known, update.new) == (None, 1, 3)


def test_figures_of_a_version_made_elsewhere_are_added(updated: Review, alice: User, last_year: datetime) -> None:
    set_previous_version(actor=alice, review=updated, title="Long 2019", studies=20, reports=23)
    counts = prisma_counts(updated)
    assert (counts.previous_studies, counts.new_studies, counts.total_studies) == (20, 2, 22)
    assert (counts.previous_reports, counts.total_reports) == (23, 27)
    assert rows_behind(updated, "previous_reports") is None
    set_previous_version(actor=alice, review=updated, studies=20)
    assert (prisma_counts(updated).previous_reports, prisma_counts(updated).total_reports) == (None, None)
    cut(updated, alice, last_year, studies=20, reports=23)
    assert (prisma_counts(updated).previous_studies, prisma_counts(updated).total_reports) == (21, 27)


def test_other_methods_have_their_lane_in_an_update_too(updated: Review, alice: User, last_year: datetime) -> None:
    cut(updated, alice, last_year)
    website = found_in(updated, "WHO", timezone.now(), kind=SearchKind.WEBSITE)
    RecordFactory(review=updated, batch=website)
    counts = prisma_counts(updated)
    assert (counts.website_results, counts.records_screened) == (1, 3)
    names = {box.name for box in flow_layout(counts, Template.UPDATED_V2).boxes}
    assert names >= {"previous", "total", "prevstud", "othstud"}


def test_the_figure_and_its_csv(client: Client, updated: Review, alice: User, last_year: datetime) -> None:
    client.force_login(alice)
    page = reverse("reporting:prisma", args=[updated.pk])
    assert "Previous studies" not in client.get(page).content.decode()
    cut(updated, alice, last_year, title="Okello 2025")
    shown = client.get(page).content.decode()
    for words in (
        "Previous studies",
        "Total studies included in review (n = 2)",
        "Identification of new studies",
        "Okello 2025",
    ):
        assert words in shown
    for form in ("svg", "png", "pdf"):
        assert client.get(reverse("reporting:prisma-export", args=[updated.pk, form])).status_code == 200
    counts = prisma_counts(updated)
    rows = {
        row["data"]: row["n"] for row in csv.DictReader(io.StringIO(to_prisma2020_csv(counts, Template.UPDATED_V1)))
    }
    assert [rows[key] for key in ("previous_studies", "previous_reports", "total_studies", "total_reports")] == [
        "1", "2", "2", "4",
    ]  # fmt: skip
    plain = {row["data"]: row["n"] for row in csv.DictReader(io.StringIO(to_prisma2020_csv(counts, Template.V1)))}
    assert plain["previous_studies"] == plain["total_reports"] == "NA"


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, "Give the figures"),
        ({"studies": 3, "reports": 2}, "no more studies than reports"),
        ({"studies": -1}, "whole numbers"),
        ({"studies": 10**9}, "whole numbers"),
        ({"studies": 1, "title": "x" * 301}, "up to 300"),
        ({"cut_off": timezone.localdate() + timedelta(days=2)}, "still to come"),
    ],
)
def test_figures_that_cannot_be(review: Review, alice: User, fields: dict[str, Any], words: str) -> None:
    with pytest.raises(Invalid, match=words):
        set_previous_version(actor=alice, review=review, **fields)
    assert not PreviousVersion.objects.exists()


def test_a_lead_sets_and_removes_it_on_the_page(client: Client, review: Review, alice: User, bob: User) -> None:
    address = reverse("reporting:previous-version", args=[review.pk])
    client.force_login(bob)
    assert client.get(address).status_code == 403
    with pytest.raises(NotAllowed):
        set_previous_version(actor=bob, review=review, studies=1)
    client.force_login(alice)
    assert client.get(address).status_code == 200
    assert client.post(address, {"studies": "3", "reports": "2"}).status_code == 422
    assert client.post(address, {"studies": "2", "reports": "3", "title": "Long 2019"}).status_code == 302
    assert PreviousVersion.objects.get(review=review).reports == 3
    assert client.post(address, {"remove": "1"}).status_code == 302
    assert not PreviousVersion.objects.exists()
    with pytest.raises(AlreadyDone):
        remove_previous_version(actor=alice, review=review)
    history = client.get(reverse("audit-list", args=[review.pk])).content.decode()
    assert "made the review an update of “Long 2019”" in history


def test_the_same_by_the_api(review: Review, alice: User) -> None:
    client = APIClient()
    client.force_authenticate(alice)
    here = f"/api/v1/reviews/{review.pk}/previous-version/"
    assert client.get(here).json() == {"title": "", "studies": None, "reports": None, "cut_off": None}
    assert client.put(here, {"studies": 4, "reports": 5}, format="json").json()["reports"] == 5
    counts = client.get(f"/api/v1/reviews/{review.pk}/prisma/").json()
    assert (counts["previous_studies"], counts["total_reports"]) == (4, 5)
    assert client.put(here, {"studies": 6, "reports": 5}, format="json").status_code == 422
    assert client.delete(here).status_code == 204
