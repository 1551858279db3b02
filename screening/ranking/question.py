"""Where to begin when nothing is settled yet: the records whose words are most like those of the review's question."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from screening.ranking.features import TITLE_WEIGHT, Document, Features, features_of


def features_with_question(
    documents: Sequence[Document], question: str, *, heard: Callable[[int], None] = lambda read: None
) -> Features:
    """The features of the documents, and in one more last row those of the question."""
    return features_of([*documents, Document(question, "")], heard=heard)


def likeness(features: Features) -> NDArray[np.float32]:
    """How like each document is to the question in the last row; all zero when the question is empty.

    Titles count more than in training: they say what a record is about in few words, and so does a question.
    """
    split = len(features.terms)
    text, title = features.matrix[:, :split], features.matrix[:, split:]
    scores = text[:-1] @ text[-1].T + (title[:-1] @ title[-1].T) * (1 / TITLE_WEIGHT)
    return np.asarray(scores.todense(), dtype=np.float32).ravel()
