"""Who judges what: shares by every way of dealing out, what happens when people come and go, and nothing shown of it."""

import pytest

from reviewapp.accounts.models import User
from reviewapp.audit.models import AuditEvent
from reviewapp.lib.errors import AlreadyDone, Invalid, NotAllowed
from reviewapp.reviews.choices import Task
from reviewapp.reviews.models import Review
from reviewapp.team import services as team
from screening.choices import Allotting, Outcome, SettledBy, Stage, Verdict
from screening.models import Allocation, DrawnPlace, Record, ScreeningDecision, ScreeningOutcome, StageRule
from screening.queries.allocation import allocation_at, batch_rows, in_no_batch, share_sizes
from screening.queries.desk import lead_progress, next_records, progress_of, queue, waiting_across
from screening.queries.frame import own_stage
from screening.rules import Rule
from screening.services import allocation as services
from screening.services import conflicts, pilots, protocol
from screening.services.decisions import undo_decision
from screening.services.drawing import KEPT_FOR, StageClosed, hand_out
from tests.factories import SCREENING, MembershipFactory, RecordFactory, UserFactory
from tests.screening.helpers import conflict_on, to_full_text, vote

TA, FT = Stage.TITLE_ABSTRACT, Stage.FULL_TEXT


@pytest.fixture
def dora(review: Review) -> User:
    """A fourth who screens."""
    return MembershipFactory(review=review, user=UserFactory(name="Dora"), tasks=SCREENING).user


@pytest.fixture
def records(review: Review) -> list[Record]:
    return [RecordFactory(review=review) for _ in range(12)]


def allocate(review: Review, lead: User, mode: str, stage: str = TA, **more: object) -> Allocation:
    return services.allocate(actor=lead, review=review, stage=stage, mode=mode, **more)  # type: ignore[arg-type]


def mine(who: User, review: Review, stage: str = TA) -> set[int]:
    return {record.pk for record in queue(who, review, stage)}


def people_of(review: Review, records: list[Record], *people: User) -> list[int]:
    return [sum(record.pk in mine(who, review) for who in people) for record in records]


def place(review: Review, who: User):
    return review.memberships.get(user=who)


def test_without_an_allocation_everybody_judges_everything(
    review: Review, records: list[Record], alice: User, bob: User, carol: User
) -> None:
    assert people_of(review, records, alice, bob, carol) == [3] * 12


def test_split_evenly_gives_each_record_as_many_people_as_votes(
    review: Review, records: list[Record], alice: User, bob: User, carol: User, dora: User
) -> None:
    allocate(review, alice, Allotting.EVENLY)
    everybody = (alice, bob, carol, dora)
    assert people_of(review, records, *everybody) == [2] * 12
    assert [len(mine(who, review)) for who in everybody] == [6] * 4
    assert share_sizes(allocation_at(review, TA)) == {who.pk: 6 for who in everybody}
    fresh = [RecordFactory(review=review) for _ in range(4)]
    assert people_of(review, fresh, *everybody) == [2] * 4


def test_every_count_follows_the_share(
    review: Review, records: list[Record], alice: User, bob: User, carol: User, dora: User
) -> None:
    allocate(review, alice, Allotting.EVENLY)
    first = next_records(bob, review, TA)[0]
    vote(bob, first, Verdict.MAYBE)
    assert (progress_of(bob, review, TA).judged, progress_of(bob, review, TA).waiting) == (1, 5)
    for membership, stages in lead_progress(review):
        for stage, done in stages.items():
            assert done == progress_of(membership.user, review, stage), (membership.user, stage)
            frame = own_stage(membership.user, review, stage)
            assert (frame.judged, frame.waiting) == (done.judged, done.waiting)
    [line] = waiting_across(bob, [place(review, bob)])[review.pk]
    assert line.count == 5


def test_a_pair_is_one_experienced_reviewer_and_one_other(
    review: Review, records: list[Record], alice: User, bob: User, carol: User, dora: User
) -> None:
    allocate(review, alice, Allotting.PAIRS, experienced=[alice.pk])
    assert mine(alice, review) == {record.pk for record in records}
    assert people_of(review, records, bob, carol, dora) == [1] * 12
    with pytest.raises(Invalid, match="experienced"):
        allocate(review, alice, Allotting.PAIRS, experienced=[])
    with pytest.raises(Invalid, match="experienced"):
        allocate(review, alice, Allotting.PAIRS, experienced=[alice.pk, bob.pk, carol.pk, dora.pk])


