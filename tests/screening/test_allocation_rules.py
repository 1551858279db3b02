"""Dealing records out: evenly, in mixed company, and with as few seats changing hands as can be."""

from collections import Counter
from itertools import combinations

import pytest

from screening.allocation import LOTS, deal, lot_of

EMPTY = [0] * LOTS


def work(lots, weights=None):
    return Counter(
        {
            person: sum((weights or [1] * LOTS)[lot] for lot, seats in enumerate(lots) if person in seats)
            for person in {person for seats in lots for person in seats if person is not None}
        }
    )


@pytest.mark.parametrize("people", [2, 3, 4, 5, 7, 11])
@pytest.mark.parametrize("votes", [1, 2, 3])
def test_everybody_has_as_much_and_nobody_sits_twice(people: int, votes: int) -> None:
    lots = deal([range(people)] * votes, EMPTY)
    loads = work(lots).values()
    assert max(loads) - min(loads) <= 1
    assert all(len({p for p in seats if p is not None}) == min(votes, people) for seats in lots)


def test_people_meet_about_equally_often() -> None:
    lots = deal([range(5)] * 2, EMPTY)
    met = Counter(frozenset(seats) for seats in lots)
    assert set(met) == {frozenset(pair) for pair in combinations(range(5), 2)}
    assert max(met.values()) - min(met.values()) <= 0.05 * LOTS


def test_few_records_are_split_evenly_too() -> None:
    """36 full texts that lie in 36 of the lots."""
    weights = [1 if lot % 3 == 0 and lot < 108 else 0 for lot in range(LOTS)]
    loads = work(deal([range(4)] * 2, weights), weights)
    assert dict(loads) == dict.fromkeys(range(4), 18)


def test_who_leaves_gives_up_their_seats_and_no_other_changes_hands_without_need() -> None:
    before = deal([range(4)] * 2, EMPTY)
    after = deal([[0, 1, 2]] * 2, EMPTY, before)
    assert set(work(after).values()) == {2 * LOTS // 3}
    stayed = sum(a == b for old, new in zip(before, after, strict=True) for a, b in zip(old, new, strict=True))
    assert stayed >= 0.98 * (2 * LOTS - LOTS // 2)  # all but the seats of whoever left, and hardly any other


def test_who_joins_gets_a_fair_share_and_takes_no_more() -> None:
    before = deal([range(3)] * 2, EMPTY)
    after = deal([range(4)] * 2, EMPTY, before)
    assert set(work(after).values()) == {LOTS // 2}
    changed = sum(a != b for old, new in zip(before, after, strict=True) for a, b in zip(old, new, strict=True))
    assert changed == LOTS // 2


def test_dealing_again_without_a_change_changes_nothing() -> None:
    before = deal([[1, 2], [3, 4, 5]], [3] * LOTS)
    assert deal([[1, 2], [3, 4, 5]], [3] * LOTS, before) == before


def test_a_pair_has_one_of_each_kind() -> None:
    lots = deal([[1, 2], [3, 4, 5]], EMPTY)
    assert all(one in {1, 2} and other in {3, 4, 5} for one, other in lots)
    assert set(work(lots).values()) == {LOTS // 2, LOTS // 3}


def test_a_seat_without_anybody_stays_empty() -> None:
    assert deal([[1], [1]], EMPTY)[0] == [1, None]
    assert deal([[], []], EMPTY)[0] == [None, None]


def test_neighbours_in_the_order_of_import_lie_in_different_lots() -> None:
    assert {lot_of(record) for record in range(1000, 1000 + LOTS)} == set(range(LOTS))
