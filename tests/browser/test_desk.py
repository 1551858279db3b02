"""The desk under a person's hands: keys, a network that fails, a telephone."""

import pytest
from playwright.sync_api import Route, expect

from reviewapp.accounts.models import User
from reviewapp.reviews.models import Review
from screening.choices import Stage
from screening.models import Record, ScreeningDecision
from screening.services.preferences import choose_keys
from tests.browser.acts import press, title_at_desk
from tests.browser.conftest import DESKTOP, PHONE, Sit
from tests.browser.populate import populate
from tests.conftest import person
from tests.factories import CriterionFactory, RecordFactory

pytestmark = pytest.mark.browser
TITLES = ("First of the morning", "Second cup", "Third thoughts")


@pytest.fixture
def review(transactional_db: None, review: Review) -> Review:
    for title in TITLES:
        RecordFactory(review=review, title=title)
    return review


@pytest.fixture
def desk(review: Review) -> str:
    return f"/reviews/{review.pk}/desk/{Stage.TITLE_ABSTRACT}/"


def votes_of(user: User) -> list[tuple[str, str]]:
    rows = ScreeningDecision.objects.filter(reviewer=user, superseded_at=None).order_by("record_id")
    return list(rows.values_list("record__title", "verdict"))


def test_a_key_undoes_the_last_decision(sit_down: Sit, desk: str, bob: User) -> None:
    page = sit_down(bob).go(desk)
    press(page, "i")
    assert title_at_desk(page) == TITLES[1]
    page.keyboard.press("u")
    expect(page.locator("article.record h1")).to_have_text(TITLES[0])
    press(page, "e")
    expect(page.locator("[data-figures]")).to_have_text("1 of 3")
    assert votes_of(bob) == [(TITLES[0], "exclude")]


def test_keys_do_nothing_while_a_note_is_written(sit_down: Sit, desk: str, bob: User) -> None:
    page = sit_down(bob).go(desk)
    page.keyboard.press("n")
    page.keyboard.type("i e m, all of them only letters here")
    expect(page.locator("[data-kept]")).to_have_text("kept")
    page.keyboard.press("Escape")
    assert title_at_desk(page) == TITLES[0]
    assert votes_of(bob) == []


def test_a_decision_made_without_a_network_is_sent_once_when_it_is_back(sit_down: Sit, desk: str, bob: User) -> None:
    sitting = sit_down(bob)
    page = sitting.go(desk)
    expect(page.locator("form.desk")).to_be_visible()
    page.wait_for_load_state("networkidle")
    tries: list[str] = []

    def cut(route: object) -> None:
        tries.append("cut")
        route.abort()  # type: ignore[attr-defined]

    sitting.context.route("**/decide/", cut)
    press(page, "i")
    press(page, "e")
    expect(page.locator("[data-unsent]")).to_have_text("2 unsent")
    assert tries
    assert votes_of(bob) == []

    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.url.endswith("/decide/") else None)
    sitting.context.unroute("**/decide/", cut)
    expect(page.locator("[data-unsent]")).to_be_hidden()
    expect(page.locator("[data-figures]")).to_have_text("2 of 3")
    assert len(sent) == 2
    assert votes_of(bob) == [(TITLES[0], "include"), (TITLES[1], "exclude")]


def test_decisions_survive_a_closed_window(sit_down: Sit, desk: str, bob: User) -> None:
    sitting = sit_down(bob)
    page = sitting.go(desk)
    page.wait_for_load_state("networkidle")
    sitting.context.route("**/decide/", lambda route: route.abort())
    press(page, "m")
    expect(page.locator("[data-unsent]")).to_have_text("1 unsent")
    page.close()

    sitting.context.unroute_all()
    sitting.page = sitting.context.new_page()
    page = sitting.go(desk)
    expect(page.locator("[data-figures]")).to_have_text("1 of 3")
    assert votes_of(bob) == [(TITLES[0], "maybe")]


def test_an_answer_lost_on_its_way_back_does_not_vote_twice(sit_down: Sit, desk: str, bob: User) -> None:
    sitting = sit_down(bob)
    page = sitting.go(desk)
    page.wait_for_load_state("networkidle")
    lost: list[str] = []

    def answer_lost(route: Route) -> None:
        if len(lost) < 2:
            route.fetch()  # the server has committed
            lost.append(route.request.url)
            route.abort()
        else:
            route.continue_()

    sitting.context.route("**/decide/", answer_lost)
    press(page, "i")
    press(page, "e")
    expect(page.locator("[data-figures]")).to_have_text("2 of 3")
    expect(page.locator("[data-unsent]")).to_be_hidden()
    assert len(lost) == 2
    assert list(ScreeningDecision.objects.order_by("id").values_list("record__title", "verdict", "revision")) == [
        (TITLES[0], "include", 1),
        (TITLES[1], "exclude", 1),
    ]


