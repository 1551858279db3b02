"""What a model can tell people: the terms that move it, and settled exclusions that look like includes."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from screening.ranking.features import Features
from screening.ranking.model import Model, train

FEWEST_DOCUMENTS = 3
MOST_TERMS = 20
FOLDS = 5
MOST_DOUBTS = 25

Telling = list[tuple[str, int]]


def telling_terms(model: Model, features: Features, rows: Sequence[int]) -> tuple[Telling, Telling]:
    """The terms that speak most for and most against, each with the number of these rows that hold it; those in fewer than three are left out."""
    width = len(features.terms)
    found_in = np.bincount(
        features.matrix[np.asarray(rows, dtype=np.int64)].indices, minlength=features.matrix.shape[1]
    )
    weights = np.where(found_in[:width] >= FEWEST_DOCUMENTS, model.weights[:width], 0)
    return _strongest(weights, found_in, features), _strongest(-weights, found_in, features)


def _strongest(weights: NDArray[np.floating], found_in: NDArray[np.int64], features: Features) -> Telling:
    best = np.argsort(-weights, kind="stable")[:MOST_TERMS]
    return [(features.terms[int(column)], int(found_in[column])) for column in best if weights[column] > 0]


def doubtful_exclusions(
    features: Features,
    rows: Sequence[int],
    labels: Sequence[bool],
    seed: int,
    *,
    heard: Callable[[int], None] = lambda fold: None,
) -> list[tuple[int, int]]:
    """Excluded rows that a model trained without them puts above a quarter of the includes or more: (row, per cent of includes below it).

    Each row is judged by a model that did not see its label. Both kinds need at least as many rows as there are folds.
    """
    known, included = np.asarray(rows, dtype=np.int64), np.asarray(labels, dtype=bool)
    scores = np.empty(len(known))
    folds = _folds(included, seed)
    for fold in range(FOLDS):
        inside = folds != fold
        model = train(features, known[inside], included[inside], unread=np.zeros(0, dtype=np.int64), seed=seed)
        scores[~inside] = (model.scores(features)[known])[~inside]
        heard(fold)
    below = np.searchsorted(np.sort(scores[included]), scores, side="left") / max(int(included.sum()), 1)
    doubts = np.flatnonzero(~included & (below >= 0.25))
    best = doubts[np.argsort(-scores[doubts], kind="stable")][:MOST_DOUBTS]
    return [(int(known[place]), round(100 * float(below[place]))) for place in best]


def _folds(included: NDArray[np.bool_], seed: int) -> NDArray[np.int64]:
    """A fold for each row, with includes and excludes spread evenly."""
    folds = np.empty(len(included), dtype=np.int64)
    chance = np.random.default_rng(seed)
    for kind in (True, False):
        places = chance.permutation(np.flatnonzero(included == kind))
        folds[places] = np.arange(len(places)) % FOLDS
    return folds
