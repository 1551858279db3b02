"""Sampled audits: drawn at random, judged blind, and silent about the rates until all is judged."""

from collections.abc import Callable

import pytest
from django.test import Client

from reviewapp.accounts.models import User
from reviewapp.lib.errors import AlreadyDone, Invalid, NotAllowed
from reviewapp.reviews.models import Review
from screening.choices import PairState, Verdict
from screening.models import DuplicateAudit, DuplicateAuditPair, DuplicatePair, Reference
from screening.queries.duplicate_audits import latest_result, result_of
from screening.queries.duplicates import figures
from screening.queries.yields import deduplication_words, removed
from screening.services.duplicate_audits import draw, judge
from screening.services.duplicates import link
from tests.factories import RecordFactory, make_record
from tests.screening.helpers import page, url, vote

Login = Callable[[User], Client]


def linked(review: Review, title: str) -> DuplicatePair:
    first, second = (
        make_record(review, source=source, title=title).references.get() for source in ("Scopus", "PubMed")
    )
    link([first.pk, second.pk])
    return DuplicatePair.objects.create(review=review, first=first, second=second, state=PairState.LINKED, likelihood=1)


@pytest.fixture
def six(review: Review) -> list[DuplicatePair]:
    titles = ("Living with pain at sea", "Nurses who walk at night", "Bread and belonging in Lima")
    pairs = [linked(review, f"{title}, part {n}") for title in titles for n in (1, 2)]
    for n in range(6):
        make_record(review, title=f"A quilt of {n} voices")
    return pairs


def judge_all(
    audit: DuplicateAudit, who: User, wrong: Callable[[DuplicateAuditPair], bool] = lambda pair: False
) -> None:
    for pair in audit.pairs.all():
        judge(actor=who, pair=pair, same=pair.linked != wrong(pair))


def test_a_sample_holds_links_and_pairs_left_apart(review: Review, bob: User, six: list[DuplicatePair]) -> None:
    audit = draw(actor=bob, review=review, size=5)
    pairs = list(audit.pairs.select_related("first", "second"))
    assert sorted(pair.linked for pair in pairs) == [False] * 5 + [True] * 5
    assert [pair.position for pair in pairs] == list(range(1, 11))
    for pair in pairs:
        assert (pair.first.record_id == pair.second.record_id) == pair.linked
    assert len({(pair.first_id, pair.second_id) for pair in pairs}) == 10
    assert (audit.links, audit.records) == (6, 12)


def test_the_same_seed_draws_the_same_sample(review: Review, bob: User, six: list[DuplicatePair]) -> None:
    samples = [
        list(draw(actor=bob, review=review, size=5, seed=seed).pairs.values_list("linked", "first", "second"))
        for seed in ("spring", "spring", "autumn")
    ]
    assert samples[0] == samples[1] != samples[2]


def test_pairs_that_people_ruled_on_or_that_wait_are_not_drawn(
    review: Review, bob: User, six: list[DuplicatePair]
) -> None:
    quilts = Reference.objects.filter(title__startswith="A quilt").order_by("pk")
    for one in quilts:
        for other in quilts.filter(pk__gt=one.pk):
            DuplicatePair.objects.create(review=review, first=one, second=other, state=PairState.UNCERTAIN)
    six[0].state = PairState.SAME
    six[0].save()
    audit = draw(actor=bob, review=review, size=100)
    drawn = set(audit.pairs.values_list("first", "second"))
    assert (six[0].first_id, six[0].second_id) not in drawn
    both_quilts = {(one.pk, other.pk) for one in quilts for other in quilts if one.pk < other.pk}
    assert not both_quilts & drawn


def test_without_links_or_with_an_odd_size_nothing_is_drawn(review: Review, bob: User, olga: User) -> None:
    RecordFactory(review=review)
    with pytest.raises(Invalid, match="Look for duplicates first"):
        draw(actor=bob, review=review, size=5)
    for size in (0, 4, 101):
        with pytest.raises(Invalid, match="between 5 and 100"):
            draw(actor=bob, review=review, size=size)
    with pytest.raises(NotAllowed):
        draw(actor=olga, review=review, size=5)
    assert not DuplicateAudit.objects.exists()


def test_the_rates_come_when_all_is_judged(review: Review, bob: User, six: list[DuplicatePair]) -> None:
    audit = draw(actor=bob, review=review, size=5)
    last = audit.pairs.last()
    assert last is not None
    for pair in audit.pairs.exclude(pk=last.pk):
        judge(actor=bob, pair=pair, same=pair.linked)
    assert result_of(list(audit.pairs.all())) is None
    assert latest_result(review) is None
    judge(actor=bob, pair=last, same=not last.linked)
    result = latest_result(review)
    assert result is not None
    errors = (result.wrong_links.errors, result.missed.errors)
    assert errors == ((1, 0) if last.linked else (0, 1))
    assert result.wrong_links.judged == result.missed.judged == 5
    found = figures(review)
    assert result.words in deduplication_words(review, found, removed(review, found))
    assert Reference.objects.get(pk=six[0].first_id).record_id == Reference.objects.get(pk=six[0].second_id).record_id


