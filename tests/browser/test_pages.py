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
EVERY_RULE: dict[str, object] = {"resultTypes": ["violations"]}
# The same page in other colours: only what depends on them is looked at again.
RULES_OF_COLOUR: dict[str, object] = EVERY_RULE | {"runOnly": ["color-contrast", "link-in-text-block"]}
CHANGING = re.compile(
    r'csrfmiddlewaretoken" value="[^"]+"|X-CSRFToken[^}]+|name="request_key" value="[^"]+"|nonce="[^"]+"'
)


@pytest.fixture
def review(transactional_db: None, review: Review) -> Review:
    return populate(review)


def test_no_page_scrolls_sideways_on_a_telephone(sit_down: Sit, review: Review, alice: User) -> None:
    person = sit_down(alice, viewport=PHONE, has_touch=True)
    wide = {}
    for path, page in walk(person, f"/reviews/{review.pk}/"):
        beyond = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        if beyond > 0:
            wide[path] = beyond
    assert wide == {}


@pytest.mark.parametrize(("scheme", "rules"), [("light", EVERY_RULE), ("dark", RULES_OF_COLOUR)])
def test_no_page_keeps_anybody_out(
    sit_down: Sit, review: Review, alice: User, scheme: str, rules: dict[str, object]
) -> None:
    person, axe = sit_down(alice, color_scheme=scheme), Axe()
    pages = walk(person, f"/reviews/{review.pk}/")
    assert [line for path, page in pages for line in barriers(axe, page, path, rules)] == []


def barriers(axe: Axe, page: Page, path: str, rules: dict[str, object]) -> list[str]:
    """Serious and critical findings of axe, one line for each rule."""
    return [
        f"{path}: {finding['id']}: {finding['nodes'][0]['html'][:160]} ({len(finding['nodes'])})"
        for finding in axe.run(page, options=rules).response["violations"]
        if finding["impact"] in ("serious", "critical")
    ]


def test_carols_hidden_vote_changes_nothing_before_bob(sit_down: Sit, review: Review, bob: User, carol: User) -> None:
    sitting = sit_down(bob)
    paths = [path for path, _ in walk(sitting, f"/reviews/{review.pk}/")]
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
    """What a page says, and every answer behind it from the server that a script could read."""
    answers: list[Response] = []

    def keep(answer: Response) -> None:
        if answer.request.resource_type in ("document", "fetch", "xhr") and answer.request.method == "GET":
            answers.append(answer)

    person.page.goto("about:blank")  # what the page before still asks for is not this one's
    person.page.on("response", keep)
    page = person.go(path)
    if "/desk/" in path or "/documents/" in path:
        page.wait_for_load_state("networkidle")  # records and pages held ready are fetched behind the page
    person.page.remove_listener("response", keep)
    return page.inner_text("body"), sorted((answer.url, CHANGING.sub("", answer.text())) for answer in answers)
