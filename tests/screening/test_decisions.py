"""Votes become outcomes, conflicts and settlements; nothing given is lost."""

import pytest
from django.db import IntegrityError

from reviewapp.accounts.models import User
from reviewapp.audit.models import AuditEvent
from reviewapp.lib.errors import Invalid, NotAllowed
from reviewapp.reviews.models import Review
from screening.choices import Outcome, Retrieval, Stage, Verdict
from screening.models import Conflict, ExclusionReason, Record, Report, ScreeningDecision
from screening.queries.desk import queue
from screening.services import conflicts
from screening.services.decisions import NotAtStage, StageClosed, make_decision, undo_decision
from screening.services.duplicates import link, part
from screening.visibility import audit_events_visible_to, decisions_visible_to, outcome_of, shown_votes
from tests.factories import RecordFactory

TA, FT = Stage.TITLE_ABSTRACT, Stage.FULL_TEXT


def vote(who: User, record: Record, verdict: str, stage: str = TA, **more: object) -> ScreeningDecision:
    return make_decision(actor=who, record=record, stage=stage, verdict=verdict, **more)  # type: ignore[arg-type]


def test_two_includes_go_on_to_full_text(bob: User, carol: User, record: Record) -> None:
    vote(bob, record, Verdict.INCLUDE)
    assert outcome_of(record, TA) == Outcome.PENDING
    vote(carol, record, Verdict.MAYBE)
    assert outcome_of(record, TA) == Outcome.INCLUDED
    assert Report.objects.get(record=record).retrieval == Retrieval.SOUGHT


def test_disagreement_opens_one_conflict_and_the_third_assessor_settles_it(
    bob: User, carol: User, tess: User, record: Record
) -> None:
    vote(bob, record, Verdict.INCLUDE)
    vote(carol, record, Verdict.EXCLUDE)
    conflict = Conflict.objects.get(record=record, closed_at=None)
    with pytest.raises(NotAllowed):
        conflicts.adjudicate(actor=bob, conflict=conflict, verdict=Verdict.EXCLUDE, rationale="mine")
    conflicts.adjudicate(actor=tess, conflict=conflict, verdict=Verdict.EXCLUDE, rationale="Providers only.")
    assert outcome_of(record, TA) == Outcome.EXCLUDED
    assert sorted(ScreeningDecision.objects.filter(record=record).values_list("verdict", flat=True)) == [
        "exclude",
        "include",
    ]


def test_voters_settle_by_agreement_when_both_confirm(bob: User, carol: User, record: Record) -> None:
    vote(bob, record, Verdict.INCLUDE)
    vote(carol, record, Verdict.EXCLUDE)
    conflict = Conflict.objects.get(record=record)
    conflicts.agree(actor=bob, conflict=conflict, verdict=Verdict.INCLUDE)
    assert outcome_of(record, TA) == Outcome.CONFLICT
    conflicts.agree(actor=carol, conflict=conflict, verdict=Verdict.INCLUDE)
    assert outcome_of(record, TA) == Outcome.INCLUDED


def test_a_third_voter_comes_too_late(alice: User, bob: User, carol: User, record: Record) -> None:
    vote(bob, record, Verdict.EXCLUDE)
    vote(carol, record, Verdict.EXCLUDE)
    with pytest.raises(StageClosed):
        vote(alice, record, Verdict.INCLUDE)
    assert record not in queue(alice, record.review, TA)


def test_bob_sees_no_trace_of_carols_verdict_before_his_own(
    bob: User, carol: User, alice: User, olga: User, record: Record
) -> None:
    vote(carol, record, Verdict.EXCLUDE, note="Providers only", labels=["later"])
    for reader in (bob, alice, olga):
        assert not decisions_visible_to(reader, record.review).exists()
        assert shown_votes(reader, record, TA) == []
        assert not audit_events_visible_to(reader, record.review).filter(action__startswith="screening.").exists()
    vote(bob, record, Verdict.EXCLUDE)
    assert decisions_visible_to(olga, record.review).count() == 2
    assert audit_events_visible_to(olga, record.review).filter(action="screening.decision.made").count() == 2


