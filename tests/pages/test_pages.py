"""Home, overview and history, as each person sees them."""

import re
from pathlib import Path

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from reviewapp.accounts.models import User
from reviewapp.audit.models import AuditEvent
from reviewapp.pages.words import WORDS
from reviewapp.reviews.models import Membership, Review
from reviewapp.team.services import invite
from screening.choices import ConflictKind, SettlerSees, Stage, Verdict
from screening.models import Conflict, Record, StageRule
from screening.queries.desk import lead_progress, progress_of, waiting_across, waiting_for
from screening.services.decisions import keep_note, make_decision
from screening.services.protocol import add_criterion
from tests.factories import SCREENING, MembershipFactory, RecordFactory, ReviewFactory

TA = Stage.TITLE_ABSTRACT
SECRETS = re.compile(r'(name="csrfmiddlewaretoken" value="[^"]+"|X-CSRFToken": "[^"]+"|nonce="[^"]+")')


def page(client: Client, user: User, url: str) -> str:
    client.force_login(user)
    response = client.get(url)
    assert response.status_code == 200, response.content[:2000]
    return SECRETS.sub("", response.content.decode())


@pytest.mark.parametrize("name", ["review-detail", "audit-list"])
@pytest.mark.parametrize(("who", "status"), [("alice", 200), ("bob", 200), ("olga", 200), ("dave", 404)])
def test_who_may_read(
    name: str, who: str, status: int, client: Client, review: Review, request: pytest.FixtureRequest
) -> None:
    client.force_login(request.getfixturevalue(who))
    assert client.get(reverse(name, args=[review.pk])).status_code == status


@pytest.mark.parametrize("name", ["home", "review-detail", "audit-list"])
def test_strangers_are_sent_to_the_log_in(name: str, client: Client, review: Review) -> None:
    response = client.get(reverse(name, args=[review.pk] if name != "home" else []))
    assert response.status_code == 302
    assert response["Location"].startswith(reverse("account_login"))


# --- Blinding ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("reader", ["bob", "olga", "tess"])
def test_nobody_sees_on_home_overview_or_history_that_carol_voted(
    reader: str, client: Client, review: Review, record: Record, carol: User, request: pytest.FixtureRequest
) -> None:
    user = request.getfixturevalue(reader)
    urls = [reverse("home"), *(reverse(name, args=[review.pk]) for name in ("review-detail", "audit-list"))]
    before = [page(client, user, url) for url in urls]
    make_decision(
        actor=carol, record=record, stage=TA, verdict=Verdict.EXCLUDE, note="Providers only", labels=["later"]
    )
    assert [page(client, user, url) for url in urls] == before


def test_the_lead_learns_how_many_but_never_what(client: Client, review: Review, alice: User, carol: User) -> None:
    """Two worlds that differ in Carol's verdict only look the same to the lead, who also screens."""
    seen = []
    for verdict, note in ((Verdict.INCLUDE, ""), (Verdict.EXCLUDE, "Providers only")):
        other = ReviewFactory(created_by=alice, title="The same")
        for who, tasks in ((alice, ["lead", *SCREENING]), (carol, SCREENING)):
            MembershipFactory(review=other, user=who, tasks=tasks)
        found = RecordFactory(review=other, title="The same record")
        make_decision(actor=carol, record=found, stage=TA, verdict=verdict, note=note)
        text = page(client, alice, reverse("review-detail", args=[other.pk]))
        seen.append(text.replace(str(other.pk), "REVIEW"))
        assert "1 of 1 · 0 left" in text
    assert seen[0] == seen[1]


def test_the_cursor_of_the_history_does_not_count_hidden_events(
    client: Client, review: Review, bob: User, carol: User, alice: User
) -> None:
    add_criterion(actor=alice, review=review, kind="inclusion", text="first")
    for _ in range(3):
        make_decision(actor=carol, record=RecordFactory(review=review), stage=TA, verdict=Verdict.EXCLUDE)
    for number in range(60):
        add_criterion(actor=alice, review=review, kind="inclusion", text=f"criterion {number}")
    url = reverse("audit-list", args=[review.pk])
    first = page(client, bob, url)
    cursor = re.search(r'href="(\?after=[^"]+)"', first)
    assert cursor
    last = AuditEvent.objects.filter(review=review).order_by("-id")[49]
    assert cursor[1] == f"?after={last.uuid}"
    second = page(client, bob, url + cursor[1])
    assert "“first”" in second
    assert "record" not in re.sub(
        r"<nav.*?</nav>|<header.*?</header>", "", second.split("<tbody>")[1].split("</tbody>")[0], flags=re.S
    )
    assert "before=" in second
    assert client.get(url + "?after=1").status_code == 400


def test_an_open_conflict_whose_rule_hides_names_is_told_only_once_it_is_settled(
    client: Client, review: Review, record: Record, bob: User, carol: User, tess: User
) -> None:
    make_decision(actor=bob, record=record, stage=TA, verdict=Verdict.INCLUDE)
    make_decision(actor=carol, record=record, stage=TA, verdict=Verdict.EXCLUDE)
    url = reverse("audit-list", args=[review.pk])
    assert f"included record {record.pk}" not in page(client, tess, url)
    assert f"included record {record.pk}" in page(client, bob, url)
    StageRule.objects.filter(review=review, stage=TA).update(settler_sees=SettlerSees.NAMES)
    assert f"excluded record {record.pk}" in page(client, tess, url)


def test_the_filter_by_person_finds_no_hidden_event(
    client: Client, review: Review, record: Record, bob: User, carol: User
) -> None:
    make_decision(actor=carol, record=record, stage=TA, verdict=Verdict.EXCLUDE)
    keep_note(actor=carol, record=record, stage=TA, text="Providers only")
    url = reverse("audit-list", args=[review.pk])
    for query in (f"?person={carol.pk}", "?kind=screening.decision.", f"?person={carol.pk}&kind=screening.note."):
        assert "Nothing found" in page(client, bob, url + query)
    assert "excluded record" in page(client, carol, url + f"?person={carol.pk}")


