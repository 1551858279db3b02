"""What the team shows in the diagram beyond the rows: numbers by hand, other templates, layers left out, the Word file."""

import csv
import io
from dataclasses import replace

import docx
import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from rest_framework.test import APIClient

from reviewapp.accounts.models import User
from reviewapp.lib.errors import AlreadyDone, Invalid, NotAllowed
from reviewapp.reporting.figures import figure_file, template_of
from reviewapp.reporting.flow.faults import faults
from reviewapp.reporting.flow.services import enter_count, remove_count, set_plan
from reviewapp.reporting.flow.words import lines
from reviewapp.reporting.past.asked import Asked, counts_for, picture_at
from reviewapp.reporting.prisma.layout import Template, flow_layout
from reviewapp.reporting.prisma.svg import to_svg
from reviewapp.reporting.queries import prisma_counts, rows_behind
from reviewapp.reviews.models import Review
from screening.choices import Verdict
from tests.reporting.prisma_cases import CROWDED, OTHER, SEED, UPDATED
from tests.reporting.test_queries import FT, TA, Mixed


@pytest.fixture
def mixed(review: Review, bob: User, carol: User) -> Mixed:
    return Mixed(review, (bob, carol))


def test_a_number_by_hand_is_marked_in_every_form(client: Client, mixed: Mixed, alice: User) -> None:
    review = mixed.review
    before = timezone.now()
    entered = enter_count(
        actor=alice, review=review, key="duplicates", value=1011, reason="Done in Zotero before import"
    )
    enter_count(actor=alice, review=review, key="excluded_automatic", value=None, reason="Nobody noted it")
    counts = counts_for(review, Asked())
    assert (counts.duplicates, counts.excluded_automatic) == (1011, None)
    assert prisma_counts(review).duplicates == 0  # the rows still say what they say
    svg = to_svg(counts, Template.V1)
    assert "Duplicate records removed (n = 1,011)†" in svg
    assert "(n = not reported)†" in svg
    assert "Duplicate records removed: Done in Zotero before import" in " ".join(
        flow_layout(counts, Template.V1).caption
    )
    file = figure_file(review, counts, Template.V1, "csv").content.decode()
    rows = {row["data"]: row for row in csv.DictReader(io.StringIO(file))}
    assert (rows["duplicates"]["n"], rows["excluded_automatic"]["n"]) == ("1011", "NA")
    assert "entered by hand" in rows["duplicates"]["description"]
    client.force_login(alice)
    page = client.get(reverse("reporting:prisma", args=[review.pk])).content.decode()
    assert "Done in Zotero before import" in page
    assert f'href="{reverse("reporting:counts-by-hand", args=[review.pk])}" aria-label="Duplicate' in page
    during = timezone.now()
    remove_count(actor=alice, count=entered)
    assert counts_for(review, Asked()).duplicates == 0
    assert counts_for(review, Asked(during, "then")).duplicates == 1011
    assert counts_for(review, Asked(before, "then")).duplicates == 0
    with pytest.raises(AlreadyDone):
        remove_count(actor=alice, count=entered)
    told = client.get(reverse("audit-list", args=[review.pk])).content.decode()
    assert "entered a number of the flow diagram by hand" in told


def test_only_a_lead_enters_numbers_and_says_why(client: Client, review: Review, alice: User, bob: User) -> None:
    here = reverse("reporting:counts-by-hand", args=[review.pk])
    client.force_login(bob)
    assert client.get(here).status_code == 200
    assert client.post(here, {"key": "duplicates", "value": "3", "reason": "x"}).status_code == 403
    with pytest.raises(NotAllowed):
        set_plan(actor=bob, review=review, template="v2")
    client.force_login(alice)
    assert client.post(here, {"key": "duplicates", "value": "3", "reason": " "}).status_code == 422
    assert client.post(here, {"key": "pending", "value": "3", "reason": "x"}).status_code == 422
    assert client.post(here, {"key": "duplicates", "value": "3", "reason": "Elsewhere"}).status_code == 302
    assert client.post(here, {"key": "duplicates", "value": "4", "reason": "Elsewhere"}).status_code == 302
    assert counts_for(review, Asked()).duplicates == 4
    for key, value, reason in (
        ("nonsense", 1, "x"),
        ("duplicates", -1, "x"),
        ("duplicates", 1, ""),
        ("duplicates", 1, "x" * 301),
    ):
        with pytest.raises(Invalid):
            enter_count(actor=alice, review=review, key=key, value=value, reason=reason)


