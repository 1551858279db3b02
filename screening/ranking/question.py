"""Where to begin when nothing is settled yet: the records whose words are most like those of the review's question."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from screening.ranking.features import Document, Features, features_of


def features_with_question(documents: Sequence[Document], question: str) -> Features:
    """The features of the documents, and in one more last row those of the question."""
    return features_of([*documents, Document("", question)])


def likeness(features: Features) -> NDArray[np.float32]:
    """How like each document is to the question in the last row; all zero when the question is empty."""
    return np.asarray((features.matrix[:-1] @ features.matrix[-1].T).todense()).ravel()
