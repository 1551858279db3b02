"""The protocol page: everybody reads, leads change, and the effect of a rule is shown before it is saved."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from reviewapp.accounts.models import User
from reviewapp.reviews.models import Review
from screening.choices import Stage, Verdict
from screening.models import Conflict, EligibilityCriterion, ExclusionReason, HighlightTerm, StageRule
from screening.queries.desk import stage_totals
from screening.rules import Rule
from screening.services import conflicts, protocol
from screening.services.decisions import make_decision
from screening.services.outcomes import result_for, results_under
from tests.factories import ExclusionReasonFactory, RecordFactory, ReviewFactory

TA, FT = Stage.TITLE_ABSTRACT, Stage.FULL_TEXT
RULE = {
    "votes_required": 2,
    "maybe_means": "include",
    "agreement": "unanimous",
    "settled_by": "either",
    "settler_sees": "anonymous",
}


def url(name: str, review: Review, *args: object) -> str:
    return reverse(f"screening:{name}", args=[review.pk, *args])


@pytest.fixture
def criterion(review: Review, alice: User) -> EligibilityCriterion:
    return protocol.add_criterion(actor=alice, review=review, kind="inclusion", text="Adults")


def reading_and_changing(
    review: Review, criterion: EligibilityCriterion, reason: ExclusionReason
) -> list[tuple[str, str, dict]]:
    return [
        ("post", url("criterion-create", review), {"kind": "inclusion", "text": "x"}),
        ("get", url("criterion-change", review, criterion.pk), {}),
        ("post", url("criterion-change", review, criterion.pk), {"text": "x"}),
        ("post", url("criterion-retire", review, criterion.pk), {}),
        ("post", url("reason-create", review), {"label": "x"}),
        ("get", url("reason-change", review, reason.pk), {}),
        ("post", url("reason-change", review, reason.pk), {"label": "y"}),
        ("post", url("reason-move", review, reason.pk), {"up": "1"}),
        ("post", url("reason-retire", review, reason.pk), {}),
        ("get", url("rule-change", review, TA), {}),
        ("post", url("rule-change", review, TA), RULE),
        ("get", url("rule-preview", review, TA), RULE),
        ("get", url("term-change", review), {}),
        ("post", url("term-change", review), {"for_terms": "x"}),
    ]


@pytest.mark.parametrize(("who", "status"), [("bob", 403), ("olga", 403), ("dave", 404)])
def test_only_leads_change(
    who: str,
    status: int,
    client: Client,
    review: Review,
    criterion: EligibilityCriterion,
    reason: ExclusionReason,
    request: pytest.FixtureRequest,
) -> None:
    client.force_login(request.getfixturevalue(who))
    for method, target, data in reading_and_changing(review, criterion, reason):
        assert getattr(client, method)(target, data).status_code == status, target
    assert client.get(url("protocol", review)).status_code == (404 if who == "dave" else 200)


def test_leads_reach_everything(
    client: Client, review: Review, alice: User, criterion: EligibilityCriterion, reason: ExclusionReason
) -> None:
    client.force_login(alice)
    for method, target, data in reading_and_changing(review, criterion, reason):
        assert getattr(client, method)(target, data).status_code in {200, 302}, target


def test_readers_see_the_text_without_the_buttons(
    client: Client, review: Review, bob: User, criterion: EligibilityCriterion
) -> None:
    client.force_login(bob)
    page = client.get(url("protocol", review)).content.decode()
    assert "Adults" in page
    assert "Add a criterion" not in page
    assert "Change the rule" not in page
    assert "Two people vote on every record, each without seeing" in page


def test_criteria_of_other_reviews_are_not_found(client: Client, review: Review, alice: User) -> None:
    client.force_login(alice)
    foreign = EligibilityCriterion.objects.create(review=ReviewFactory(), kind="inclusion", code="I1", text="x")
    assert client.get(url("criterion-change", review, foreign.pk)).status_code == 404
    other_reason = ExclusionReasonFactory()
    assert client.post(url("reason-move", review, other_reason.pk)).status_code == 404
    response = client.post(url("reason-create", review), {"label": "y", "criterion": foreign.pk})
    assert response.status_code == 422
    assert not ExclusionReason.objects.filter(review=review).exists()


def test_criteria_are_added_changed_and_removed(client: Client, review: Review, alice: User) -> None:
    client.force_login(alice)
    client.post(url("criterion-create", review), {"kind": "exclusion", "text": "  Children <b> "})
    criterion = EligibilityCriterion.objects.get()
    assert (criterion.code, criterion.text) == ("E1", "Children <b>")
    client.post(url("criterion-change", review, criterion.pk), {"text": "Children under 12", "reason": "clearer"})
    client.post(url("criterion-retire", review, criterion.pk))
    page = client.get(url("protocol", review)).content.decode()
    assert "Removed criteria (1)" in page
    assert "Children under 12" in page
    assert client.post(url("criterion-retire", review, criterion.pk)).status_code == 409


def test_an_empty_criterion_comes_back_with_what_is_wrong(client: Client, review: Review, alice: User) -> None:
    client.force_login(alice)
    response = client.post(url("criterion-create", review), {"kind": "inclusion", "text": "", "code": "I1"})
    assert response.status_code == 422
    assert "This field is required" in response.content.decode()


def test_reasons_move_by_buttons(client: Client, review: Review, alice: User) -> None:
    client.force_login(alice)
    for label in ("one", "two", "three"):
        client.post(url("reason-create", review), {"label": label})
    three = ExclusionReason.objects.get(label="three")
    fragment = client.post(url("reason-move", review, three.pk), {"up": "1"}, headers={"HX-Request": "true"})
    text = fragment.content.decode()
    assert text.index("three") < text.index(">two")
    assert "<html" not in text
    client.post(url("reason-move", review, three.pk), {"up": "1"})
    assert list(ExclusionReason.objects.filter(review=review).values_list("label", flat=True)) == [
        "three",
        "one",
        "two",
    ]
    client.post(url("reason-move", review, three.pk), {"up": "1"})
    client.post(url("reason-move", review, three.pk), {"up": "0"})
    assert list(ExclusionReason.objects.filter(review=review).values_list("label", flat=True)) == [
        "one",
        "three",
        "two",
    ]


def test_terms_are_kept_one_a_line(client: Client, review: Review, alice: User) -> None:
    client.force_login(alice)
    client.post(url("term-change", review), {"for_terms": "Peer support*\r\n\r\nstigma", "against_terms": "mice"})
    assert dict(HighlightTerm.objects.values_list("term", "kind")) == {
        "peer support*": "for",
        "stigma": "for",
        "mice": "against",
    }
    assert "peer support*\nstigma" in client.get(url("term-change", review)).content.decode()


# --- Rules ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def judged(review: Review, bob: User, carol: User, tess: User) -> None:
    """A maybe with an exclude in conflict, one settled, two agreed, and one that waits for Carol."""
    rows = [RecordFactory(review=review) for _ in range(5)]
    for record, one, two in (
        (rows[0], Verdict.MAYBE, Verdict.MAYBE),
        (rows[1], Verdict.INCLUDE, Verdict.EXCLUDE),
        (rows[2], Verdict.MAYBE, Verdict.INCLUDE),
        (rows[3], Verdict.EXCLUDE, Verdict.EXCLUDE),
    ):
        make_decision(actor=bob, record=record, stage=TA, verdict=one)
        make_decision(actor=carol, record=record, stage=TA, verdict=two)
    make_decision(actor=bob, record=rows[4], stage=TA, verdict=Verdict.MAYBE)
    conflict = Conflict.objects.get(record=rows[1])
    conflicts.adjudicate(actor=tess, conflict=conflict, verdict=Verdict.EXCLUDE, rationale="No.")


def test_the_effect_in_bulk_is_the_effect_record_by_record(review: Review, judged: None) -> None:
    for rule in (Rule(), Rule(maybe_means="undecided"), Rule(3), Rule(1), Rule(agreement="majority")):
        for pk, result in results_under(rule, review, TA).items():
            assert result == result_for(review.records.get(pk=pk), TA, rule)
    assert len(results_under(Rule(), review, TA)) == 4


def test_the_preview_shows_what_would_move_and_saves_nothing(
    client: Client, review: Review, alice: User, judged: None
) -> None:
    client.force_login(alice)
    target = url("rule-preview", review, TA)
    fragment = client.get(target, RULE | {"maybe_means": "undecided"}, headers={"HX-Request": "true"}).content.decode()
    assert "Maybe is undecided" in fragment
    assert '<b class="num">2</b>' in fragment
    assert "<html" not in fragment
    assert "No record whose votes are all in would change its place." in client.get(target, RULE).content.decode()
    assert StageRule.objects.get(review=review, stage=TA).maybe_means == "include"
    noscript = client.post(url("rule-change", review, TA), RULE | {"maybe_means": "undecided", "preview": "1"})
    assert '<b class="num">2</b>' in noscript.content.decode()
    assert StageRule.objects.get(review=review, stage=TA).maybe_means == "include"


def test_the_preview_does_not_tell_of_hidden_votes(client: Client, review: Review, alice: User, bob: User) -> None:
    client.force_login(alice)
    record = RecordFactory(review=review)
    target, data = url("rule-preview", review, TA), RULE | {"votes_required": 1}
    before = client.get(target, data, headers={"HX-Request": "true"}).content
    make_decision(actor=bob, record=record, stage=TA, verdict=Verdict.EXCLUDE)
    assert client.get(target, data, headers={"HX-Request": "true"}).content == before


def test_saving_a_rule_works_outcomes_out_again(client: Client, review: Review, alice: User, judged: None) -> None:
    client.force_login(alice)
    response = client.post(url("rule-change", review, TA), RULE | {"maybe_means": "undecided"})
    assert response.status_code == 302
    totals = stage_totals(review, TA)
    assert (totals.conflicts, totals.included, totals.excluded) == (2, 0, 2)


def test_an_impossible_rule_is_refused(client: Client, review: Review, alice: User) -> None:
    client.force_login(alice)
    assert client.post(url("rule-change", review, TA), RULE | {"votes_required": 9}).status_code == 422
    assert client.get(url("rule-change", review, "screening")).status_code == 404


def test_the_full_text_rule_asks_for_reasons_not_for_maybe(client: Client, review: Review, alice: User) -> None:
    client.force_login(alice)
    page = client.get(url("rule-change", review, FT)).content.decode()
    assert "reason_conflict" in page
    assert 'name="maybe_means"' not in page


def test_protocol_asks_equally_often_for_few_and_many(client: Client, review: Review, alice: User) -> None:
    client.force_login(alice)
    counts = []
    for more in (3, 27):
        for number in range(more):
            criterion = protocol.add_criterion(actor=alice, review=review, kind="exclusion", text=f"{more} {number}")
            protocol.add_exclusion_reason(actor=alice, review=review, label=f"{more} {number}", criterion=criterion)
        with CaptureQueriesContext(connection) as queries:
            client.get(url("protocol", review))
        counts.append(len(queries))
    assert counts[0] == counts[1]
