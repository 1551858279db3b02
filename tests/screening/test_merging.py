"""Records linked by hand from a list, taken back, and silent about votes before, while and after."""

import re
from collections.abc import Callable, Iterator

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from reviewapp.accounts.models import User
from reviewapp.audit.models import AuditEvent
from reviewapp.lib.errors import AlreadyDone, Invalid, NotAllowed
from reviewapp.reporting.invariants import breaches
from reviewapp.reviews.models import Review
from screening.choices import Outcome, PairState, Verdict
from screening.models import Conflict, DuplicatePair, ImportBatch, Record, Reference, ScreeningDecision
from screening.queries.duplicates import uncertain_pairs
from screening.services.duplicates import link, rule_on_pair, split, undo_ruling
from screening.services.merging import link_records, unlink
from screening.services.records import choose_shown
from screening.visibility import outcome_of, shown_votes
from tests.factories import RecordFactory, make_record
from tests.screening.helpers import TA, page, url, vote

Login = Callable[[User], Client]
Three = tuple[Record, Record, Record]


@pytest.fixture(autouse=True)
def _invariants(review: Review) -> Iterator[None]:
    yield
    for batch in ImportBatch.objects.filter(review=review):  # factories make references without an import's counts
        batch.read = batch.kept = batch.references.count()
        batch.save()
    assert list(breaches(review)) == []


@pytest.fixture
def three(review: Review) -> Three:
    one, other, third = (
        make_record(review, source=source, title=title)
        for source, title in (("Scopus", "Bread and belonging"), ("PubMed", "Bread & belonging"), ("CINAHL", "Brot"))
    )
    return one, other, third


def ids(*records: Record) -> list[int]:
    return [record.pk for record in records]


def standing() -> list[tuple[int, str, str]]:
    found = ScreeningDecision.objects.filter(superseded_at=None).order_by("record", "reviewer__name")
    return list(found.values_list("record_id", "reviewer__name", "verdict"))


def test_records_become_one_and_apart_again_with_every_vote(
    review: Review, bob: User, carol: User, three: Three
) -> None:
    a, b, c = three
    vote(carol, a, Verdict.EXCLUDE)
    vote(bob, b, Verdict.INCLUDE)
    votes = standing()
    kept, pairs = link_records(actor=bob, review=review, record_ids=ids(c, a, b))
    assert kept == a
    assert Reference.objects.filter(record=a).count() == 3
    assert outcome_of(a, TA) == Outcome.CONFLICT
    assert len(pairs) == 2
    assert standing() == votes
    records = unlink(actor=bob, review=review, pair_ids=[pair.pk for pair in pairs])
    assert records == [a, b, c]
    assert standing() == votes
    assert [outcome_of(record, TA) for record in records] == [Outcome.PENDING] * 3
    assert not Conflict.objects.filter(closed_at=None).exists()
    assert not DuplicatePair.objects.filter(review=review).exists()  # nobody is asked about them
    assert [vote.is_own for vote in shown_votes(bob, b, TA)] == [True]
    assert shown_votes(bob, a, TA) == []


def test_what_the_machine_linked_stays_linked_when_a_link_by_hand_is_taken_back(
    review: Review, bob: User, three: Three
) -> None:
    a, b, c = three
    kept = link(ids(*(record.references.get() for record in (a, b))))  # type: ignore[arg-type]
    DuplicatePair.objects.create(
        review=review,
        first=Reference.objects.get(own_record=a),
        second=Reference.objects.get(own_record=b),
        state=PairState.LINKED,
        likelihood=1,
    )
    assert kept is not None
    _, pairs = link_records(actor=bob, review=review, record_ids=ids(kept, c))
    assert unlink(actor=bob, review=review, pair_ids=[pair.pk for pair in pairs]) == [a, c]
    assert Reference.objects.get(own_record=b).record == a


def test_a_ruling_of_different_forbids_unless_it_is_taken_back(
    review: Review, bob: User, carol: User, three: Three
) -> None:
    a, b, c = three
    first, second = (record.references.get() for record in (a, b))
    pair = DuplicatePair.objects.create(review=review, first=first, second=second, state=PairState.UNCERTAIN)
    rule_on_pair(actor=carol, pair=pair, same=False)
    with pytest.raises(Invalid, match="judged to be different"):
        link_records(actor=bob, review=review, record_ids=ids(a, b, c))
    assert Record.objects.live().count() == 3
    kept, _ = link_records(actor=bob, review=review, record_ids=ids(a, b, c), overrule=True)
    assert Reference.objects.filter(record=kept).count() == 3
    pair.refresh_from_db()
    assert (pair.state, pair.ruled_by) == (PairState.SAME, bob)


