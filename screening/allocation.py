"""Dealing records out to people, as pure functions over plain values.

Records are not assigned one by one. Each falls into one of LOTS lots by its id, and a lot has a seat for every vote that is needed;
who sits there judges the lot's records. So a review of any size is dealt out in a moment, a record imported later has its people at
once, and when somebody leaves or joins only as many seats change as must.
"""

from collections import Counter
from collections.abc import Sequence
from itertools import combinations

LOTS = 840  # divides evenly among up to 8 people, and 10, 12, 14, 15, 20, 21, 24, 28, 30, 35 or 40

Seats = list[int | None]


def lot_of(record: int) -> int:
    return record % LOTS


def deal(
    pools: Sequence[Sequence[int]], weights: Sequence[int], kept: Sequence[Sequence[int | None]] = ()
) -> list[Seats]:
    """People for every seat of every lot: nobody twice in a lot, and everybody of a pool with about as much work.

    `pools` has the people for each seat, `weights` the records of each lot, `kept` what was dealt before: whoever is still in the
    pool keeps the seat unless the work has become uneven. A seat for which nobody is left stays empty.
    """
    lots = [_still_valid(kept[lot] if lot < len(kept) else (), pools) for lot in range(len(weights))]
    weights = [1000 * weight + 1 for weight in weights]  # empty lots are dealt evenly as well
    load = Counter({person: 0 for pool in pools for person in pool})
    for seats, weight in zip(lots, weights, strict=True):
        load.update({person: weight for person in seats if person is not None})
    together = Counter(frozenset(pair) for seats in lots for pair in combinations(_sitting(seats), 2))
    for lot in sorted(range(len(lots)), key=lambda lot: -weights[lot]):
        _fill(lots[lot], pools, weights[lot], load, together)
    _even_out(lots, pools, weights, load)
    return lots


def _still_valid(seats: Sequence[int | None], pools: Sequence[Sequence[int]]) -> Seats:
    valid: Seats = []
    for place, pool in enumerate(pools):
        person = seats[place] if place < len(seats) else None
        valid.append(person if person in pool and person not in valid else None)
    return valid


def _sitting(seats: Sequence[int | None]) -> list[int]:
    return [person for person in seats if person is not None]


def _fill(
    seats: Seats,
    pools: Sequence[Sequence[int]],
    weight: int,
    load: Counter[int],
    together: Counter[frozenset[int]],
) -> None:
    """Empty seats go to those with the least work, and among them to those who have sat together least."""
    for place, pool in enumerate(pools):
        free = [person for person in pool if person not in seats]
        if seats[place] is not None or not free:
            continue
        others = _sitting(seats)

        def met(person: int, others: list[int] = others) -> int:
            return sum(together[frozenset((person, other))] for other in others)

        person = min(free, key=lambda person: (load[person], met(person), pool.index(person)))
        together.update(frozenset((person, other)) for other in others)
        seats[place] = person
        load[person] += weight


def _even_out(
    lots: Sequence[Seats], pools: Sequence[Sequence[int]], weights: Sequence[int], load: Counter[int]
) -> None:
    """Hand seats from whoever has most to whoever has least, as long as that brings the two closer together."""
    for place, pool in enumerate(pools):
        for _ in range(len(lots) * len(pool)):
            busy, idle = max(pool, key=lambda p: load[p], default=0), min(pool, key=lambda p: load[p], default=0)
            gap = load[busy] - load[idle] if pool else 0
            fitting = [
                lot
                for lot, seats in enumerate(lots)
                if seats[place] == busy and idle not in seats and weights[lot] < gap
            ]
            if not fitting:
                break
            lot = max(fitting, key=lambda lot: (min(weights[lot], gap - weights[lot]), -lot))
            lots[lot][place] = idle
            load[busy] -= weights[lot]
            load[idle] += weights[lot]
