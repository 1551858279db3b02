"""Titles and abstracts as numbers: words and pairs of words, weighed by TF-IDF; the title once more as a block of its own.

Counting is done by numpy over one array of word numbers, because a dictionary of all word pairs of 100,000 abstracts would need gigabytes.
"""

import re
from collections.abc import Iterable, Sequence
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


def features_of(documents: Sequence[Document]) -> Features:
    text, terms = _block(f"{document.title} {document.abstract}" for document in documents)
    title, title_terms = _block(document.title for document in documents)
    title.data *= TITLE_WEIGHT
    return Features(sparse.hstack([text, title], format="csr"), terms, title_terms)


def _block(texts: Iterable[str]) -> tuple[sparse.csr_matrix, Terms]:
    words, numbers, starts = _numbered(texts)
    count = len(starts) - 1
    rows = np.repeat(np.arange(count, dtype=np.int32), np.diff(starts))
    beside = rows[1:] == rows[:-1]
    pairs = (numbers[:-1][beside].astype(np.int64) + 1) * PAIR + numbers[1:][beside]
    single, single_found = _kept(rows, numbers, len(words), count)
    del numbers
    keys, times = np.unique(pairs, return_counts=True)
    keys = keys[times >= RARE]
    again, columns = _places(pairs, keys)
    del pairs, times
    double, double_found = _kept(rows[1:][beside][again], columns, len(keys), count)
    terms = Terms(words, np.concatenate([single_found.nonzero()[0], keys[double_found > 0]]))
    counts = sparse.hstack([single, double], format="csr")
    del single, double
    return _weighed(counts, np.concatenate([single_found[single_found > 0], double_found[double_found > 0]])), terms


def _numbered(texts: Iterable[str]) -> tuple[list[str], NDArray[np.int32], NDArray[np.int64]]:
    """Every word of every text as the number of its stem, the commonest form of each stem, and where each text starts."""
    forms: dict[str, int] = {}
    pieces: list[NDArray[np.int32]] = [np.zeros(0, dtype=np.int32)]
    starts = [0]
    for text in texts:
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
    """Counts of the terms that are neither rare nor common, and for every term in how many texts it is; zero for those left out."""
    ones = np.ones(len(rows), dtype=np.float32)
    counts = sparse.csr_matrix((ones, (rows, columns)), shape=(count, width), dtype=np.float32)
    counts.sum_duplicates()
    found_in = np.bincount(counts.indices, minlength=width)
    found_in[(found_in < RARE) | (found_in > max(COMMON * count, RARE))] = 0
    return counts[:, found_in > 0], found_in


def _weighed(counts: sparse.csr_matrix, found_in: NDArray[np.int64]) -> sparse.csr_matrix:
    """TF-IDF with logarithmic counts, each row of length one."""
    rarity = (np.log((1 + counts.shape[0]) / (1 + found_in)) + 1).astype(np.float32)
    counts.data = (1 + np.log(counts.data)) * rarity[counts.indices]
    lengths = np.sqrt(np.bincount(_rows_of(counts), weights=counts.data**2, minlength=counts.shape[0]))
    lengths[lengths == 0] = 1
    counts.data /= np.repeat(lengths, np.diff(counts.indptr)).astype(np.float32)
    return counts


def _rows_of(matrix: sparse.csr_matrix) -> NDArray[np.int32]:
    return np.repeat(np.arange(matrix.shape[0], dtype=np.int32), np.diff(matrix.indptr))
