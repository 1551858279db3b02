"""The reading list under a person's hands."""

import pytest
from playwright.sync_api import expect

from reviewapp.accounts.models import User
from reviewapp.reviews.models import Review
from screening.choices import Stage
from screening.models import ScreeningDecision, ScreeningNote
from tests.browser.conftest import DESKTOP, PHONE, Sit
from tests.factories import CriterionFactory, RecordFactory

pytestmark = pytest.mark.browser
TITLES = ("First of the morning", "Second cup", "Third thoughts")


@pytest.fixture
def review(transactional_db: None, review: Review) -> Review:
    for title in TITLES:
        RecordFactory(review=review, title=title)
    for code in ("E1", "E2"):
        CriterionFactory(review=review, code=code)
    return review


@pytest.fixture
def reading(review: Review) -> str:
    return f"/reviews/{review.pk}/desk/list/"


def votes_of(user: User) -> list[tuple[str, str]]:
    rows = ScreeningDecision.objects.filter(reviewer=user, superseded_at=None).order_by("record_id")
    return list(rows.values_list("record__title", "verdict"))


def test_keys_decide_the_marked_record_and_mark_the_next(
    sit_down: Sit, reading: str, bob: User, review: Review
) -> None:
    page = sit_down(bob).go(reading)
    marked = page.locator(".row-record[aria-current] h2.record-title")
    expect(marked).to_have_text(TITLES[0])
    page.keyboard.press("2")
    page.keyboard.press("e")
    expect(marked).to_have_text(TITLES[1])
    page.keyboard.press("j")
    expect(marked).to_have_text(TITLES[2])
    page.keyboard.press("n")
    page.keyboard.type("only letters: i e m")
    page.keyboard.press("Escape")
    page.keyboard.press("i")
    expect(page.locator("[data-figures]")).to_have_text("2 of 3")
    assert votes_of(bob) == [(TITLES[0], "exclude"), (TITLES[2], "include")]
    assert ScreeningDecision.objects.get(verdict="exclude").criterion == review.criteria.get(code="E2")
    assert ScreeningNote.objects.get().text == "only letters: i e m"
    page.keyboard.press("u")
    expect(page.locator("[data-figures]")).to_have_text("1 of 3")
    expect(marked).to_have_text(TITLES[2])
    page.keyboard.press("k")
    expect(marked).to_have_text(TITLES[1])
    assert votes_of(bob) == [(TITLES[0], "exclude")]


def test_a_mind_changed_on_the_same_page_is_a_new_decision(sit_down: Sit, reading: str, bob: User) -> None:
    page = sit_down(bob).go(reading)
    page.keyboard.press("i")
    page.keyboard.press("k")
    page.keyboard.press("m")
    expect(page.locator(".row-record").first.get_by_role("button", name="Maybe")).to_have_attribute(
        "aria-pressed", "true"
    )
    expect(page.locator(".row-record[aria-current] h2.record-title")).to_have_text(TITLES[1])
    page.wait_for_load_state("networkidle")
    assert votes_of(bob) == [(TITLES[0], "maybe")]


def test_a_decision_made_without_a_network_is_sent_once_when_it_is_back(sit_down: Sit, reading: str, bob: User) -> None:
    sitting = sit_down(bob)
    page = sitting.go(reading)
    page.wait_for_load_state("networkidle")
    sitting.context.route("**/decide/", lambda route: route.abort())
    page.keyboard.press("i")
    page.keyboard.press("e")
    expect(page.locator("[data-unsent]")).to_have_text("2 unsent")
    assert votes_of(bob) == []
    page.reload()  # what waits in this browser stands on the rows as it will be
    expect(page.locator(".row-record[aria-current] h2.record-title")).to_have_text(TITLES[2])
    sitting.context.unroute_all()
    expect(page.locator("[data-figures]")).to_have_text("2 of 3")
    assert votes_of(bob) == [(TITLES[0], "include"), (TITLES[1], "exclude")]


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_rows_work_with_a_pointer_and_fit_the_window(
    sit_down: Sit, reading: str, bob: User, viewport: dict[str, int]
) -> None:
    page = sit_down(bob, viewport=viewport, has_touch=viewport == PHONE).go(reading)
    assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
    second = page.locator(".row-record").nth(1)
    second.get_by_role("button", name="Exclude").click()
    expect(page.locator(".row-record[aria-current] h2.record-title")).to_have_text(TITLES[2])
    said = page.get_by_role("status").locator(".toast.decision")
    expect(said).to_contain_text(TITLES[1])
    said.get_by_role("button", name="Undo").click()
    expect(page.locator(".row-record[aria-current] h2.record-title")).to_have_text(TITLES[1])
    assert votes_of(bob) == []


def test_the_list_works_without_scripts(sit_down: Sit, reading: str, bob: User) -> None:
    page = sit_down(bob, java_script_enabled=False).go(f"{reading}?q=cup")
    page.get_by_role("button", name="Include").click()
    expect(page.get_by_text("No record that waits for you fits these filters")).to_be_visible()
    assert votes_of(bob) == [(TITLES[1], "include")]


def test_the_desk_leads_to_the_list_and_back(sit_down: Sit, reading: str, bob: User, review: Review) -> None:
    page = sit_down(bob).go(f"/reviews/{review.pk}/desk/{Stage.TITLE_ABSTRACT}/")
    page.get_by_role("link", name="Read as a list").click()
    page.get_by_role("link", name="One at a time").click()
    expect(page.locator("form.desk h1")).to_have_text(TITLES[0])
