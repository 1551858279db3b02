"""A coder at work by keyboard alone: select, code, in vivo, recent codes, nothing here, undo, walk; a network that fails."""

import pytest
from playwright.sync_api import Page, Route, expect

from reviewapp.accounts.models import User
from reviewapp.reviews.choices import Task
from reviewapp.reviews.models import Review
from screening.models import Study
from synthesis.models import Coding, CodingAssignment, SetAside
from synthesis.services.texts import add_text
from tests.appraisal.conftest import include_study
from tests.browser.conftest import Sit
from tests.conftest import person

pytestmark = pytest.mark.browser
CONTENT = (
    "Belonging 😀 and being seen\n"
    "Participants stopped feeling alone. One woman had told nobody.\n"
    "قالت إنها لم تعد وحدها بعد ذلك\n"
    "The group became the place where questions could be asked."
)


@pytest.fixture
def study(transactional_db: None, review: Review) -> Study:
    for membership in review.memberships.filter(user__name__in=["Bob", "Carol"]):
        membership.tasks = [*membership.tasks, Task.CODE]
        membership.save()
    study = include_study(review, "Okello 2021")
    for who in ("Bob", "Carol"):
        CodingAssignment.objects.create(study=study, person=person(who))
    add_text(actor=person("Alice"), study=study, title="Findings", content=CONTENT)
    return study


def quotes() -> list[tuple[str, str]]:
    rows = Coding.objects.filter(removed_at=None).order_by("start", "end", "code__name")
    return list(rows.values_list("code__name", "quote"))


def settled(page: Page) -> None:
    """Everything is sent and answered."""
    expect(page.locator(".name.unsent")).to_have_count(0)


def test_a_coder_works_by_keyboard_alone(sit_down: Sit, study: Study, bob: User) -> None:
    page = sit_down(bob).go(f"/reviews/{study.review_id}/coding/studies/{study.pk}/")
    keys = page.keyboard
    expect(page.locator("#text li[data-s]")).to_have_count(4)
    # A word behind an astral character, by arrows: first the caret on "and", then to the end of "being".
    for key in ("ArrowRight", "ArrowRight", "Shift+ArrowRight", "Shift+ArrowRight"):
        keys.press(key)
    keys.press("c")
    keys.type("being there")
    keys.press("Enter")
    expect(page.locator(".m .name:not(.unsent)")).to_have_text(["being there"])
    # The line, in its own words; the Arabic line with the last code; a sentence with a recent one.
    keys.press("ArrowDown")
    keys.press("s")
    keys.press("v")
    expect(page.locator(".m .name:not(.unsent)")).to_have_count(2)
    keys.press("ArrowDown")
    keys.press("ArrowLeft")
    keys.press("Shift+ArrowLeft")
    keys.press("r")
    expect(page.locator(".m .name:not(.unsent)")).to_have_count(3)
    keys.press("ArrowDown")
    keys.press("c")
    keys.type("bei")
    keys.press("ArrowDown")
    keys.press("ArrowUp")
    keys.press("Enter")
    expect(page.locator(".m .name:not(.unsent)")).to_have_count(4)
    assert quotes() == [
        ("being there", "and being"),
        ("Participants stopped feeling alone", "Participants stopped feeling alone."),
        ("Participants stopped feeling alone", "إنها"),
        ("being there", "The group became the place where questions could be asked."),
    ]
    expect(page.locator("#meter-percent")).to_have_text("100 %")
    # Take the coding at the line in hand, off with it, and back.
    keys.press("k")
    expect(page.locator("#inhand strong")).to_have_text("being there")
    keys.press("Delete")
    expect(page.locator(".m .name")).to_have_count(3)
    expect(page.locator("#meter-percent")).to_have_text("75 %")
    keys.press("g")
    keys.press("x")
    expect(page.locator("#meter-percent")).to_have_text("100 %")
    keys.press("Control+z")
    expect(page.locator("#meter-percent")).to_have_text("75 %")
    keys.press("Control+z")
    expect(page.locator(".m .name:not(.none)")).to_have_count(4)
    keys.press("Control+Shift+Z")
    expect(page.locator(".m .name:not(.none)")).to_have_count(3)
    assert len(quotes()) == 3
    assert SetAside.objects.get().removed_at
    # Undo works after the page was loaded again.
    page.reload()
    keys.press("Control+z")
    expect(page.locator(".m .name")).to_have_count(4)
    # From one coding of a code to the next.
    page.locator(".m .name", has_text="being there").first.focus()
    keys.press("Enter")
    keys.press("]")
    page.wait_for_url("**coding=*")
    expect(page.locator("#inhand blockquote")).to_have_text(
        "The group became the place where questions could be asked."
    )


def test_an_act_without_a_network_is_kept_and_sent_once(sit_down: Sit, study: Study, bob: User) -> None:
    sitting = sit_down(bob)
    page = sitting.go(f"/reviews/{study.review_id}/coding/studies/{study.pk}/")
    expect(page.locator("#bank-search")).to_be_visible()

    def fail(route: Route) -> None:
        route.abort()

    page.route("**/codings/", fail)
    page.keyboard.press("c")
    page.keyboard.type("belonging")
    page.keyboard.press("Enter")
    expect(page.locator(".name.unsent")).to_have_text("belonging")
    expect(page.locator("#unsent")).to_have_text("1 unsent")
    assert quotes() == []
    page.unroute("**/codings/", fail)
    expect(page.locator(".m .name:not(.unsent)")).to_have_text("belonging")
    settled(page)
    assert quotes() == [("belonging", "Belonging 😀 and being seen")]
