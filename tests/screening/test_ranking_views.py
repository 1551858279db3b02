"""The page about the order of reading: for leads, honest, and blind to what is hidden."""

from collections.abc import Callable

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from reviewapp.accounts.models import User
from reviewapp.reviews.models import Review
from screening import tasks
from screening.choices import ReadingOrderKind, Stage, Verdict
from screening.models import HighlightTerm, RankingRun, ReadingOrder, Record
from screening.queries.ranking import latest_run
from screening.services.decisions import keep_note
from screening.services.ranking import start_simulation
from tests.conftest import person
from tests.factories import RecordFactory
from tests.screening.helpers import TA, page, url, vote
from tests.screening.test_reading_order import again, lay, library, served, settle

__all__ = ["library"]  # a fixture
Login = Callable[[User], Client]


@pytest.mark.parametrize(
    ("who", "read", "act"),
    [("alice", 200, 302), ("bob", 403, 403), ("olga", 403, 403), ("tess", 403, 403), ("dave", 404, 404)],
)
def test_who_may(
    who: str, read: int, act: int, review: Review, broker: object, as_user: Login, request: pytest.FixtureRequest
) -> None:
    client = as_user(request.getfixturevalue(who))
    for stage in Stage:
        assert client.get(url("ranking", review, stage)).status_code == read
        assert client.post(url("ranking-order", review, stage), {"order": "ranked"}).status_code == act
        target = {"target": "90", "confidence": "95"}
        assert client.post(url("ranking-target", review, stage), target).status_code == act
        assert client.post(url("ranking-term", review, stage), {"term": "hiv", "kind": "for"}).status_code == act
    refused = act if act != 302 else 422  # nothing is finished
    assert client.post(url("ranking-simulate", review, TA)).status_code == refused


def test_only_a_lead_is_shown_the_way(review: Review, alice: User, bob: User, client: Client) -> None:
    address = url("ranking", review, TA).encode()
    assert address in page(client, alice, url("record-list", review))
    assert address not in page(client, bob, url("record-list", review))


def test_an_empty_review_says_what_to_expect(review: Review, alice: User, client: Client) -> None:
    told = page(client, alice, url("ranking", review, TA))
    assert b"No records at this stage yet" in told


def test_choosing_lays_the_order(
    review: Review, library: list[Record], alice: User, bob: User, broker: object, as_user: Login
) -> None:
    client = as_user(alice)
    client.post(url("ranking-order", review, TA), {"order": "random", "seed": "5"})
    chosen = ReadingOrder.objects.get()
    assert (chosen.order, chosen.seed) == (ReadingOrderKind.RANDOM, 5)
    again(review)
    assert served(bob, review) != [record.pk for record in library]
    assert client.post(url("ranking-order", review, TA), {"order": "best"}).status_code == 422
    assert client.post(url("ranking-order", review, TA), {"order": "random", "seed": "-1"}).status_code == 422
    assert client.post(url("ranking-target", review, TA), {"target": "40", "confidence": "95"}).status_code == 422
    client.post(url("ranking-target", review, TA), {"target": "97.5", "confidence": "90"})
    chosen.refresh_from_db()
    assert (chosen.target, chosen.confidence) == (0.975, 0.9)
    assert "Target 97.5 %, confidence 90 %" in client.get(url("ranking", review, TA)).content.decode()


def test_the_page_tells_what_it_rests_on(review: Review, library: list[Record], alice: User, as_user: Login) -> None:
    for record in library[:44]:
        settle(record)
    run = lay(review)
    told = as_user(alice).get(url("ranking", review, TA)).content.decode()
    assert run.training_hash in told
    assert "44 of 60 records are settled, 11 of them included; 16 are not settled." in told
    assert "Because of these words" in told
    assert "Five bands" in told
    assert 'class="found"' in told
    assert "It excluded nothing by itself." in told
    term = latest_run(review, TA).words["for"][0][0]
    as_user(alice).post(url("ranking-term", review, TA), {"term": term, "kind": "for"})
    assert HighlightTerm.objects.get().term == term
    assert "<small>underlined</small>" in as_user(alice).get(url("ranking", review, TA)).content.decode()


def test_below_ten_includes_the_page_cannot_tell(
    review: Review, library: list[Record], alice: User, as_user: Login
) -> None:
    for record in library[:20]:
        settle(record)
    told = as_user(alice).get(url("ranking", review, TA)).content.decode()
    assert "cannot be told yet: the test needs at least 10" in told
    assert "at least 10 included" in told


