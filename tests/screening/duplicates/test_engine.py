"""Groups among many entries: order, batches, rulings, whole clusters."""

import random
from collections.abc import Iterable
from dataclasses import replace

from screening.duplicates import Entry, Key, Result, find_duplicates, fingerprint
from screening.duplicates.clusters import cluster
from screening.duplicates.engine import group
from screening.duplicates.keys import BLOCK_LIMIT, LARGEST, candidate_positions, pairs_in
from tests.screening.duplicates.records import NAP, TEXT, changed, without

WORDS = [
    "amber",
    "birch",
    "cedar",
    "dahlia",
    "ember",
    "fennel",
    "garnet",
    "hazel",
    "indigo",
    "juniper",
    "kestrel",
    "larch",
    "maple",
    "nettle",
    "olive",
    "poplar",
    "quartz",
    "rowan",
    "sorrel",
    "thistle",
]


def library(size: int, seed: int = 7) -> list[Entry]:
    """Invented references, every third one entered twice and every ninth three times, with the usual differences."""
    dice = random.Random(seed)
    entries: list[Entry] = []
    for number in range(size):
        words = dice.sample(WORDS, 7)
        first = dice.randrange(1, 900)
        entry = Entry(
            key=len(entries), title=f"Effects of {' '.join(words)} in study {number}", abstract=" ".join(dice.choices(WORDS, k=60)),
            authors=[f"{dice.choice(WORDS).title()}{number}, A", f"{dice.choice(WORDS).title()}son, B"], year=1990 + number % 30,
            journal="Annals of Invented Botany", volume=str(number % 40 + 1), issue=str(number % 6 + 1), pages=f"{first}-{first + 9}",
        )  # fmt: skip
        entries.append(entry)
        if number % 3 == 0:
            entries.append(
                replace(entry, key=len(entries), journal="Ann Invent Bot", abstract="", title=entry.title.upper() + ".")
            )
        if number % 9 == 0:
            entries.append(replace(entry, key=len(entries), volume="", issue="", pages="", year=(entry.year or 0) - 1))
    return entries


def shape(result: Result) -> set[frozenset[Key]]:
    return {frozenset(members) for members in result.groups}


def everything(result: Result) -> tuple[object, ...]:
    return result.groups, result.links, result.uncertain, result.related


def test_the_planted_duplicates_are_found_and_no_other() -> None:
    entries = library(300)
    titles = {entry.key: str(entry.title).casefold().rstrip(".") for entry in entries}
    planted: dict[str, set[Key]] = {}
    for key, title in titles.items():
        planted.setdefault(title, set()).add(key)
    assert shape(find_duplicates(entries)) == {frozenset(keys) for keys in planted.values() if len(keys) > 1}


def test_the_order_of_entries_does_not_matter() -> None:
    entries = library(200)
    expected = everything(find_duplicates(entries))
    for seed in range(3):
        random.Random(seed).shuffle(entries)
        assert everything(find_duplicates(entries)) == expected


def test_a_second_run_on_what_stayed_finds_nothing() -> None:
    entries = library(200)
    removed = {key for members in find_duplicates(entries).groups for key in members[1:]}
    assert find_duplicates(entry for entry in entries if entry.key not in removed).groups == []


def test_two_batches_give_the_groups_of_one() -> None:
    entries = library(200)
    first = find_duplicates(entries[::2])
    rulings = [(members[0], key) for members in first.groups for key in members[1:]]
    assert shape(find_duplicates(entries, same=rulings)) == shape(find_duplicates(entries))


def test_every_link_lies_inside_a_group_and_has_evidence() -> None:
    result = find_duplicates(library(100))
    group_of = {key: number for number, members in enumerate(result.groups) for key in members}
    assert result.links
    assert all(group_of[a] == group_of[b] and verdict.evidence for a, b, verdict in result.links)


def test_people_may_join_what_the_engine_keeps_apart() -> None:
    other = changed(title="Kurzschlaf in der Nacht", abstract="", doi="", pages="900")
    assert find_duplicates([NAP, other]).groups == []
    assert shape(find_duplicates([NAP, other], same=[(2, 1)])) == {frozenset((1, 2))}