def test_batches_are_given_by_hand_and_can_be_taken_back(
    review: Review, records: list[Record], alice: User, bob: User, carol: User, dora: User
) -> None:
    allocate(review, alice, Allotting.BATCHES)
    assert people_of(review, records, alice, bob, carol, dora) == [0] * 12
    one = services.add_batch(actor=alice, review=review, stage=TA, size=5, people=[bob.pk, carol.pk])
    services.add_batch(actor=alice, review=review, stage=TA, size=4, people=[carol.pk, dora.pk])
    assert people_of(review, records, bob) == [1] * 5 + [0] * 7
    assert people_of(review, records, carol) == [1] * 9 + [0] * 3
    allocation = allocation_at(review, TA)
    assert [(row.people, row.records, row.pending) for row in batch_rows(allocation)] == [
        (["Bob", "Carol"], 5, 5),
        (["Carol", "Dora"], 4, 4),
    ]
    assert in_no_batch(allocation).count() == 3
    services.dissolve_batch(actor=alice, review=review, batch=one)
    again = services.add_batch(actor=alice, review=review, stage=TA, size=8, people=[alice.pk, bob.pk])
    assert (again.first, again.last) == (records[0].pk, records[4].pk)  # it ends where the next batch begins
    services.add_batch(actor=alice, review=review, stage=TA, size=8, people=[alice.pk, bob.pk])
    with pytest.raises(AlreadyDone, match="in a batch already"):
        services.add_batch(actor=alice, review=review, stage=TA, size=8, people=[alice.pk, bob.pk])
    with pytest.raises(Invalid, match="at least 2"):
        services.add_batch(actor=alice, review=review, stage=TA, size=8, people=[bob.pk])


def test_votes_of_before_count_and_no_record_waits_for_nobody(
    review: Review, records: list[Record], alice: User, bob: User, carol: User, dora: User
) -> None:
    for record in records:
        vote(dora, record, Verdict.EXCLUDE)
    allocate(review, alice, Allotting.EVENLY)
    team.remove_member(actor=alice, membership=place(review, dora))
    assert people_of(review, records, alice, bob, carol) == [2] * 12
    vote(next(who for who in (alice, bob, carol) if records[0].pk in mine(who, review)), records[0], Verdict.EXCLUDE)
    assert people_of(review, records[:1], alice, bob, carol) == [0]
    assert ScreeningDecision.objects.filter(reviewer=dora, superseded_at=None).count() == 12


@pytest.mark.parametrize("mode", [Allotting.EVENLY, Allotting.PAIRS, Allotting.BATCHES])
def test_who_leaves_hands_over_and_who_joins_takes_over(
    mode: str, review: Review, records: list[Record], alice: User, bob: User, carol: User, dora: User
) -> None:
    allocate(review, alice, mode, experienced=[alice.pk, bob.pk])
    if mode == Allotting.BATCHES:
        for pair in ([alice.pk, bob.pk], [carol.pk, dora.pk]):
            services.add_batch(actor=alice, review=review, stage=TA, size=6, people=pair)
    everybody = (alice, bob, carol, dora)
    assert people_of(review, records, *everybody) == [2] * 12
    for who in (bob, carol):
        team.remove_member(actor=alice, membership=place(review, who))
        assert people_of(review, records, *everybody) == [2] * 12, who
    assert not mine(bob, review) | mine(carol, review)
    team.add_member(actor=alice, review=review, user=bob, tasks=SCREENING)
    assert people_of(review, records, *everybody) == [2] * 12
    assert bool(mine(bob, review)) == (mode != Allotting.BATCHES)
    team.change_tasks(actor=alice, membership=place(review, dora), tasks=[Task.OBSERVE])
    assert people_of(review, records, alice, bob) == [2] * 12
    assert AuditEvent.objects.filter(action="screening.allocation.rebalanced").exists()


def test_more_votes_need_more_people(
    review: Review, records: list[Record], alice: User, bob: User, carol: User, dora: User
) -> None:
    allocate(review, alice, Allotting.EVENLY)
    before = {who.pk: mine(who, review) for who in (alice, bob, carol, dora)}
    protocol.change_stage_rule(actor=alice, review=review, stage=TA, votes_required=3)
    assert people_of(review, records, alice, bob, carol, dora) == [3] * 12
    assert sum(len(before[pk] - mine(User.objects.get(pk=pk), review)) for pk in before) <= 2