def test_a_split_is_taken_back_by_linking_after_all(review: Review, bob: User, three: Three) -> None:
    a, b, c = three
    link_records(actor=bob, review=review, record_ids=ids(a, b, c))
    fresh = split(actor=bob, reference=Reference.objects.get(own_record=b))
    assert fresh == b
    kept, _ = link_records(actor=bob, review=review, record_ids=ids(a, fresh), overrule=True)
    assert Reference.objects.filter(record=kept).count() == 3
    assert not DuplicatePair.objects.filter(state=PairState.DIFFERENT).exists()


def test_what_cannot_be_linked_is_said_and_nothing_changes(
    review: Review, bob: User, olga: User, tess: User, three: Three
) -> None:
    a, b, c = three
    foreign = RecordFactory()
    for chosen in ([a.pk], [], [a.pk, foreign.pk], [a.pk, 10**9], [a.pk, a.pk]):
        with pytest.raises(Invalid, match="between two and 20"):
            link_records(actor=bob, review=review, record_ids=chosen)
    for stranger in (olga, tess):
        with pytest.raises(NotAllowed):
            link_records(actor=stranger, review=review, record_ids=ids(a, b))
    _, pairs = link_records(actor=bob, review=review, record_ids=ids(a, b))
    with pytest.raises(AlreadyDone, match="linked to another"):
        link_records(actor=bob, review=review, record_ids=ids(b, c))
    for stranger in (olga, tess):
        with pytest.raises(NotAllowed):
            unlink(actor=stranger, review=review, pair_ids=[pairs[0].pk])
    unlink(actor=bob, review=review, pair_ids=[pairs[0].pk])
    with pytest.raises(AlreadyDone, match="taken back before"):
        unlink(actor=bob, review=review, pair_ids=[pairs[0].pk])
    with pytest.raises(Invalid):
        unlink(actor=bob, review=review, pair_ids=[])
    assert Record.objects.filter(review=review).live().count() == 3


# --- Pages ------------------------------------------------------------------------------------------------------------


def test_ticked_in_a_list_confirmed_linked_and_undone(review: Review, bob: User, three: Three, as_user: Login) -> None:
    a, b, _ = three
    client = as_user(bob)
    listed = client.get(url("record-list", review)).content.decode()
    assert f'form="link-form" name="record" value="{a.pk}"' in listed
    asked = client.get(url("record-link", review), {"record": ids(b, a)})
    shown = asked.content.decode()
    assert [one.record for one in asked.context["candidates"]] == [a, b]
    assert f"They become one: record {a.pk}." in shown
    assert "<del>and</del>" in shown
    assert Record.objects.live().count() == 3
    answer = client.post(url("record-link", review), {"record": ids(a, b)})
    address = answer.headers["Location"]
    assert address.startswith(url("record-detail", review, a.pk))
    pair = DuplicatePair.objects.get()
    assert f'name="pair" value="{pair.pk}"' in client.get(address).content.decode()
    back = client.post(url("record-unlink", review), {"pair": pair.pk})
    assert back.headers["Location"] == url("record-detail", review, a.pk)
    assert Record.objects.live().count() == 3
    assert "The records were linked under this one" not in client.get(address).content.decode()


def test_references_are_ticked_too_and_a_merged_number_leads_to_its_record(
    review: Review, bob: User, three: Three, as_user: Login
) -> None:
    a, b, c = three
    link_records(actor=bob, review=review, record_ids=ids(a, b))
    client = as_user(bob)
    assert 'name="reference"' in client.get(url("reference-list", review)).content.decode()
    asked = client.get(url("record-link", review), {"reference": c.references.get().pk, "record": b.pk})
    assert [one.record for one in asked.context["candidates"]] == [a, c]
    assert [(one.references, one.sources) for one in asked.context["candidates"]] == [
        (2, "PubMed, Scopus"),
        (1, "CINAHL"),
    ]


@pytest.mark.parametrize("query", ["", "?record=", "?record=x&record=²", f"?record={10**30}", "?record=1&record=-1"])
def test_too_few_records_are_told_what_to_do(
    query: str, review: Review, bob: User, three: Three, as_user: Login
) -> None:
    answer = as_user(bob).get(url("record-link", review) + query)
    assert answer.status_code == 200
    assert "Two records at least" in answer.content.decode()


def test_records_of_others_never_show(review: Review, bob: User, three: Three, as_user: Login) -> None:
    foreign = RecordFactory(title="Secret of another review")
    asked = as_user(bob).get(url("record-link", review), {"record": [three[0].pk, foreign.pk]})
    assert "Secret of another review" not in asked.content.decode()
    assert as_user(bob).post(url("record-link", review), {"record": [three[0].pk, foreign.pk]}).status_code == 422
    assert as_user(bob).post(url("record-shown", review, foreign.pk), {"reset": "1"}).status_code == 404


