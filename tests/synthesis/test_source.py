"""From a report's pages to a findings text."""

from hypothesis import given
from hypothesis import strategies as st

from synthesis.rules.source import (
    anchor,
    find_again,
    joined,
    page_at,
    passages_of,
    reflowed,
    results_in,
    spoken_in,
    without_marks,
)


def test_lines_of_a_pdf_become_paragraphs_and_broken_words_whole() -> None:
    page = (
        "Finding peers\n"
        "Most people came to the group after a long time alone, and the first meet\u00ad\n"
        "ing was described as a relief by nearly everybody who had come of their own\n"
        "accord.\n"
        "Others were sent by a nurse and stayed for a second visit only when some-\n"
        "body of their own age was there.\n"
    )
    assert reflowed(page) == (
        "Finding peers\n"
        "Most people came to the group after a long time alone, and the first meeting was described as a relief by nearly "
        "everybody who had come of their own accord.\n"
        "Others were sent by a nurse and stayed for a second visit only when some-body of their own age was there.\n"
    )


def test_results_are_found_between_their_headings() -> None:
    pages = [
        (3, "Methods\nWe asked.\nResults\nThey met."),
        (4, "They stayed."),
        (5, "They left.\n4. Discussion\nWe think."),
    ]
    assert results_in(pages) == [(3, "Results\nThey met."), (4, "They stayed."), (5, "They left.\n")]
    assert results_in([(1, "Nothing of the kind")]) == [(1, "Nothing of the kind")]


def test_marks_of_pages_become_a_map_and_paragraphs_go_on() -> None:
    text = joined([(3, "They met and"), (4, "stayed. Then\n"), (5, "They left.")])
    content, pages = without_marks(text)
    assert content == "They met and stayed. Then\nThey left.\n"
    assert pages == [(0, 3), (13, 4), (26, 5)]
    assert [page_at(pages, at) for at in (0, 12, 13, 30)] == ["3", "3", "4", "5"]
    assert page_at([], 4) == ""


@given(st.lists(st.tuples(st.integers(1, 99), st.text("abc .\nأ😀", max_size=30)), max_size=5))
def test_no_letter_is_lost_by_taking_out_marks(pages: list) -> None:
    content, begins = without_marks(joined(pages))
    assert "".join(content.split()) == "".join("".join(text for _, text in pages).split())
    assert [page for _, page in begins] == [number for number, _ in pages]
    assert all(0 <= at <= len(content) for at, _ in begins)


def test_passages_stand_under_their_headings() -> None:
    text = "Belonging\nThey said that it felt like home.\n\n  It lasted for years for some of them. \n2.1 Leaving\nA few left the group soon."
    assert [(text[p.start : p.end], p.section) for p in passages_of(text)] == [
        ("They said that it felt like home.", "Belonging"),
        ("It lasted for years for some of them.", "Belonging"),
        ("A few left the group soon.", "2.1 Leaving"),
    ]


def test_participants_words_and_who_said_them() -> None:
    text = (
        "She called it “home”. “I came back the next week and the next.” (P7, woman, 34) Another said “we laugh a lot there” [12], "
        "and “nobody judges me in that room” – Maria, 41\n"
    )
    found = spoken_in(text)
    assert [(text[s.start : s.end], s.speaker) for s in found] == [
        ("“I came back the next week and the next.”", "P7, woman, 34"),
        ("“we laugh a lot there”", ""),
        ("“nobody judges me in that room”", "Maria, 41"),
    ]


def test_a_stretch_is_found_again_by_its_surroundings() -> None:
    old = "First hope. Second hope. Third hope."
    new = "A correction. First hope. Second hope! Third hope."
    second = old.index("hope", 12)
    assert find_again(anchor(old, (second, second + 4)), new) == (new.index("hope", 26), new.index("hope", 26) + 4)
    assert find_again(anchor(old, (0, 5)), "Nothing of it") is None


@given(st.text("ab ش😀", min_size=4, max_size=60), st.data())
def test_a_stretch_of_an_unchanged_text_is_found_where_it_was(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    assert find_again(anchor(text, (start, end)), text) == (start, end)
