"""One whole review by hand: four people, four browsers, from an empty server to the finished diagram."""

import csv
import io
import re
from pathlib import Path
from urllib.parse import urlsplit
from xml.etree import ElementTree

import pypdfium2
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.acts import invite, join, open_conflict, screen, sign_up, title_at_desk
from tests.browser.conftest import Person, Sit
from tests.browser.files import FILES, TITLES, key_of, pdf

pytestmark = pytest.mark.browser

BOB_TITLES = {"A": "i", "B": "i", "C": "i", "D": "e", "E": "e", "F": "i", "G": "e", "H": "i"}
CAROL_TITLES = {"A": "i", "B": "m", "C": "i", "D": "e", "E": "e", "F": "e", "G": "i", "H": "i"}
BOB_TEXTS = {"A": ["i"], "B": ["1", "e"], "C": ["1", "e"], "F": ["i"], "H": ["i"]}
CAROL_TEXTS = {"A": ["i"], "B": ["1", "e"], "C": ["2", "e"], "F": ["i"], "H": ["i"]}
NUMBERS = {
    "database_results": 12,
    "database_specific_results/Scopus": 5,
    "database_specific_results/PubMed": 4,
    "database_specific_results/CINAHL": 3,
    "duplicates": 4,
    "records_screened": 8,
    "records_excluded": 2,
    "dbr_sought_reports": 6,
    "dbr_notretrieved_reports": 1,
    "dbr_assessed": 5,
    "dbr_excluded/Not in English": 1,
    "dbr_excluded/Insufficient data": 1,
    "new_studies": 3,
    "new_reports": 3,
}


def test_a_team_goes_from_an_empty_server_to_a_finished_diagram(sit_down: Sit, worker: None, tmp_path: Path) -> None:
    alice, bob, carol, tess = (sit_down() for _ in range(4))
    review = _alice_creates_the_review(alice)
    _alice_lays_the_protocol(alice, review)
    reviewer = ["Screen titles and abstracts", "Screen full texts"]
    join(bob, invite(alice, review, "bob@example.org", reviewer), "Bob")
    join(carol, invite(alice, review, "carol@example.org", reviewer), "Carol")
    join(tess, invite(alice, review, "tess@example.org", ["Settle conflicts"]), "Tess")

    for source in FILES:
        _alice_imports(alice, review, source)
    _alice_finds_duplicates_and_judges_the_pair(alice, review)

    bobs = screen(bob, review, "title_abstract", BOB_TITLES)
    assert sorted(bobs) == sorted(TITLES)
    assert sorted(screen(carol, review, "title_abstract", CAROL_TITLES)) == sorted(TITLES)
    _two_agree(bob, carol, review)
    _third_assessor_rules(tess, review, "Online groups after diagnosis")

    _full_texts_are_found(bob, review)
    _pages_stand_beside_the_desk(bob, review)
    assert sorted(screen(bob, review, "full_text", BOB_TEXTS)) == sorted(BOB_TEXTS)
    assert sorted(screen(carol, review, "full_text", CAROL_TEXTS)) == sorted(CAROL_TEXTS)
    _third_assessor_settles_the_reason(tess, review)

    _diagram_shows(alice, review, NUMBERS)
    _every_number_opens_what_it_counts(alice, NUMBERS)
    _figure_can_be_taken_along(alice, review, tmp_path)


def _alice_creates_the_review(alice: Person) -> str:
    alice.go("/accounts/signup/")
    sign_up(alice, "Alice")
    page = alice.go("/reviews/new/")
    page.get_by_role("textbox", name="Title").fill("Living with peer support")
    page.get_by_role("textbox", name="Question").first.fill("How do adults experience peer support groups?")
    for box in page.get_by_role("checkbox").all():
        box.uncheck()
    page.get_by_role("button", name="Create the review").click()
    page.wait_for_url(re.compile(r"/reviews/[0-9a-f-]{36}/$"))
    return urlsplit(page.url).path