def test_a_reload_while_unsent_goes_on_where_the_person_was(sit_down: Sit, desk: str, bob: User) -> None:
    sitting = sit_down(bob)
    page = sitting.go(desk)
    page.wait_for_load_state("networkidle")
    sitting.context.route("**/decide/", lambda route: route.abort())
    press(page, "i")
    press(page, "e")
    expect(page.locator("[data-unsent]")).to_have_text("2 unsent")
    page.reload()
    expect(page.locator("article.record h1")).to_have_text(TITLES[2])
    expect(page.locator("[data-unsent]")).to_have_text("2 unsent")
    assert votes_of(bob) == []
    sitting.context.unroute_all()
    expect(page.locator("[data-figures]")).to_have_text("2 of 3")
    assert votes_of(bob) == [(TITLES[0], "include"), (TITLES[1], "exclude")]


def test_the_buttons_never_move(sit_down: Sit, desk: str, bob: User, review: Review) -> None:
    lengths = (0, 40, 900)
    for record, words in zip(Record.objects.order_by("pk"), lengths, strict=True):
        record.abstract = "word " * words
        record.save()
    for viewport in (DESKTOP, {"width": 1024, "height": 768}, PHONE):
        page = sit_down(bob, viewport=viewport).go(desk)
        places = set()
        for record in Record.objects.order_by("pk"):
            page.goto(f"{page.url.split('?')[0]}?record={record.pk}")
            box = page.locator(".verdicts .include").bounding_box()
            assert box is not None
            places.add((box["x"], box["y"], box["width"]))
        assert len(places) == 1


def test_keys_are_what_the_person_chose(sit_down: Sit, desk: str, bob: User) -> None:
    choose_keys(actor=bob, keys={"include": "e", "exclude": "i", "undo": "z"})
    page = sit_down(bob).go(desk)
    press(page, "i")
    press(page, "e")
    expect(page.locator("[data-figures]")).to_have_text("2 of 3")
    assert votes_of(bob) == [(TITLES[0], "exclude"), (TITLES[1], "include")]
    page.keyboard.press("z")
    expect(page.locator("article.record h1")).to_have_text(TITLES[1])
    page.keyboard.press("?")
    expect(page.locator("#keys dl")).to_contain_text("Z")


def test_a_number_names_the_criterion_and_takes_it_off(sit_down: Sit, desk: str, bob: User, review: Review) -> None:
    for code in ("E1", "E2"):
        CriterionFactory(review=review, code=code)
    page = sit_down(bob).go(desk)
    chosen = page.locator("[name=criterion]:checked + b")
    page.keyboard.press("2")
    expect(chosen).to_have_text("E2")
    page.keyboard.press("2")
    expect(chosen).to_have_count(0)
    page.keyboard.press("2")
    page.keyboard.press("1")
    expect(chosen).to_have_text("E1")
    press(page, "e")
    expect(page.locator("[data-figures]")).to_have_text("1 of 3")
    expect(chosen).to_have_count(0)
    assert ScreeningDecision.objects.get().criterion == review.criteria.get(code="E1")


def test_screening_works_with_a_thumb(sit_down: Sit, desk: str, bob: User) -> None:
    page = sit_down(bob, viewport=PHONE, has_touch=True).go(desk)
    for verdict, title in zip(("Include", "Maybe", "Exclude"), TITLES, strict=True):
        expect(page.locator("article.record h1")).to_have_text(title)
        button = page.get_by_role("button", name=verdict)
        box = button.bounding_box()
        assert box is not None
        assert box["height"] >= 44
        assert box["y"] + box["height"] <= PHONE["height"]
        button.tap()
    expect(page.locator("[data-done]")).to_be_visible()
    assert [verdict for _, verdict in votes_of(bob)] == ["include", "maybe", "exclude"]


def test_the_desk_works_without_scripts(sit_down: Sit, desk: str, bob: User) -> None:
    page = sit_down(bob, java_script_enabled=False).go(desk)
    page.get_by_role("button", name="Exclude").click()
    expect(page.locator("article.record h1")).to_have_text(TITLES[1])
    assert votes_of(bob) == [(TITLES[0], "exclude")]


def test_pages_of_a_pdf_stand_beside_the_desk(sit_down: Sit, transactional_db: None, review: Review) -> None:
    populate(review)
    page = sit_down(person("Alice")).go(f"/reviews/{review.pk}/desk/{Stage.FULL_TEXT}/")
    expect(page.locator(".fulltext .document")).to_be_visible()
    expect(page.locator("form.desk")).to_be_visible()


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_a_decision_is_said_quietly_with_a_way_back(
    sit_down: Sit, desk: str, bob: User, viewport: dict[str, int]
) -> None:
    page = sit_down(bob, viewport=viewport).go(desk)
    verdicts = page.locator(".verdicts")
    before = verdicts.bounding_box()
    press(page, "i")
    press(page, "e")
    said = page.get_by_role("status").locator(".toast")
    expect(said).to_have_count(1)
    expect(said).to_contain_text("Excluded")
    expect(said).to_contain_text(TITLES[1])
    assert verdicts.bounding_box() == before
    box, bar = said.bounding_box(), page.locator(".decide").bounding_box()
    assert box is not None
    assert bar is not None
    assert box["y"] + box["height"] <= bar["y"]
    assert box["x"] + box["width"] <= viewport["width"]
    said.get_by_role("button", name="Undo").click()
    expect(page.locator("article.record h1")).to_have_text(TITLES[1])
    expect(page.locator(".toast.decision")).to_have_count(0)
    assert votes_of(bob) == [(TITLES[0], "include")]
