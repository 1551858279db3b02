"""Worlds that differ in one hidden vote give Bob, Alice and Olga equal bytes at every address that can be read."""

import io
import zipfile
from collections.abc import Callable

import pytest
from django.db import transaction

from reviewapp.accounts.models import User
from screening.choices import Stage, Verdict
from screening.models import ExclusionReason
from screening.services import conflicts
from screening.services.decisions import keep_note, make_decision, undo_decision
from tests.api.conftest import Api, World, content_of
from tests.api.routes import address, operations
from tests.conftest import person

TA, FT = Stage.TITLE_ABSTRACT, Stage.FULL_TEXT
READERS = ("Bob", "Alice", "Olga", "Tess")
SECRET = "Carol's secret"


def every_get(api: Api, world: World, readers: tuple[str, ...] = READERS) -> dict[tuple[str, str], bytes]:
    """What each reader is given at every address, and in every list that could be narrowed by a hidden vote."""
    ids = world.ids
    urls = [address(name, ids) for name, method in operations() if method == "GET" and name != "schema"]
    urls += [address("record-detail", ids | {"record_id": world.included.pk})]
    urls += [address("decision-list", ids | {"record_id": world.included.pk})]
    for stage in Stage.values:
        urls += [
            f"{world.path('records/')}?stage={stage}&state={state}"
            for state in ("pending", "excluded", "mine", "waiting", "second", "maybe")
        ]
        urls += [
            f"{world.path('records/')}?stage={stage}&label={SECRET}",
            f"{world.path('records/next/')}?stage={stage}",
            f"{world.path('records/queue/')}?stage={stage}&label={SECRET}",
        ]
    urls += [f"{world.path('conflicts/')}?state=settled", f"{world.path('records/')}?q=secret"]
    urls += [f"{world.path('audit-events/')}?page_size=2", f"{world.path('audit-events/')}?actor={person('Carol').pk}"]
    found = {}
    for reader in readers:
        client = api(person(reader))
        # The figures are drawn from the same counts as the SVG; once is enough for the slow ones.
        for url in urls if reader == readers[0] else [url for url in urls if not url.endswith((".png", ".pdf"))]:
            with transaction.atomic():
                answer = client.get(url)
                headers = {name: value for name, value in answer.items() if name != "X-Request-ID"}
                found[reader, url] = repr((answer.status_code, sorted(headers.items()))).encode() + told_by(
                    content_of(answer)
                )
                transaction.set_rollback(True)  # that an export was taken is an event of its own moment
    return found


def told_by(content: bytes) -> bytes:
    """What a file says: of an archive such as a Word document its members, since it also notes when each was packed."""
    if not content.startswith(b"PK\x03\x04"):
        return content
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return repr([(name, archive.read(name)) for name in archive.namelist()]).encode()


def in_a_world(
    make: Callable[[], object], look: Callable[[], dict[tuple[str, str], bytes]]
) -> dict[tuple[str, str], bytes]:
    with transaction.atomic():
        make()
        seen = look()
        transaction.set_rollback(True)
    return seen


def differences(one: dict[tuple[str, str], bytes], other: dict[tuple[str, str], bytes]) -> list[tuple[str, str]]:
    return [place for place in one if one[place] != other[place]]


def test_a_hidden_vote_at_title_and_abstract_leaves_no_trace(api: Api, world: World, carol: User) -> None:
    def vote(verdict: str, **more: object) -> Callable[[], object]:
        return lambda: make_decision(actor=carol, record=world.waiting, stage=TA, verdict=verdict, **more)  # type: ignore[arg-type]

    def look() -> dict[tuple[str, str], bytes]:
        return every_get(api, world)

    nothing = in_a_world(lambda: None, look)
    assert differences(nothing, in_a_world(vote(Verdict.INCLUDE), look)) == []
    assert differences(nothing, in_a_world(vote(Verdict.EXCLUDE, note=SECRET, labels=[SECRET]), look)) == []
    assert differences(nothing, in_a_world(vote(Verdict.MAYBE, reason=None), look)) == []


def test_a_hidden_vote_at_full_text_leaves_no_trace(
    api: Api, world: World, carol: User, reason: ExclusionReason
) -> None:
    def vote(verdict: str, because: ExclusionReason | None) -> Callable[[], object]:
        return lambda: make_decision(
            actor=carol, record=world.included, stage=FT, verdict=verdict, reason=because, note=SECRET, labels=[SECRET]
        )

    def look() -> dict[tuple[str, str], bytes]:
        return every_get(api, world)

    nothing = in_a_world(lambda: None, look)
    assert differences(nothing, in_a_world(vote(Verdict.INCLUDE, None), look)) == []
    assert differences(nothing, in_a_world(vote(Verdict.EXCLUDE, reason), look)) == []


