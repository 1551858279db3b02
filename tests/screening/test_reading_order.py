"""The order of reading: what it is laid from, how it is served, and who may choose it."""

import random
from collections.abc import Callable

import pytest

from reviewapp.accounts.models import User
from reviewapp.audit.models import AuditEvent
from reviewapp.jobs.choices import JobState
from reviewapp.jobs.models import Job
from reviewapp.lib.errors import Invalid, NotAllowed
from reviewapp.reviews.models import Review
from screening import tasks
from screening.choices import Outcome, ReadingOrderKind, Stage, Verdict
from screening.models import HighlightTerm, RankedRecord, RankingRun, RankingSimulation, Record
from screening.queries.desk import next_records
from screening.queries.ranking import (
    bands,
    is_due,
    is_finished,
    latest_run,
    reading_order,
    sample_by_lot,
    second_look,
    settled_at,
    stopping_statement,
    words_of,
)
from screening.services import corpus
from screening.services.conflicts import adjudicate
from screening.services.decisions import undo_decision
from screening.services.ranking import (
    accept_term,
    choose_order,
    enqueue_due,
    fix_target,
    start_ranking,
    start_simulation,
)
from tests.conftest import person
from tests.factories import RecordFactory
from tests.screening.helpers import TA, conflict_on, vote

ABOUT = {
    True: ["peer", "support", "groups", "of", "people", "living", "with", "hiv", "and", "their", "stories"],
    False: ["drip", "irrigation", "of", "winter", "wheat", "under", "long", "drought"],
}
FILLER = [
    "we",
    "asked",
    "many",
    "adults",
    "in",
    "several",
    "towns",
    "what",
    "changed",
    "over",
    "time",
    "and",
    "report",
    "results",
    "with",
    "care",
]


def text(is_about: bool, chance: random.Random) -> dict[str, str]:
    words = chance.choices(ABOUT[is_about], k=8) + chance.choices(FILLER, k=12)
    chance.shuffle(words)
    return {"title": " ".join(words[:5]), "abstract": " ".join(words[5:])}


@pytest.fixture
def library(review: Review) -> list[Record]:
    """Sixty records, every fourth about peer support."""
    chance = random.Random(7)
    return [RecordFactory(review=review, **text(n % 4 == 0, chance)) for n in range(60)]


def is_about(record: Record) -> bool:
    words = {*record.title.split(), *record.abstract.split()}
    return bool(words & {"peer", "support", "groups", "living", "hiv", "stories"})


def settle(record: Record, verdict: str | None = None) -> None:
    for name in ("Alice", "Bob"):
        vote(person(name), record, verdict or (Verdict.INCLUDE if is_about(record) else Verdict.EXCLUDE))


def lay(review: Review, order: str = ReadingOrderKind.RANKED, stage: str = TA) -> RankingRun:
    """Choose the order and let the job run."""
    choose_order(actor=person("Alice"), review=review, stage=stage, order=order)
    return again(review, stage)


def again(review: Review, stage: str = TA) -> RankingRun:
    job = start_ranking(actor=person("Alice"), review=review, stage=stage)
    assert job is not None
    tasks.rank_records(str(job.pk))
    job.refresh_from_db()
    assert job.state == JobState.DONE, job.message
    run = latest_run(review, stage)
    assert run is not None
    return run


def served(who: User, review: Review, stage: str = TA) -> list[int]:
    return [record.pk for record in next_records(who, review, stage, count=1000)]


# --- Orders -----------------------------------------------------------------------------------------------------------


def test_records_come_as_imported_until_a_lead_chooses(review: Review, library: list[Record], bob: User) -> None:
    assert served(bob, review) == [record.pk for record in library]
    lay(review, ReadingOrderKind.NEWEST)
    choose_order(actor=person("Alice"), review=review, stage=TA, order=ReadingOrderKind.IMPORT)
    assert served(bob, review) == [record.pk for record in library]
    assert not RankedRecord.objects.exists()


def test_newest_first_and_without_a_year_last(review: Review, bob: User) -> None:
    records = [RecordFactory(review=review, year=year) for year in (2001, None, 2024, 2010)]
    lay(review, ReadingOrderKind.NEWEST)
    assert served(bob, review) == [records[n].pk for n in (2, 3, 0, 1)]


