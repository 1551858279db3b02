"""The search for duplicates as a job: in any order and any batches the same groups, and a crash leaves nothing double."""

import random
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from reviewapp.accounts.models import User
from reviewapp.jobs.choices import JobState
from reviewapp.jobs.models import Job
from reviewapp.reporting.invariants import breaches
from reviewapp.reviews.models import Review
from screening import tasks
from screening.choices import PairState
from screening.duplicates import Entry, find_duplicates
from screening.models import BlockKey, DuplicatePair, ImportBatch, Record, Reference, ReferenceComparison
from screening.services import comparison, detection, duplicates, imports
from tests.factories import ImportBatchFactory, ReviewFactory, SearchFactory, make_record
from tests.screening.duplicates.records import NAP, TEXT, without
from tests.screening.duplicates.test_engine import library


@pytest.fixture(autouse=True)
def _invariants(review: Review) -> Iterator[None]:
    yield
    for batch in ImportBatch.objects.filter(review=review):  # factories make references without an import's counts
        batch.read = batch.kept = batch.references.count()
        batch.save()
    assert list(breaches(review)) == []


# An abstract of a congress, its report, and a thin entry that fits both: who is linked to whom depends on all three.
CHAIN = [
    NAP,
    replace(NAP, key=2, pages="S12", issue="Suppl 1", doi="10.5555/jonr.s12", abstract=TEXT[:200]),
    without("doi", "pages", "issue", "volume", key=3),
]
ENTRIES = [*(replace(entry, key=number) for number, entry in enumerate([*library(40), *CHAIN]))]


def add(review: Review, entries: list[Entry], batch: ImportBatch | None = None) -> None:
    for entry in entries:
        fields: dict[str, Any] = {
            name: getattr(entry, name) for name in ("title", "abstract", "year", "journal", "volume", "issue", "pages", "doi", "type")
        }  # fmt: skip
        authors = entry.authors.split(";") if isinstance(entry.authors, str) else list(entry.authors)
        make_record(review, batch=batch, authors=authors, **fields, language=str(entry.key))


def detect(actor: User, review: Review) -> Job:
    job = duplicates.start_detection(actor=actor, review=review)
    tasks.detect_duplicates(str(job.pk))
    return Job.objects.get(pk=job.pk)


def groups(review: Review) -> set[frozenset[int]]:
    """By the numbers that the entries have in ENTRIES, which references keep as their language."""
    found: dict[int, set[int]] = {}
    for number, record in Reference.objects.filter(review=review, withdrawn_at=None).values_list("language", "record"):
        found.setdefault(record, set()).add(int(number))
    return {frozenset(members) for members in found.values() if len(members) > 1}


def pairs(review: Review) -> set[tuple[frozenset[int], str]]:
    rows = DuplicatePair.objects.filter(review=review).values_list("first__language", "second__language", "state")
    return {(frozenset((int(one), int(other))), state) for one, other, state in rows}


EXPECTED = {frozenset(map(int, members)) for members in find_duplicates(ENTRIES).groups}


@pytest.mark.parametrize("seed", range(3))
def test_any_order_in_any_number_of_imports_gives_the_groups_of_the_command_line(
    review: Review, bob: User, seed: int
) -> None:
    dice = random.Random(seed)
    entries = dice.sample(ENTRIES, len(ENTRIES))
    cuts = sorted(dice.sample(range(len(entries)), seed))
    for start, end in zip([0, *cuts], [*cuts, len(entries)], strict=True):
        add(review, entries[start:end])
        assert detect(bob, review).state == JobState.DONE
    assert groups(review) == EXPECTED
    found = find_duplicates(ENTRIES)
    told = {(frozenset((a, b)), "linked") for a, b, _ in found.links}
    told |= {(frozenset((a, b)), "uncertain") for a, b, _ in found.uncertain}
    told |= {(frozenset((a, b)), "related") for a, b, _ in found.related}
    assert pairs(review) == told


def test_what_was_linked_is_parted_when_a_later_reference_speaks_against_it(review: Review, bob: User) -> None:
    """The thin entry is linked to the congress abstract until the report comes, to which it is linked more surely."""
    ends = [find_duplicates([CHAIN[2], other]).groups for other in CHAIN[:2]]
    assert all(ends), "the thin entry fits both"
    for order in ([2, 1, 0], [2, 0, 1], [0, 1, 2]):
        other = ReviewFactory(created_by=bob)
        review.memberships.filter(user=bob).update(review=other)
        for number in order:
            add(other, [replace(CHAIN[number], key=number)])
            detect(bob, other)
        assert groups(other) == {frozenset(map(int, group)) for group in shape_of_chain()}
        other.memberships.filter(user=bob).update(review=review)


def shape_of_chain() -> list[list[Any]]:
    return find_duplicates([replace(entry, key=number) for number, entry in enumerate(CHAIN)]).groups


