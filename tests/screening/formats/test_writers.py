"""What we write, we read back."""

import csv
import io
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from screening.formats import ParsedReference, Person, read
from screening.formats.base import TYPES
from screening.formats.writers import WRITERS, Writer, guarded, to_bibtex, to_csl_json, to_csv, to_ris
from tests.screening.formats.helpers import TWO_RIS, parsed

COMPARED = (
    "title", "title_original", "abstract", "year", "journal", "journal_abbr", "volume", "issue", "pages", "article_no",
    "doi", "pmid", "pmcid", "issns", "isbns", "accession", "database", "urls", "keywords", "language", "place",
    "publisher", "type", "people", "trial_ids",
)  # fmt: skip


def full(**changes: object) -> ParsedReference:
    reference = ParsedReference(
        1, 1, "", [], title="Listening = caring? +1", title_original="Slyšet", abstract="One.\nTY - not a type.\nThree.",
        year=2019, date_text="2019 Mar", journal="Journal of Invented Care", journal_abbr="J Invent Care", volume="12",
        issue="3", pages="101-118", article_no="e77", doi="10.1234/jic.1", pmid="31234567", pmcid="PMC7000001",
        issns=["2049-3630"], isbns=["9780306406157"], accession="X-1", database="Invented Base",
        trial_ids=["NCT01234567"], urls=["https://x.example/a;b?c=1", "https://y.example/"], keywords=["a, b", "c"],
        language="English", place="Turku", publisher="Nobody", type="journal-article", notes=["First note", "NCT01234567"],
        people=[Person("Aaltonen", "Maija"), Person(literal="WINTER Study Group"), Person("Ito", "Ren", role="editor")],
    )  # fmt: skip
    for name, value in changes.items():
        setattr(reference, name, value)
    return reference


def again(writer: Writer, references: list[ParsedReference]) -> list[ParsedReference]:
    return parsed(b"".join(writer.write(references)))[0]


every_writer = pytest.mark.parametrize("writer", WRITERS.values(), ids=WRITERS)


@every_writer
def test_a_full_reference_comes_back(writer: Writer) -> None:
    (back,) = again(writer, [full()])
    expected = full()
    for name in (*COMPARED, "date_text"):
        assert getattr(back, name) == getattr(expected, name), name
    assert "\n".join(back.notes) == "\n".join(expected.notes)


@every_writer
@pytest.mark.parametrize("kind", TYPES)
def test_types_come_back(writer: Writer, kind: str) -> None:
    (back,) = again(writer, [full(type=kind, type_raw={"registration": "Trial registration"}.get(kind, kind))])
    assert back.type == kind
    assert back.journal == "Journal of Invented Care"


@every_writer
@pytest.mark.parametrize("kind", TYPES)
def test_what_was_retracted_and_errata_come_back(writer: Writer, kind: str) -> None:
    status = ["retracted", *(["preprint"] if kind == "preprint" else []), "erratum"]
    told = {"preprint": "Preprint", "registration": "Trial registration"}.get(kind, "")
    (back,) = again(writer, [full(type=kind, type_raw=told, status=status)])
    assert (back.status, back.type) == (status, kind)


@pytest.mark.parametrize("name", [name for name in WRITERS if name != "endnote-xml"])  # it has no place for them
def test_orcids_come_back(name: str) -> None:
    people = [
        Person("Aaltonen", "Maija", orcid="0000-0002-1825-0097"),
        Person(literal="WINTER Study Group"),
        Person("van der Berg", "J.-O.", orcid="0000-0001-5109-370X"),
        Person("Sukarno", ""),
        Person("Ito", "Ren", role="editor", orcid="0000-0003-0000-0014"),
    ]
    (back,) = again(WRITERS[name], [full(people=people)])
    assert back.people == people


@pytest.mark.parametrize("name", ["ris", "nbib", "endnote-xml"])
def test_affiliations_come_back(name: str) -> None:
    places = [
        "School of Invented Care, University of Nowhere, Turku; also Unit 2",
        "Nobody's Institute, " + "a long way, " * 12 + "Oulu",
    ]
    (back,) = again(WRITERS[name], [full(affiliations=places)])
    assert back.affiliations == places


