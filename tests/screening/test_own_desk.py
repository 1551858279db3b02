"""Keys of one's own, and what one did: nobody else's business."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from rest_framework.test import APIClient

from reviewapp.accounts.models import User
from reviewapp.lib.errors import Invalid
from reviewapp.reviews.models import Review
from screening.choices import Verdict
from screening.keys import ACTS, default_keys, keys_from, problems_of
from screening.models import Record, ScreeningDecision
from screening.services.preferences import choose_keys, keys_of, reset_keys
from tests.factories import RecordFactory
from tests.screening.helpers import FT, TA, page, url, vote

Login = Callable[[User], Client]


def test_the_usual_keys_fit_together() -> None:
    assert problems_of(default_keys()) == {}


@pytest.mark.parametrize("key", ["", "ab", " ", "5", "/", "?", "e", "\t", "+", "t"])
def test_a_key_that_cannot_be_had_is_refused(key: str) -> None:
    assert "include" in problems_of(default_keys() | {"include": key})


@pytest.mark.parametrize("kept", [None, [], "i", {"include": "e"}, {"include": "ab"}, {"dance": "d"}])
def test_a_choice_that_makes_no_sense_any_more_gives_the_usual_keys(kept: object) -> None:
    assert keys_from(kept) == default_keys()


def test_two_acts_can_change_places_and_come_back(bob: User) -> None:
    assert choose_keys(actor=bob, keys={"include": "E", "exclude": "i"})["include"] == "e"
    bob.refresh_from_db()
    assert (keys_of(bob)["include"], keys_of(bob)["exclude"]) == ("e", "i")
    reset_keys(actor=bob)
    bob.refresh_from_db()
    assert keys_of(bob) == default_keys()


def test_a_conflict_changes_nothing(bob: User) -> None:
    choose_keys(actor=bob, keys={"note": "w"})
    with pytest.raises(Invalid, match="same key"):
        choose_keys(actor=bob, keys={"include": "w"})
    bob.refresh_from_db()
    assert keys_of(bob) == default_keys() | {"note": "w"}


def test_the_desk_and_its_sheet_of_keys_show_ones_own(bob: User, carol: User, record: Record, as_user: Login) -> None:
    form = {name: act.key for name, act in ACTS.items()} | {"include": "x", "exclude": "y", "timer": "on"}
    assert as_user(bob).post(url("own-desk", record.review), form).status_code == 302
    shown = as_user(bob).get(url("desk", record.review, TA)).content.decode()
    assert 'value="include" data-key="x"' in shown
    assert "<kbd>X</kbd> <kbd>M</kbd> <kbd>Y</kbd></dt><dd>Include, maybe, exclude" in shown
    assert "data-timer" in shown
    others = as_user(carol).get(url("desk", record.review, TA)).content.decode()
    assert 'value="include" data-key="i"' in others
    assert "data-timer" not in others


def test_a_form_with_a_conflict_says_so_beside_the_key(bob: User, review: Review, as_user: Login) -> None:
    form = {name: act.key for name, act in ACTS.items()} | {"include": "e"}
    answer = as_user(bob).post(url("own-desk", review), form)
    assert answer.status_code == 422
    assert "The same key is chosen for “Exclude”" in answer.content.decode()
    assert as_user(bob).post(url("own-desk", review), {"reset": "1"}).status_code == 302


@pytest.mark.parametrize(("who", "status"), [("bob", 200), ("olga", 403), ("tess", 403), ("dave", 404)])
def test_who_has_a_desk(who: str, status: int, review: Review, as_user: Login, request: pytest.FixtureRequest) -> None:
    assert as_user(request.getfixturevalue(who)).get(url("own-desk", review)).status_code == status


def test_counts_and_pace_are_ones_own(bob: User, carol: User, review: Review, as_user: Login) -> None:
    for number in range(7):
        record = RecordFactory(review=review)
        decision = vote(bob, record, Verdict.EXCLUDE if number else Verdict.MAYBE)
        pause = timedelta(hours=2) if number > 5 else timedelta()
        later = decision.decided_at + timedelta(seconds=20 * number) + pause
        ScreeningDecision.objects.filter(pk=decision.pk).update(decided_at=later)
    work = as_user(bob).get(url("own-desk", review)).context["work"]
    assert [(row.stage, row.include, row.maybe, row.exclude) for row in work] == [(TA, 0, 1, 6)]
    assert 19 <= work[0].seconds <= 25
    assert as_user(carol).get(url("own-desk", review)).context["work"] == []


@pytest.mark.parametrize("who", ["alice", "carol"])
def test_bobs_work_leaves_no_trace_on_a_colleagues_page(
    who: str, bob: User, record: Record, client: Client, request: pytest.FixtureRequest
) -> None:
    reader = request.getfixturevalue(who)
    before = page(client, reader, url("own-desk", record.review))
    vote(bob, record, Verdict.INCLUDE)
    choose_keys(actor=bob, keys={"include": "x"})
    assert page(client, reader, url("own-desk", record.review)) == before


def test_programs_have_the_same(bob: User, record: Record) -> None:
    client = APIClient()
    client.force_authenticate(bob)
    address = f"/api/v1/reviews/{record.review_id}/own-desk/"
    vote(bob, record, Verdict.INCLUDE)
    shown = client.get(address).json()
    assert (shown["keys"], shown["timer"]) == (default_keys(), False)
    assert {row["stage"]: row["include"] for row in shown["work"]} == {TA: 1, FT: 0}
    changed = client.patch(address, {"keys": {"include": "x"}, "timer": True}, format="json").json()
    assert (changed["keys"]["include"], changed["timer"]) == ("x", True)
    assert client.patch(address, {"keys": {"include": "e"}}, format="json").status_code == 422
    assert client.patch(address, {"keys": {"dance": "d"}}, format="json").status_code == 422
    assert client.delete(f"{address}keys/").json()["keys"] == default_keys()
