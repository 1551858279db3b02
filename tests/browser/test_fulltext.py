"""Full texts under a person's hands: the reader beside the desk, and a pile of PDFs dropped at once."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from playwright.sync_api import Page, expect

from reviewapp.accounts.models import User
from reviewapp.reviews.models import Review
from screening.choices import Stage
from screening.documents import ReadingPlace
from screening.models import Record, Report
from screening.services import reports
from tests.browser.conftest import PHONE, Sit
from tests.factories import RecordFactory
from tests.screening.fulltext.pdfs import pdf_of
from tests.screening.helpers import to_full_text

pytestmark = pytest.mark.browser
expect.set_options(timeout=30_000)
TEXT = "Members spoke of hope and of the\nfear of being seen in company."
FILLER = "\n".join(f"Line {n} of what was said." for n in range(40))


@pytest.fixture
def report(transactional_db: None, review: Review, bob: User, carol: User) -> Report:
    record = RecordFactory(review=review, title="Walking together: a study of company", doi="10.5555/walk.1")
    report = to_full_text(record, bob, carol)
    content = pdf_of(TEXT, FILLER, FILLER, f"{FILLER}\nFear came back.")
    return reports.attach_file(actor=bob, report=report, file=SimpleUploadedFile("walk.pdf", content))


@pytest.fixture
def desk(report: Report) -> str:
    return f"/reviews/{report.review_id}/desk/{Stage.FULL_TEXT}/"


def drawn(page: Page, number: int) -> None:
    expect(page.locator(f'.reader-page[data-number="{number}"] img')).to_be_visible()
    expect(page.locator(f'.reader-page[data-number="{number}"] .reader-text span').first).to_be_attached()


def test_words_are_selected_with_page_and_offsets_and_go_into_the_note(sit_down: Sit, desk: str, bob: User) -> None:
    page = sit_down(bob).go(desk)
    drawn(page, 1)
    told = page.evaluate(
        """() => new Promise((resolve) => {
            document.addEventListener("reader:select", (event) => resolve(event.detail.parts), { once: true });
            const [first, second] = document.querySelectorAll(".reader-page[data-number='1'] [data-line]");
            getSelection().setBaseAndExtent(first.firstChild, 17, second.firstChild, 4);
        })"""
    )
    assert told == [{"page": 1, "start": 17, "end": 37, "text": "hope and of the\nfear"}]
    page.get_by_role("button", name="To my note").click()
    expect(page.locator("[data-kept]")).to_have_text("kept")
    assert page.locator("textarea[name=note]").input_value() == "“hope and of the fear” (p. 1)"


def test_the_text_lies_where_the_picture_shows_it(sit_down: Sit, desk: str, bob: User) -> None:
    page = sit_down(bob).go(desk)
    drawn(page, 1)
    line = page.locator(".reader-page[data-number='1'] [data-line]").first.bounding_box()
    sheet = page.locator(".reader-page[data-number='1'] .reader-sheet").bounding_box()
    assert line is not None
    assert sheet is not None
    assert abs((line["x"] - sheet["x"]) / sheet["width"] - 72 / 595.28) < 0.01
    assert abs((line["y"] - sheet["y"]) / sheet["height"] - (842 - 760 - 12) / 842) < 0.02
    # A drag over the picture selects these words.
    page.mouse.move(line["x"] + 1, line["y"] + line["height"] / 2)
    page.mouse.down()
    page.mouse.move(line["x"] + line["width"] - 1, line["y"] + line["height"] / 2, steps=8)
    page.mouse.up()
    expect(page.locator("[data-quote]")).to_have_text("Members spoke of hope and of the")


def test_search_marks_lists_and_walks_through_the_finds(sit_down: Sit, desk: str, bob: User) -> None:
    page = sit_down(bob).go(desk)
    drawn(page, 1)
    page.keyboard.press("s")
    page.keyboard.type("FEAR")
    page.keyboard.press("Enter")
    expect(page.locator("[data-count]")).to_have_text("1 of 2")
    expect(page.locator(".reader-marks i.current")).to_have_count(1)
    expect(page.locator("[data-hit]")).to_have_count(2)
    page.keyboard.press("Enter")
    expect(page.locator("[data-count]")).to_have_text("2 of 2")
    page.keyboard.press("Escape")  # leaves the field and keeps the finds
    expect(page.locator("[data-count]")).to_have_text("2 of 2")
    expect(page.locator("input[data-number]")).to_have_value("4")
    drawn(page, 4)


def test_place_size_and_turn_are_remembered(sit_down: Sit, desk: str, bob: User) -> None:
    sitting = sit_down(bob)
    page = sitting.go(desk)
    drawn(page, 1)
    with page.expect_response(lambda answer: answer.url.endswith("/place/") and answer.status == 204):
        page.keyboard.press("]")
        page.keyboard.press("+")
        page.keyboard.press("r")
        page.keyboard.press("]")
    place = ReadingPlace.objects.get(reader=bob)
    assert (place.page, place.turned) == (3, 90)
    assert place.zoom
    page = sitting.go(desk)
    drawn(page, 3)
    expect(page.locator("[data-percent]")).to_have_text(f"{place.zoom} %")
    page.keyboard.press("t")
    expect(page.locator(".thumb")).to_have_count(4)
    expect(page.locator(".thumb img")).to_have_count(4)


def test_it_can_be_read_on_a_telephone_and_without_scripts(sit_down: Sit, desk: str, bob: User, report: Report) -> None:
    page = sit_down(bob, viewport=PHONE, has_touch=True).go(desk)
    drawn(page, 1)
    box = page.locator(".reader-page[data-number='1']").bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= PHONE["width"]
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    plain = sit_down(bob, java_script_enabled=False).go(desk)
    expect(plain.get_by_alt_text("Page 1", exact=True)).to_be_visible()


def test_the_next_report_brings_its_own_reader(
    sit_down: Sit, desk: str, bob: User, carol: User, report: Report
) -> None:
    other: Record = RecordFactory(review=report.review, title="Another walk")
    reports.attach_file(
        actor=bob, report=to_full_text(other, bob, carol), file=SimpleUploadedFile("other.pdf", pdf_of("Second words"))
    )
    page = sit_down(bob).go(desk)
    drawn(page, 1)
    page.keyboard.press("i")
    expect(page.locator("tandem-reader")).to_have_attribute("data-name", "other.pdf")
    drawn(page, 1)
    expect(page.locator(".reader-text span").first).to_have_text("Second words")


@pytest.mark.usefixtures("worker")
def test_a_pile_of_pdfs_is_dropped_matched_and_confirmed(
    sit_down: Sit, review: Review, report: Report, bob: User, carol: User
) -> None:
    wanted = [
        to_full_text(RecordFactory(review=review, title=title, doi=f"10.5555/pile.{number}"), bob, carol)
        for number, title in enumerate(
            ("Disclosure in company: focus groups on stigma", "Elders as companions at home")
        )
    ]
    pile = [
        ("one.pdf", pdf_of("Disclosure in company: focus groups on stigma\ndoi:10.5555/pile.0")),
        ("Elders as companions.pdf", pdf_of("Elders as companions at home")),
        ("trains.pdf", pdf_of("Trains in Norway")),
        ("empty.pdf", b""),
    ]
    page = sit_down(bob).go(f"/reviews/{review.pk}/drops/")
    page.set_input_files(
        "#files", [{"name": name, "mimeType": "application/pdf", "buffer": content} for name, content in pile]
    )
    expect(page.locator("[data-upload-refused] li")).to_have_text(
        "empty.pdf: The file is empty (0 bytes). It was not kept."
    )
    page.get_by_role("link", name="See what was matched").click()
    expect(page.get_by_text("trains.pdf")).to_be_visible()
    expect(page.locator(".dropped .badge", has_text="Attached")).to_have_count(1)
    expect(page.locator(".dropped .badge", has_text="Waiting")).to_have_count(0)
    page.get_by_role("button", name="It is this one").click()
    expect(page.locator(".dropped .badge", has_text="Attached")).to_have_count(2)
    assert {each.filename for each in Report.objects.filter(pk__in=[one.pk for one in wanted])} == {
        pile[0][0],
        pile[1][0],
    }
    page.get_by_role("button", name="Undo").first.click()
    expect(page.locator(".dropped .badge", has_text="Attached")).to_have_count(1)
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