def test_a_finished_stage_shows_what_ranking_would_have_saved(
    review: Review, library: list[Record], alice: User, as_user: Login
) -> None:
    for record in library:
        settle(record)
    job = start_simulation(actor=alice, review=review, stage=TA)
    tasks.simulate_ranking(str(job.pk))
    told = as_user(alice).get(url("ranking", review, TA)).content.decode()
    assert "Screened once more from one include and one exclude" in told
    assert "Everything was read" in told


def test_no_style_or_script_in_the_page(review: Review, library: list[Record], alice: User, as_user: Login) -> None:
    for record in library[:40]:
        settle(record)
    lay(review)
    told = as_user(alice).get(url("ranking", review, TA)).content.decode()
    assert "style=" not in told.split("<main")[1]
    assert "nan" not in told.lower().split("<main")[1].replace("finance", "")


def test_as_many_queries_for_many_as_for_few(
    review: Review, library: list[Record], alice: User, as_user: Login
) -> None:
    client = as_user(alice)
    for record in library[:36]:
        settle(record)
    lay(review)

    def queries(address: str) -> int:
        with CaptureQueriesContext(connection) as seen:
            assert client.get(address).status_code == 200
        return len(seen)

    places = [url("ranking", review, TA), url("desk", review, TA), url("desk-cards", review, TA)]
    few = [queries(place) for place in places]
    for n in range(40):
        RecordFactory(review=review, abstract=f"wheat {n}")
    again(review)
    assert [queries(place) for place in places] == few


# --- Blinding ---------------------------------------------------------------------------------------------------------


def carols_worlds(record: Record) -> dict[str, Callable[[], object]]:
    carol = person("Carol")
    return {
        "no vote": lambda: None,
        "include": lambda: vote(carol, record, Verdict.INCLUDE),
        "exclude": lambda: vote(carol, record, Verdict.EXCLUDE),
        "maybe with a note": lambda: vote(carol, record, Verdict.MAYBE, note="secret", labels=["secret"]),
        "note only": lambda: keep_note(actor=carol, record=record, stage=TA, text="secret"),
    }


def test_a_hidden_vote_moves_no_place_no_run_and_no_byte(
    review: Review, library: list[Record], alice: User, bob: User, client: Client
) -> None:
    """Carol has judged one record that waits for others: in every such world the order and all that is told are the same."""
    for record in library[:40]:
        settle(record)
    lay(review)
    hidden = Record.objects.get(pk=served(bob, review)[2])
    moment = timezone.now()

    def look() -> list[object]:
        run = again(review)
        RankingRun.objects.filter(pk=run.pk).update(
            at=moment
        )  # the page says the minute in which this look asked for it
        told = {
            field: getattr(run, field)
            for field in ("training_hash", "includes", "excludes", "words", "second_look", "records")
        }
        pages = [page(client, alice, url("ranking", review, TA)), page(client, bob, url("desk", review, TA))]
        without_times = [part for text in pages for part in text.split(b"ms of one processor")]
        return [
            told,
            served(alice, review),
            served(bob, review),
            len(without_times),
            [part[: part.rfind(b"<dd>")] if place == 0 else part for place, part in enumerate(without_times)],
        ]

    seen = {}
    for name, act in carols_worlds(hidden).items():
        with transaction.atomic():
            before = RankingRun.objects.count()
            act()
            seen[name] = look()
            assert RankingRun.objects.count() == before + 1
            transaction.set_rollback(True)
    first = seen.pop("no vote")
    for name, found in seen.items():
        assert found == first, name


def test_many_hidden_votes_of_one_reader_leave_the_order_of_the_others(
    review: Review, library: list[Record], bob: User, carol: User
) -> None:
    for record in library[:20]:
        settle(record)
    lay(review)
    before = served(bob, review)
    for record in library[20:50]:
        vote(carol, record, Verdict.INCLUDE)
    again(review)
    assert served(bob, review) == before
    assert not ({record.pk for record in library[20:50]} & set(served(carol, review)))


def test_no_job_falls_due_by_hidden_votes(review: Review, library: list[Record], carol: User, broker: object) -> None:
    from screening.services.ranking import enqueue_due

    for record in library[:10]:
        settle(record)
    lay(review)
    for record in library[10:60]:
        vote(carol, record, Verdict.INCLUDE)
    assert enqueue_due() == 0


def test_bands_and_words_are_nowhere_a_reader_goes(
    review: Review, library: list[Record], bob: User, client: Client
) -> None:
    for record in library[:40]:
        settle(record)
    plain = page(client, bob, url("record-detail", review, library[50].pk))
    lay(review)
    assert page(client, bob, url("record-detail", review, library[50].pk)) == plain
    for address in (url("desk", review, TA), url("record-list", review)):
        assert b"band" not in page(client, bob, address).lower().replace(b"husband", b"")
