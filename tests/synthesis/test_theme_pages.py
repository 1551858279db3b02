"""The theme board and the page of a theme, as a person meets them; plain forms do everything."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from reviewapp.accounts.models import User
from reviewapp.reviews.models import Review
from screening.models import Study
from synthesis.choices import Level
from synthesis.models import Code, Coding, Quotation, Theme
from synthesis.queries.themes import theme_tree
from synthesis.services import codes, themes
from tests.synthesis.conftest import give
from tests.synthesis.themes import agreed, studied

D, A = Level.DESCRIPTIVE, Level.ANALYTICAL


@pytest.fixture
def fear(review: Review, coders: None, alice: User) -> Code:
    return codes.create_code(actor=alice, review=review, name="fear")


@pytest.fixture
def alone(review: Review, fear: Code, alice: User) -> Theme:
    return themes.create_theme(actor=alice, review=review, level=D, name="Alone", codes=[fear])


def at(name: str, review: Review, *ids: int) -> str:
    return reverse(f"synthesis:{name}", args=[review.pk, *ids])


def post(login: Any, who: User, url: str, **data: Any) -> tuple[int, str]:
    answer = login(who).post(url, data, follow=True)
    return answer.status_code, answer.content.decode()


def test_the_board_is_built_with_plain_forms(review: Review, fear: Code, as_user: Any, bob: User) -> None:
    status, page = post(as_user, bob, at("board-put", review), level=D, member=[str(fear.pk)], name="Alone")
    assert (status, "None: every code is in a theme." in page) == (200, True)
    alone = Theme.objects.get(name="Alone")
    post(as_user, bob, at("board-put", review), level=A, member=[alone.pk], name="Whole")
    whole = Theme.objects.get(name="Whole")
    assert theme_tree(review).line(whole).parts[0].theme == alone
    other = themes.create_theme(actor=bob, review=review, level=D, name="Other")
    post(as_user, bob, at("board-put", review), level=D, member=[str(fear.pk)], into=other.pk, out_of=alone.pk)
    assert [line.themes for line in theme_tree(review).codes] == [[other]]
    post(as_user, bob, at("board-undo", review))
    assert [line.themes for line in theme_tree(review).codes] == [[alone]]
    post(as_user, bob, at("board-redo", review))
    assert [line.themes for line in theme_tree(review).codes] == [[other]]
    post(as_user, bob, at("theme-take-out", review, other.pk), member=str(fear.pk))
    post(as_user, bob, at("theme-merge", review, other.pk), other=alone.pk, reason="The same")
    post(as_user, bob, at("theme-edit", review, other.pk), name="Lonely", statement="They are alone.", seen=1)
    other.refresh_from_db()
    assert (other.name, other.statement, other.version) == ("Lonely", "They are alone.", 2)
    assert "Renamed “Other” to “Lonely”" in as_user(bob).get(at("theme-detail", review, other.pk)).content.decode()
    post(as_user, bob, at("theme-remove", review, other.pk))
    assert [line.theme.name for line in theme_tree(review).themes] == ["Whole"]


def test_what_cannot_be_done_is_said_and_what_was_typed_stays(
    review: Review, alone: Theme, as_user: Any, bob: User
) -> None:
    themes.edit_theme(actor=bob, theme=alone, values={"statement": "Bob's"})
    url = at("theme-edit", review, alone.pk)
    status, page = post(as_user, bob, url, name="Alone", statement="Typed for long", seen=1)
    assert (status, "Typed for long" in page, "A colleague changed" in page) == (409, True, True)
    for wrong in (
        {"level": D, "member": ["nonsense"], "name": "x"},
        {"level": A, "member": ["9" * 30], "into": "1"},
        {"level": "none", "name": "x"},
        {"level": D, "name": "x\x00y"},
        {"level": D},
    ):
        assert post(as_user, bob, at("board-put", review), **wrong)[0] in (400, 422)
    assert post(as_user, bob, at("theme-support", review, alone.pk, 0), counts="yes")[0] == 404


def test_a_theme_opens_to_its_studies_and_their_very_words(
    review: Review, alone: Theme, fear: Code, as_user: Any, alice: User, bob: User, olga: User
) -> None:
    study, silent = studied(review, "Berg 2019", alice), studied(review, "Cho 2020", alice)
    coding = agreed(study, fear, 0, 15)
    Quotation.objects.create(version=coding.version, start=0, end=20, speaker="P7, woman")
    agreed(study, fear, 20, 24, is_contrary=True)
    page = as_user(olga).get(at("theme-detail", review, alone.pk)).content.decode()
    for words in ("They met weekly", "P7, woman", "Contrary", "Cho 2020", "1 study supports it"):
        assert words in page
    assert "Say by hand" not in page  # Olga observes
    url = at("theme-support", review, alone.pk, silent.pk)
    assert post(as_user, bob, url, counts="yes")[0] == 422
    assert "Counted by hand" in post(as_user, bob, url, counts="yes", note="In a table")[1]
    assert post(as_user, olga, url, counts="no", note="x")[0] == 403


def test_pages_take_as_many_queries_for_many_studies_as_for_few(
    review: Review, alone: Theme, fear: Code, as_user: Any, alice: User, bob: User
) -> None:
    counts = []
    client: Client = as_user(bob)
    for number in range(9):
        agreed(studied(review, f"Study {number}", alice), fear)
        if number in (2, 8):
            made = codes.create_code(actor=alice, review=review, name=f"code {number}")
            themes.create_theme(actor=alice, review=review, level=D, name=f"theme {number}", codes=[made])
            with CaptureQueriesContext(connection) as seen:
                client.get(at("board", review))
                client.get(at("theme-detail", review, alone.pk))
            counts.append(len(seen))
    assert counts[0] == counts[1]


def test_a_colleagues_hidden_coding_changes_no_byte_of_board_and_theme(
    review: Review,
    alone: Theme,
    fear: Code,
    study: Study,
    version: Any,
    as_user: Any,
    bob: User,
    carol: User,
    alice: User,
) -> None:
    give(study, bob, carol)

    def seen() -> list[str]:
        pages = [at("board", review), at("board", review) + "?q=secret", at("theme-detail", review, alone.pk)]
        return [_plain(as_user(who).get(url).content.decode()) for who in (alice, bob) for url in pages]

    before = seen()
    secret = codes.create_code(actor=carol, review=review, name="secret", shared=False)
    for code in (fear, secret):
        Coding.objects.create(study=study, version=version, code=code, coder=carol, start=0, end=9, quote="Belonging")
    assert seen() == before


def _plain(page: str) -> str:
    """Without tokens, which differ with every answer."""
    return "\n".join(
        line
        for line in page.splitlines()
        if "csrf" not in line.lower() and "request" not in line and "nonce" not in line
    )
