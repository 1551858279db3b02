"""Words are found whatever their case, accents, ligatures and breaks, and told where they stand in the original."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from screening.fulltext.passages import around, find, folded


def finds(text: str, words: str) -> list[str]:
    return [text[start:end] for start, end in find(folded(text), folded(words))]


@pytest.mark.parametrize(
    ("text", "words", "expected"),
    [
        ("Peer support, PEER SUPPORT", "peer support", ["Peer support", "PEER SUPPORT"]),
        ("they communi\u00adcated and communi\u00ad\ncated", "communicated", ["communi\u00adcated", "communi\u00ad\ncated"]),
        ("a long\nline\n  goes on", "long line goes", ["long\nline\n  goes"]),
        ("the ﬁrst Zoë naïve", "first zoe naive", ["ﬁrst Zoë naïve"]),
        ("“don’t” – he said", "\"don't\" - he", ["“don’t” – he"]),
        ("𝒳 and 𝒳y", "xy", ["𝒳y"]),
        ("النساء في المجموعات", "في", ["في"]),
        ("ΣΊΣΥΦΟΣ", "σίσυφος", ["ΣΊΣΥΦΟΣ"]),
        ("nothing here", "", []),
        ("aaaa", "aa", ["aa", "aa"]),
    ],
)  # fmt: skip
def test_what_is_found(text: str, words: str, expected: list[str]) -> None:
    assert finds(text, words) == expected


@given(st.text(max_size=80), st.text(max_size=4))
def test_every_find_lies_in_the_text_and_reads_as_what_was_asked(text: str, words: str) -> None:
    for start, end in find(folded(text), folded(words)):
        assert 0 <= start < end <= len(text)
        assert folded(words).text in folded(text[start:end]).text


def test_what_stands_around_is_told_on_one_line() -> None:
    assert around("spoke of hope\nand fear in com\u00ad\npany", 14, 22) == ("spoke of hope ", "and fear", " in company")