def test_ones_own_judgement_can_be_changed_a_colleagues_not(
    review: Review, bob: User, carol: User, olga: User, six: list[DuplicatePair]
) -> None:
    pair = draw(actor=bob, review=review, size=5).pairs.first()
    assert pair is not None
    judge(actor=bob, pair=pair, same=True)
    assert judge(actor=bob, pair=pair, same=False).same is False
    with pytest.raises(AlreadyDone, match="Bob judged"):
        judge(actor=carol, pair=pair, same=True)
    with pytest.raises(NotAllowed):
        judge(actor=olga, pair=pair, same=True)


def test_the_page_of_a_pair_does_not_tell_whether_it_is_linked(
    review: Review, bob: User, six: list[DuplicatePair], client: Client
) -> None:
    """The same pair, linked and left apart, gives the same bytes."""
    audit = draw(actor=bob, review=review, size=5)
    link_drawn = audit.pairs.filter(linked=True).first()
    assert link_drawn is not None
    addresses = [url("audit-pair", review, audit.pk, link_drawn.position), url("audit-detail", review, audit.pk)]

    def seen() -> list[bytes]:  # the frame around it counts records
        return [page(client, bob, address).split(b"<main")[1] for address in addresses]

    before = seen()
    own = link_drawn.second.own_record
    Reference.objects.filter(pk=link_drawn.second_id).update(record=own)
    own.merged_into = None
    own.save()
    link_drawn.linked = False
    link_drawn.save()
    assert seen() == before


def test_judging_goes_from_pair_to_pair_to_the_result(
    review: Review, bob: User, six: list[DuplicatePair], as_user: Login
) -> None:
    client = as_user(bob)
    address = client.post(url("audit-draw", review), {"size": "5"}).headers["Location"]
    audit = DuplicateAudit.objects.get()
    assert address == url("audit-detail", review, audit.pk)
    assert "The rates appear when every pair is judged" in client.get(address).content.decode()
    for position in range(1, 11):
        shown = client.get(url("audit-pair", review, audit.pk, position)).content.decode()
        assert shown.count("<kbd>S</kbd>") == 2
        pair = audit.pairs.get(position=position)
        answer = client.post(
            url("audit-judge", review, audit.pk, position), {"same": "1" if pair.linked and position > 1 else "0"}
        )
        onward = url("audit-pair", review, audit.pk, position + 1) if position < 10 else address
        assert answer.headers["Location"] == onward
    first = audit.pairs.get(position=1)
    done = client.get(address)
    assert [pair.pk for pair in done.context["errors"]] == ([first.pk] if first.linked else [])
    assert "exact binomial intervals" in done.content.decode()
    assert "exact binomial intervals" in client.get(url("duplicate-list", review)).content.decode()


def test_nonsense_and_a_faster_colleague_are_told(
    review: Review, bob: User, carol: User, six: list[DuplicatePair], as_user: Login
) -> None:
    for size in ("", "x", "10000000", "²"):
        assert as_user(bob).post(url("audit-draw", review), {"size": size}).status_code == 422
    audit = draw(actor=bob, review=review, size=5)
    assert as_user(bob).post(url("audit-judge", review, audit.pk, 1), {"same": "?"}).status_code == 422
    as_user(carol).post(url("audit-judge", review, audit.pk, 1), {"same": "1"})
    answer = as_user(bob).post(url("audit-judge", review, audit.pk, 1), {"same": "0"})
    assert answer.status_code == 409
    assert "Carol judged this pair" in answer.content.decode()


@pytest.mark.parametrize(("who", "read", "act"), [("alice", 200, 302), ("bob", 200, 302), ("olga", 200, 403), ("tess", 200, 403), ("dave", 404, 404)])  # fmt: skip
def test_who_may(
    who: str,
    read: int,
    act: int,
    review: Review,
    bob: User,
    six: list[DuplicatePair],
    as_user: Login,
    request: pytest.FixtureRequest,
) -> None:
    audit = draw(actor=bob, review=review, size=5)
    client = as_user(request.getfixturevalue(who))
    assert client.get(url("audit-detail", review, audit.pk)).status_code == read
    assert client.get(url("audit-pair", review, audit.pk, 1)).status_code == read
    assert client.post(url("audit-judge", review, audit.pk, 1), {"same": "1"}).status_code == act
    assert client.post(url("audit-draw", review), {"size": "5"}).status_code == act


def test_audits_of_other_reviews_are_not_found(
    review: Review, bob: User, six: list[DuplicatePair], as_user: Login
) -> None:
    elsewhere = RecordFactory().review
    foreign = DuplicateAudit.objects.create(review=elsewhere, size=5, seed="1", links=1, records=1, created_by=bob)
    client = as_user(bob)
    assert client.get(url("audit-detail", review, foreign.pk)).status_code == 404
    assert client.get(url("audit-pair", review, foreign.pk, 1)).status_code == 404


def test_hidden_votes_change_no_byte(
    review: Review, bob: User, carol: User, six: list[DuplicatePair], client: Client
) -> None:
    audit = draw(actor=bob, review=review, size=5)
    judge_all(audit, bob, wrong=lambda pair: pair.position == 1)
    addresses = [url("audit-detail", review, audit.pk), url("audit-pair", review, audit.pk, 1)]
    addresses += [url("duplicate-list", review)]
    before = [page(client, bob, address) for address in addresses]
    for record in {pair.first.record for pair in audit.pairs.all()}:
        vote(carol, record, Verdict.EXCLUDE, note="secret", labels=["secret"])
    assert [page(client, bob, address) for address in addresses] == before
