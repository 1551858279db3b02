"""Three people in three browsers appraise one study, differ, and settle, with keys alone."""

import pytest
from playwright.sync_api import Page, expect

from appraisal.instruments import shipped
from appraisal.models import Answer, Assignment, Comparison, Instrument, Settlement
from appraisal.services.assignments import assign
from appraisal.services.instruments import adopt
from reviewapp.accounts.models import User
from reviewapp.reviews.choices import Task
from reviewapp.reviews.models import Review
from screening.models import Study
from tests.appraisal.conftest import include_study
from tests.browser.conftest import PHONE, Sit

pytestmark = pytest.mark.browser
YES, CANT_TELL, NO = "1", "2", "3"


@pytest.fixture
def review(transactional_db: None, review: Review) -> Review:
    for member in review.memberships.filter(user__name__in=["Bob", "Carol"]):
        member.tasks = [*member.tasks, Task.APPRAISE]
        member.save()
    return review


@pytest.fixture
def study(review: Review) -> Study:
    return include_study(review, "Okello 2021", abstract="Twelve people told of their group. It gave them hope.")


@pytest.fixture
def casp(review: Review, study: Study, alice: User, bob: User, carol: User) -> Instrument:
    made = adopt(actor=alice, review=review, shipped=shipped()["casp-qualitative"])
    assign(actor=alice, instrument=made, study=study, people=[bob, carol])
    return made


def bench_of(who: User) -> str:
    assignment = Assignment.objects.get(person=who)
    return f"/reviews/{assignment.instrument.review_id}/assignments/{assignment.pk}/"


def appraise(page: Page, answers: str) -> None:
    """Answer all questions by number, walking down, and finish."""
    page.keyboard.press("j")
    for key in answers:
        page.keyboard.press(key)
        page.keyboard.press("j")
    expect(page.locator("[data-count]")).to_have_text("10 of 10 answered")
    expect(page.locator("[data-saved]")).to_have_text("Saved")
    page.keyboard.press("f")


def test_three_people_appraise_differ_and_settle_by_keys(
    sit_down: Sit, casp: Instrument, bob: User, carol: User, tess: User
) -> None:
    at_bob, at_carol, at_tess = sit_down(bob), sit_down(carol), sit_down(tess)
    page = at_bob.go(bench_of(bob))
    appraise(page, YES * 5 + CANT_TELL + YES + NO + YES * 2)
    expect(page.get_by_text("Okello 2021 is finished.")).to_be_visible()

    page = at_carol.go(bench_of(carol))
    expect(page.get_by_text("Nobody sees your answers before")).to_be_visible()
    appraise(page, YES * 10)
    expect(page.get_by_text("2 questions to settle.")).to_be_visible()

    # Carol proposes what stands for question 6, and Bob confirms.
    sixth = page.locator(".difference", has_text="relationship between researcher and participants")
    page.keyboard.press("j")
    while not sixth.evaluate("item => item === document.activeElement"):
        page.keyboard.press("j")
    page.keyboard.press(CANT_TELL)
    page.keyboard.press("Enter")
    expect(sixth.get_by_text("Waits for the others.")).to_be_visible()
    compared = Comparison.objects.get()
    address = f"/reviews/{casp.review_id}/comparisons/{compared.pk}/"
    page = at_bob.go(address)
    sixth = page.locator(".difference", has_text="relationship between researcher and participants")
    while not sixth.evaluate("item => item === document.activeElement"):
        page.keyboard.press("j")
    page.keyboard.press("c")
    expect(page.get_by_text("1 question to settle.")).to_be_visible()

    # On question 8 they do not agree: the third assessor rules, and does not know who said what.
    page = at_tess.go(address)
    assert not {"Bob", "Carol"} & set(page.locator("ol.compared").inner_text().split())
    eighth = page.locator(".difference", has_text="sufficiently rigorous")
    while not eighth.evaluate("item => item === document.activeElement"):
        page.keyboard.press("j")
    page.keyboard.press(YES)
    while page.evaluate("document.activeElement.name") != "rationale":
        page.keyboard.press("Tab")
    page.keyboard.type("The analysis is laid out in a figure.")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("Everything is settled.")).to_be_visible()
    assert sorted(Settlement.objects.values_list("how", flat=True)) == ["discussion", "third_assessor"]
    assert Answer.objects.filter(item__key="q8").count() == 2


def test_an_answer_in_two_windows_overwrites_nothing(sit_down: Sit, casp: Instrument, bob: User) -> None:
    here = sit_down(bob)
    page = here.go(bench_of(bob))
    other = here.context.new_page()
    other.goto(page.url)
    first = page.locator(".question").nth(2)
    first.locator('input[value="yes"]').check()
    expect(page.locator("[data-saved]")).to_have_text("Saved")
    question = other.locator(".question").nth(2)
    question.locator('input[value="no"]').check()
    expect(question.get_by_text("There it says: yes")).to_be_visible()
    assert Answer.objects.get().value == "yes"
    question.get_by_role("button", name="Keep what stands here").click()
    expect(other.locator("[data-saved]")).to_have_text("Saved")
    assert Answer.objects.get().value == "no"


def test_selected_words_become_a_quotation_on_a_telephone_too(sit_down: Sit, casp: Instrument, bob: User) -> None:
    page = sit_down(bob, viewport=PHONE).go(bench_of(bob))
    page.evaluate(
        "() => { const text = document.querySelector('.bench-record .abstract p').firstChild;"
        "const range = document.createRange(); range.setStart(text, 0); range.setEnd(text, 13);"
        "getSelection().removeAllRanges(); getSelection().addRange(range); }"
    )
    page.keyboard.press("q")
    expect(page.locator("[name=quotation]").first).to_have_value("Twelve people")
    expect(page.locator("[data-saved]")).to_have_text("Saved")
    assert Answer.objects.get().quotation == "Twelve people"
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