def test_a_record_with_a_ruling_is_never_parted(review: Review, bob: User) -> None:
    add(review, [replace(CHAIN[n], key=n) for n in (2, 1)])
    thin, congress = Reference.objects.order_by("pk")
    duplicates.link_by_hand(actor=bob, first=thin, second=congress)
    add(review, [replace(CHAIN[0], key=0)])
    detect(bob, review)
    assert any({1, 2} <= group for group in groups(review))


@pytest.mark.parametrize("place", ["write_keys", "compare_new", "_part", "link_all", "_keep_pairs", "note_compared"])
def test_a_run_that_dies_anywhere_is_followed_by_one_that_ends_the_work(
    review: Review, bob: User, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(review, ENTRIES)
    monkeypatch.setattr(detection, "GROUPS_A_BATCH", 5)
    monkeypatch.setattr(comparison, "KEYED_A_BATCH", 20)
    original, calls = getattr(detection, place), []

    def dies(*args: Any, **more: Any) -> Any:
        found = original(*args, **more)
        calls.append(place)
        if len(calls) == (2 if place == "link_all" else 1):
            raise RuntimeError("killed")
        return found

    monkeypatch.setattr(detection, place, dies)
    job = duplicates.start_detection(actor=bob, review=review)
    tasks.detect_duplicates(str(job.pk))
    job.refresh_from_db()
    assert job.state == JobState.RUNNING
    tasks.detect_duplicates(str(job.pk))
    job.refresh_from_db()
    assert job.state == JobState.DONE
    assert groups(review) == EXPECTED
    assert ReferenceComparison.objects.exclude(compared_at=None).count() == len(ENTRIES)


def test_keys_are_written_once_and_again_under_another_version(
    review: Review, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(review, ENTRIES)
    detect(bob, review)
    keys = set(BlockKey.objects.values_list("key", "reference_id"))
    linked = pairs(review)
    detect(bob, review)
    assert set(BlockKey.objects.values_list("key", "reference_id")) == keys
    monkeypatch.setattr(comparison, "NORMALISATION_VERSION", comparison.NORMALISATION_VERSION + 1)
    detect(bob, review)
    again = set(BlockKey.objects.values_list("key", "reference_id"))
    assert len(again) == len(keys)
    assert not again & keys
    assert (groups(review), pairs(review)) == (EXPECTED, linked)


def test_a_later_search_reads_only_what_may_belong_to_it(
    review: Review, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(review, ENTRIES[1:])
    detect(bob, review)
    read: list[int] = []
    original = comparison.fingerprint

    def counting(entry: Entry) -> Any:
        read.append(int(entry.key))
        return original(entry)

    monkeypatch.setattr(comparison, "fingerprint", counting)
    add(review, ENTRIES[:1])
    detect(bob, review)
    assert groups(review) == EXPECTED
    assert len(read) == len(set(read)) < 10


def test_an_import_brought_back_meets_what_came_in_meanwhile(review: Review, bob: User, alice: User) -> None:
    first = ImportBatchFactory(search=SearchFactory(review=review, source="MEDLINE"))
    add(review, ENTRIES[::2], first)
    detect(bob, review)
    ImportBatch.objects.filter(pk=first.pk).update(finished_at=first.created_at)
    imports.undo(actor=alice, batch=first)
    add(review, ENTRIES[1::2])
    detect(bob, review)
    imports.redo(actor=alice, batch=ImportBatch.objects.get(pk=first.pk))
    detect(bob, review)
    assert groups(review) == EXPECTED


def test_reviews_do_not_meet(review: Review, bob: User) -> None:
    add(review, [NAP])
    other = ReviewFactory()
    add(other, [NAP])
    detect(bob, review)
    comparison.write_keys(other, lambda done, total: None)
    assert not set(BlockKey.objects.filter(reference__review=review).values_list("key", flat=True)) & set(
        BlockKey.objects.filter(reference__review=other).values_list("key", flat=True)
    )
    assert Record.objects.live().count() == 2


def test_linking_thirty_groups_asks_the_database_as_often_as_three(review: Review, bob: User) -> None:
    counts = []
    for n in (3, 30):
        made = [[make_record(review).references.get().pk for _ in range(2)] for _ in range(n)]
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert duplicates.link_all(made) == []
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_a_ruling_keeps_its_groups_apart_and_no_others(review: Review, bob: User) -> None:
    a, b, c, d = (make_record(review).references.get() for _ in range(4))
    DuplicatePair.objects.create(review=review, first=a, second=b, state=PairState.DIFFERENT)
    assert duplicates.link_all([[a.pk, b.pk], [c.pk, d.pk]]) == [[a.pk, b.pk]]
    assert Reference.objects.get(pk=d.pk).record_id == c.record_id
    assert Reference.objects.get(pk=b.pk).record_id == b.record_id