@pytest.mark.parametrize(("who", "status"), [("bob", 200), ("alice", 200), ("olga", 403), ("tess", 403), ("dave", 404)])
def test_who_may(
    who: str, status: int, review: Review, three: Three, as_user: Login, request: pytest.FixtureRequest
) -> None:
    client, (a, b, _) = as_user(request.getfixturevalue(who)), three
    assert client.get(url("record-link", review), {"record": ids(a, b)}).status_code == status
    allowed = {200: 302}.get(status, status)
    assert client.post(url("record-link", review), {"record": ids(a, b)}).status_code == allowed
    pair = DuplicatePair.objects.first()
    assert client.post(url("record-unlink", review), {"pair": pair.pk if pair else 1}).status_code == allowed
    assert client.post(url("record-shown", review, a.pk), {"reset": "1"}).status_code == allowed
    if status == 403:
        assert "link-form" not in client.get(url("record-list", review)).content.decode()


def test_a_ruling_stands_on_the_page_before_it_is_taken_back(
    review: Review, bob: User, three: Three, as_user: Login
) -> None:
    a, b, c = three
    link_records(actor=bob, review=review, record_ids=ids(a, b, c))
    split(actor=bob, reference=Reference.objects.get(own_record=b))
    client = as_user(bob)
    assert f"?record={b.pk}&amp;record={a.pk}" in client.get(url("record-detail", review, b.pk)).content.decode()
    asked = client.get(url("record-link", review), {"record": ids(a, b)}).content.decode()
    assert "They were judged to be different" in asked
    assert 'name="overrule" value="1"' in asked
    refused = client.post(url("record-link", review), {"record": ids(a, b)})
    assert refused.status_code == 422
    assert "Take that ruling back first" in refused.content.decode()
    assert client.post(url("record-link", review), {"record": ids(a, b), "overrule": "1"}).status_code == 302


def test_undoing_a_link_by_hand_on_the_page_of_the_pair_leads_to_the_list(
    review: Review, bob: User, three: Three, as_user: Login
) -> None:
    _, [pair] = link_records(actor=bob, review=review, record_ids=ids(*three[:2]))
    answer = as_user(bob).post(url("pair-undo", review, pair.pk))
    assert answer.headers["Location"] == url("duplicate-list", review)


def test_a_machines_doubt_comes_back_when_a_link_over_it_is_undone(review: Review, bob: User, three: Three) -> None:
    first, second = (record.references.get() for record in three[:2])
    doubt = DuplicatePair.objects.create(
        review=review, first=first, second=second, state=PairState.UNCERTAIN, likelihood=0.6, evidence=["titles agree"]
    )
    _, [pair] = link_records(actor=bob, review=review, record_ids=ids(*three[:2]))
    assert pair == doubt
    assert undo_ruling(actor=bob, pair=pair).state == PairState.UNCERTAIN
    assert uncertain_pairs(review).get() == doubt


# --- Which text a record shows ----------------------------------------------------------------------------------------


def test_what_a_record_shows_is_chosen_field_by_field_and_reset(
    review: Review, bob: User, three: Three, as_user: Login
) -> None:
    a, b, c = three
    link_records(actor=bob, review=review, record_ids=ids(a, b, c))
    client, address = as_user(bob), url("record-shown", review, a.pk)
    pubmed, cinahl = (Reference.objects.get(own_record=record) for record in (b, c))
    assert client.post(address, {"field": "title", "reference": pubmed.pk}).status_code == 302
    a.refresh_from_db()
    assert (a.title, a.chosen) == ("Bread & belonging", {"title": pubmed.pk})
    client.post(address, {"reference": cinahl.pk})
    shown = client.get(url("record-detail", review, a.pk))
    assert shown.content.decode().count("chosen by hand") == 1
    assert "Shown first" in shown.content.decode()
    client.post(address, {"field": "title", "reference": ""})
    a.refresh_from_db()
    assert (a.title, a.chosen) == ("Brot", {"all": cinahl.pk})
    client.post(address, {"reset": "1"})
    a.refresh_from_db()
    assert (a.title, a.chosen) == ("Bread and belonging", {})
    assert AuditEvent.objects.filter(action="screening.record.shown_chosen").count() == 4
    for wrong in ({"field": "colour", "reference": pubmed.pk}, {"reference": "x"}, {"reference": 10**9}):
        assert client.post(address, wrong).status_code == 422


def test_a_choice_outlasts_a_split_of_its_reference(review: Review, bob: User, three: Three) -> None:
    a, b, _ = three
    link_records(actor=bob, review=review, record_ids=ids(a, b))
    pubmed = Reference.objects.get(own_record=b)
    choose_shown(actor=bob, record=a, reference=pubmed, field="title")
    split(actor=bob, reference=pubmed)
    a.refresh_from_db()
    assert a.title == "Bread and belonging"
    link_records(actor=bob, review=review, record_ids=ids(a, b), overrule=True)
    a.refresh_from_db()
    assert a.title == "Bread & belonging"


