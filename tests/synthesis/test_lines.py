from hypothesis import given
from hypothesis import strategies as st

from synthesis.rules.lines import lines_of, touched, union

WORDS = st.text(alphabet=st.sampled_from("ab 😀ش\n\t"), max_size=300)


@given(WORDS, st.integers(1, 40))
def test_every_letter_stands_in_exactly_one_line(text: str, width: int) -> None:
    lines = lines_of(text, width)
    covered = [at for line in lines for at in range(line.start, line.end)]
    assert covered == sorted(set(covered))
    assert {at for at, letter in enumerate(text) if not letter.isspace()} <= set(covered)
    assert [line.number for line in lines] == list(range(1, len(lines) + 1))
    for line in lines:
        shown = text[line.start : line.end]
        assert shown == shown.strip()
        assert "\n" not in shown
        assert len(shown) <= width or " " not in shown


def test_a_line_breaks_before_the_word_that_does_not_fit() -> None:
    text = "one two three\n\nfour"
    assert [text[line.start : line.end] for line in lines_of(text, 8)] == ["one two", "three", "four"]
    long = "abcdefghij klm"
    assert [long[line.start : line.end] for line in lines_of(long, 4)] == ["abcdefghij", "klm"]


def test_a_line_is_touched_when_a_span_shares_a_character() -> None:
    lines = lines_of("aaaa\nbbbb\ncccc")
    assert touched(lines, [(0, 1), (9, 10)]) == [True, False, False]  # [9, 10) is the newline alone
    assert touched(lines, [(3, 6)]) == [True, True, False]
    assert touched(lines, []) == [False, False, False]
    assert union([(4, 6), (0, 2), (1, 3), (6, 7)]) == [(0, 3), (4, 7)]