def test_undo_makes_the_record_wait_again_and_a_second_vote_is_no_longer_independent(
    bob: User, carol: User, record: Record
) -> None:
    vote(bob, record, Verdict.INCLUDE)
    mine = vote(carol, record, Verdict.EXCLUDE)
    undo_decision(actor=carol, decision=mine)
    assert outcome_of(record, TA) == Outcome.PENDING
    assert Conflict.objects.get(record=record).closed_at
    again = vote(carol, record, Verdict.INCLUDE)
    assert not again.independent
    assert again.revision == 2
    assert outcome_of(record, TA) == Outcome.INCLUDED


def test_changing_ones_mind_while_waiting_supersedes(bob: User, record: Record) -> None:
    first = vote(bob, record, Verdict.INCLUDE)
    second = vote(bob, record, Verdict.EXCLUDE)
    first.refresh_from_db()
    assert first.superseded_at
    assert second.independent


def test_full_text_exclusion_needs_a_reason_and_reasons_may_conflict(
    bob: User, carol: User, record: Record, reason: ExclusionReason
) -> None:
    other = ExclusionReason.objects.create(review=record.review, label="Insufficient data", position=2)
    vote(bob, record, Verdict.INCLUDE)
    with pytest.raises(NotAtStage):
        vote(bob, record, Verdict.INCLUDE, FT)
    vote(carol, record, Verdict.INCLUDE)
    with pytest.raises(Invalid):
        vote(bob, record, Verdict.EXCLUDE, FT)
    vote(bob, record, Verdict.EXCLUDE, FT, reason=reason)
    vote(carol, record, Verdict.EXCLUDE, FT, reason=other)
    conflict = Conflict.objects.get(record=record, stage=FT)
    assert conflict.kind == "reason"
    for who in (bob, carol):
        conflicts.agree(actor=who, conflict=conflict, verdict=Verdict.EXCLUDE, reason=other)
    assert record.outcomes.get(stage=FT).reason == other


def test_the_database_refuses_a_full_text_exclusion_without_reason(bob: User, record: Record) -> None:
    with pytest.raises(IntegrityError, match="full_text_exclusion_has_reason"):
        ScreeningDecision.objects.create(
            review=record.review, record=record, stage=FT, reviewer=bob, verdict=Verdict.EXCLUDE
        )


def test_votes_survive_merge_and_split(review: Review, bob: User, carol: User) -> None:
    one, other = RecordFactory(review=review), RecordFactory(review=review)
    vote(bob, one, Verdict.INCLUDE)
    vote(carol, other, Verdict.EXCLUDE)
    kept = link([one.references.get().pk, other.references.get().pk])
    assert kept == one
    assert outcome_of(one, TA) == Outcome.CONFLICT
    parted = part(one.references.get(own_record=other))
    assert parted == other
    assert outcome_of(one, TA) == outcome_of(other, TA) == Outcome.PENDING
    assert not decisions_visible_to(bob, review).exclude(reviewer=bob).exists()


def test_every_act_leaves_an_event(bob: User, record: Record) -> None:
    decision = vote(bob, record, Verdict.INCLUDE)
    undo_decision(actor=bob, decision=decision)
    assert list(AuditEvent.objects.filter(review=record.review).order_by("id").values_list("action", flat=True)) == [
        "screening.decision.made",
        "screening.decision.undone",
    ]


@pytest.mark.parametrize("who", ["olga", "tess", "dave"])
def test_people_without_the_task_cannot_vote(who: str, record: Record, request: pytest.FixtureRequest) -> None:
    with pytest.raises(NotAllowed):
        vote(request.getfixturevalue(who), record, Verdict.INCLUDE)
