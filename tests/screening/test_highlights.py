"""Terms are marked without losing a letter; structured abstracts show their headings."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from screening.highlights import Highlighter, Segment, sections
from screening.languages import direction_of, language_of
from screening.templatetags.marked import marked


def marks(text: str, *terms: str) -> list[str]:
    return [s.text for s in Highlighter((term, "for") for term in terms).segments(text) if s.kind]


@pytest.mark.parametrize(
    ("text", "term", "found"),
    [
        ("Peer support helps", "peer support", ["Peer support"]),
        ("peer-support and peer  support", "peer support", ["peer-support", "peer  support"]),
        ("diabetic, diabetes, prediabetes", "diabet*", ["diabetic", "diabetes"]),
        ("the cat concatenates", "cat", ["cat"]),
        ("Café CAFE cafe\u0301", "cafe", ["Café", "CAFE", "cafe\u0301"]),
        ("同伴支持研究", "支持", ["支持"]),
        ("Straße und STRASSE", "strasse", ["Straße", "STRASSE"]),
        ("a (b) c", "(b)", ["(b)"]),
        ("C++ and c", "c", ["C", "c"]),
        ("nothing", "*", []),
        ("a carer, carers, the carer's and carers\u2019 care", "carer", ["carer", "carers", "carer's", "carers\u2019"]),
        ("study studies studied studying studious", "study", ["study", "studies", "studied", "studying"]),
        ("experience experienced experiencing", "experience", ["experience", "experienced", "experiencing"]),
        ("interviews, interviewed; interviewer", "interview", ["interviews", "interviewed"]),
        ("car cars cared caring", "car", ["car", "cars"]),
        ("analysis and analyses", "analysis", ["analysis", "analyses"]),
        ("churches, church", "church", ["churches", "church"]),
        ("an RCT, two RCTs", "RCT", ["RCT", "RCTs"]),
        ("peer groups and peers' group", "peer group", ["peer groups"]),
        ("aids and hearing aid", '"aids"', ["aids"]),
        ("carers carer", '"carer"', ["carer"]),
        ("nothing", '"', []),
        ("nothing", '""', []),
    ],
)
def test_terms_are_found_as_people_write_them(text: str, term: str, found: list[str]) -> None:
    assert marks(text, term) == found


def test_the_longer_of_two_terms_wins_and_keeps_its_kind() -> None:
    segments = Highlighter([("peer", "against"), ("peer support", "for")]).segments("peer support by a peer")
    assert [(s.text, s.kind) for s in segments] == [("peer support", "for"), (" by a ", ""), ("peer", "against")]


@given(st.text(max_size=200), st.lists(st.text(max_size=12), max_size=5))
def test_no_letter_is_lost_or_added(text: str, terms: list[str]) -> None:
    assert "".join(s.text for s in Highlighter((term, "for") for term in terms).segments(text)) == text


def test_markup_in_a_title_stays_text() -> None:
    shown = marked(Highlighter([("script", "for")]).segments("<script>alert(1)</script> & 'x'"))
    assert "<script" not in shown
    assert shown.count("<mark") == 2
    assert marked([Segment("<b>")]) == "&lt;b&gt;"


def test_headings_of_a_structured_abstract() -> None:
    text = "BACKGROUND: Why. METHODS AND DESIGN: How; HIV: a virus. RESULTS: What [1]. CONCLUSION: So."
    assert sections(text) == [
        ("Background", "Why."),
        ("Methods and design", "How; HIV: a virus."),
        ("Results", "What [1]."),
        ("Conclusion", "So."),
    ]
    assert [heading for heading, _ in sections("Aim: to see. Methods: we looked.")] == ["Aim", "Methods"]


@pytest.mark.parametrize("text", ["COVID-19: a story of one ward.", "Plain text. With: a colon.", "One"])
def test_plain_text_has_no_heading(text: str) -> None:
    assert sections(text) == [("", text)]


def test_paragraphs_stay_apart() -> None:
    assert sections("One.\n\nTwo.") == [("", "One."), ("", "Two.")]
    assert sections("") == []


@pytest.mark.parametrize(
    ("text", "stated", "code"),
    [
        ("Living with it", "English", "en"),
        ("Leben damit", "ger", "de"),
        ("العيش مع المرض", "Arabic", "ar"),
        ("العيش مع المرض", "English", "ar"),
        ("زندگی با بیماری", "per", "fa"),
        ("同伴支持", "", "zh"),
        ("ピアサポート研究", "", "ja"),
        ("Living with it", "Chinese", ""),
        ("Living with it", "", ""),
        ("", "English", ""),
    ],
)
def test_the_script_of_a_text_tells_its_language_before_the_file_does(text: str, stated: str, code: str) -> None:
    assert language_of(text, stated) == code


@pytest.mark.parametrize(
    ("text", "direction"),
    [
        ("COVID-19: العيش مع المرض المزمن ودعم الأقران في المجتمع", "rtl"),
        ("חיים עם מחלה כרונית (RCT)", "rtl"),
        ("Living with العيش in the community", "ltr"),
        ("2019", "auto"),
        ("", "auto"),
        ("同伴支持研究", "ltr"),
    ],
)
def test_most_letters_decide_the_direction_not_the_first(text: str, direction: str) -> None:
    assert direction_of(text) == direction
