"""Pilots and rounds: one sample for all, shown when all have judged it, then set aside; criteria with versions."""

import pytest

from reviewapp.accounts.models import User
from reviewapp.lib.errors import AlreadyDone, Invalid, NotAllowed
from reviewapp.reporting.agreement import agreement_at
from reviewapp.reporting.invariants import breaches
from reviewapp.reviews.choices import Task
from reviewapp.reviews.models import Review
from reviewapp.team import services as team
from screening.choices import Allotting, Outcome, SettlerSees, Stage, Verdict
from screening.models import Adjudication, Conflict, CriteriaVersion, Pilot, Record, ScreeningDecision, StageRule
from screening.queries.desk import lead_progress, progress_of, queue
from screening.queries.frame import own_stage
from screening.queries.rounds import current_version, outcomes_before, pilot_result
from screening.services import allocation, conflicts, pilots, protocol
from screening.services.decisions import StageClosed, undo_decision
from screening.services.drawing import hand_out
from screening.services.outcomes import stale_outcomes
from screening.visibility import decisions_visible_to, outcome_of, shown_votes
from tests.factories import RecordFactory
from tests.screening.helpers import conflict_on, vote

TA = Stage.TITLE_ABSTRACT
YES, MAYBE, NO = Verdict.INCLUDE, Verdict.MAYBE, Verdict.EXCLUDE


@pytest.fixture
def records(review: Review) -> list[Record]:
    return [RecordFactory(review=review) for _ in range(20)]


def start(review: Review, lead: User, size: int = 4, **more: str) -> Pilot:
    return pilots.start_pilot(actor=lead, review=review, stage=TA, size=size, **more)


def sample(pilot: Pilot) -> list[Record]:
    return [place.record for place in pilot.sample.select_related("record").order_by("record")]


def mine(who: User, review: Review) -> list[int]:
    return [record.pk for record in queue(who, review, TA)]


def judged_by_all(pilot: Pilot, *people: User) -> Pilot:
    """The last person excludes the first record, all else is included."""
    for who in people:
        for number, record in enumerate(sample(pilot)):
            vote(who, record, NO if number == 0 and who == people[-1] else YES)
    pilot.refresh_from_db()
    return pilot


def test_everybody_has_the_same_sample_and_the_seed_draws_it_again(
    review: Review, records: list[Record], alice: User, bob: User, carol: User
) -> None:
    pilot = start(review, alice, seed="oak")
    drawn = [record.pk for record in sample(pilot)]
    assert [mine(who, review) for who in (alice, bob, carol)] == [drawn] * 3
    assert (pilot.size, pilot.drawn_from, pilot.seed) == (4, 20, "oak")
    pilots.start_fresh(actor=alice, pilot=pilot)
    again = start(review, alice, seed="oak")
    assert [record.pk for record in sample(again)] == drawn
    assert again.number == 2


def test_the_sample_does_not_depend_on_who_has_voted(
    review: Review, records: list[Record], alice: User, carol: User
) -> None:
    drawn = sample(start(review, alice, seed="oak"))
    pilots.start_fresh(actor=alice, pilot=Pilot.objects.get())
    for record in records[:10]:
        vote(carol, record, NO)
    assert sample(start(review, alice, seed="oak")) == drawn


def test_nothing_is_shown_until_the_last_vote(
    review: Review, records: list[Record], alice: User, bob: User, carol: User
) -> None:
    pilot = start(review, alice)
    first, *rest = sample(pilot)
    for who in (alice, bob, carol):
        vote(who, first, YES)
    assert outcome_of(first, TA) == Outcome.PENDING
    assert stale_outcomes(review, TA) == []
    assert [len(shown_votes(who, first, TA)) for who in (alice, bob, carol)] == [1, 1, 1]
    for record in rest:
        vote(alice, record, YES)
        vote(bob, record, YES)
    for record in rest[:-1]:
        vote(carol, record, NO)
    pilot.refresh_from_db()
    assert pilot_result(alice, pilot) is None
    vote(carol, rest[-1], NO)
    pilot.refresh_from_db()
    found = pilot_result(alice, pilot)
    assert found is not None
    assert found.report.observed == pytest.approx((1 + 3 / 3) / 4)
    assert len(found.disagreements) == 3
    assert sorted(found.raters) == ["Reviewer 1", "Reviewer 2", "Reviewer 3"] or "You" in found.raters


