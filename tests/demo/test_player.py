"""The demo is played through the real services, and the published review comes out with the paper's numbers."""

import io
from collections import Counter
from typing import Any

import docx
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
from reviewapp.reporting.checklists.queries import progress_of
from reviewapp.reporting.contributions import contributions
from reviewapp.reporting.prisma.counts import breaches
from reviewapp.reporting.queries import prisma_counts
from reviewapp.reporting.report.build import Plan, document_of, plan_of, sections_of
from reviewapp.reporting.report.docx import to_docx
from reviewapp.reviews.models import Review
from screening.choices import Stage
from screening.queries.desk import open_conflicts, queue, stage_totals
from screening.queries.duplicates import uncertain_pairs
from synthesis.models import CodingComparison, CodingSettlement
from synthesis.queries.themes import theme_tree

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
    the_themes_are_the_papers(review)
    the_report_is_the_papers(review)
    the_work_was_done_by_those_the_paper_names(review)


def the_work_was_done_by_those_the_paper_names(review: Review) -> None:
    """Two screen and appraise, a third assessor settles, three extract; what the rows say, not the later statement."""
    ledger = contributions(review)
    who = {line.work.key: set(line.marks) for line in ledger.lines}
    pair, three = {"SBS", "AS"}, {"SBS", "AS", "RW"}
    assert (who["title_abstract"], who["full_text"], who["appraisal"], who["extraction"]) == (pair, pair, pair, three)
    assert who["title_abstract-ruled"] == who["appraisal-ruled"] == who["extraction-ruled"] == {"RAP"}
    totals = {line.work.key: line.work.share.units for line in ledger.lines}
    assert (totals["title_abstract"], totals["full_text"]) == (945, 36)
    assert (totals["appraisal"], totals["extraction"]) == (20, 20)
    assert "SBS and AS screened the titles and abstracts of 945 records independently" in ledger.methods.replace(
        "AS and SBS", "SBS and AS"
    )


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


def the_themes_are_the_papers(review: Review) -> None:
    """Seven sub-themes with 12, 8, 4, 8, 5, 3 and 2 studies; themes by union 18, 13 and 4; every difference is settled."""
    tree = theme_tree(review)
    assert [[len(part.studies) for part in whole.parts] for whole in tree.analytical] == [[12, 8, 4], [8, 5], [3, 2]]
    assert [len(whole.studies) for whole in tree.analytical] == [18, 13, 4]
    assert not tree.unassigned
    names = {row["id"]: row["label"] for row in load("appraisal")["studies"]}
    for whole, row in zip(tree.analytical, load("synthesis")["themes"], strict=True):
        assert whole.theme.name == row["name"]
        for line, part in zip(whole.parts, row["parts"], strict=True):
            assert {study.label for study in line.studies} == {names[key] for key in part["studies"]}
    compared = CodingComparison.objects.filter(study__review=review)
    assert compared.exclude(settled_at=None).count() == 20
    assert set(CodingSettlement.objects.values_list("how", flat=True)) == {
        "matched", "discussion", "third_assessor",
    }  # fmt: skip


def the_report_is_the_papers(review: Review) -> None:
    """The Word file, read by another program's reader: its tables cell by cell, its numbers, its strategies word for word."""
    file = docx.Document(io.BytesIO(to_docx(document_of(review, plan_of(review)))))
    tables = {table.rows[0].cells[1].text: grid(table) for table in file.tables}
    captions = [p.text for p in file.paragraphs if p.style is not None and p.style.name == "Caption"]
    assert len(captions) == len(file.tables) + len(file.inline_shapes) == 12
    rows = {row["label"]: row for row in load("appraisal")["studies"]}
    characteristics, appraisal = [grid(table) for table in file.tables if table.rows[0].cells[1].text == "Study"]
    keys = ("country", "objective", "participants", "data_collection", "design", "analysis", "key_findings")
    assert {row[1]: row[2:] for row in characteristics[1:]} == {
        label: [as_cell(row["characteristics"][key]) for key in keys] for label, row in rows.items()
    }
    words = {"yes": "Yes", "cant_tell": "Unclear"}
    assert {row[1]: row[2:] for row in appraisal[1:]} == {
        label: [*(words[code] for code in row["casp"]), "Strong"] for label, row in rows.items()
    }
    text = "\n".join(paragraph.text for paragraph in file.paragraphs)
    assert "HIV, human immunodeficiency virus" in text
    protocol = load("protocol")["reviews"]["full"]
    question = dict(tuple(row) for row in tables["Content"][1:])  # type: ignore[misc]
    assert list(question.values()) == [protocol["question"], *protocol["framework_fields"].values()]
    assert [row[:2] for row in tables["Text"][1:]] == [[one["code"], one["text"]] for one in protocol["criteria"]]
    assert {row[0]: row[5:] for row in tables["Kind"][1:]} == {
        source: [str(n), str(n)]
        for source, n in PAPER["database_specific_results"].items()  # type: ignore[attr-defined]
    }
    for search in load("searches")["full"]["searches"]:
        assert search["strategy"] in text
    assert [one.answered for one in progress_of(review)] == [5, 0, 0, 1]
    flow = file.inline_shapes[0]._inline.docPr.get("descr")
    for number in ("1,956", "1,011", "945", "909", "36", "16", "20", "5", "11", "766", "536", "313", "220", "121"):
        assert f"{number})" in flow or f" {number}" in flow
    themes = tables["Descriptive theme"][1:]
    assert [row[2] for row in themes] == ["12", "8", "4", "8", "5", "3", "2"]
    assert [row[0].rsplit(" (", 1)[1] for row in themes if row[0]] == ["18 studies)", "13 studies)", "4 studies)"]
    reasons = Counter(row[1] for row in tables["Reason"][1:])
    assert reasons == PAPER["dbr_excluded"]
    references = [entry.text for entry in sections_of(review, Plan(("references",)))[0].blocks[0].entries]  # type: ignore[union-attr]
    assert len(references) == 20
    for work in load("included")["works"]:
        first, year = work["authors"][0][0], str(work["year"])
        assert len([one for one in references if one.startswith(first) and year in one]) == 1, (first, year)


def grid(table: Any) -> list[list[str]]:
    return [[cell.text for cell in row.cells] for row in table.rows]


def as_cell(value: Any) -> str:
    return "\n".join(value) if isinstance(value, list) else value