def test_random_order_is_the_seeds_and_new_records_move_nobody(
    review: Review, library: list[Record], bob: User, carol: User
) -> None:
    lay(review, ReadingOrderKind.RANDOM)
    before = served(bob, review)
    assert before == served(carol, review) != sorted(before)
    new = [RecordFactory(review=review).pk for _ in range(5)]
    assert served(bob, review) == [*before, *new]  # behind, until the order is laid again
    assert enqueue_due() == 1
    again(review)
    after = served(bob, review)
    assert [pk for pk in after if pk not in new] == before
    assert after != [*before, *new]
    choose_order(actor=person("Alice"), review=review, stage=TA, order=ReadingOrderKind.RANDOM, seed=99)
    again(review)
    assert served(bob, review) != after


def test_without_any_decision_the_question_ranks(review: Review, library: list[Record], bob: User) -> None:
    review.question = "What do people with HIV tell of peer support groups?"
    review.save()
    run = lay(review)
    assert (run.model, run.words, run.includes) == ("", {}, 0)
    assert sum(is_about(Record.objects.get(pk=pk)) for pk in served(bob, review)[:10]) >= 9


def test_settled_records_teach_and_nothing_is_left_out(review: Review, library: list[Record], bob: User) -> None:
    for record in library[:24]:
        settle(record)
    run = lay(review)
    assert (run.includes, run.excludes, run.records) == (6, 18, 60)
    order = served(bob, review)
    assert set(order) == {record.pk for record in library[24:]}
    about = [is_about(Record.objects.get(pk=pk)) for pk in order]
    assert sum(about[:9]) >= 8
    assert sum(about) == 9


def test_same_seed_and_same_decisions_give_the_same_order(review: Review, library: list[Record], bob: User) -> None:
    for record in library[:12]:
        settle(record)
    first = lay(review)
    order = served(bob, review)
    RankedRecord.objects.all().delete()
    second = again(review)
    assert served(bob, review) == order
    assert (first.training_hash, first.seed) == (second.training_hash, second.seed)


def test_every_twentieth_place_is_drawn_by_lot(review: Review, library: list[Record], bob: User) -> None:
    lay(review)
    drawn = RankedRecord.objects.filter(drawn=True).order_by("position")
    assert [place.position for place in drawn] == [20, 40, 60]
    record = drawn[0].record
    settle(record)
    sample = sample_by_lot(review, TA)
    assert (sample.read, sample.included) == (1, int(is_about(record)))


def test_the_head_stays_for_the_colleague_who_is_behind(review: Review, library: list[Record], carol: User) -> None:
    lay(review)
    head = served(carol, review)[:20]
    for pk in served(carol, review)[:6]:
        settle(Record.objects.get(pk=pk))
    again(review)
    assert served(carol, review)[:14] == head[6:]


def test_conflicts_teach_nothing_until_they_are_settled(review: Review, library: list[Record]) -> None:
    conflict = conflict_on(library[0], person("Alice"), person("Bob"))
    assert settled_at(review, TA).records == []
    adjudicate(actor=person("Tess"), conflict=conflict, verdict=Verdict.INCLUDE, rationale="In scope.")
    assert settled_at(review, TA).included == [True]


def test_a_record_that_waits_again_is_served_again(review: Review, library: list[Record], bob: User) -> None:
    for record in library[:8]:
        settle(record)
    lay(review)
    assert not is_due(reading_order(review, TA))
    undo_decision(actor=bob, decision=library[0].decisions.get(reviewer=bob))
    assert library[0].pk in served(bob, review)
    assert is_due(reading_order(review, TA))
    again(review)
    assert library[0].pk in served(bob, review)


def test_parked_reports_come_last_at_full_text(review: Review, library: list[Record], bob: User) -> None:
    for record in library[:5]:
        settle(record, Verdict.INCLUDE)
    lay(review, stage=Stage.FULL_TEXT)
    order = served(bob, review, Stage.FULL_TEXT)
    assert set(order) == {record.pk for record in library[:5]}
    vote(bob, Record.objects.get(pk=order[0]), Verdict.MAYBE, Stage.FULL_TEXT)
    assert served(bob, review, Stage.FULL_TEXT) == [*order[1:], order[0]]


