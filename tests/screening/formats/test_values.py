"""Single values: names, markup, identifiers."""

import pytest

from screening.formats.base import Person
from screening.formats.people import names_in, people, person
from screening.formats.values import (
    citation_in,
    clean,
    is_isbn,
    is_issn,
    keywords_in,
    pages_of,
    serials_in,
    title_of,
    trial_ids_in,
    year_in,
)


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("<i>Nel</i> <SUP>2</SUP>O &amp; p &lt; 0.05", "Nel 2O & p < 0.05"),
        ("<p>One</p><p>Two</p>", "One Two"),
        ("<jats:p>One</jats:p>", "One"),
        ("a <b and c> d", "a <b and c> d".replace("<b and c>", "")),
        ("if x<y then", "if x<y then"),
        ("No\u00a0break\u200b\ufeff and e\u0301", "No break and é"),
        ("&amp;lt;", "&lt;"),
    ],
)
def test_markup_and_invisible_characters_go(text: str, plain: str) -> None:
    assert clean(text) == " ".join(plain.split())


@pytest.mark.parametrize(
    ("text", "title"),
    [("A title.", "A title"), ("And so on ...", "And so on ..."), ("Title [References].", "Title"), ("NA", "")],
)
def test_titles(text: str, title: str) -> None:
    assert title_of(text) == title


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Okafor, Ngozi A.", Person("Okafor", "Ngozi A.")),
        ("Okafor,N.", Person("Okafor", "N.")),
        ("Brownstein C D", Person("Brownstein", "C D")),
        ("de la Cruz M", Person("de la Cruz", "M")),
        ("Fanning E.", Person("Fanning", "E.")),
        ("Ngozi Okafor", Person("Okafor", "Ngozi")),
        ("Ludwig van der Loon", Person("van der Loon", "Ludwig")),
        ("World Health Organization", Person(literal="World Health Organization")),
        ("WINTER Study Group", Person(literal="WINTER Study Group")),
        ("Institute of Care, Department of Walks", Person(literal="Institute of Care, Department of Walks")),
        ("Plato", Person(literal="Plato")),
        ("Okafor, N. and", Person("Okafor", "N.")),
        ("Okafor, N., et al.", Person("Okafor", "N.")),
        ("Aaltonen, Maija (57000000001)", Person("Aaltonen", "Maija")),
        ("Ivan den Hoven,null", Person("Ivan den Hoven", "")),
        ("[Anonymous]", None),
        ("NCT01234567", None),
        ("NA", None),
        ("et al.", None),
    ],
)
def test_one_name(text: str, found: Person | None) -> None:
    assert person(text) == found


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Okafor, N.; Brede, J.", ["Okafor, N.", " Brede, J."]),
        ("Okafor, N. and Brede, J.", ["Okafor, N.", "Brede, J."]),
        ("Okafor N, Brede JO, Ito R", ["Okafor N", "Brede JO", "Ito R"]),
        ("Okafor, N., Brede, J.", ["Okafor, N.", "Brede, J."]),
        ("Okafor, Ngozi", ["Okafor, Ngozi"]),
        ("Okafor, Ngozi, Jr.", ["Okafor, Ngozi, Jr."]),
        ("Committee on Food and Health", ["Committee on Food and Health"]),
    ],
)
def test_many_names_in_one_field(text: str, names: list[str]) -> None:
    assert names_in(text) == names


def test_people_leave_out_nobody_and_name_nobody_twice() -> None:
    assert [p.display for p in people("Barrett, Paul M; Willis, Katherine J; ")] == ["Barrett PM", "Willis KJ"]


def test_check_digits() -> None:
    assert is_issn("20493630")
    assert not is_issn("20493631")
    assert is_isbn("9780306406157")
    assert is_isbn("0306406152")
    assert is_isbn("080442957X")
    assert not is_isbn("9780306406158")
    assert serials_in(["2049-3630 (electronic); 1234-5678", "978-0-306-40615-7"]) == (["2049-3630"], ["9780306406157"])


def test_trial_registrations_in_any_text() -> None:
    text = (
        "Registered: NCT 01234567, ISRCTN12345678; EudraCT number: 2012-001234-56; ChiCTR-IOR-17012345. CRD42020123456."
    )
    assert trial_ids_in(text) == [
        "NCT01234567",
        "ISRCTN12345678",
        "EUCTR2012-001234-56",
        "ChiCTR-IOR-17012345",
        "CRD42020123456",
    ]
    assert trial_ids_in("CRDT- 2020/01/01, an RCT, SELECTRON") == []


@pytest.mark.parametrize(
    ("text", "year"), [("SEP 2022", 2022), ("20200131", 2020), ("12345", None), ("1066", None), ("", None)]
)
def test_years(text: str, year: int | None) -> None:
    assert year_in(text) == year


@pytest.mark.parametrize(
    ("start", "end", "pages"),
    [
        ("110-2", "", "110-112"),
        ("99", "101", "99-101"),
        ("S5", "S9", "S5-S9"),
        ("12", "3", "12-13"),
        ("15", "3", "15-3"),
    ],
)
def test_page_ranges(start: str, end: str, pages: str) -> None:
    assert pages_of(start, end) == pages


def test_keywords_are_cut_at_semicolons_and_lines_not_at_commas() -> None:
    assert keywords_in(["*Child, Preschool; snow", "ice\nsnow", "NA"]) == ["Child, Preschool", "snow", "ice"]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        (
            "Invent J Care. 2020 Feb;63(2):103-40. doi: 10.1234/x.",
            {"journal": "Invent J Care", "year": "2020", "volume": "63", "issue": "2", "pages": "103-40"},
        ),
        (
            "Invented Journal of Nursing. 12(3):140-6, 2003 Feb 13.",
            {"journal": "Invented Journal of Nursing", "year": "2003", "volume": "12", "issue": "3", "pages": "140-6"},
        ),
        ("Somewhere else", {}),
    ],
)
def test_sources_written_as_one_text(text: str, parts: dict[str, str]) -> None:
    assert citation_in(text) == parts