def _alice_lays_the_protocol(alice: Person, review: str) -> None:
    page = alice.go(f"{review}protocol/")
    page.get_by_text("Add a criterion").click()
    page.get_by_label("Criterion", exact=True).fill("Adults tell of their own experience")
    page.get_by_role("button", name="Add the criterion").click()
    expect(page.get_by_text("Adults tell of their own experience").first).to_be_visible()
    for reason in ("Not in English", "Insufficient data"):
        field = page.get_by_label("Reason", exact=True)
        if not field.is_visible():
            page.get_by_text("Add a reason").click()
        field.fill(reason)
        page.get_by_role("button", name="Add the reason").click()
        expect(page.locator("#reason-list").get_by_text(reason)).to_be_visible()


def _alice_imports(alice: Person, review: str, source: str) -> None:
    name, content, count = FILES[source]
    page = alice.go(f"{review}searches/add/")
    page.get_by_label("Database or register").fill(source)
    page.get_by_label("Hits reported").fill(str(count))
    page.get_by_role("textbox", name="Strategy").fill('"peer support" AND group*')
    page.get_by_role("button", name="Save the search").click()
    page.get_by_label("Export files").set_input_files(
        {"name": name, "mimeType": "application/octet-stream", "buffer": content.encode()}
    )
    page.get_by_role("button", name="Upload", exact=True).click()
    page.get_by_role("button", name=f"Import {count} references").click()
    expect(page.get_by_text(f"{count} references are in the review")).to_be_visible()
    expect(page.get_by_text("No problem was found in the file.")).to_be_visible()


def _alice_finds_duplicates_and_judges_the_pair(alice: Person, review: str) -> None:
    page = alice.go(f"{review}duplicates/")
    page.get_by_role("button", name="Look for duplicates").click()
    page.get_by_role("link", name="Judge 1 pair").click()
    expect(page.get_by_role("heading", name="Are these the same report?")).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text("Sitting in a circle")
    page.keyboard.press("s")
    expect(page.get_by_text("No pair waits for a person")).to_be_visible()


def _two_agree(bob: Person, carol: Person, review: str) -> None:
    """Bob and Carol talk about F; Bob proposes, Carol confirms. Neither is named to the other while it is open."""
    page = open_conflict(bob, review, "Trained peers at the clinic door")
    page.get_by_label("Write to the others").fill("The peers speak in the findings, not only the families.")
    page.get_by_role("button", name="Say it").click()
    expect(page.locator(".thread")).to_contain_text("The peers speak in the findings")
    page.get_by_label("Agree").get_by_role("button", name="Include").click()
    expect(page.get_by_text("Waits for the others to confirm.")).to_be_visible()

    page = open_conflict(carol, review, "Trained peers at the clinic door")
    expect(page.locator(".thread")).to_contain_text("The peers speak in the findings")
    expect(page.get_by_role("main")).not_to_contain_text("Bob")
    page.get_by_role("button", name="Confirm").click()
    carol.go(f"{review}conflicts/?show=settled")
    expect(page.get_by_role("row", name=re.compile("Trained peers"))).to_contain_text("Agreement of the voters")


def _third_assessor_rules(tess: Person, review: str, beginning: str) -> None:
    page = open_conflict(tess, review, beginning)
    expect(page.get_by_role("main")).to_contain_text("Reviewer 1")
    expect(page.get_by_role("main")).not_to_contain_text("Carol")
    page.get_by_label("Why", exact=True).fill("Narratives of members are what the question asks for.")
    page.get_by_label("Ruling").get_by_role("button", name="Include").click()
    tess.go(f"{review}conflicts/?show=settled")
    expect(page.get_by_role("row", name=re.compile(beginning))).to_contain_text("Ruling of the third assessor")


def _full_texts_are_found(bob: Person, review: str) -> None:
    page = bob.go(f"{review}reports/")
    assert page.locator("tr[data-report]").count() == 6
    row = _row(page, "A")
    row.locator("input[type=file]").set_input_files(
        {"name": "okello-2021.pdf", "mimeType": "application/pdf", "buffer": pdf("Walking together")}
    )
    expect(_row(page, "A")).to_contain_text("2 pages")
    expect(_row(page, "A")).to_contain_text("Retrieved")
    _mark(page, ["B", "C", "F", "H"], "Retrieved", "From the library")
    _mark(page, ["G"], "Not retrieved", "The library has no copy and the author did not answer")
    for key, state in {"B": "Retrieved", "G": "Not retrieved"}.items():
        expect(_row(page, key).locator(".badge")).to_have_text(re.compile(state))


