"""The worked numbers of the method for comparing coders."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from screening.agreement import cohen
from synthesis.rules.overlap import (
    Segment,
    alpha,
    by_character,
    by_unit,
    dice,
    groups_of,
    jaccard,
    matched,
    overlap,
    shared,
)
from synthesis.rules.sentences import sentences_of

EXAMPLES = [
    (100, [(10, 30)], [(20, 40)], 10, 0.333333, 0.5, 0.80, 0.375, 0.378125),
    (200, [(0, 50), (120, 160)], [(0, 40), (130, 170)], 70, 0.7, 0.823529, 0.85, 0.693878, 0.693862),
]


@pytest.mark.parametrize(("length", "a", "b", "both", "j", "d", "observed", "kappa", "nominal"), EXAMPLES)
def test_worked_numbers(
    length: int, a: list, b: list, both: int, j: float, d: float, observed: float, kappa: float, nominal: float
) -> None:
    assert shared(a, b) == both
    assert jaccard(a, b) == pytest.approx(j, abs=5e-7)
    assert dice(a, b) == pytest.approx(d, abs=5e-7)
    table = by_character(a, b, length)
    assert cohen(table).observed == pytest.approx(observed, abs=5e-7)
    assert cohen(table).value == pytest.approx(kappa, abs=5e-7)
    assert alpha(table) == pytest.approx(nominal, abs=5e-7)


def test_nothing_covered_is_not_estimable() -> None:
    assert jaccard([], []) is None
    assert dice([], []) is None
    assert alpha(((0, 0), (0, 100))) is None
    assert matched([], [], 0.5).f1 is None


def test_by_sentence() -> None:
    text = "They met weekly. “Nobody judged me!” (P7, woman, 34) Others e.g. in town left.\nA heading\n"
    units = sentences_of(text)
    assert [text[start:end] for start, end in units] == [
        "They met weekly.",
        "“Nobody judged me!”",
        "(P7, woman, 34) Others e.g. in town left.",
        "A heading",
    ]
    assert by_unit([(0, 20)], [(17, 20)], units) == ((1, 1), (0, 2))


def seg(key: str, coder: int, code: str, start: int, end: int) -> Segment:
    return Segment(key, coder, code, start, end)


def test_codings_are_laid_beside_one_another() -> None:
    groups = groups_of(
        [
            seg("a", 1, "hope", 0, 20), seg("b", 2, "hope", 2, 20),  # the same
            seg("c", 1, "fear", 30, 50), seg("d", 2, "worry", 30, 48),  # another code
            seg("e", 1, "trust", 60, 100), seg("f", 2, "trust", 90, 120),  # another stretch
            seg("g", 2, "alone", 130, 140),  # one coder only
        ],
        2,
        0.5,
    )  # fmt: skip
    assert [(group.kind, [s.key for s in group.segments], group.span) for group in groups] == [
        ("agreed", ["a", "b"], (0, 20)),
        ("code", ["d", "c"], (30, 50)),
        ("stretch", ["e", "f"], (60, 120)),
        ("alone", ["g"], (130, 140)),
    ]


def test_of_three_coders_two_do_not_make_agreement() -> None:
    two = [seg("a", 1, "hope", 0, 20), seg("b", 2, "hope", 0, 20)]
    assert [g.kind for g in groups_of(two, 3, 0.5)] == ["alone"]
    assert [g.kind for g in groups_of([*two, seg("c", 3, "fear", 0, 20)], 3, 0.5)] == ["code"]
    assert [g.kind for g in groups_of([*two, seg("c", 3, "hope", 1, 20)], 3, 0.5)] == ["agreed"]


def test_segments_match_one_to_one() -> None:
    first = [seg("a", 1, "x", 0, 10), seg("b", 1, "x", 20, 30)]
    second = [seg("c", 2, "x", 0, 9), seg("d", 2, "x", 1, 10), seg("e", 2, "y", 20, 30)]
    found = matched(first, second, 0.5)
    assert (found.matched, found.precision, found.recall, found.f1) == (1, 1 / 3, 0.5, 0.4)


SPANS = st.lists(st.tuples(st.integers(0, 60), st.integers(1, 20)).map(lambda p: (p[0], p[0] + p[1])), max_size=8)


@given(SPANS, SPANS)
def test_counting_characters_one_by_one_gives_the_same(a: list, b: list) -> None:
    one = {at for start, end in a for at in range(start, end)}
    two = {at for start, end in b for at in range(start, end)}
    assert shared(a, b) == len(one & two)
    assert by_character(a, b, 100) == ((len(one & two), len(one - two)), (len(two - one), 100 - len(one | two)))
    for span in a[:2]:
        assert overlap(span, span) == 1.0


SEGMENTS = st.lists(
    st.tuples(st.integers(1, 3), st.sampled_from("xyz"), st.integers(0, 40), st.integers(1, 15)), max_size=14
)


@given(SEGMENTS, st.randoms())
def test_every_coding_stands_in_one_group_whatever_the_order(rows: list, random: object) -> None:
    segments = [Segment(n, coder, code, start, start + size) for n, (coder, code, start, size) in enumerate(rows)]
    groups = groups_of(segments, 3, 0.5)
    assert sorted(s.key for g in groups for s in g.segments) == list(range(len(segments)))
    for group in groups:
        assert len({s.coder for s in group.segments}) == len(group.segments)
    shuffled = list(segments)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert {frozenset(s.key for s in g.segments) for g in groups_of(shuffled, 3, 0.5)} == {
        frozenset(s.key for s in g.segments) for g in groups
    }
