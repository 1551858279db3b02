"""Features, model, order and simulation on small texts written for the purpose."""

import random
import subprocess
import sys

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer

from screening.ranking import (
    Document,
    OneClassOnly,
    after_head,
    bands_of,
    by_score,
    features_of,
    features_with_question,
    figures_of,
    is_early,
    likeness,
    simulate,
    step_of,
    train,
)
from screening.ranking.order import Order
from screening.ranking.words import stem

ABOUT = {
    1: "peer support groups of people living with hiv and their stories",
    0: "drip irrigation of winter wheat under drought",
}
FILLER = [
    "we",
    "asked",
    "many",
    "adults",
    "in",
    "several",
    "towns",
    "what",
    "changed",
    "over",
    "time",
    "and",
    "report",
    "our",
    "results",
    "with",
    "care",
]


def library(count: int, includes: int, seed: int = 0) -> tuple[list[Document], list[int]]:
    chance = random.Random(seed)
    labels = [1] * includes + [0] * (count - includes)
    chance.shuffle(labels)
    documents = []
    for label in labels:
        words = chance.choices(ABOUT[label].split(), k=6) + chance.choices(FILLER, k=14)
        chance.shuffle(words)
        documents.append(Document(" ".join(words[:5]), " ".join(words[5:])))
    return documents, labels


def test_forms_of_a_word_are_one_term():
    assert len({stem(word) for word in ("screen", "screens", "screened", "screening")}) == 1
    assert stem("studies") == stem("study")
    assert stem("virus") == "virus"
    assert stem("gas") == "gas"


def test_terms_are_told_in_the_form_that_is_commonest():
    features = features_of([Document("", "groups groups group"), Document("", "groups met"), Document("", "else")])
    assert [features.terms[column] for column in range(len(features.terms))] == ["groups"]


def test_rows_have_length_one_and_those_of_the_title_a_part_of_it():
    features = features_of(library(40, 10)[0])
    split = len(features.terms)
    lengths = [
        np.sqrt(part.multiply(part).sum(axis=1)) for part in (features.matrix[:, :split], features.matrix[:, split:])
    ]
    assert np.allclose(lengths[0], 1, atol=1e-5)
    assert np.allclose(lengths[1][lengths[1] > 0], lengths[1].max(), atol=1e-5)


@pytest.mark.parametrize("texts", [[], [""], ["", ""], ["one"], ["一 二", "صحة"], ["\x00 \ud800 a"]])
def test_texts_of_any_kind_become_rows(texts):
    assert len(features_of([Document(text, text) for text in texts])) == len(texts)


def test_a_word_in_nearly_all_texts_is_no_term():
    features = features_of([Document("", f"common text{n // 2}") for n in range(40)])
    terms = [features.terms[column] for column in range(len(features.terms))]
    assert "common" not in terms
    assert "text3" in terms


def test_the_question_finds_the_first_records_without_any_decision():
    documents, labels = library(200, 20)
    scores = likeness(features_with_question(documents, "What do people with HIV tell of peer support groups?"))
    first = np.argsort(-scores, kind="stable")[:20]
    assert sum(labels[row] for row in first) >= 16
    assert not likeness(features_with_question(documents, "")).any()


def test_ranking_finds_nearly_everything_early():
    documents, labels = library(300, 30)
    figures = simulate(features_of(documents), labels, seed=1).figures
    assert figures.loss < 0.05
    assert figures.wss95 > 0.7