def _row(page: Page, key: str):  # type: ignore[no-untyped-def]
    return page.locator("tr[data-report]").filter(has_text=TITLES[key][:30])


def _mark(page: Page, keys: list[str], state: str, note: str) -> None:
    for key in keys:
        _row(page, key).get_by_role("checkbox").check()
    page.get_by_label("Mark the chosen as").select_option(label=state)
    page.get_by_label("Note, or why not retrieved").fill(note)
    page.get_by_role("button", name="Mark", exact=True).click()
    expect(_row(page, keys[0])).to_contain_text(note)


def _pages_stand_beside_the_desk(bob: Person, review: str) -> None:
    page = bob.go(f"{review}desk/full_text/")
    assert key_of(title_at_desk(page)) == "A"
    picture = page.locator(".document img").first
    expect(picture).to_have_attribute("alt", "Page 1")
    expect(page.get_by_role("region", name="Pages of okello-2021.pdf")).to_be_visible()
    page.wait_for_function("() => document.querySelector('.document img').naturalWidth > 300")


def _third_assessor_settles_the_reason(tess: Person, review: str) -> None:
    page = open_conflict(tess, review, "Disclosure in company")
    expect(page.get_by_role("main")).to_contain_text("Not in English")
    expect(page.get_by_role("main")).to_contain_text("Insufficient data")
    page.get_by_label("Why", exact=True).fill("It is in English; the groups are not told apart.")
    page.get_by_label("Reason").select_option(label="2. Insufficient data")
    page.get_by_label("Ruling").get_by_role("button", name="Exclude").click()
    tess.go(f"{review}conflicts/?show=settled&stage=full_text")
    expect(page.get_by_role("row", name=re.compile("Disclosure"))).to_contain_text("Insufficient data")


def _diagram_shows(alice: Person, review: str, numbers: dict[str, int]) -> None:
    page = alice.go(f"{review}report/")
    shown = page.locator("figure.prisma svg a").evaluate_all(
        """links => links.map(link => [new URL(link.href.baseVal, location).searchParams.get("box"), link.textContent])"""
    )
    found = {key: int(re.findall(r"[\d,]+", words)[-1].replace(",", "")) for key, words in shown}
    assert found | numbers == found
    assert page.locator(".identities .fails, .identities .warns").count() == 0


def _every_number_opens_what_it_counts(alice: Person, numbers: dict[str, int]) -> None:
    addresses = alice.page.locator("figure.prisma svg a").evaluate_all(
        """links => links.map(link => new URL(link.href.baseVal, location)).map(url => [url.searchParams.get("box"), url.href])"""
    )
    for key, address in dict(addresses).items():
        page = alice.go(address)
        if key in numbers:
            assert page.locator("table.list tbody tr").count() == numbers[key], key
    page = alice.go(dict(addresses)["dbr_notretrieved_reports"])
    expect(page.locator("table.list tbody tr")).to_contain_text(TITLES["G"])


def _figure_can_be_taken_along(alice: Person, review: str, folder: Path) -> None:
    page = alice.go(f"{review}report/")
    for form, words in {"svg": "SVG", "png": "PNG", "pdf": "PDF, as a page", "csv": "CSV, for"}.items():
        page.locator("details.menu summary", has_text="Export").click()
        with page.expect_download() as download:
            page.get_by_role("link", name=re.compile(f"^{words}")).click()
        download.value.save_as(folder / f"prisma.{form}")
        page.keyboard.press("Escape")
        page.reload()
    assert ElementTree.parse(folder / "prisma.svg").getroot().tag.endswith("svg")  # noqa: S314  # our own file
    with Image.open(folder / "prisma.png") as picture:
        assert picture.format == "PNG"
        assert picture.width > 1000
    with pypdfium2.PdfDocument(folder / "prisma.pdf") as document:
        text = document[0].get_textpage().get_text_bounded()
    assert "n = 12" in text
    rows = list(csv.DictReader(io.StringIO((folder / "prisma.csv").read_text("utf-8-sig"))))
    counts = {row["data"]: row["n"] for row in rows}
    assert counts["records_screened"] == "8"
    assert counts["new_studies"] == "3"
