"""Conflicts when people come and go; the rest of their life is told in test_decisions, test_races and test_conflict_views."""

import pytest

from reviewapp.accounts.models import User
from reviewapp.lib.errors import NotAllowed
from reviewapp.reviews.models import Membership, Review
from reviewapp.team.services import remove_member
from screening.choices import Outcome, Stage, Verdict
from screening.models import Conflict, Record
from screening.services import conflicts, protocol
from screening.services.decisions import make_decision
from screening.visibility import outcome_of

TA = Stage.TITLE_ABSTRACT


def leave(review: Review, alice: User, who: User) -> None:
    remove_member(actor=alice, membership=Membership.objects.get(review=review, user=who))


def disagree(record: Record, *votes: tuple[User, str]) -> Conflict:
    for who, verdict in votes:
        make_decision(actor=who, record=record, stage=TA, verdict=verdict)
    return Conflict.objects.get(record=record, closed_at=None)


def test_those_who_stay_can_agree_without_the_one_who_left(
    review: Review, alice: User, bob: User, carol: User, record: Record
) -> None:
    protocol.change_stage_rule(actor=alice, review=review, stage=TA, votes_required=3)
    conflict = disagree(record, (alice, Verdict.INCLUDE), (bob, Verdict.INCLUDE), (carol, Verdict.EXCLUDE))
    leave(review, alice, carol)
    conflicts.agree(actor=alice, conflict=conflict, verdict=Verdict.INCLUDE)
    assert outcome_of(record, TA) == Outcome.CONFLICT
    conflicts.agree(actor=bob, conflict=conflict, verdict=Verdict.INCLUDE)
    assert outcome_of(record, TA) == Outcome.INCLUDED
    assert record.decisions.count() == 3


def test_the_last_voter_left_cannot_agree_alone(
    review: Review, alice: User, bob: User, carol: User, tess: User, record: Record
) -> None:
    conflict = disagree(record, (bob, Verdict.INCLUDE), (carol, Verdict.EXCLUDE))
    leave(review, alice, carol)
    with pytest.raises(NotAllowed, match="third assessor"):
        conflicts.agree(actor=bob, conflict=conflict, verdict=Verdict.INCLUDE)
    assert outcome_of(record, TA) == Outcome.CONFLICT
    conflicts.adjudicate(actor=tess, conflict=conflict, verdict=Verdict.INCLUDE, rationale="Peers took part.")
    assert outcome_of(record, TA) == Outcome.INCLUDED
