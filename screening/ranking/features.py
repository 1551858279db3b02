"""Titles and abstracts as numbers: words and pairs of words, weighed by TF-IDF; the title once more as a block of its own.

Counting is done by numpy over one array of word numbers, because a dictionary of all word pairs of 100,000 abstracts would need gigabytes.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from screening.ranking.words import stem

DESCRIPTION = "TF-IDF of words and word pairs in title and abstract, English endings cut; title again at 0.3 of that"
WORD = re.compile(r"\w\w+")
TITLE_WEIGHT = 0.3
COMMON = 0.95  # a term in more than this share of the texts tells nothing
RARE = 2  # a term in fewer texts than this tells nothing about the others
PAIR = 1 << 32
PIECE = 1 << 20
TEXTS_BETWEEN_REPORTS = 2000


@dataclass(frozen=True)
class Document:
    title: str
    abstract: str


@dataclass(frozen=True)
class Terms:
    """The words and pairs that the columns of a block stand for."""

    words: list[str]
    keys: NDArray[np.int64]  # the number of a word, or of two: (first + 1) * PAIR + second

    def __len__(self) -> int:
        return len(self.keys)

    def __getitem__(self, column: int) -> str:
        first, second = divmod(int(self.keys[column]), PAIR)
        return f"{self.words[first - 1]} {self.words[second]}" if first else self.words[second]


@dataclass(frozen=True)
class Features:
    """One row a document: the columns of title and abstract together, then those of the title alone."""

    matrix: sparse.csr_matrix
    terms: Terms
    title_terms: Terms

    def __len__(self) -> int:
        return int(self.matrix.shape[0])

    def without_last(self) -> "Features":
        """The same without the last row, which holds the question."""
        return Features(self.matrix[:-1], self.terms, self.title_terms)


def features_of(documents: Sequence[Document], *, heard: Callable[[int], None] = lambda read: None) -> Features:
    """The features of a whole set; `heard` is told now and then how many texts were read."""
    text, terms = _block((f"{document.title} {document.abstract}" for document in documents), heard)
    title, title_terms = _block((document.title for document in documents), heard)
    title.data *= TITLE_WEIGHT
    return Features(sparse.hstack([text, title], format="csr"), terms, title_terms)


def _block(texts: Iterable[str], heard: Callable[[int], None]) -> tuple[sparse.csr_matrix, Terms]:
    """The weighed counts of words and pairs, and what their columns stand for. Large arrays are let go as soon as they have served."""
    words, numbers, starts = _numbered(texts, heard)
    count = len(starts) - 1
    rows = np.repeat(np.arange(count, dtype=np.int32), np.diff(starts))
    beside = rows[1:] == rows[:-1]
    pairs = (numbers[:-1][beside].astype(np.int64) + 1) * PAIR + numbers[1:][beside]
    single, single_found = _kept(rows, numbers, len(words), count)
    rows = rows[1:][beside]
    del numbers, beside
    keys, times = np.unique(pairs, return_counts=True)
    keys = keys[times >= RARE]
    del times
    again, columns = _places(pairs, keys)
    del pairs
    rows = rows[again]
    del again
    double, double_found = _kept(rows, columns, len(keys), count)
    del rows, columns
    terms = Terms(words, np.concatenate([single_found.nonzero()[0], keys[double_found > 0]]))
    found_in = np.concatenate([single_found[single_found > 0], double_found[double_found > 0]])
    counts = sparse.hstack([single, double], format="csr")
    del single, double
    return _weighed(counts, found_in), terms


def _numbered(
    texts: Iterable[str], heard: Callable[[int], None]
) -> tuple[list[str], NDArray[np.int32], NDArray[np.int64]]:
    """Every word of every text as the number of its stem, the commonest form of each stem, and where each text starts."""
    forms: dict[str, int] = {}
    pieces: list[NDArray[np.int32]] = [np.zeros(0, dtype=np.int32)]
    starts = [0]
    for number, text in enumerate(texts, start=1):
        if number % TEXTS_BETWEEN_REPORTS == 0:
            heard(number)
        found = [forms.setdefault(word, len(forms)) for word in WORD.findall(text.lower())]
        pieces.append(np.array(found, dtype=np.int32))
        starts.append(starts[-1] + len(found))
    numbers = np.concatenate(pieces)
    stems: dict[str, int] = {}
    stem_of_form = np.array([stems.setdefault(stem(form), len(stems)) for form in forms], dtype=np.int32)
    words = [""] * len(stems)
    spoken = list(forms)
    for form in np.argsort(np.bincount(numbers, minlength=len(forms)), kind="stable"):
        words[stem_of_form[form]] = spoken[form]  # the commonest comes last
    return words, stem_of_form[numbers] if len(forms) else numbers, np.array(starts, dtype=np.int64)


def _places(pairs: NDArray[np.int64], keys: NDArray[np.int64]) -> tuple[NDArray[np.bool_], NDArray[np.int32]]:
    """Which pairs are among the keys, and the places of those; piece by piece, for memory."""
    known, places = [np.zeros(0, dtype=bool)], [np.zeros(0, dtype=np.int32)]
    for start in range(0, len(pairs) if len(keys) else 0, PIECE):
        piece = pairs[start : start + PIECE]
        found = np.minimum(np.searchsorted(keys, piece), len(keys) - 1).astype(np.int32)
        known.append(keys[found] == piece)
        places.append(found[known[-1]])
    return (np.concatenate(known) if len(keys) else np.zeros(len(pairs), dtype=bool)), np.concatenate(places)


def _kept(
    rows: NDArray[np.int32], columns: NDArray[np.int32], width: int, count: int
) -> tuple[sparse.csr_matrix, NDArray[np.int64]]:
    """Counts of the terms that are neither rare nor common, and for every term in how many texts it is; zero for those left out.

    The columns are used up.
    """
    # The rows stand in order, so the arrays are a matrix as they are; only equal columns within a row must be brought together.
    starts = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=count))]).astype(np.int32)
    counts = sparse.csr_matrix((np.ones(len(rows), dtype=np.float32), columns, starts), shape=(count, width))
    counts.sum_duplicates()
    found_in = np.bincount(counts.indices, minlength=width)
    found_in[(found_in < RARE) | (found_in > max(COMMON * count, RARE))] = 0
    return counts[:, found_in > 0], found_in


def _weighed(counts: sparse.csr_matrix, found_in: NDArray[np.int64]) -> sparse.csr_matrix:
    """TF-IDF with logarithmic counts, each row of length one."""
    rarity = (np.log((1 + counts.shape[0]) / (1 + found_in)) + 1).astype(np.float32)
    np.log(counts.data, out=counts.data)
    counts.data += 1
    counts.data *= rarity[counts.indices]
    lengths = np.sqrt(np.asarray((counts.multiply(counts)).sum(axis=1)).ravel()).astype(np.float32)
    lengths[lengths == 0] = 1
    counts.data /= np.repeat(lengths, np.diff(counts.indptr))
    return counts