@every_writer
def test_translators_and_names_of_one_word_come_back(writer: Writer) -> None:
    people = [Person("Sukarno", ""), Person("van der Berg", "J.-O."), Person("Ito", "Ren", role="translator")]
    (back,) = again(writer, [full(people=people)])
    assert back.people == people


@every_writer
def test_a_bare_title_comes_back(writer: Writer) -> None:
    bare = ParsedReference(1, 1, "", [], title="Only this")
    references = again(writer, [bare, bare])
    assert [(r.title, r.abstract, r.people, r.year) for r in references] == [("Only this", "", [], None)] * 2


def test_a_paragraph_that_looks_like_a_field_opens_no_record() -> None:
    (back,) = again(WRITERS["ris"], [full(abstract="One.\nTY  - JOUR\nER  - ")])
    assert back.abstract == "One.\nTY - JOUR\nER -"


def test_ris_lines_are_exact() -> None:
    text = "".join(to_ris([full()]))
    assert text.startswith("TY  - JOUR\r\nAU  - Aaltonen, Maija\r\n")
    assert text.endswith("\r\nER  - \r\n\r\n")
    assert "\n" not in text.replace("\r\n", "")


@pytest.mark.parametrize(
    ("cell", "safe"),
    [
        ("=1+1", "'=1+1"),
        ("+cmd", "'+cmd"),
        ("-x", "'-x"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\tx", "'\tx"),
        ("-5", "-5"),
        ("+3.5", "+3.5"),
        ("a=b", "a=b"),
        ("", ""),
    ],
)
def test_cells_a_spreadsheet_would_run_are_guarded(cell: str, safe: str) -> None:
    assert guarded(cell) == safe


def test_guards_come_off_again() -> None:
    rows = list(csv.reader(io.StringIO("".join(to_csv([full(title="=HYPERLINK(1)")])).lstrip("\ufeff"))))
    assert rows[1][0] == "'=HYPERLINK(1)"
    (back,) = again(WRITERS["csv"], [full(title="=HYPERLINK(1)")])
    assert back.title == "=HYPERLINK(1)"


def test_csl_json() -> None:
    (entry,) = json.loads("".join(to_csl_json([full()])))
    assert entry["type"] == "article-journal"
    assert entry["issued"] == {"date-parts": [[2019]], "raw": "2019 Mar"}
    assert entry["author"] == [{"family": "Aaltonen", "given": "Maija"}, {"literal": "WINTER Study Group"}]
    assert json.loads("".join(to_csl_json([]))) == []
    assert len(json.loads("".join(to_csl_json([full(), full()])))) == 2


def test_a_written_file_written_again_is_the_same() -> None:
    references, _ = parsed(TWO_RIS)
    once = "".join(to_ris(references))
    assert "".join(to_ris(read(once.encode()).references)) == once


def test_bibtex_writes_out_what_latex_would_act_on() -> None:
    text = "".join(to_bibtex([full(title="50% of {A} & B_1 -- C$ ~ ^ # \\")]))
    assert r"50\% of \textbraceleft{}A\textbraceright{} \& B\_1 -{}- C\$" in text
    assert text.startswith("@article{Aaltonen2019_1,\n  author = {Aaltonen, Maija and {WINTER Study Group}}")


def test_nothing_in_an_excel_file_is_a_formula() -> None:
    (back,) = again(WRITERS["xlsx"], [full(title="=1+1", abstract="+cmd", volume="007")])
    assert (back.title, back.abstract, back.volume) == ("=1+1", "+cmd", "007")


TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cf", "Zl", "Zp")), max_size=60)


@settings(max_examples=60, deadline=None)
@given(TEXT, st.lists(TEXT, max_size=4))
def test_any_title_and_abstract_keep_one_record(title: str, paragraphs: list[str]) -> None:
    reference = full(title=title, abstract="\n".join(paragraphs))
    for writer in WRITERS.values():
        assert len(again(writer, [reference, full()])) == 2


WORDS = st.text("aZ09 .,:;-'\"`$%&#_^~{}\\()[]<>/=+*!?|@éß", max_size=40)


@settings(max_examples=150, deadline=None)
@given(WORDS)
def test_a_title_of_any_signs_is_the_same_in_every_format(title: str) -> None:
    reference = full(title=again(WRITERS["ris"], [full(title=f"A {title} z")])[0].title)
    for writer in WRITERS.values():
        assert again(writer, [reference])[0].title == reference.title, writer.name