def test_the_team_chooses_template_lines_and_layers(client: Client, mixed: Mixed, alice: User) -> None:
    review = mixed.review
    mixed.both(mixed.records["Scopus"][0], Verdict.EXCLUDE, TA, mixed.reasons[1])
    mixed.both(mixed.records["Scopus"][1], Verdict.EXCLUDE)
    client.force_login(alice)
    here = reverse("reporting:flow-plan", args=[review.pk])
    assert client.get(here).status_code == 200
    assert client.post(here, {"template": "v9"}).status_code == 422
    answer = client.post(here, {"template": "v1", "title_reasons": "on", "without": ["retrieval"]})
    assert answer.status_code == 302
    counts = counts_for(review, Asked())
    assert template_of(review, counts) is Template.V1
    assert template_of(review, counts, "v2") is Template.V2
    assert counts.records_excluded_reasons == {"Reason 2": 1, "No reason given": 1}
    assert counts.database_specific_results == {}
    assert counts_for(review, Asked(timezone.now(), "now")) == counts
    for name in counts.records_excluded_reasons:
        rows = rows_behind(review, f"records_excluded_reasons/{name}")
        assert rows is not None
        assert rows.count() == 1
    names = {box.name for box in flow_layout(counts, Template.V1).boxes}
    assert "dbr_assessed" in names
    assert not names & {"dbr_sought", "dbr_missing", "other_identified"}
    page = client.get(reverse("reporting:prisma", args=[review.pk])).content.decode()
    assert "Reason 2 (n = 1)" in page
    api = APIClient()
    api.force_authenticate(alice)
    inside = f"/api/v1/reviews/{review.pk}/prisma/"
    assert api.get(f"{inside}plan/").json()["without"] == ["retrieval"]
    assert api.put(f"{inside}plan/", {"template": ""}, format="json").json()["without"] == []
    made = api.post(f"{inside}by-hand/", {"key": "new_studies", "value": 20, "reason": "Elsewhere"}, format="json")
    assert made.status_code == 201
    assert api.get(inside).json()["by_hand"] == {"new_studies": "Elsewhere"}
    assert api.delete(f"{inside}by-hand/{made.json()['id']}/").status_code == 204
    assert api.get(f"{inside}by-hand/").json() == {"counts": []}


@pytest.mark.parametrize("layers", [{"removed"}, {"screening"}, {"retrieval"}, {"removed", "screening", "retrieval"}])
@pytest.mark.parametrize(("counts", "template"), [(SEED, Template.V1), (CROWDED, Template.UPDATED_V2)])
def test_arrows_bridge_what_is_left_out(counts, template, layers):
    whole = flow_layout(counts, template)
    less = flow_layout(replace(counts, without=frozenset(layers)), template)
    assert less.height <= whole.height
    ends = {point for arrow in less.arrows for point in (arrow.points[0], arrow.points[-1])}
    for box in less.boxes:
        if box.kind.value == "box":
            edges = {(box.centre, box.y), (box.centre, box.bottom)}
            assert any(x in (box.x, box.right) for x, _ in ends) or edges & ends, box.name


@pytest.mark.parametrize(
    ("counts", "template"),
    [(SEED, Template.V1), (OTHER, Template.V2), (UPDATED, Template.UPDATED_V1), (CROWDED, Template.UPDATED_V2)],
)
def test_the_word_file_has_the_picture_and_every_number(review, counts, template):
    file = docx.Document(io.BytesIO(figure_file(review, counts, template, "docx").content))
    (picture,) = file.inline_shapes
    page = file.sections[0]
    assert picture.width <= page.page_width - page.left_margin - page.right_margin
    assert picture.height <= page.page_height - page.top_margin - page.bottom_margin
    assert "Records screened (n = 945)" in picture._inline.docPr.get("descr")
    (table,) = file.tables
    cells = [[cell.text for cell in row.cells] for row in table.rows[1:]]
    assert cells == [[line.phase, line.words, line.number] for line in lines(counts, template)]
    assert ["Screening", "Records screened", "945"] in cells


def test_a_broken_identity_names_its_records(client: Client, mixed: Mixed, alice: User) -> None:
    record = mixed.records["Scopus"][0]
    mixed.both(record, Verdict.INCLUDE)
    mixed.both(record, Verdict.EXCLUDE, FT, mixed.reasons[0])
    picture = picture_at(mixed.review, Asked())
    assert not any(faults(picture).values())
    broken = replace(picture, boxes={**picture.boxes, "dbr_excluded/Reason 1": frozenset()})
    assert faults(broken)["dbr_reasons"] == {record.pk}
    client.force_login(alice)
    here = reverse("reporting:box", args=[mixed.review.pk])
    assert client.get(here, {"fault": "dbr_reasons"}).context["total"] == 0
    assert client.get(here, {"fault": "nonsense"}).status_code == 404


def test_every_number_of_the_diagram_is_a_link(client: Client, mixed: Mixed, alice: User) -> None:
    mixed.both(mixed.records["Scopus"][0], Verdict.INCLUDE)
    mixed.both(mixed.records["CENTRAL"][0], Verdict.INCLUDE)
    mixed.both(mixed.records["Scopus"][0], Verdict.EXCLUDE, FT, mixed.reasons[0])
    client.force_login(alice)
    page = client.get(reverse("reporting:prisma", args=[mixed.review.pk]))
    assert [line.words for line, url in page.context["lines"] if not url] == []
    for line, url in page.context["lines"]:
        number = line.number.replace(",", "")
        assert client.get(url).context["total"] == int(number), line