def test_a_hidden_note_and_a_vote_taken_back_leave_no_trace(api: Api, world: World, carol: User) -> None:
    def note() -> None:
        keep_note(actor=carol, record=world.waiting, stage=TA, text=SECRET, labels=[SECRET])

    def vote_and_undo() -> None:
        decision = make_decision(actor=carol, record=world.waiting, stage=TA, verdict=Verdict.INCLUDE)
        undo_decision(actor=carol, decision=decision)

    def look() -> dict[tuple[str, str], bytes]:
        return every_get(api, world, ("Bob", "Olga"))

    nothing = in_a_world(lambda: None, look)
    assert differences(nothing, in_a_world(note, look)) == []
    assert differences(nothing, in_a_world(vote_and_undo, look)) == []


def test_the_probe_sees_a_vote_that_is_not_hidden(api: Api, world: World, bob: User) -> None:
    def vote() -> None:
        make_decision(actor=bob, record=world.waiting, stage=TA, verdict=Verdict.INCLUDE)

    def look() -> dict[tuple[str, str], bytes]:
        return every_get(api, world, ("Bob",))

    places = {url for _, url in differences(in_a_world(lambda: None, look), in_a_world(vote, look))}
    assert address("record-detail", world.ids) in places
    assert address("decision-list", world.ids) in places
    assert address("event-list", world.ids) in places


@pytest.mark.parametrize("reader", ["Alice", "Tess", "Olga"])
def test_an_open_conflict_names_nobody(reader: str, api: Api, world: World, bob: User, carol: User) -> None:
    conflict = world.contested.conflicts.get()
    conflicts.comment(actor=bob, conflict=conflict, text="Look at the sample.")
    conflicts.agree(actor=carol, conflict=conflict, verdict=Verdict.INCLUDE)
    client, ids = api(person(reader)), world.ids | {"record_id": world.contested.pk}
    detail = client.get(address("conflict-detail", ids)).json()
    assert {vote["reviewer"] for vote in detail["votes"]} == {"Reviewer 1", "Reviewer 2"}
    assert {vote["id"] for vote in detail["votes"]} == {vote["decided_at"] for vote in detail["votes"]} == {None}
    assert detail["comments"][0]["author"].startswith("Reviewer ")
    assert detail["proposal"]["proposed_by"].startswith("Reviewer ")
    for name in ("conflict-detail", "record-detail", "decision-list"):
        content = client.get(address(name, ids)).content.decode()
        assert not {"Bob", "Carol"} & set(content.replace('"', " ").split())
    actors = {
        event["actor"]
        for event in client.get(address("event-list", ids)).json()["results"]
        if event["record"] == world.contested.pk
    }
    assert not actors & {"Bob", "Carol"}


def test_a_settler_who_judges_alone_sees_no_votes_and_no_discussion(
    api: Api, world: World, bob: User, tess: User
) -> None:
    world.review.stage_rules.update(settler_sees="nothing")
    conflict = world.contested.conflicts.get()
    conflicts.comment(actor=bob, conflict=conflict, text="Look at the sample.")
    conflicts.agree(actor=bob, conflict=conflict, verdict=Verdict.INCLUDE)
    detail = api(tess).get(address("conflict-detail", world.ids)).json()
    assert (detail["votes"], detail["comments"], detail["proposal"]) == ([], [], None)
    own = api(bob).get(address("conflict-detail", world.ids)).json()
    assert len(own["votes"]) == 2
    assert own["proposal"]["proposed_by"] == "You"


def test_a_conflict_that_fell_away_tells_nothing_more(
    api: Api, world: World, bob: User, carol: User, alice: User
) -> None:
    conflict = world.contested.conflicts.get()
    conflicts.comment(actor=bob, conflict=conflict, text="Clearly ours.")
    mine = world.contested.decisions.get(reviewer=carol)
    undo_decision(actor=carol, decision=mine)
    detail = api(alice).get(address("conflict-detail", world.ids)).json()
    assert detail["state"] == "fallen_away"
    assert (detail["votes"], detail["comments"]) == ([], [])


def test_event_numbers_and_cursors_do_not_count_hidden_events(api: Api, world: World, carol: User, bob: User) -> None:
    url = f"{world.path('audit-events/')}?page_size=1"
    before = api(bob).get(url).json()
    make_decision(actor=carol, record=world.waiting, stage=TA, verdict=Verdict.INCLUDE)
    assert api(bob).get(url).json() == before
    seen = []
    while url:
        page = api(bob).get(url).json()
        seen += page["results"]
        url = page["next"]
    assert len({event["id"] for event in seen}) == len(seen)
    assert not {"sequence", "hash", "target_id"} & set(seen[0])
    assert all(event["target"] is None for event in seen if event["action"].startswith("screening.decision"))