def test_people_may_part_what_the_engine_would_join() -> None:
    result = find_duplicates([NAP, changed()], different=[(2, 1)])
    assert (result.groups, result.links, result.uncertain) == ([], [], [])


def test_a_ruling_holds_against_a_third_entry_that_would_chain() -> None:
    third = changed(key=3)
    groups = shape(find_duplicates([NAP, changed(), third], different=[(1, 2)]))
    assert len(groups) == 1
    assert frozenset((1, 2)) not in groups
    assert all(not {1, 2} <= members for members in groups)


def test_an_entry_without_doi_does_not_chain_two_reports() -> None:
    congress = replace(NAP, key=2, pages="S12", issue="Suppl 1", doi="10.5555/jonr.s12", abstract=TEXT[:200])
    bare = without("doi", "pages", "issue", "volume", key=3)
    groups = shape(find_duplicates([NAP, congress, bare]))
    assert all(not {1, 2} <= members for members in groups)


def test_the_fullest_entry_is_proposed_to_stay() -> None:
    thin = without("abstract", "issue", "doi", key=0)
    assert find_duplicates([thin, NAP]).groups == [[1, 0]]


def test_keys_may_be_text() -> None:
    assert find_duplicates([replace(NAP, key="b"), replace(NAP, key="a")]).groups == [["a", "b"]]


def test_progress_is_told_up_to_the_end() -> None:
    told: list[tuple[int, int]] = []
    find_duplicates(library(60), on_progress=lambda done, total: told.append((done, total)))
    assert told[-1][0] == told[-1][1] > 0


def test_block_keys_are_sorted_signed_64_bit_numbers() -> None:
    keys = fingerprint(NAP).block_keys
    assert list(keys) == sorted(set(keys))
    assert all(-(2**63) <= key < 2**63 for key in keys)
    assert keys == fingerprint(replace(NAP, key=99)).block_keys


def test_candidates_come_once_each() -> None:
    found = candidate_positions([fingerprint(entry) for entry in library(60)])
    assert found
    assert found == sorted(set(found))


def test_a_large_block_is_not_compared_pair_by_pair() -> None:
    editorials = [
        fingerprint(
            Entry(key=n, title="Editorial comment", year=2000 + n % 20, journal="Gardens", volume=str(n), pages=str(n))
        )
        for n in range(LARGEST)
    ]
    pairs = candidate_positions(editorials)
    assert 0 < len(pairs) < LARGEST * BLOCK_LIMIT


def test_a_key_that_nearly_everybody_shares_brings_nobody_together() -> None:
    prepared = [fingerprint(replace(NAP, key=number)) for number in range(LARGEST + 1)]
    assert pairs_in(prepared, [range(LARGEST + 1)]) == []
    assert pairs_in(prepared, [range(LARGEST)]) != []


def test_the_same_reference_a_hundred_times_is_one_group() -> None:
    entries = [replace(NAP, key=number) for number in range(100)]
    assert [sorted(map(int, members)) for members in find_duplicates(entries).groups] == [list(range(100))]


def test_a_veto_inside_a_cluster_drops_the_weaker_link() -> None:
    def contradicts(a: int, b: int) -> bool:
        return (a, b) == (0, 2)

    found = cluster([(0, 1, 0.99), (1, 2, 0.97)], contradicts)
    assert found.groups == [[0, 1]]
    assert found.refused == [(1, 2, 0.97)]


def test_a_refused_link_is_left_to_people() -> None:
    entries = [fingerprint(entry) for entry in (NAP, changed(), changed(key=3))]
    result = group(entries, different=[(1, 3)])
    asked = {frozenset((a, b)) for a, b, _ in result.uncertain}
    joined = next(iter(shape(result)))
    assert asked == {frozenset((2, ({1, 3} - joined).pop()))}


def keys_of(groups: Iterable[Iterable[Key]]) -> set[Key]:
    return {key for members in groups for key in members}


def test_an_unknown_key_in_a_ruling_is_passed_over() -> None:
    assert keys_of(find_duplicates([NAP, changed()], different=[(1, 77)], same=[(78, 79)]).groups) == {1, 2}
