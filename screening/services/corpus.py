"""The texts of a review as numbers, kept in a file between two runs: making them takes longest, and they change only with the records."""

import logging
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from django.conf import settings
from django.contrib.postgres.aggregates import StringAgg
from django.db.models import QuerySet, TextField, Value
from django.db.models.functions import MD5, Cast, Concat
from numpy.typing import NDArray
from scipy import sparse

from reviewapp.reviews.models import Review
from screening.choices import CriterionKind
from screening.models import Record
from screening.ranking import DESCRIPTION, Document, Features, features_with_question
from screening.ranking.features import Terms

WORTH_KEEPING = 2000  # records; fewer are read again in no time

logger = logging.getLogger(__name__)


def corpus_of(review: Review, stage: str, heard: Callable[[int], None]) -> tuple[list[int], Features]:
    """Ids of the records at a stage, and their features with those of the question in a last row. `heard` is told of progress."""
    records = Record.objects.in_review(review).at_stage(stage).order_by("id")
    ids = list(records.values_list("pk", flat=True))
    question = question_of(review)
    if len(ids) < WORTH_KEEPING:
        return ids, features_with_question(_texts(records, ids), question, heard=heard)
    path, key = settings.DATA_DIR / "ranking" / f"{review.pk}-{stage}.npz", _key(records, question)
    found = _read(path, key)
    if found is None:
        found = features_with_question(_texts(records, ids), question, heard=heard)
        _keep(path, key, found)
    return ids, found


def question_of(review: Review) -> str:
    """The question with the framework's fields and what speaks for inclusion: all that says what is sought."""
    wanted = review.criteria.filter(retired_at=None, kind=CriterionKind.INCLUSION).values_list("text", flat=True)
    return "\n".join([review.title, review.question, *(text for _, text in review.framework_rows), *wanted])


def _texts(records: QuerySet[Record], ids: list[int]) -> list[Document]:
    """In the order of the ids; a record that left the stage meanwhile has no text."""
    found = {pk: Document(title, abstract) for pk, title, abstract in records.values_list("pk", "title", "abstract")}
    return [found.get(pk, Document("", "")) for pk in ids]


# --- The file ---------------------------------------------------------------------------------------------------------


def _key(records: QuerySet[Record], question: str) -> str:
    """Changes with every text, and with the way of making features. The database reads the texts, which are large."""
    edge = Value("\x1f", output_field=TextField())
    text = MD5(Concat(Cast("id", TextField()), edge, "title", edge, "abstract"))
    sums = records.order_by().annotate(sum=text).aggregate(all=StringAgg("sum", "", order_by="id"))["all"]
    return sha256("\n".join([DESCRIPTION, question, sums or ""]).encode()).hexdigest()


def _read(path: Path, key: str) -> Features | None:
    """What the file holds, if it is of these texts; whatever is wrong with it, it can be made again."""
    try:
        with np.load(path, allow_pickle=False) as kept:
            if str(kept["key"]) != key:
                return None
            matrix = sparse.csr_matrix((kept["data"], kept["indices"], kept["indptr"]), shape=tuple(kept["shape"]))
            return Features(
                matrix, _terms(kept["words"], kept["keys"]), _terms(kept["title_words"], kept["title_keys"])
            )
    except (OSError, ValueError, KeyError, BadZipFile):
        return None


def _terms(words: NDArray[np.uint8], keys: NDArray[np.int64]) -> Terms:
    return Terms(words.tobytes().decode().split("\n"), keys)


def _keep(path: Path, key: str, features: Features) -> None:
    matrix = features.matrix
    arrays = {
        "key": np.array(key),
        "data": matrix.data,
        "indices": matrix.indices,
        "indptr": matrix.indptr,
        "shape": np.array(matrix.shape),
        "words": _packed(features.terms),
        "keys": features.terms.keys,
        "title_words": _packed(features.title_terms),
        "title_keys": features.title_terms.keys,
    }
    unfinished = path.with_suffix(".part.npz")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        np.savez(unfinished, **arrays)
        unfinished.replace(path)
    except OSError:
        logger.exception("the features could not be kept; they will be made again")


def _packed(terms: Terms) -> NDArray[np.uint8]:
    return np.frombuffer("\n".join(terms.words).encode(), dtype=np.uint8)
