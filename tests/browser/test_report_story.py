"""A lead chooses what the report holds, a worker draws it, and what is downloaded opens elsewhere; two people fill in a checklist."""

from pathlib import Path

import docx
import pypdfium2
import pytest
from playwright.sync_api import Page, expect

from reviewapp.accounts.models import User
from reviewapp.reporting.models import ChecklistEntry
from reviewapp.reviews.models import Review
from tests.appraisal.conftest import include_study
from tests.browser.conftest import PATIENCE, Sit

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("worker")]


@pytest.fixture
def review(transactional_db: None, review: Review) -> Review:
    review.question = "How is peer support lived?"
    review.save()
    include_study(review, "Okello 2021", title="Living with it", authors=["Okello, T"], year=2021)
    return review


def drawn(page: Page, form: str, to: Path) -> Path:
    """Have the report drawn, wait for the worker, and download the file."""
    page.get_by_text("Draw a file").click()
    page.get_by_role("button", name=form, exact=True).click()
    link = page.get_by_role("link", name=form, exact=True)
    expect(link).to_be_visible(timeout=PATIENCE)
    with page.expect_download() as download:
        link.click()
    path = to / download.value.suggested_filename
    download.value.save_as(path)
    return path


def test_a_report_is_chosen_drawn_and_opened_elsewhere(
    sit_down: Sit, review: Review, alice: User, tmp_path: Path
) -> None:
    page = sit_down(alice).go(f"/reviews/{review.pk}/report/document/")
    expect(page.get_by_role("heading", name="Still missing")).to_be_visible()
    page.get_by_role("link", name="Choose sections").click()
    page.get_by_label("Move “References of the included studies” up").click()
    page.get_by_role("checkbox", name="Removal of duplicates").uncheck()
    page.get_by_label("References in the style").select_option("apa")
    page.get_by_role("button", name="Set it for everybody").click()
    expect(page.get_by_text("The report is set for everybody.")).to_be_visible()

    file = docx.Document(str(drawn(page, "Word", tmp_path)))
    headings = [p.text for p in file.paragraphs if p.style is not None and p.style.name == "Heading 1"]
    assert headings == [
        "Review question", "Selection of studies", "Agreement between reviewers", "References of the included studies",
        "Contributions", "Appendix: search strategies", "Record of the review",
    ]  # fmt: skip
    assert file.tables[0].rows[1].cells[1].text == "How is peer support lived?"
    assert any("Okello, T. (2021). Living with it." in p.text for p in file.paragraphs)

    made = pypdfium2.PdfDocument(drawn(page, "PDF", tmp_path))
    text = "".join(one.get_textpage().get_text_range() for one in made)
    assert "How is peer support lived?" in text

    page.goto(drawn(page, "HTML", tmp_path).as_uri())
    expect(page.get_by_role("heading", name="Selection of studies")).to_be_visible()


def test_two_people_write_on_one_item(sit_down: Sit, review: Review, bob: User, carol: User, tmp_path: Path) -> None:
    place = f"/reviews/{review.pk}/report/checklists/entreq/2/"
    at_bob, at_carol = sit_down(bob).go(place), sit_down(carol).go(place)
    at_bob.get_by_label("Your text").fill("Thematic synthesis")
    at_bob.get_by_label("Status").select_option("done")
    at_bob.get_by_role("button", name="Save", exact=True).click()
    expect(at_bob.get_by_text("1 of 21 items answered")).to_be_visible()

    at_carol.get_by_label("Your text").fill("Meta-ethnography")
    at_carol.get_by_role("button", name="Save", exact=True).click()
    expect(at_carol.get_by_text("Thematic synthesis", exact=True)).to_be_visible()
    expect(at_carol.get_by_label("Your text")).to_have_value("Meta-ethnography")
    at_carol.get_by_label("Your text").fill("Thematic synthesis, no meta-ethnography")
    at_carol.get_by_role("button", name="Save", exact=True).click()
    expect(at_carol.get_by_text("Thematic synthesis, no meta-ethnography")).to_be_visible()
    assert ChecklistEntry.objects.get().changed_by == carol

    with at_carol.expect_download() as download:
        at_carol.get_by_role("link", name="Word").click()
    download.value.save_as(tmp_path / "entreq.docx")
    rows = docx.Document(str(tmp_path / "entreq.docx")).tables[0].rows
    assert rows[2].cells[3].text == "Thematic synthesis, no meta-ethnography"