def test_merged_and_withdrawn_records_are_not_placed(review: Review, library: list[Record], bob: User) -> None:
    lay(review)
    Record.objects.filter(pk=library[3].pk).update(merged_into=library[0])
    assert library[3].pk not in served(bob, review)
    again(review)
    assert not RankedRecord.objects.filter(record=library[3], position__gt=0).exists()


# --- When it is laid again --------------------------------------------------------------------------------------------


def test_another_run_is_due_at_five_in_a_hundred_more(review: Review, library: list[Record]) -> None:
    for record in library[:40]:
        settle(record)
    lay(review)
    assert not is_due(reading_order(review, TA))
    settle(library[40])
    assert not is_due(reading_order(review, TA))  # 2 of 40 would be five in a hundred
    settle(library[41])
    assert is_due(reading_order(review, TA))
    assert enqueue_due() == enqueue_due() == 1  # the second finds the first one's job
    assert Job.objects.filter(key=f"ranking:{TA}", state=JobState.QUEUED).count() == 1


def test_orders_without_ranking_do_not_wait_for_votes(review: Review, library: list[Record]) -> None:
    lay(review, ReadingOrderKind.RANDOM)
    for record in library[:10]:
        settle(record)
    assert not is_due(reading_order(review, TA))


def test_a_job_may_run_twice(review: Review, library: list[Record], bob: User) -> None:
    lay(review)
    order = served(bob, review)
    job = Job.objects.get(key=f"ranking:{TA}")
    tasks.rank_records(str(job.pk))
    again(review)
    assert served(bob, review) == order
    assert RankedRecord.objects.count() == 60


def test_features_of_large_sets_are_kept_and_made_again_when_a_text_changes(
    review: Review, library: list[Record], monkeypatch: pytest.MonkeyPatch, settings: object, tmp_path: object
) -> None:
    settings.DATA_DIR = tmp_path  # type: ignore[attr-defined]
    monkeypatch.setattr(corpus, "WORTH_KEEPING", 10)
    made: list[int] = []
    real = corpus.features_with_question
    monkeypatch.setattr(corpus, "features_with_question", lambda *a, **k: made.append(1) or real(*a, **k))
    first = corpus.corpus_of(review, TA, lambda n: None)
    second = corpus.corpus_of(review, TA, lambda n: None)
    assert len(made) == 1
    assert (first[1].matrix != second[1].matrix).nnz == 0
    assert [first[1].terms[n] for n in range(20)] == [second[1].terms[n] for n in range(20)]
    Record.objects.filter(pk=library[0].pk).update(abstract="another text about wheat")
    corpus.corpus_of(review, TA, lambda n: None)
    assert len(made) == 2
    [path] = (tmp_path / "ranking").iterdir()  # type: ignore[operator]
    path.write_bytes(b"damaged")
    corpus.corpus_of(review, TA, lambda n: None)
    assert len(made) == 3


# --- What it tells ----------------------------------------------------------------------------------------------------


def test_words_for_and_against_are_told_once_there_is_enough(review: Review, library: list[Record]) -> None:
    for record in library[:20]:
        settle(record)
    assert lay(review).words == {}  # early: fewer than 25
    for record in library[20:32]:
        settle(record)
    words = words_of(again(review))
    assert {word.term for word in words["for"]} & {"hiv", "peer", "support", "groups"}
    assert {word.term for word in words["against"]} & {"wheat", "drought", "irrigation"}
    assert all(word.documents >= 3 for kind in words.values() for word in kind)
    term = words["for"][0].term
    accept_term(actor=person("Alice"), review=review, term=term, kind="for")
    assert HighlightTerm.objects.get(review=review).term == term
    assert words_of(latest_run(review, TA))["for"][0].is_listed