def test_stages_are_shared_out_apart(
    review: Review, records: list[Record], alice: User, bob: User, carol: User, dora: User
) -> None:
    for record in records[:8]:
        to_full_text(record, bob, carol)
    allocate(review, alice, Allotting.EVENLY, FT)
    everybody = (alice, bob, carol, dora)
    assert [len(mine(who, review, FT)) for who in everybody] == [4] * 4
    assert people_of(review, records[8:], *everybody) == [4] * 4


def test_only_leads_share_out(review: Review, bob: User, olga: User, dave: User) -> None:
    for who in (bob, olga, dave):
        with pytest.raises(NotAllowed):
            allocate(review, who, Allotting.EVENLY)
    assert not Allocation.objects.exists()


def test_a_hidden_vote_moves_nobodys_share(
    review: Review, records: list[Record], alice: User, bob: User, carol: User, dora: User
) -> None:
    allocate(review, alice, Allotting.EVENLY)
    before = {who.name: mine(who, review) for who in (alice, bob, dora)}
    sizes = share_sizes(allocation_at(review, TA))
    vote(carol, records[0], Verdict.EXCLUDE)
    assert {who.name: mine(who, review) for who in (alice, bob, dora)} == before
    assert share_sizes(allocation_at(review, TA)) == sizes
    assert services.plan(review, TA, Allotting.EVENLY).lots == allocation_at(review, TA).lots


# --- Drawn one by one -------------------------------------------------------------------------------------------------


def draw(who: User, review: Review, *, skip: tuple[int, ...] = ()) -> int | None:
    found = hand_out(actor=who, review=review, stage=TA, skip=skip)
    return found[0].pk if found else None


def test_a_full_record_is_not_handed_to_a_third(
    review: Review, records: list[Record], alice: User, bob: User, carol: User, dora: User
) -> None:
    allocate(review, alice, Allotting.DRAWN)
    ids = [record.pk for record in records]
    assert [draw(who, review) for who in (alice, bob, carol, dora)] == [ids[0], ids[0], ids[1], ids[1]]
    vote(alice, records[0], Verdict.INCLUDE)
    assert draw(alice, review) == ids[2]
    assert draw(bob, review) == ids[0]  # still before him
    with pytest.raises(StageClosed, match="taken the places"):
        vote(carol, records[0], Verdict.INCLUDE)  # by the address of a record that was not handed to her
    vote(bob, records[0], Verdict.INCLUDE)


def test_a_place_comes_free_when_it_is_not_used(
    review: Review, record: Record, alice: User, bob: User, carol: User, dora: User
) -> None:
    allocate(review, alice, Allotting.DRAWN)
    assert [draw(who, review) for who in (alice, bob, carol)] == [record.pk, record.pk, None]
    assert progress_of(carol, review, TA).waiting == 1  # who draws does not show
    DrawnPlace.objects.filter(reviewer=bob).update(until=DrawnPlace.objects.earliest("until").until - 2 * KEPT_FOR)
    assert draw(carol, review) == record.pk
    with pytest.raises(StageClosed):
        vote(bob, record, Verdict.INCLUDE)
    team.remove_member(actor=alice, membership=place(review, carol))
    vote(bob, record, Verdict.INCLUDE)


def test_who_takes_a_vote_back_may_give_another(
    review: Review, record: Record, alice: User, bob: User, carol: User
) -> None:
    allocate(review, alice, Allotting.DRAWN)
    draw(alice, review)
    draw(bob, review)
    decision = vote(alice, record, Verdict.INCLUDE)
    undo_decision(actor=alice, decision=decision)
    assert draw(carol, review) is None
    vote(alice, record, Verdict.EXCLUDE)


def test_going_back_to_everybody_frees_every_place(
    review: Review, record: Record, alice: User, bob: User, carol: User
) -> None:
    allocate(review, alice, Allotting.DRAWN)
    draw(alice, review)
    draw(bob, review)
    allocate(review, alice, Allotting.EVERYBODY)
    vote(carol, record, Verdict.INCLUDE)
    assert not DrawnPlace.objects.exists()


