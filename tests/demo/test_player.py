"""The demo is played through the real services, and the published review comes out with the paper's numbers."""

import io
from collections import Counter

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from appraisal.models import Instrument, Settlement
from appraisal.queries.matrix import matrix, study_table
from reviewapp.accounts.models import User
from reviewapp.audit.services import faults
from reviewapp.demo.exports import build_midway
from reviewapp.demo.player import people, play_midway
from reviewapp.demo.works import load
from reviewapp.reporting.prisma.counts import breaches
from reviewapp.reporting.queries import prisma_counts
from reviewapp.reviews.models import Review
from screening.choices import Stage
from screening.queries.desk import open_conflicts, queue, stage_totals
from screening.queries.duplicates import uncertain_pairs

PAPER = {
    "database_specific_results": {"Scopus": 766, "PubMed": 220, "Cochrane": 121, "CINAHL": 313, "Web of Science": 536},
    "database_results": 1956,
    "duplicates": 1011,
    "records_screened": 945,
    "records_excluded": 909,
    "dbr_sought_reports": 36,
    "dbr_notretrieved_reports": 0,
    "dbr_assessed": 36,
    "dbr_excluded": {"Not reported in English": 5, "Insufficient data for extraction": 11},
    "new_studies": 20,
    "new_reports": 20,
    "pending": {},
}


@pytest.mark.django_db
def test_the_second_review_has_something_on_every_desk(client: Client) -> None:
    said: list[str] = []
    review = play_midway(build_midway(), people(), said.append)
    reviewer = User.objects.get(email="as@demo.example")
    assert uncertain_pairs(review).count() >= 3
    assert {conflict.stage for conflict in open_conflicts(review)} == {"title_abstract", "full_text"}
    for stage in Stage:
        assert queue(reviewer, review, stage).exists()
        assert stage_totals(review, stage).included
    assert not breaches(prisma_counts(review))
    assert list(faults(review)) == []
    client.force_login(reviewer)
    assert client.get(reverse("screening:desk", args=[review.pk, "title_abstract"])).status_code == 200
    again = play_midway(build_midway(), people(), said.append)
    assert again == review
    assert review.references.count() == 170


@pytest.mark.slow
@pytest.mark.django_db
def test_the_published_review_comes_out_as_in_the_paper() -> None:
    out = io.StringIO()
    call_command("load_demo", stdout=out)
    review = Review.objects.get(registration="CRD42025637718")
    counts = prisma_counts(review)
    assert {name: getattr(counts, name) for name in PAPER} == PAPER
    assert list(counts.database_specific_results) == list(PAPER["database_specific_results"])  # type: ignore[call-overload]
    assert not breaches(counts)
    assert list(faults(review)) == []
    assert "sbs@demo.example" in out.getvalue()
    the_tables_are_the_papers(review)


def the_tables_are_the_papers(review: Review) -> None:
    """Characteristics and appraisal cell by cell, from independent answers that were settled by people."""
    paper = {row["label"]: row for row in load("appraisal")["studies"]}
    casp = matrix(Instrument.objects.get(review=review, origin="casp-qualitative"))
    labels = {"yes": "Yes", "cant_tell": "Unclear"}
    assert {row.study.label: [cell.label for cell in row.cells] for row in casp.rows} == {
        label: [labels[code] for code in row["casp"]] for label, row in paper.items()
    }
    cells = [(item.key, cell.label) for row in casp.rows for item, cell in zip(casp.items, row.cells, strict=True)]
    assert Counter(cells)[("q6", "Unclear")] == 5
    assert Counter(label for _, label in cells) == {"Yes": 195, "Unclear": 5}
    assert {row.rating for row in casp.rows} == {"Strong"}
    form = study_table(Instrument.objects.get(review=review, origin="characteristics"))
    keys = [item.key for item in form.columns]
    assert {row.study.label: dict(zip(keys, row.cells, strict=True)) for row in form.rows} == {
        label: row["characteristics"] for label, row in paper.items()
    }
    hows = set(Settlement.objects.filter(comparison__instrument__review=review).values_list("how", flat=True))
    assert hows == {"discussion", "third_assessor"}
