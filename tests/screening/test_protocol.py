"""Changing the protocol while people vote: previews come true, votes stay, outcomes follow."""

import pytest
from django.core.exceptions import ValidationError

from reviewapp.accounts.models import User
from reviewapp.lib.errors import AlreadyDone, Invalid, NotAllowed
from reviewapp.reviews.models import Review
from screening.choices import CriterionKind, Outcome, ReasonConflict, Stage, Verdict
from screening.models import Conflict, EligibilityCriterion, ExclusionReason, Record, ScreeningDecision
from screening.rules import Rule
from screening.services import conflicts, decisions, protocol
from screening.visibility import decisions_visible_to, outcome_of
from tests.factories import ExclusionReasonFactory, RecordFactory, ReviewFactory

TA, FT = Stage.TITLE_ABSTRACT, Stage.FULL_TEXT
LETTERS = {"I": Verdict.INCLUDE, "M": Verdict.MAYBE, "E": Verdict.EXCLUDE}


def judged(review: Review, people: list[User], pattern: str) -> Record:
    record = RecordFactory(review=review)
    for who, letter in zip(people, pattern, strict=False):
        decisions.make_decision(actor=who, record=record, stage=TA, verdict=LETTERS[letter])
    return record


def change(alice: User, review: Review, stage: str = TA, **fields: object) -> None:
    protocol.change_stage_rule(actor=alice, review=review, stage=stage, **fields)


def test_a_stricter_maybe_does_what_its_preview_says(review: Review, alice: User, bob: User, carol: User) -> None:
    records = {pattern: judged(review, [bob, carol], pattern) for pattern in ("II", "IM", "MM", "EE", "ME", "I", "")}
    strict = Rule(maybe_means="undecided")
    assert protocol.effect_of_rule(review, TA, strict) == {(Outcome.INCLUDED, Outcome.CONFLICT): 2}
    change(alice, review, maybe_means="undecided")
    found = {pattern: outcome_of(record, TA) for pattern, record in records.items()}
    assert found == {"II": "included", "IM": "conflict", "MM": "conflict", "EE": "excluded", "ME": "conflict",
                     "I": "pending", "": "pending"}  # fmt: skip
    kinds = dict(Conflict.objects.filter(closed_at=None).values_list("record", "kind"))
    assert kinds == {records["IM"].pk: "decision", records["MM"].pk: "undecided", records["ME"].pk: "decision"}


def test_a_third_required_vote_hides_complete_records_again_and_back(
    review: Review, alice: User, bob: User, carol: User
) -> None:
    record = judged(review, [bob, carol], "IE")
    change(alice, review, votes_required=3)
    assert outcome_of(record, TA) == Outcome.PENDING
    assert not decisions_visible_to(alice, review).exists()
    assert not Conflict.objects.filter(closed_at=None).exists()
    change(alice, review, votes_required=2)
    assert outcome_of(record, TA) == Outcome.CONFLICT
    assert ScreeningDecision.objects.filter(superseded_at=None).count() == 2


def test_one_required_vote_completes_what_waited(review: Review, alice: User, bob: User, carol: User) -> None:
    record = judged(review, [bob], "I")
    assert protocol.effect_of_rule(review, TA, Rule(1)) == {}  # who has voted where stays hidden
    change(alice, review, votes_required=1)
    assert outcome_of(record, TA) == Outcome.INCLUDED
    assert record.report


def test_a_settlement_outlives_a_change_of_rules(
    review: Review, alice: User, bob: User, carol: User, tess: User
) -> None:
    record = judged(review, [bob, carol], "ME")
    conflict = Conflict.objects.get()
    conflicts.adjudicate(actor=tess, conflict=conflict, verdict=Verdict.INCLUDE, rationale="Worth reading.")
    change(alice, review, maybe_means="undecided")
    assert outcome_of(record, TA) == Outcome.INCLUDED
    assert not Conflict.objects.filter(closed_at=None).exists()


def test_moving_a_reason_moves_what_counts_when_the_higher_one_counts(
    review: Review, alice: User, bob: User, carol: User
) -> None:
    one, other = (
        ExclusionReasonFactory(review=review, label=label, position=n) for n, label in enumerate(("A", "B"), 1)
    )
    record = judged(review, [bob, carol], "II")
    change(alice, review, FT, reason_conflict=ReasonConflict.HIGHEST_PRIORITY)
    for who, reason in ((bob, one), (carol, other)):
        decisions.make_decision(actor=who, record=record, stage=FT, verdict=Verdict.EXCLUDE, reason=reason)
    assert record.outcomes.get(stage=FT).reason == one
    protocol.move_exclusion_reason(actor=alice, reason=other, up=True)
    assert record.outcomes.get(stage=FT).reason == other


def test_a_removed_reason_can_be_neither_moved_nor_used(
    review: Review, alice: User, bob: User, carol: User, reason: ExclusionReason
) -> None:
    record = judged(review, [bob, carol], "II")
    protocol.retire_exclusion_reason(actor=alice, reason=reason)
    with pytest.raises(AlreadyDone):
        protocol.move_exclusion_reason(actor=alice, reason=reason, up=True)
    with pytest.raises(Invalid):
        decisions.make_decision(actor=bob, record=record, stage=FT, verdict=Verdict.EXCLUDE, reason=reason)


def test_a_reason_takes_no_criterion_of_another_review(review: Review, alice: User, reason: ExclusionReason) -> None:
    foreign = EligibilityCriterion.objects.create(review=ReviewFactory(), kind="exclusion", code="E1", text="x")
    with pytest.raises(Invalid):
        protocol.change_exclusion_reason(actor=alice, reason=reason, label="x", criterion=foreign)


def test_a_criterion_gets_the_next_code_that_nobody_had(review: Review, alice: User) -> None:
    def add(code: str = "") -> EligibilityCriterion:
        return protocol.add_criterion(actor=alice, review=review, kind=CriterionKind.INCLUSION, text="x", code=code)

    assert [add().code, add("I3").code, add().code, add().code] == ["I1", "I3", "I2", "I4"]
    protocol.retire_criterion(actor=alice, criterion=EligibilityCriterion.objects.get(code="I1"))
    assert add().code == "I5"


@pytest.mark.parametrize("fields", [{"votes_required": 4}, {"votes_required": 0}, {"agreement": "x"}, {"colour": 1}])
def test_impossible_rules_are_refused(fields: dict[str, object], review: Review, alice: User) -> None:
    with pytest.raises((Invalid, ValidationError)):
        change(alice, review, **fields)
    assert review.stage_rules.get(stage=TA).rule == Rule()


def test_only_leads_change_rules(review: Review, bob: User, olga: User) -> None:
    for who in (bob, olga):
        with pytest.raises(NotAllowed):
            change(who, review, votes_required=1)