# --- Nobody leaves a conflict that cannot be settled ------------------------------------------------------------------


def test_the_last_who_could_settle_stays_until_somebody_else_can(
    review: Review, record: Record, alice: User, bob: User, carol: User, tess: User
) -> None:
    conflict = conflict_on(record, bob, carol)
    team.remove_member(actor=alice, membership=place(review, tess))  # Bob and Carol can still agree
    with pytest.raises(Invalid, match="1 open conflict would have nobody"):
        team.remove_member(actor=alice, membership=place(review, carol))
    assert place(review, carol).left_at is None
    team.change_tasks(actor=alice, membership=place(review, alice), tasks=[Task.LEAD, Task.SETTLE_CONFLICTS])
    team.remove_member(actor=alice, membership=place(review, carol))
    conflicts.adjudicate(actor=alice, conflict=conflict, verdict=Verdict.INCLUDE, rationale="Peers.")


def test_a_rule_of_agreement_gives_way_when_one_voter_has_left(
    review: Review, record: Record, alice: User, bob: User, carol: User, tess: User
) -> None:
    StageRule.objects.filter(review=review).update(settled_by=SettledBy.AGREEMENT)
    conflict = conflict_on(record, bob, carol)
    with pytest.raises(NotAllowed, match="among themselves"):
        conflicts.adjudicate(actor=tess, conflict=conflict, verdict=Verdict.INCLUDE, rationale="Peers.")
    team.remove_member(actor=alice, membership=place(review, carol))
    with pytest.raises(Invalid, match="would have nobody"):
        team.remove_member(actor=alice, membership=place(review, tess))
    conflicts.adjudicate(actor=tess, conflict=conflict, verdict=Verdict.INCLUDE, rationale="Peers.")


def test_a_rule_that_would_leave_conflicts_to_nobody_is_not_taken(
    review: Review, record: Record, alice: User, bob: User, carol: User, tess: User
) -> None:
    conflict_on(record, bob, carol)
    team.remove_member(actor=alice, membership=place(review, tess))
    with pytest.raises(Invalid, match="under this rule"):
        protocol.change_stage_rule(actor=alice, review=review, stage=TA, settled_by=SettledBy.THIRD_ASSESSOR)
    assert StageRule.objects.get(review=review, stage=TA).settled_by == SettledBy.EITHER
    team.change_tasks(actor=alice, membership=place(review, alice), tasks=[Task.LEAD, Task.SETTLE_CONFLICTS])
    protocol.change_stage_rule(actor=alice, review=review, stage=TA, settled_by=SettledBy.THIRD_ASSESSOR)


def test_a_rule_changed_during_a_pilot_counts_none_of_its_votes(
    review: Review, records: list[Record], alice: User, bob: User, carol: User
) -> None:
    pilot = pilots.start_pilot(actor=alice, review=review, stage=TA, size=3)
    for sampled in pilot.sample.select_related("record"):
        vote(bob, sampled.record, Verdict.EXCLUDE)
    assert protocol.effect_of_rule(review, TA, Rule(1)) == {}
    protocol.change_stage_rule(actor=alice, review=review, stage=TA, votes_required=1)
    assert not ScreeningOutcome.objects.filter(record__review=review).exists()
    pilots.start_fresh(actor=alice, pilot=pilot)
    assert not ScreeningOutcome.objects.filter(record__review=review).exists()


def test_a_later_rule_rewrites_neither_votes_nor_settlements(
    review: Review, record: Record, alice: User, bob: User, carol: User, tess: User
) -> None:
    conflict = conflict_on(record, bob, carol)
    conflicts.adjudicate(actor=tess, conflict=conflict, verdict=Verdict.INCLUDE, rationale="Peers.")
    before = list(ScreeningDecision.objects.order_by("pk").values())
    ruling = conflict.adjudication
    for change in ({"votes_required": 3}, {"votes_required": 1}, {"agreement": "majority"}, {"votes_required": 2}):
        protocol.change_stage_rule(actor=alice, review=review, stage=TA, **change)
    assert list(ScreeningDecision.objects.order_by("pk").values()) == before
    ruling.refresh_from_db()
    assert (ruling.verdict, ruling.reopened_at) == (Verdict.INCLUDE, None)
    assert ScreeningOutcome.objects.get(record=record, stage=TA).outcome == Outcome.INCLUDED
