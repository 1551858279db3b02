"""Detection as a job, people's rulings above the machine's, and every link undone without losing a vote."""

from collections.abc import Iterator

import pytest

from reviewapp.accounts.models import User
from reviewapp.jobs.choices import JobState
from reviewapp.jobs.models import Job
from reviewapp.lib.errors import AlreadyDone, Invalid, NotAllowed
from reviewapp.reporting.invariants import breaches
from reviewapp.reviews.models import Review
from screening import tasks
from screening.choices import Outcome, PairState, Stage, Verdict
from screening.models import Conflict, DuplicatePair, ImportBatch, Record, Reference, ScreeningDecision
from screening.queries.duplicates import uncertain_pairs
from screening.services import decisions, detection, duplicates
from screening.visibility import outcome_of
from tests.factories import make_record

TA = Stage.TITLE_ABSTRACT
SAME = {
    "title": "Peer support groups after a diagnosis: an interview study in Uganda", "authors": ["Okello T", "Berg R"],
    "year": 2021, "journal": "Journal of Quiet Care", "volume": "12", "issue": "3", "pages": "101-109",
    "doi": "10.5555/quiet.2021.7",
}  # fmt: skip
OTHER = {
    "title": "Costs of home visits in rural clinics of northern Norway", "authors": ["Dahl K"], "year": 2016,
    "journal": "Nordic Health Economics", "volume": "4", "pages": "7-19", "doi": "10.5555/costs.2016.1",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _invariants(review: Review) -> Iterator[None]:
    yield
    for batch in ImportBatch.objects.filter(review=review):  # factories make references without an import's counts
        batch.read = batch.kept = batch.references.count()
        batch.save()
    assert list(breaches(review)) == []


@pytest.fixture
def five(review: Review) -> list[Reference]:
    """Three references of one report, and two of works that nothing links."""
    rows = [
        SAME,
        SAME,
        {**SAME, "pages": "101-9", "doi": ""},
        OTHER,
        {"title": "A quilt of voices", "authors": ["Ito N"], "year": 2011},
    ]
    sources = ["Scopus", "PubMed", "CINAHL", "Scopus", "PubMed"]
    return [make_record(review, source=s, **row).references.get() for s, row in zip(sources, rows, strict=True)]  # type: ignore[arg-type]


def detect(actor: User, review: Review) -> Job:
    job = duplicates.start_detection(actor=actor, review=review)
    tasks.detect_duplicates(str(job.pk))
    return Job.objects.get(pk=job.pk)


def groups(review: Review) -> list[list[int]]:
    found: dict[int, list[int]] = {}
    for pk, record in Reference.objects.filter(review=review).order_by("pk").values_list("pk", "record_id"):
        found.setdefault(record, []).append(pk)
    return sorted(found.values())


def ids(*references: Reference) -> list[int]:
    return [reference.pk for reference in references]


def uncertain(one: Reference, other: Reference, likelihood: float = 0.5) -> DuplicatePair:
    return DuplicatePair.objects.create(
        review=one.review, first=one, second=other, state=PairState.UNCERTAIN, likelihood=likelihood
    )


def test_detection_links_and_runs_again_without_a_change(review: Review, bob: User, five: list[Reference]) -> None:
    assert detect(bob, review).state == JobState.DONE
    a, b, c, d, e = five
    assert groups(review) == [ids(a, b, c), ids(d), ids(e)]
    pairs = list(DuplicatePair.objects.order_by("pk").values_list("first", "second", "state"))
    assert detect(bob, review).state == JobState.DONE
    assert list(DuplicatePair.objects.order_by("pk").values_list("first", "second", "state")) == pairs
    assert Record.objects.live().count() == 3


def test_rulings_outlast_another_run(review: Review, bob: User, five: list[Reference]) -> None:
    detect(bob, review)
    a, b, c, d, e = five
    duplicates.split(actor=bob, reference=Reference.objects.get(pk=c.pk))
    duplicates.link_by_hand(actor=bob, first=e, second=d)
    assert groups(review) == [ids(a, b), ids(c), ids(d, e)]
    detect(bob, review)
    assert groups(review) == [ids(a, b), ids(c), ids(d, e)]
    assert DuplicatePair.objects.filter(state=PairState.DIFFERENT).count() == 2


def test_a_ruling_given_while_detection_computes_is_not_overrun(
    review: Review, bob: User, five: list[Reference], monkeypatch: pytest.MonkeyPatch
) -> None:
    a, b = five[:2]
    find = detection.compare_new

    def ruled_meanwhile(*args: object, **more: object) -> object:
        found = find(*args, **more)  # type: ignore[arg-type]
        duplicates.rule_on_pair(actor=bob, pair=uncertain(a, b), same=False)
        return found

    monkeypatch.setattr(detection, "compare_new", ruled_meanwhile)
    detect(bob, review)
    assert Reference.objects.get(pk=a.pk).record_id != Reference.objects.get(pk=b.pk).record_id


def test_undoing_a_ruling_parts_only_what_rested_on_it(review: Review, bob: User, five: list[Reference]) -> None:
    """a-b by the machine, d-e by the machine; "b is d" joins all four; taking it back gives both pairs again."""
    a, b, _, d, e = five
    for one, other in ((a, b), (d, e)):
        duplicates.link(ids(one, other))
        DuplicatePair.objects.create(review=review, first=one, second=other, state=PairState.LINKED, likelihood=1)
    ruled = duplicates.rule_on_pair(actor=bob, pair=uncertain(b, d), same=True)
    assert ids(a, b, d, e) in groups(review)
    undone = duplicates.undo_ruling(actor=bob, pair=ruled)
    assert undone.state == PairState.UNCERTAIN
    assert undone.ruled_by is None
    assert ids(a, b) in groups(review)
    assert ids(d, e) in groups(review)
    assert uncertain_pairs(review).get() == undone


def test_judging_two_linked_references_different_keeps_each_with_its_own(
    review: Review, bob: User, five: list[Reference]
) -> None:
    a, b, c, *_ = five
    duplicates.link(ids(a, b, c))
    weak = DuplicatePair.objects.create(review=review, first=a, second=b, state=PairState.LINKED, likelihood=0.8)
    duplicates.rule_on_pair(actor=bob, pair=uncertain(b, c), same=True)
    duplicates.rule_on_pair(actor=bob, pair=weak, same=False)
    assert ids(a) in groups(review)
    assert ids(b, c) in groups(review)


def test_rulings_that_contradict_each_other_are_refused(review: Review, bob: User, five: list[Reference]) -> None:
    a, b, c, *_ = five
    duplicates.rule_on_pair(actor=bob, pair=uncertain(a, b), same=True)
    duplicates.rule_on_pair(actor=bob, pair=uncertain(b, c), same=True)
    with pytest.raises(Invalid, match="third reference"):
        duplicates.rule_on_pair(actor=bob, pair=uncertain(a, c), same=False)
    d, e = five[3:]
    duplicates.rule_on_pair(actor=bob, pair=uncertain(c, d), same=False)
    duplicates.rule_on_pair(actor=bob, pair=uncertain(d, e), same=True)
    with pytest.raises(Invalid, match="judged to be different"):
        duplicates.link_by_hand(actor=bob, first=a, second=e)


def test_a_second_ruling_on_a_pair_and_a_missing_one_are_told(bob: User, carol: User, five: list[Reference]) -> None:
    pair = uncertain(five[0], five[3])
    with pytest.raises(AlreadyDone):
        duplicates.undo_ruling(actor=bob, pair=pair)
    duplicates.rule_on_pair(actor=bob, pair=pair, same=False)
    with pytest.raises(AlreadyDone, match="Bob"):
        duplicates.rule_on_pair(actor=carol, pair=pair, same=True)


@pytest.mark.parametrize("who", ["founder", "later one"])
def test_splitting_keeps_every_vote(review: Review, bob: User, carol: User, five: list[Reference], who: str) -> None:
    a, b = five[:2]
    decisions.make_decision(actor=bob, record=a.record, stage=TA, verdict=Verdict.INCLUDE)
    decisions.make_decision(actor=carol, record=b.record, stage=TA, verdict=Verdict.EXCLUDE)
    kept = duplicates.link(ids(a, b))
    assert kept == a.record
    assert outcome_of(kept, TA) == Outcome.CONFLICT
    leaving = Reference.objects.get(pk=(a if who == "founder" else b).pk)
    fresh = duplicates.split(actor=bob, reference=leaving)
    assert Reference.objects.get(pk=leaving.pk).record == fresh
    standing = ScreeningDecision.objects.filter(superseded_at=None)
    assert sorted(standing.values_list("reviewer__name", "verdict")) == [("Bob", "include"), ("Carol", "exclude")]
    if who == "later one":
        assert fresh == b.record
        assert outcome_of(kept, TA) == outcome_of(fresh, TA) == Outcome.PENDING
        assert not Conflict.objects.filter(closed_at=None).exists()
    else:  # the votes stay with the record that colleagues judged
        assert outcome_of(kept, TA) == Outcome.CONFLICT
        assert outcome_of(fresh, TA) == Outcome.PENDING


def test_a_split_taken_back_pair_by_pair_brings_the_record_together(
    review: Review, bob: User, five: list[Reference]
) -> None:
    detect(bob, review)
    a, b, c, *_ = five
    duplicates.split(actor=bob, reference=Reference.objects.get(pk=c.pk))
    for pair in DuplicatePair.objects.filter(state=PairState.DIFFERENT).order_by("pk"):
        duplicates.undo_ruling(actor=bob, pair=pair)
    assert ids(a, b, c) in groups(review)


def test_splitting_what_people_judged_the_same_can_be_taken_back(
    review: Review, bob: User, alice: User, five: list[Reference]
) -> None:
    a, d = five[0], five[3]
    duplicates.rule_on_pair(actor=bob, pair=uncertain(a, d), same=True)
    duplicates.split(actor=bob, reference=Reference.objects.get(pk=d.pk))
    pair = duplicates.undo_ruling(actor=alice, pair=DuplicatePair.objects.get())
    assert (pair.state, pair.ruled_by) == (PairState.SAME, alice)
    assert ids(a, d) in groups(review)
    duplicates.undo_ruling(actor=alice, pair=pair)
    assert ids(a) in groups(review)


def test_a_reference_that_stands_alone_cannot_be_split(bob: User, five: list[Reference]) -> None:
    with pytest.raises(AlreadyDone, match="alone"):
        duplicates.split(actor=bob, reference=five[0])


def test_link_by_hand_needs_two_records_of_one_review(bob: User, five: list[Reference]) -> None:
    a, b = five[:2]
    duplicates.link_by_hand(actor=bob, first=b, second=a)
    with pytest.raises(AlreadyDone):
        duplicates.link_by_hand(actor=bob, first=a, second=b)


def test_somebody_who_voted_on_both_records_of_a_merge_can_change_their_mind(
    review: Review, bob: User, five: list[Reference]
) -> None:
    a, b = five[:2]
    decisions.make_decision(actor=bob, record=a.record, stage=TA, verdict=Verdict.INCLUDE)
    decisions.make_decision(actor=bob, record=b.record, stage=TA, verdict=Verdict.EXCLUDE)
    kept = duplicates.link(ids(a, b))
    assert kept is not None
    decisions.make_decision(actor=bob, record=kept, stage=TA, verdict=Verdict.MAYBE)
    standing = ScreeningDecision.objects.filter(superseded_at=None)
    assert list(standing.values_list("record", "verdict")) == [(kept.pk, "maybe")]


def test_a_conflict_that_a_merge_resolves_by_majority_falls_away(
    review: Review, alice: User, bob: User, carol: User, five: list[Reference]
) -> None:
    review.stage_rules.filter(stage=TA).update(agreement="majority")
    a, b = five[:2]
    decisions.make_decision(actor=alice, record=a.record, stage=TA, verdict=Verdict.EXCLUDE)
    decisions.make_decision(actor=bob, record=b.record, stage=TA, verdict=Verdict.INCLUDE)
    decisions.make_decision(actor=carol, record=b.record, stage=TA, verdict=Verdict.EXCLUDE)
    assert Conflict.objects.filter(closed_at=None).count() == 1
    kept = duplicates.link(ids(a, b))
    assert kept is not None
    assert outcome_of(kept, TA) == Outcome.EXCLUDED
    assert not Conflict.objects.filter(closed_at=None).exists()


def test_only_members_with_the_task_rule(olga: User, tess: User, dave: User, five: list[Reference]) -> None:
    for stranger in (olga, tess, dave):
        with pytest.raises(NotAllowed):
            duplicates.rule_on_pair(actor=stranger, pair=uncertain(*five[:2]), same=True)
        DuplicatePair.objects.all().delete()