@pytest.mark.parametrize(
    "query", ["?person=x", "?person=9999999999999999999999", "?kind=odd", "?from=31.5.2026", "?after=%00"]
)
def test_filters_that_no_page_offers_are_refused_in_words(
    query: str, client: Client, review: Review, bob: User
) -> None:
    client.force_login(bob)
    assert client.get(reverse("audit-list", args=[review.pk]) + query).status_code == 400


# --- Words ------------------------------------------------------------------------------------------------------------


def test_every_act_in_the_code_has_words() -> None:
    written = set()
    for folder in ("reviewapp", "screening"):
        for path in (Path(settings.BASE_DIR) / folder).rglob("*.py"):
            written |= set(re.findall(r'\baction="([a-z]+\.[a-z_]+\.[a-z_]+)"', path.read_text()))
    assert len(written) > 30
    assert written <= set(WORDS)


def test_history_reads_as_sentences(client: Client, review: Review, alice: User, bob: User) -> None:
    add_criterion(actor=alice, review=review, kind="inclusion", text="Adults <b>with</b> HIV")
    text = page(client, bob, reverse("audit-list", args=[review.pk]))
    assert "added the criterion “Adults &lt;b&gt;with&lt;/b&gt; HIV”" in text


# --- Home -------------------------------------------------------------------------------------------------------------


def test_home_says_what_waits_in_each_review(client: Client, review: Review, bob: User, carol: User) -> None:
    records = [RecordFactory(review=review) for _ in range(3)]
    make_decision(actor=bob, record=records[0], stage=TA, verdict=Verdict.INCLUDE)
    make_decision(actor=carol, record=records[0], stage=TA, verdict=Verdict.EXCLUDE)
    text = page(client, bob, reverse("home"))
    assert "<b>2</b>" in text
    assert "records to screen" in text
    assert "conflict to settle" in text
    assert reverse("screening:desk", args=[review.pk, TA]) in text


def test_an_empty_home_invites_to_create_a_review(client: Client, dave: User) -> None:
    text = page(client, dave, reverse("home"))
    assert "No review yet" in text
    assert reverse("review-create") in text


def test_home_asks_equally_often_for_three_and_for_fifteen_reviews(client: Client, bob: User) -> None:
    counts = []
    for more in (2, 12):
        for _ in range(more):
            RecordFactory(review=MembershipFactory(user=bob).review)
        client.force_login(bob)
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("home"))
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_what_waits_across_reviews_is_what_waits_in_each(review: Review, bob: User, carol: User) -> None:
    other = MembershipFactory(user=bob, tasks=["settle_conflicts"]).review
    for place in (review, other):
        for _ in range(2):
            RecordFactory(review=place)
    for place in (review, other):
        Conflict.objects.create(review=place, record=place.records.first(), stage=TA, kind=ConflictKind.DECISION)
    memberships = list(Membership.objects.filter(user=bob).select_related("review", "user"))
    across = waiting_across(bob, memberships)
    assert across == {m.review_id: waiting_for(m) for m in memberships}
    assert [(line.count, line.what) for line in across[review.pk]] == [(2, "records to screen")]
    assert [(line.count, line.what) for line in across[other.pk]] == [(1, "conflicts to settle")]


@pytest.mark.parametrize("verified", [True, False])
def test_invitations_are_listed_only_for_a_confirmed_address(
    verified: bool, client: Client, review: Review, alice: User, dave: User
) -> None:
    EmailAddress.objects.create(user=dave, email=dave.email, verified=verified, primary=True)
    invite(actor=alice, review=review, email=dave.email, tasks=["observe"], link="{token}")
    assert ("Look at the invitation" in page(client, dave, reverse("home"))) is verified


# --- Overview ---------------------------------------------------------------------------------------------------------


def test_the_lead_sees_each_persons_progress_and_others_do_not(
    client: Client, review: Review, record: Record, alice: User, bob: User, carol: User
) -> None:
    make_decision(actor=carol, record=record, stage=TA, verdict=Verdict.EXCLUDE)
    url = reverse("review-detail", args=[review.pk])
    assert "Who has judged how many" in page(client, alice, url)
    assert "Who has judged how many" not in page(client, bob, url)


def test_progress_of_everybody_is_what_it_is_of_each(review: Review, bob: User, carol: User, alice: User) -> None:
    records = [RecordFactory(review=review) for _ in range(4)]
    for record in records[:3]:
        for who in (bob, carol):
            make_decision(actor=who, record=record, stage=TA, verdict=Verdict.INCLUDE)
    make_decision(actor=bob, record=records[0], stage=Stage.FULL_TEXT, verdict=Verdict.MAYBE)
    make_decision(actor=bob, record=records[1], stage=Stage.FULL_TEXT, verdict=Verdict.INCLUDE)
    for membership, stages in lead_progress(review):
        for stage, done in stages.items():
            assert done == progress_of(membership.user, review, stage)


def test_overview_asks_equally_often_for_few_and_many_people(client: Client, review: Review, alice: User) -> None:
    client.force_login(alice)
    counts = []
    for more in (0, 12):
        for _ in range(more):
            MembershipFactory(review=review)
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("review-detail", args=[review.pk]))
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_a_new_review_says_what_to_do_first(client: Client, review: Review, alice: User, bob: User) -> None:
    url = reverse("review-detail", args=[review.pk])
    assert "Write down what makes a record eligible" in page(client, alice, url)
    assert "Nothing waits for you in this review now" in page(client, bob, url)