def test_after_the_votes_are_shown_none_is_given_or_taken_back(
    review: Review, records: list[Record], alice: User, bob: User, carol: User
) -> None:
    pilot = start(review, alice)
    first = sample(pilot)[0]
    mine = vote(bob, first, YES)
    pilots.show_results(actor=alice, pilot=pilot)
    with pytest.raises(StageClosed):
        vote(carol, first, YES)
    with pytest.raises(AlreadyDone):
        undo_decision(actor=bob, decision=mine)
    with pytest.raises(AlreadyDone):
        pilots.show_results(actor=alice, pilot=pilot)


def test_a_fresh_start_keeps_the_votes_and_counts_none(
    review: Review, records: list[Record], alice: User, bob: User, carol: User
) -> None:
    pilot = judged_by_all(start(review, alice), alice, bob, carol)
    assert pilot.revealed_at
    assert pilots.start_fresh(actor=alice, pilot=pilot) == 12
    assert len(mine(bob, review)) == 20
    assert ScreeningDecision.objects.filter(pilot=pilot, round=1).exclude(set_aside_at=None).count() == 12
    assert not decisions_visible_to(alice, review).exists()
    first, second = sample(pilot)[:2]
    vote(bob, second, NO)
    again = vote(carol, second, NO)
    assert (again.round, again.independent) == (2, False)  # she had seen what he said of it in the pilot
    assert outcome_of(second, TA) == Outcome.EXCLUDED
    assert agreement_at(alice, review, TA).collapsed.units == 0
    vote(bob, records[0], YES) if records[0] not in sample(pilot) else None
    assert stale_outcomes(review, TA) == []
    assert outcome_of(first, TA) == Outcome.PENDING


def test_what_was_said_in_the_pilot_shows_again_once_the_record_is_settled(
    review: Review, records: list[Record], alice: User, bob: User, carol: User, olga: User
) -> None:
    pilot = judged_by_all(start(review, alice), alice, bob, carol)
    pilots.start_fresh(actor=alice, pilot=pilot)
    pilot.refresh_from_db()
    before = pilot_result(olga, pilot)
    assert before is not None
    assert (before.rows, before.hidden, before.report.complete) == ([], 4, 4)
    vote(bob, sample(pilot)[1], YES)
    assert pilot_result(olga, pilot) == before  # a hidden vote of the new round changes nothing
    vote(carol, sample(pilot)[1], YES)
    after = pilot_result(olga, pilot)
    assert after is not None
    assert [row.record for row in after.rows] == [sample(pilot)[1]]


def test_who_leaves_is_waited_for_no_longer(
    review: Review, records: list[Record], alice: User, bob: User, carol: User
) -> None:
    pilot = judged_by_all(start(review, alice), alice, bob)
    assert pilot.revealed_at is None
    team.remove_member(actor=alice, membership=review.memberships.get(user=carol))
    pilot.refresh_from_db()
    assert pilot.revealed_at


def test_names_show_where_the_rule_shows_them(
    review: Review, records: list[Record], alice: User, bob: User, carol: User, olga: User
) -> None:
    pilot = judged_by_all(start(review, alice), alice, bob, carol)
    found = pilot_result(olga, pilot)
    assert found is not None
    assert sorted(found.raters) == ["Reviewer 1", "Reviewer 2", "Reviewer 3"]
    StageRule.objects.filter(review=review).update(settler_sees=SettlerSees.NAMES)
    named = pilot_result(alice, pilot)
    assert named is not None
    assert sorted(named.raters) == ["Bob", "Carol", "You"]


def test_counts_are_those_of_the_sample_while_a_pilot_is_open(
    review: Review, records: list[Record], alice: User, bob: User, carol: User
) -> None:
    for record in records[:5]:
        vote(bob, record, NO)
    allocation.allocate(actor=alice, review=review, stage=TA, mode=Allotting.DRAWN)
    pilot = start(review, alice)
    vote(alice, sample(pilot)[0], YES)
    for membership, stages in lead_progress(review):
        for stage, done in stages.items():
            assert done == progress_of(membership.user, review, stage), (membership.user, stage)
            frame = own_stage(membership.user, review, stage)
            assert (frame.judged, frame.waiting) == (done.judged, done.waiting)
    everybody = [hand_out(actor=who, review=review, stage=TA, count=9) for who in (alice, carol)]
    assert [len(found) for found in everybody] == [3, 4]  # a pilot has a place for everybody