def test_an_exclusion_that_looks_like_an_include_is_offered_for_a_second_look(
    review: Review, library: list[Record]
) -> None:
    hit = " ".join(ABOUT[True])
    Record.objects.filter(pk=library[8].pk).update(title=hit, abstract=hit)
    for record in library[:40]:
        settle(record, Verdict.EXCLUDE if record == library[8] else None)
    run = lay(review)
    assert [doubt.record for doubt in second_look(run)][:1] == [library[8]]
    Record.objects.filter(pk=library[8].pk).update(merged_into=library[0])
    assert library[8] not in [doubt.record for doubt in second_look(run)]


def test_bands_tell_precision(review: Review, library: list[Record]) -> None:
    lay(review)
    first = RankedRecord.objects.filter(band=1).order_by("position")
    for place in list(first):
        settle(place.record)
    again(review)
    band = bands(review, TA)[0]
    assert band.read == len(first)
    assert band.precision == round(100 * band.included / band.read)
    assert sum(each.read + each.unread for each in bands(review, TA)) == 60


def test_the_statement_counts_conflicts_as_unread(review: Review, library: list[Record]) -> None:
    for record in library[:8]:
        settle(record)
    conflict_on(library[8], person("Alice"), person("Bob"))
    said = stopping_statement(reading_order(review, TA))
    assert (said.total, said.read, said.found, said.unread) == (60, 8, 2, 52)
    assert not said.can_tell


def test_what_ranking_would_have_saved(review: Review, library: list[Record], alice: User) -> None:
    for record in library[:59]:
        settle(record)
    assert not is_finished(review, TA)
    with pytest.raises(Invalid, match="every record"):
        start_simulation(actor=alice, review=review, stage=TA)
    settle(library[59])
    job = start_simulation(actor=alice, review=review, stage=TA)
    tasks.simulate_ranking(str(job.pk))
    kept = RankingSimulation.objects.get()
    assert (kept.records, kept.includes) == (60, 15)
    assert 0 <= kept.figures["loss"] < 0.2


# --- Who ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["Bob", "Olga", "Tess"])
def test_only_a_lead_chooses(review: Review, library: list[Record], who: str) -> None:
    acts: list[Callable[[], object]] = [
        lambda: choose_order(actor=person(who), review=review, stage=TA, order="ranked"),
        lambda: fix_target(actor=person(who), review=review, stage=TA, target=0.9, confidence=0.9),
        lambda: accept_term(actor=person(who), review=review, term="hiv", kind="for"),
        lambda: start_ranking(actor=person(who), review=review, stage=TA),
        lambda: start_simulation(actor=person(who), review=review, stage=TA),
    ]
    for act in acts:
        with pytest.raises(NotAllowed):
            act()


def test_choices_are_written_in_the_history(review: Review, library: list[Record], alice: User) -> None:
    run = lay(review)
    fix_target(actor=alice, review=review, stage=TA, target=0.9, confidence=0.95)
    settle(library[0])
    with pytest.raises(Invalid, match="Screening has begun"):
        fix_target(actor=alice, review=review, stage=TA, target=0.8, confidence=0.95)
    fix_target(actor=alice, review=review, stage=TA, target=0.8, confidence=0.95, reason="Scoping review")
    events = AuditEvent.objects.filter(review=review, action__startswith="screening.order.").order_by("pk")
    assert [event.action for event in events] == ["screening.order.chosen", "screening.order.laid"]
    assert events[1].after["training_hash"] == run.training_hash
    assert AuditEvent.objects.filter(action="screening.target.fixed").latest("pk").reason == "Scoping review"


@pytest.mark.parametrize("target", [0.2, 1.0, float("nan")])
def test_targets_that_mean_nothing_are_refused(review: Review, alice: User, target: float) -> None:
    with pytest.raises(Invalid):
        fix_target(actor=alice, review=review, stage=TA, target=target, confidence=0.95)


def test_outcomes_are_never_touched(review: Review, library: list[Record]) -> None:
    for record in library[:30]:
        settle(record)
    lay(review)
    excluded = Record.objects.in_review(review).with_outcome(TA, Outcome.EXCLUDED)
    assert excluded.count() + Record.objects.in_review(review).with_outcome(TA, Outcome.INCLUDED).count() == 30