# --- Attacks: merging must not be a way to look at votes ------------------------------------------------------------------

SECRETS = [(Verdict.INCLUDE, {}), (Verdict.EXCLUDE, {"note": "secret", "labels": ["secret"]})]


@pytest.mark.parametrize(("verdict", "more"), SECRETS)
@pytest.mark.parametrize("where", [0, 1])
def test_a_hidden_vote_shows_neither_before_nor_after_the_merge_nor_when_it_is_undone(
    where: int,
    verdict: str,
    more: dict[str, object],
    alice: User,
    bob: User,
    carol: User,
    olga: User,
    review: Review,
    three: Three,
    client: Client,
) -> None:
    """Two worlds that differ in Carol's vote on one of the records give equal bytes at every step of a merge."""
    a, b, c = three

    def walk(secret: bool) -> list[bytes]:
        with transaction.atomic():
            if secret:
                vote(carol, three[where], verdict, **more)
            seen = [strip(content) for content in steps()]
            transaction.set_rollback(True)
        return seen

    def steps() -> Iterator[bytes]:
        yield from look()
        client.force_login(bob)
        answer = client.post(url("record-link", review), {"record": ids(a, b)})
        yield answer.headers["Location"].encode() + answer.content
        yield from look()
        client.force_login(bob)
        pair = DuplicatePair.objects.get(state=PairState.SAME)
        answer = client.post(url("record-unlink", review), {"pair": pair.pk})
        yield answer.headers["Location"].encode() + answer.content
        yield from look()

    def look() -> Iterator[bytes]:
        for who in (alice, bob, olga):
            for name in ("record-list", "duplicate-list", "reference-list"):
                yield page(client, who, url(name, review))
            for root in Record.objects.filter(review=review).live().order_by("pk"):
                yield page(client, who, url("record-detail", review, root.pk))
        for who in (alice, bob):
            yield page(client, who, f"{url('record-link', review)}?record={a.pk}&record={b.pk}&record={c.pk}")

    for without, with_secret in zip(walk(False), walk(True), strict=True):
        assert with_secret.splitlines() == without.splitlines()


def strip(content: bytes) -> bytes:
    """Without the numbers of pairs, which a sequence gives out anew, and the times of the acts."""
    content = re.sub(rb"duplicates/\d+/", b"duplicates/N/", content)
    content = re.sub(rb'(name="pair" value="|linked=)\d+', b"", content)
    return re.sub(rb'datetime="[^"]*"|\d{1,2}:\d\d', b"", content)


def test_votes_that_a_merge_completed_were_seen_so_a_vote_after_undoing_it_is_not_independent(
    alice: User, bob: User, carol: User, review: Review, three: Three
) -> None:
    """Bob merges two records that he did not judge, reads both votes, and undoes it: his later vote says so."""
    a, b, _ = three
    vote(alice, a, Verdict.INCLUDE)
    vote(carol, b, Verdict.EXCLUDE)
    assert shown_votes(bob, a, TA) == shown_votes(bob, b, TA) == []
    kept, pairs = link_records(actor=bob, review=review, record_ids=ids(a, b))
    assert outcome_of(kept, TA) == Outcome.CONFLICT
    unlink(actor=bob, review=review, pair_ids=[pair.pk for pair in pairs])
    assert shown_votes(bob, a, TA) == shown_votes(bob, b, TA) == []
    assert not vote(bob, a, Verdict.INCLUDE).independent
    assert not vote(bob, b, Verdict.EXCLUDE).independent


def test_two_votes_of_one_person_do_not_complete_a_merged_record(
    bob: User, carol: User, review: Review, three: Three
) -> None:
    a, b, _ = three
    for record, verdict in ((a, Verdict.INCLUDE), (b, Verdict.EXCLUDE)):
        vote(carol, record, verdict)
    kept, _ = link_records(actor=bob, review=review, record_ids=ids(a, b))
    assert outcome_of(kept, TA) == Outcome.PENDING
    assert shown_votes(bob, kept, TA) == []


def test_as_many_queries_for_many_references_as_for_few(review: Review, bob: User, as_user: Login) -> None:
    client, counts = as_user(bob), []
    for many in (3, 19):
        records = [make_record(review, source=f"Source {n}") for n in range(many)]
        kept, _ = link_records(actor=bob, review=review, record_ids=ids(*records))
        for address in (url("record-detail", review, kept.pk), f"{url('record-link', review)}?record={kept.pk}"):
            client.get(address)
            with CaptureQueriesContext(connection) as asked:
                client.get(address)
            counts.append(len(asked))
    assert counts[:2] == counts[2:]