def test_the_same_seed_gives_the_same_order_also_in_another_process():
    documents, labels = library(120, 20)
    first = simulate(features_of(documents), labels, seed=4)
    again = simulate(features_of(documents), labels, seed=4)
    assert first.order == again.order
    assert first.priors != simulate(features_of(documents), labels, seed=5).priors
    code = (
        "from tests.screening.ranking.test_ranking import library, simulate, features_of;"
        "documents, labels = library(120, 20); print(simulate(features_of(documents), labels, seed=4).order)"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == str(first.order)


def test_priors_are_left_out_and_everything_else_is_read_once():
    documents, labels = library(60, 10)
    simulation = simulate(features_of(documents), labels, seed=0)
    assert sorted([*simulation.order, *simulation.priors]) == list(range(60))
    assert [labels[row] for row in simulation.priors] == [1, 0]


def test_a_set_of_one_kind_cannot_be_simulated():
    documents, _ = library(20, 10)
    for labels in ([0] * 20, [1] * 20, [1] + [0] * 19):
        with pytest.raises(OneClassOnly):
            simulate(features_of(documents), labels, seed=0)


def test_few_words_speak_for_and_against():
    documents, labels = library(100, 30)
    features = features_of(documents)
    model = train(features, range(100), labels, unread=np.arange(0), seed=0)
    strongest = {features.terms[int(column)] for column in np.argsort(-model.weights[: len(features.terms)])[:5]}
    assert strongest & {"peer", "support", "groups", "hiv", "people"}


def test_figures_of_a_small_order():
    figures = figures_of([1, 0, 1, 0, 0, 0, 0, 0, 0, 0])
    assert figures.wss95 == pytest.approx(0.95 - 0.3)
    assert figures.recall10 == 0.5
    assert figures.loss == pytest.approx((2 * 9.5 - (1 + 1 + 8 * 2)) / 16)
    assert figures.ndcg == pytest.approx((1 + 1 / 2) / (1 + 1 / np.log2(3)))
    assert figures.atd == pytest.approx(0.2)
    assert figures_of([1, 1, 0, 0]).loss == 0
    assert figures_of([0, 0, 1, 1]).loss == 1


def test_every_record_has_one_place_and_every_twentieth_is_drawn():
    scores = np.linspace(0, 1, 100)
    order = by_score(np.arange(100), scores, seed=3)
    assert sorted(order.rows) == list(range(100))
    assert order.drawn.sum() == 5
    assert list(np.flatnonzero(order.drawn)) == [19, 39, 59, 79, 99]
    ranked = order.rows[~order.drawn]
    assert list(ranked) == sorted(ranked, reverse=True)
    assert list(by_score(np.arange(100), scores, seed=3).rows) == list(order.rows)
    assert list(by_score(np.arange(100), scores, seed=4).rows) != list(order.rows)


def test_the_head_keeps_its_places():
    head = Order(np.array([7, 2]), np.array([False, True]))
    order = after_head(head, by_score(np.arange(10), np.arange(10.0), seed=0))
    assert list(order.rows[:4]) == [7, 2, 9, 8]
    assert sorted(order.rows) == list(range(10))
    assert list(order.drawn[:2]) == [False, True]


def test_bands_are_fifths():
    assert list(bands_of(np.arange(10.0))) == [5, 5, 4, 4, 3, 3, 2, 2, 1, 1]
    assert list(bands_of(np.array([1.0]))) == [1]


def test_when_training_pays_and_when_it_is_early():
    assert [step_of(n) for n in (0, 2, 39, 40, 1000)] == [1, 1, 1, 2, 50]
    assert is_early(4, 400)
    assert is_early(5, 19)
    assert not is_early(5, 20)


def test_features_are_those_of_a_second_implementation():
    """scikit-learn's own TF-IDF, term by term, over texts in which words come again."""
    documents, _ = library(60, 20)
    features = features_of(documents)
    reader = TfidfVectorizer(
        tokenizer=lambda text: [stem(word) for word in text.split()], token_pattern=None, lowercase=True,
        ngram_range=(1, 2), min_df=2, max_df=0.95, sublinear_tf=True,
    )  # fmt: skip
    theirs = reader.fit_transform([f"{d.title} {d.abstract}".replace(" a ", " ") for d in documents])
    names = [" ".join(stem(word) for word in features.terms[column].split()) for column in range(len(features.terms))]
    assert sorted(names) == sorted(reader.vocabulary_)
    ours = features.matrix[:, : len(names)].toarray()
    in_their_order = theirs.toarray()[:, [reader.vocabulary_[name] for name in names]]
    assert np.allclose(ours, in_their_order, atol=1e-5)
