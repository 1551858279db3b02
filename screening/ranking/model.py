"""What the settled records teach: a linear support vector machine with one weight for each term."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.svm import LinearSVC

from screening.ranking.features import Features

NAME = "Linear SVM, squared hinge, C 0.11, includes weighed 9.8 times as much as excludes together"
SOFTNESS = 0.11
RATIO = 9.8
PRESUME_FROM, MOST_PRESUMED = 20, 50
MOST_ROUNDS = 2000
EARLY_DECISIONS, EARLY_EACH = 25, 5
STEP = 0.05


@dataclass(frozen=True)
class Model:
    weights: NDArray[np.float32]
    offset: float

    def scores(self, features: Features) -> NDArray[np.float64]:
        return np.asarray(features.matrix @ self.weights + self.offset)


def train(
    features: Features,
    rows: Sequence[int] | NDArray[np.int64],
    labels: Sequence[int] | NDArray[np.int64],
    *,
    unread: NDArray[np.int64],
    seed: int,
) -> Model:
    """A model of these rows and their labels; both kinds must be there. The same input gives the same model.

    Once there are includes enough, a few unread records drawn by the seed stand in as presumed excludes, which nearly all of them are
    (the idea of AutoTAR): read records are those that looked like includes, so the model sees too few of the others.
    """
    included = np.asarray(labels, dtype=np.int64)
    known = np.asarray(rows, dtype=np.int64)
    presumed = _presumed_excludes(included, unread, seed)
    included = np.concatenate([included, np.zeros(len(presumed), dtype=np.int64)])
    machine = LinearSVC(C=SOFTNESS, loss="squared_hinge", tol=1e-3, max_iter=MOST_ROUNDS, random_state=seed)
    machine.fit(features.matrix[np.concatenate([known, presumed])], included, sample_weight=_balance(included))
    return Model(machine.coef_[0].astype(np.float32), float(machine.intercept_[0]))


def _presumed_excludes(included: NDArray[np.int64], unread: NDArray[np.int64], seed: int) -> NDArray[np.int64]:
    if included.sum() < PRESUME_FROM:
        return np.zeros(0, dtype=np.int64)
    count = min(len(included) // 5, MOST_PRESUMED, len(unread))
    return np.random.default_rng([seed, len(included)]).choice(unread, count, replace=False)


def _balance(included: NDArray[np.int64]) -> NDArray[np.float64]:
    """Few includes among many excludes must be heard."""
    includes, excludes = int(included.sum()), int((1 - included).sum())
    weights: NDArray[np.float64] = np.where(included == 1, 1.0, includes / (RATIO * excludes))
    return np.asarray(weights * (len(included) / weights.sum()))


def step_of(trained_on: int) -> int:
    """After how many further decisions another training pays: five in a hundred."""
    return max(1, int(trained_on * STEP))


def is_early(includes: int, excludes: int) -> bool:
    """Whether the ranking rests on too little to be relied on."""
    return includes + excludes < EARLY_DECISIONS or min(includes, excludes) < EARLY_EACH
