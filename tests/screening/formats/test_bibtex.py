"""BibTeX in invented entries, those that break its rules among them."""

import pytest

from screening.formats import Person
from screening.formats.latex import plain
from tests.screening.formats.helpers import causes, only, parsed

TWO = r"""% Encoding: UTF-8
@comment{nothing here}
@string{jic = "Journal of " # inv}
@string(inv = "Invented Care")
@string{jic = "Journal of " # inv}

@article{aaltonen_2019,
  author = {Aaltonen, Maija and {\'A}vila Rojas, Jos{\'e} and {{WINTER} Study Group} and others},
  title = {{Listening} circles, 50\% of 10 & 5% more: {$\alpha$}$_{\textrm{2}}$ for \textit{caregivers}},
  journal = jic,
  year = 2019, month = mar,
  volume = {12}, number = {3}, pages = {101--118},
  doi = {10.1234/jic\_2019.0101},
  url = {https://x.example/a_b%20c~d},
  issn = {2049-3630},
  keywords = {caregivers, listening},
  abstract = {First paragraph, wrapped
    over lines.

    Second costs 5$ or 6$.},
  Unique-ID = {WOS:000000000000001},
  funding_text 1 = {Nobody},
  note = {NCT01234567},
  note = {again},
}
@phdthesis{okafor, author = "Ngozi Okafor", title = "Walking groups {"}in{"} winter", school = {Nowhere}, year = "2021"}
"""


def test_two_entries_with_everything() -> None:
    references, report = parsed(TWO)
    first, second = references
    assert report.format == "bibtex"
    assert (report.read, report.markers, report.problems) == (2, 2, [])
    assert first.title == "Listening circles, 50% of 10 & 5% more: α2 for caregivers"
    assert first.people == [
        Person("Aaltonen", "Maija"),
        Person("Ávila Rojas", "José"),
        Person(literal="WINTER Study Group"),
    ]
    assert (first.journal, first.volume, first.issue, first.pages) == ("Journal of Invented Care", "12", "3", "101-118")
    assert (first.year, first.date_text) == (2019, "2019 Mar")
    assert (first.doi, first.urls) == ("10.1234/jic_2019.0101", ["https://x.example/a_b%20c~d"])
    assert first.abstract == "First paragraph, wrapped over lines.\nSecond costs 5$ or 6$."
    assert first.keywords == ["caregivers", "listening"]
    assert (first.accession, first.database, first.type) == ("WOS:000000000000001", "Web of Science", "journal-article")
    assert first.trial_ids == ["NCT01234567"]
    assert first.notes == ["NCT01234567", "again"]
    assert first.raw.startswith("@article{aaltonen_2019,")
    assert first.raw.endswith("note = {again},\n}")
    assert ("funding_text 1", "Nobody") in first.raw_fields
    assert first.line == 7
    assert (second.people, second.type, second.publisher) == ([Person("Okafor", "Ngozi")], "thesis", "Nowhere")


def test_keys_that_are_empty_have_blanks_or_come_twice_lose_nothing() -> None:
    references, report = parsed(
        "@article{, title={A}, year={2001}}\n@article{a key, title={B}}\n@article{a key, title={C}}@misc{x, title={D}}"
    )
    assert [r.title for r in references] == ["A", "B", "C", "D"]
    assert report.read == 4


@pytest.mark.parametrize(
    ("text", "titles", "cause"),
    [
        ("@article{a,\n title = {One}\n year = {2001},\n}\n", ["One"], "the entry does not keep to BibTeX's rules"),
        (
            "@article{a,\n title = {One,\n year = {2001}\n}\n@book{b,\n title={Two}\n}",
            ["One", "Two"],
            "the closing brace",
        ),
        (
            "@article{a,\n title = {One}},\n year = {2001}\n}\n@book{b,\n title={Two}\n}",
            ["One", "Two"],
            "a brace closes",
        ),
        ('@article{a,\n title = "One",\n abstract = {Cut in the mid', ["One"], "the closing brace is missing"),
    ],
)
def test_broken_entries_are_repaired_and_told(text: str, titles: list[str], cause: str) -> None:
    references, report = parsed(text)
    assert [r.title for r in references] == titles
    assert references[0].year in (2001, None)
    assert report.repaired == 1
    assert report.counted == report.markers == len(titles)
    assert any(found.startswith(cause) for found in causes(report))


def test_the_year_of_a_broken_entry_is_kept() -> None:
    assert only("@article{a,\n title = {One}},\n year = {2001}\n}\n").year == 2001
    assert only("@article{a,\n title = {One}\n year = {2001},\n}\n").year == 2001


def test_fields_outside_of_any_entry_are_told() -> None:
    _, report = parsed("@article{a,\n title={One}\n}\n\narticle{b,\n title={Two},\n year={2000}\n}\n")
    assert "fields outside of any entry were left out" in causes(report)


def test_entries_in_parentheses_and_unknown_abbreviations() -> None:
    reference = only('@Article(k, title = {A (small) trial}, journal = unknownjournal # " B", year = 1999)')
    assert (reference.title, reference.journal, reference.year) == ("A (small) trial", "unknownjournal B", 1999)


def test_an_entry_without_fields_is_counted_as_empty() -> None:
    references, report = parsed("@article{a, title={One}}\n@article{b,}\n")
    assert (len(references), report.read, report.empty, report.markers) == (1, 1, 1, 2)


@pytest.mark.parametrize(
    ("latex", "text"),
    [
        (r"Eli{\'a}{\v{s}} and {\H o} \o{} {\ss} \L{}", "Eliáš and ő ø ß Ł"),
        ("5% of all & the rest", "5% of all & the rest"),
        (r"5\% of all \& the rest of {\"u}", "5% of all & the rest of ü"),
        ("between 5$ and 6$ a day", "between 5$ and 6$ a day"),
        (r"$p < 0.05$ and $\beta_{1}$", "p < 0.05 and β1"),
        ("a~b, about ~10", "a b, about ~10"),
        ("pages 1--2 ``quoted''", "pages 1–2 “quoted”"),
        (r"\url{https://x.example/~a%20b}", "https://x.example/~a%20b"),
        (r"\emph{kept} \unknown{also kept}", "kept also kept"),
        (r"\frac{1}{2} of \textbf{all \emph{nested} words}", "1/2 of all nested words"),
        (r"M\'arquez-\'Alvarez, {\'\i}, Erd\H os, \c ca, na\"{\i}ve", "Márquez-Álvarez, í, Erdős, ça, naïve"),
        (r"an open \emph{brace and \textit{more", "an open brace and more"),
    ],
)
def test_latex_becomes_text(latex: str, text: str) -> None:
    assert plain(latex) == text
