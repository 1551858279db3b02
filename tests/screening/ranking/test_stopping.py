"""The stopping test against the published way to compute it, and its promises."""

import numpy as np
import pytest
from scipy.stats import hypergeom

from screening.ranking import statement
from screening.ranking.stopping import Windows, fewest_includes_missing


def as_published(labels: list[int], total: int, target: float) -> float:
    """Callaghan and Müller-Hansen's own way: every window that ends now, each as an urn."""
    seen = np.array(labels)
    urns = seen[::-1].cumsum()
    sizes = np.arange(1, len(seen) + 1)
    missing = np.floor(seen.sum() / target + 1 - (seen.sum() - urns))
    return float(np.nanmin(hypergeom.cdf(urns, total - (len(seen) - sizes), missing, sizes)))


def screened(total: int, includes: int, read: int, seed: int) -> list[int]:
    """Labels in an order that puts includes early, as a ranking does."""
    chance = np.random.default_rng(seed)
    labels = np.zeros(total, dtype=int)
    labels[np.unique((total * chance.beta(1, 6, includes)).astype(int))] = 1
    return labels[:read].tolist()


@pytest.mark.parametrize("read", [150, 400, 700, 950])
@pytest.mark.parametrize("target", [0.8, 0.95, 0.99])
def test_windows_after_includes_give_what_all_windows_give(read, target):
    labels = screened(1000, 60, read, seed=read)
    assert Windows.of(labels, 1000).p_of_missing(target) == pytest.approx(as_published(labels, 1000, target))


def test_nothing_can_be_told_below_ten_includes():
    said = statement([1] * 9 + [0] * 900, 1000)
    assert (said.found, said.p, said.recall, said.more_reads, said.is_met) == (9, None, None, None, False)
    assert statement([1] * 10 + [0] * 900, 1000).can_tell


def test_an_hour_of_excludes_meets_the_target_at_the_read_it_announced():
    labels = [1] * 40 + [0] * 60
    before = statement(labels, 1000)
    assert not before.is_met
    assert before.more_reads > 0
    assert statement(labels + [0] * before.more_reads, 1000).is_met
    assert not statement(labels + [0] * (before.more_reads - 1), 1000).is_met


def test_the_recall_claimed_is_the_highest_that_holds():
    labels = screened(2000, 100, 1200, seed=3)
    said = statement(labels, 2000)
    windows = Windows.of(labels, 2000)
    most = round(said.found / said.recall)
    assert windows.p_of_at_least(most + 1) <= 0.05 < windows.p_of_at_least(most)
    assert said.is_met == (said.recall >= said.target)


def test_everything_read_is_everything_found():
    said = statement([1] * 10 + [0] * 90, 100)
    assert (said.recall, said.more_reads, said.unread) == (1.0, 0, 0)
    assert said.is_met


def test_nothing_read_says_nothing():
    said = statement([], 500)
    assert (said.read, said.found, said.p) == (0, 0, None)


@pytest.mark.parametrize(("target", "found", "least"), [(0.95, 19, 21), (0.95, 20, 22), (0.5, 10, 21), (0.9, 9, 11)])
def test_the_fewest_includes_of_which_found_ones_are_too_few(target, found, least):
    assert fewest_includes_missing(target, found) == least
    assert found / least < target <= found / (least - 1)


def test_the_claim_errs_in_few_of_many_random_screenings():
    """In random order, at confidence 95 %, the first time the claim is made it must be wrong in about 5 % of runs at most."""
    wrong = 0
    for seed in range(200):
        labels = np.random.default_rng(seed).permutation([1] * 50 + [0] * 450)
        for read in range(200, 500, 25):
            if statement(labels[:read].tolist(), 500).is_met:
                wrong += labels[:read].sum() < 0.95 * 50
                break
    assert wrong <= 20
