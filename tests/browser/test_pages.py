"""What holds on every page of a review: nothing sticks out on a telephone, nothing keeps anybody out, nothing is told early."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Response

from reviewapp.accounts.models import User
from reviewapp.reviews.models import Review
from screening.choices import Stage, Verdict
from screening.models import Record
from screening.services.decisions import make_decision
from tests.browser.conftest import PHONE, Person, Sit
from tests.browser.pages import walk
from tests.browser.populate import populate

pytestmark = pytest.mark.browser
MANY = 30  # kinds of pages at least, so that a broken walk does not pass
CHANGING = re.compile(
    r'csrfmiddlewaretoken" value="[^"]+"|X-CSRFToken[^}]+|name="request_key" value="[^"]+"|nonce="[^"]+"'
)


@pytest.fixture
def review(transactional_db: None, review: Review) -> Review:
    return populate(review)


def pages_of(person: Person, review: Review) -> list[str]:
    found = walk(person, f"/reviews/{review.pk}/")
    assert len(found) >= MANY
    return found


def test_no_page_scrolls_sideways_on_a_telephone(sit_down: Sit, review: Review, alice: User) -> None:
    person = sit_down(alice, viewport=PHONE, has_touch=True)
    wide = {}
    for path in pages_of(person, review):
        beyond = person.go(path).evaluate("document.documentElement.scrollWidth - window.innerWidth")
        if beyond > 0:
            wide[path] = beyond
    assert wide == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_keeps_anybody_out(sit_down: Sit, review: Review, alice: User, scheme: str) -> None:
    person = sit_down(alice, color_scheme=scheme)
    found = [line for path in pages_of(person, review) for line in barriers(person.go(path), path)]
    assert found == []


def barriers(page: Page, path: str) -> list[str]:
    """Serious and critical findings of axe, one line for each rule."""
    return [
        f"{path}: {finding['id']}: {finding['nodes'][0]['html'][:160]} ({len(finding['nodes'])})"
        for finding in Axe().run(page).response["violations"]
        if finding["impact"] in ("serious", "critical")
    ]


def test_carols_hidden_vote_changes_nothing_before_bob(sit_down: Sit, review: Review, bob: User, carol: User) -> None:
    sitting = sit_down(bob)
    paths = pages_of(sitting, review)
    before = {path: seen_at(sitting, path) for path in paths}
    hidden = Record.objects.filter(review=review).order_by("pk")[8]
    make_decision(
        actor=carol,
        record=hidden,
        stage=Stage.TITLE_ABSTRACT,
        verdict=Verdict.EXCLUDE,
        note="Not this one",
        labels=["odd"],
    )
    after = {path: seen_at(sitting, path) for path in paths}
    assert [path for path in paths if before[path] != after[path]] == []


def seen_at(person: Person, path: str) -> tuple[str, list[tuple[str, str]]]:
    """What a page says, and every answer behind it from the server that is not a static file."""
    answers: list[Response] = []
    person.page.on("response", answers.append)
    page = person.go(path)
    page.wait_for_load_state("networkidle")
    person.page.remove_listener("response", answers.append)
    texts = [(answer.url, CHANGING.sub("", answer.text())) for answer in answers if "/static/" not in answer.url]
    return page.inner_text("body"), texts
