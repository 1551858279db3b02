"""A team at work in three browsers: a pilot, records shared out, a conflict, its settlement, and somebody who leaves."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from reviewapp.reviews.choices import Task
from reviewapp.reviews.models import Review
from reviewapp.team.services import add_member
from screening.choices import Outcome, Stage
from screening.models import ScreeningDecision, ScreeningOutcome
from screening.queries.desk import queue
from tests.browser.acts import press, title_at_desk
from tests.browser.conftest import Person, Sit
from tests.conftest import person
from tests.factories import MembershipFactory, RecordFactory, ReviewFactory

pytestmark = pytest.mark.browser
TA = Stage.TITLE_ABSTRACT
SCREENS = [Task.SCREEN_TITLE_ABSTRACT]


@pytest.fixture
def review(transactional_db: None) -> Review:
    """Alice leads and settles, Bob and Carol screen; six records wait."""
    review = ReviewFactory(created_by=person("Alice"), title="Peer support")
    MembershipFactory(review=review, user=person("Alice"), tasks=[Task.LEAD, Task.SETTLE_CONFLICTS])
    for name in ("Bob", "Carol"):
        MembershipFactory(review=review, user=person(name), tasks=SCREENS)
    for number in range(1, 7):
        RecordFactory(review=review, title=f"Record number {number}", abstract="Adults tell of their groups.")
    return review


def judge(sitting: Person, review: Review, verdict: Callable[[int], str]) -> int:
    """Judge what waits at the desk until nothing waits; `verdict` says the key for the first, second, …"""
    page, count = sitting.go(f"/reviews/{review.pk}/desk/{TA}/"), 0
    while page.locator("form.desk[data-record]:not([aria-busy])").count():
        assert title_at_desk(page).startswith("Record number")
        press(page, verdict(count))
        count += 1
    expect(page.locator("[data-done]")).to_be_visible()
    return count


def shares(page: Page) -> dict[str, str]:
    """Who has how many of the records that wait, from the open page."""
    rows = page.get_by_role("region", name="Shares").get_by_role("row").all()[1:]
    return {
        row.locator("td").first.inner_text().split("\n")[-1].strip(): row.locator("td.num").first.inner_text()
        for row in rows
    }


def test_a_team_pilots_shares_out_disagrees_settles_and_loses_a_member(sit_down: Sit, review: Review) -> None:
    alice, bob, carol = (sit_down(person(name)) for name in ("Alice", "Bob", "Carol"))
    _pilot(alice, bob, carol, review)
    dora = add_member(actor=person("Alice"), review=review, user=person("Dora"), tasks=SCREENS).user
    _alice_shares_out(alice, review)

    assert judge(bob, review, lambda _: "i") == 4
    assert judge(carol, review, lambda _: "e") == 4
    _alice_settles_what_differs(alice, review)
    _carol_leaves(alice, review)

    assert judge(bob, review, lambda _: "e") == 2  # what Carol shared with Dora; her votes stand
    outcomes = ScreeningOutcome.objects.filter(record__review=review).values_list("outcome", flat=True)
    assert sorted(outcomes) == [Outcome.EXCLUDED] * 4
    assert ScreeningDecision.objects.filter(reviewer=person("Carol"), superseded_at=None).count() == 4
    assert queue(dora, review, TA).count() == 2


def _pilot(alice: Person, bob: Person, carol: Person, review: Review) -> None:
    page = alice.go(f"/reviews/{review.pk}/protocol/")
    page.get_by_role("link", name="Pilot and versions").click()
    page.get_by_label("Records").fill("2")
    page.get_by_label("Seed").fill("oak")
    page.get_by_role("button", name="Start the pilot").click()
    expect(page.get_by_role("heading", name="Pilot 1")).to_be_visible()
    assert judge(bob, review, lambda _: "i") == 2
    page.reload()
    expect(page.get_by_role("region", name="Progress").get_by_role("row", name=re.compile("Carol"))).to_contain_text(
        "2"
    )
    expect(page.get_by_text("What each said")).to_have_count(0)
    assert judge(carol, review, lambda number: "e" if number else "i") == 2
    for sitting in (alice, bob):
        sitting.go(page.url)
        expect(sitting.page.get_by_text("1 disagreement")).to_be_visible()
        expect(sitting.page.get_by_role("region", name="Votes of the pilot").get_by_role("row")).to_have_count(3)
    expect(bob.page.get_by_role("button", name="Start fresh")).to_have_count(0)

    criterion = alice.go(f"/reviews/{review.pk}/protocol/")
    criterion.get_by_text("Add a criterion").click()
    criterion.get_by_label("Criterion", exact=True).fill("Adults speak for themselves")
    criterion.get_by_role("button", name="Add the criterion").click()
    page = alice.go(f"/reviews/{review.pk}/pilots/")
    expect(page.get_by_text("Version 1")).to_be_visible()
    page.get_by_role("link", name=re.compile("Pilot 1")).click()
    page.get_by_role("button", name="Start fresh").click()
    expect(page.get_by_text("2 records are judged anew")).to_be_visible()
    assert queue(person("Bob"), review, TA).count() == 6


def _alice_shares_out(alice: Person, review: Review) -> None:
    page = alice.go(f"/reviews/{review.pk}/team/")
    page.get_by_role("link", name="Who judges what").click()
    assert shares(page) == {"Bob": "6", "Carol": "6", "Dora": "6"}
    page.get_by_role("radio", name=re.compile("Split evenly")).check()
    page.get_by_role("button", name="Show what that means").click()
    expect(page.get_by_text("Nothing is changed yet")).to_be_visible()
    page.get_by_role("button", name="Share out this way").click()
    expect(page.get_by_role("heading", name=re.compile("^Split evenly"))).to_be_visible()
    assert shares(page) == {"Bob": "4", "Carol": "4", "Dora": "4"}


def _alice_settles_what_differs(alice: Person, review: Review) -> None:
    page = alice.go(f"/reviews/{review.pk}/conflicts/?votes=include_exclude")
    assert page.get_by_role("region", name="Open conflicts").locator("tbody tr").count() == 2
    page.get_by_label("Choose all on this page").check()
    page.get_by_text("Rule on the chosen conflicts at once").click()
    page.get_by_label("Why").fill("Only providers speak in these.")
    page.get_by_role("button", name="Exclude the chosen").click()
    expect(page.get_by_text("2 conflicts are settled.")).to_be_visible()


def _carol_leaves(alice: Person, review: Review) -> None:
    page = alice.go(f"/reviews/{review.pk}/team/")
    page.get_by_role("row", name=re.compile("Carol")).get_by_role("link", name="Remove").click()
    page.get_by_role("button", name="Remove Carol").click()
    expect(page.get_by_text("Carol is no longer in this review")).to_be_visible()
    page.get_by_role("link", name="Who judges what").click()
    assert shares(page) == {"Bob": "4", "Dora": "4"}