def test_what_cannot_be_is_refused(review: Review, records: list[Record], alice: User, bob: User, carol: User) -> None:
    with pytest.raises(NotAllowed):
        start(review, bob)
    for size in (0, 501):
        with pytest.raises(Invalid):
            start(review, alice, size)
    pilot = start(review, alice, 200)
    assert pilot.size == 20
    with pytest.raises(AlreadyDone):
        start(review, alice)
    pilots.start_fresh(actor=alice, pilot=pilot)
    with pytest.raises(AlreadyDone):
        pilots.start_fresh(actor=alice, pilot=pilot)
    for who in (bob, carol):
        team.change_tasks(actor=alice, membership=review.memberships.get(user=who), tasks=[Task.OBSERVE])
    with pytest.raises(Invalid, match="at least two"):
        start(review, alice)


# --- Versions of the criteria and rounds ------------------------------------------------------------------------------


def test_a_vote_knows_the_criteria_in_force(review: Review, record: Record, alice: User, bob: User) -> None:
    assert vote(bob, record, MAYBE).criteria_version == 0
    criterion = protocol.add_criterion(actor=alice, review=review, kind="inclusion", text="Adults")
    assert vote(bob, record, YES).criteria_version == 1
    protocol.change_criterion(actor=alice, criterion=criterion, text="Adults", reason="nothing")
    assert current_version(review) == 1
    protocol.change_criterion(actor=alice, criterion=criterion, text="Adults over 18", reason="Unclear")
    protocol.retire_criterion(actor=alice, criterion=criterion)
    assert [(v.number, [c["text"] for c in v.criteria]) for v in CriteriaVersion.objects.all()] == [
        (1, ["Adults"]),
        (2, ["Adults over 18"]),
        (3, []),
    ]


def again(review: Review, lead: User, *outcomes: str, older_than: int = 1) -> int:
    return pilots.queue_again(
        actor=lead, review=review, stage=TA, older_than=older_than, outcomes=outcomes, why="The criteria were reworded."
    )


def test_records_judged_under_older_criteria_are_queued_again(
    review: Review, records: list[Record], alice: User, bob: User, carol: User, tess: User
) -> None:
    included, excluded, contested, half, new = records[:5]
    for who in (bob, carol):
        vote(who, included, YES)
        vote(who, excluded, NO)
    conflict = conflict_on(contested, bob, carol)
    vote(bob, half, NO)
    protocol.add_criterion(actor=alice, review=review, kind="inclusion", text="Adults")
    for who in (bob, carol):
        vote(who, new, NO)
    assert outcomes_before(review, TA, 1) == {"included": 1, "excluded": 1, "conflict": 1}
    assert again(review, alice, Outcome.EXCLUDED) == 1
    assert excluded.pk in mine(bob, review)
    assert outcome_of(included, TA) == Outcome.INCLUDED
    conflicts.adjudicate(actor=tess, conflict=conflict, verdict=YES, rationale="Peers.")
    assert again(review, alice, Outcome.INCLUDED) == 2
    assert Adjudication.objects.get().reopened_at
    assert not Conflict.objects.filter(closed_at=None).exists()
    with pytest.raises(AlreadyDone):
        again(review, alice, Outcome.INCLUDED, Outcome.EXCLUDED, Outcome.CONFLICT)
    assert stale_outcomes(review, TA) == []
    vote(bob, contested, NO)
    assert vote(carol, contested, YES).round == 2
    assert outcome_of(contested, TA) == Outcome.CONFLICT  # the earlier ruling was about other votes
    assert [b for b in breaches(review) if "import" not in str(b).lower()] == []


def test_hidden_votes_do_not_show_in_what_can_be_queued_again(
    review: Review, records: list[Record], alice: User, bob: User, carol: User
) -> None:
    for who in (bob, carol):
        vote(who, records[0], NO)
    protocol.add_criterion(actor=alice, review=review, kind="inclusion", text="Adults")
    before = outcomes_before(review, TA, 1)
    vote(carol, records[1], NO)
    assert outcomes_before(review, TA, 1) == before


def test_only_a_lead_starts_a_round_and_says_why(review: Review, record: Record, alice: User, bob: User) -> None:
    protocol.add_criterion(actor=alice, review=review, kind="inclusion", text="Adults")
    with pytest.raises(NotAllowed):
        again(review, bob, Outcome.EXCLUDED)
    with pytest.raises(Invalid):
        again(review, alice, Outcome.EXCLUDED, older_than=2)
    with pytest.raises(Invalid):
        again(review, alice, Outcome.PENDING)
    with pytest.raises(Invalid):
        pilots.queue_again(actor=alice, review=review, stage=TA, older_than=1, outcomes=["excluded"], why=" ")
