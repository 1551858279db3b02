"""Exact intervals against tables that others computed."""

import pytest

from screening.duplicates.sampling import estimate


@pytest.mark.parametrize(
    ("errors", "judged", "low", "high"),
    [
        (0, 50, 0.0, 0.0711),
        (0, 10, 0.0, 0.3085),
        (1, 20, 0.0013, 0.2487),
        (5, 10, 0.1871, 0.8129),
        (10, 10, 0.6915, 1.0),
        (3, 100, 0.0062, 0.0852),
    ],
)
def test_the_interval_is_that_of_clopper_and_pearson(errors: int, judged: int, low: float, high: float) -> None:
    found = estimate(errors, judged)
    assert (round(found.low, 4), round(found.high, 4)) == (low, high)
    assert found.percent == 100 * errors / judged


def test_nothing_judged_says_nothing() -> None:
    found = estimate(0, 0)
    assert (found.share, found.low, found.high) == (0.0, 0.0, 1.0)


@pytest.mark.parametrize(("errors", "judged"), [(2, 1), (-1, 5)])
def test_impossible_counts_are_refused(errors: int, judged: int) -> None:
    with pytest.raises(ValueError, match="more errors"):
        estimate(errors, judged)
