"""Labels of the team and one's own, lists of one's own work, and saved views: none of them tells what a colleague did."""

from collections.abc import Callable

import pytest
from django.test import Client

from reviewapp.accounts.models import User
from reviewapp.lib.errors import Invalid, NotAllowed
from reviewapp.reviews.models import Review
from screening.choices import Verdict
from screening.models import Record, SavedView, ScreeningNote
from screening.queries.labels import known_labels, views_for
from screening.services.decisions import keep_note
from screening.services.protocol import set_team_labels
from screening.services.views import remove_view, save_view
from tests.factories import RecordFactory
from tests.screening.helpers import FT, TA, page, to_full_text, url, vote

Login = Callable[[User], Client]


def listed(client: Client, review: Review, **query: object) -> set[Record]:
    return set(client.get(url("record-list", review), query).context["page"].rows)


# --- Lists ------------------------------------------------------------------------------------------------------------


def test_lists_of_ones_own_work(bob: User, carol: User, review: Review, as_user: Login) -> None:
    maybe, excluded, both, carols, nobodys = (RecordFactory(review=review) for _ in range(5))
    vote(bob, maybe, Verdict.MAYBE)
    vote(bob, excluded, Verdict.EXCLUDE)
    to_full_text(both, bob, carol)
    vote(carol, carols, Verdict.MAYBE)
    client = as_user(bob)
    assert listed(client, review, state="maybe") == {maybe}
    assert listed(client, review, state="second") == {maybe, excluded}
    assert listed(client, review, state="waiting") == {carols, nobodys}
    vote(bob, both, Verdict.MAYBE, FT)
    assert listed(client, review, state="maybe", stage=FT) == {both}
    assert listed(client, review, state="second", stage=FT) == set()  # a maybe there is parked, not given


@pytest.mark.parametrize("who", ["alice", "bob", "olga"])
@pytest.mark.parametrize("state", ["waiting", "second", "maybe", "mine", "pending"])
def test_no_list_tells_that_carol_voted(
    state: str, who: str, bob: User, carol: User, review: Review, client: Client, request: pytest.FixtureRequest
) -> None:
    reader = request.getfixturevalue(who)
    record, _ = RecordFactory(review=review), RecordFactory(review=review)
    address = url("record-list", review) + f"?state={state}"
    before = page(client, reader, address)
    vote(carol, record, Verdict.MAYBE, labels=["secret"])
    assert page(client, reader, address) == before


# --- Labels -----------------------------------------------------------------------------------------------------------


def test_menus_offer_the_teams_labels_and_ones_own_only(
    alice: User, bob: User, carol: User, record: Record, as_user: Login
) -> None:
    set_team_labels(actor=alice, review=record.review, labels=["Children", " children  twice ", "Children", ""])
    keep_note(actor=bob, record=record, stage=TA, labels=["bob's"])
    keep_note(actor=carol, record=record, stage=TA, labels=["carol's", "Children"])
    assert known_labels(bob, record.review) == ["bob's", "Children", "children twice"]
    shown = as_user(bob).get(url("desk", record.review, TA)).content.decode()
    assert 'data-add-label="Children"' in shown
    assert "carol&#x27;s" not in shown
    for who in (bob, carol):
        vote(who, record, Verdict.INCLUDE)
    assert "carol's" in known_labels(bob, record.review)


def test_taking_a_team_label_away_leaves_it_on_records(alice: User, bob: User, record: Record) -> None:
    set_team_labels(actor=alice, review=record.review, labels=["Children"])
    keep_note(actor=bob, record=record, stage=TA, labels=["Children"])
    set_team_labels(actor=alice, review=record.review, labels=[])
    assert ScreeningNote.objects.get().labels == ["Children"]
    assert known_labels(alice, record.review) == []
    with pytest.raises(NotAllowed):
        set_team_labels(actor=bob, review=record.review, labels=["x"])
    with pytest.raises(Invalid):
        set_team_labels(actor=alice, review=record.review, labels=["a, b"])


def test_a_team_label_on_a_record_is_as_hidden_as_any(
    alice: User, bob: User, carol: User, record: Record, client: Client
) -> None:
    set_team_labels(actor=alice, review=record.review, labels=["Children"])
    addresses = [
        url("record-list", record.review) + "?label=Children",
        url("record-detail", record.review, record.pk),
        url("desk", record.review, TA),
        url("protocol", record.review),
    ]
    before = [page(client, bob, address) for address in addresses]
    keep_note(actor=carol, record=record, stage=TA, labels=["Children"])
    assert [page(client, bob, address) for address in addresses] == before


def test_the_lead_writes_the_labels_on_the_protocol_page(
    alice: User, bob: User, review: Review, as_user: Login
) -> None:
    assert as_user(bob).post(url("label-change", review), {"labels": "x"}).status_code == 403
    client = as_user(alice)
    assert client.post(url("label-change", review), {"labels": "Children\nNurses"}).status_code == 302
    assert "Nurses" in client.get(url("protocol", review)).content.decode()
    assert client.post(url("label-change", review), {"labels": "a, b"}).status_code == 422


# --- Saved views ------------------------------------------------------------------------------------------------------


def test_a_view_is_kept_shown_and_removed(bob: User, carol: User, review: Review, as_user: Login) -> None:
    client = as_user(bob)
    sent = {"name": " My  maybes ", "state": "maybe", "q": "peer", "raw": "x"}
    kept = client.post(url("view-create", review), sent)
    assert kept.headers["Location"].endswith("?state=maybe&q=peer")
    view = SavedView.objects.get()
    assert (view.name, view.query, view.shared) == ("My maybes", {"state": "maybe", "q": "peer"}, False)
    assert "My maybes" in client.get(url("record-list", review)).content.decode()
    assert "My maybes" not in as_user(carol).get(url("record-list", review)).content.decode()
    assert as_user(carol).post(url("view-remove", review, view.pk)).status_code == 404
    with pytest.raises(NotAllowed):
        remove_view(actor=carol, view=view)
    assert as_user(bob).post(url("view-remove", review, view.pk)).status_code == 302
    assert not SavedView.objects.exists()


def test_a_view_of_the_same_name_is_replaced_and_an_empty_one_refused(bob: User, review: Review) -> None:
    save_view(actor=bob, review=review, name="One", query={"state": "maybe"})
    save_view(actor=bob, review=review, name="One", query={"state": "mine"}, shared=True)
    assert SavedView.objects.get().query == {"state": "mine"}
    for name, query in (("", {"state": "mine"}), ("x" * 81, {"state": "mine"}), ("None", {}), ("None", {"raw": "x"})):
        with pytest.raises(Invalid):
            save_view(actor=bob, review=review, name=name, query=query)


def test_a_shared_view_does_not_tell_of_a_label_before_its_time(
    bob: User, carol: User, record: Record, client: Client
) -> None:
    review = record.review
    before = page(client, bob, url("record-list", review))
    keep_note(actor=carol, record=record, stage=TA, labels=["secret"])
    save_view(actor=carol, review=review, name="The secret ones", query={"label": "secret"}, shared=True)
    assert page(client, bob, url("record-list", review)) == before
    assert views_for(bob, review) == []
    assert [view.name for view in views_for(carol, review)] == ["The secret ones"]
    for who in (bob, carol):
        vote(who, record, Verdict.INCLUDE)
    assert [view.name for view in views_for(bob, review)] == ["The secret ones"]
