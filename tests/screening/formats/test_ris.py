"""RIS: every dialect that databases and reference managers write, in invented references."""

import pytest
import rispy

from screening.formats import Person
from tests.screening.formats.helpers import TWO_RIS, causes, only, parsed


def test_a_plain_file_is_read_whole() -> None:
    references, report = parsed(TWO_RIS)
    first, second = references
    assert first.title == "Listening circles for caregivers: a qualitative study"
    assert first.people == [Person("Aaltonen", "Maija"), Person("Brede", "Jens-Ole")]
    assert [p.display for p in first.people] == ["Aaltonen M", "Brede JO"]
    assert (first.journal, first.journal_abbr) == ("Journal of Invented Care", "J Invent Care")
    assert (first.year, first.volume, first.issue, first.pages) == (2019, "12", "3", "101-118")
    assert (first.doi, first.issns) == ("10.1234/jic.2019.0101", ["2049-3630"])
    assert first.keywords == ["caregivers", "listening"]
    assert first.type == "journal-article"
    assert (first.position, first.line, second.position, second.line) == (1, 1, 2, 19)
    assert (report.markers, report.read, report.repaired, report.empty, report.rejected) == (2, 2, 0, 0, 0)
    assert report.problems == []


def test_raw_text_and_fields_lose_nothing() -> None:
    references, _ = parsed(TWO_RIS.replace("\n", "\r\n"))
    assert references[0].raw == TWO_RIS.split("\n\nTY")[0].replace("\n", "\r\n") + "\r\n"
    assert [tag for tag, _ in references[0].raw_fields] == [
        line[:2] for line in TWO_RIS.split("\n") if line[2:4] == "  "
    ][:16]
    assert references[0].raw_fields[-1] == ("AB", "Caregivers spoke of being heard.")


def test_the_library_rispy_reads_the_same_titles() -> None:
    references, _ = parsed(TWO_RIS)
    assert [r.title for r in references] == [entry["title"] for entry in rispy.loads(TWO_RIS)]


MUTATIONS = {
    "crlf": lambda text: text.replace("\n", "\r\n").encode(),
    "cr only": lambda text: text.replace("\n", "\r").encode(),
    "mixed line ends": lambda text: text.replace("\nTY", "\r\rTY").replace("\nPY", "\r\nPY").encode(),
    "byte order mark": lambda text: b"\xef\xbb\xbf" + text.encode(),
    "byte order mark twice": lambda text: b"\xef\xbb\xbf\xef\xbb\xbf" + text.encode(),
    "byte order mark amid": lambda text: text.replace("\nTY", "\n\ufeffTY").encode(),
    "utf-16 le": lambda text: text.encode("utf-16"),
    "utf-16 be": lambda text: b"\xfe\xff" + text.encode("utf-16-be"),
    "utf-16 le without mark": lambda text: text.encode("utf-16-le"),
    "utf-16 be without mark": lambda text: text.encode("utf-16-be"),
    "no blank after ER": lambda text: text.replace("ER  - ", "ER  -").encode(),
    "one blank in tags": lambda text: text.replace("  - ", " - ").encode(),
    "one blank in ER": lambda text: text.replace("ER  - ", "ER - ").encode(),
    "two blanks behind the dash": lambda text: text.replace("  - ", "  -  ").encode(),
    "indented": lambda text: "".join(f" {line}\n" for line in text.split("\n")).encode(),
    "no-break blanks": lambda text: text.replace("  - ", "\u00a0\u00a0-\u00a0").encode(),
    "blank line after each": lambda text: text.replace("\n", "\n\n").encode(),
    "no final line end": lambda text: text.rstrip().encode(),
    "leading blank lines": lambda text: f"\n\n\n{text}".encode(),
    "numbered": lambda text: ("1. \n" + text.replace("\n\nTY", "\n\n2. \nTY")).encode(),
    "Cochrane preamble": lambda text: (
        'Record #1 of 2\nProvider: Someone, Ltd.\nContent: text/plain; charset="UTF-8"\n\n' + text
    ).encode(),
}


@pytest.mark.parametrize("name", MUTATIONS)
def test_dialects_and_line_ends_change_nothing(name: str) -> None:
    expected, _ = parsed(TWO_RIS)
    references, report = parsed(MUTATIONS[name](TWO_RIS))
    assert report.format == "ris"
    assert [(r.title, r.people, r.year, r.doi, r.keywords, r.abstract) for r in references] == [
        (r.title, r.people, r.year, r.doi, r.keywords, r.abstract) for r in expected
    ]
    assert report.counted == report.markers == 2
    assert report.read == 2


DAMAGES = {
    "ER": ("\nER  - ", "", "the end mark (ER) is missing"),
    "TY": ("TY  - JOUR\n", "", "the type mark (TY) is missing"),
}


@pytest.mark.parametrize("missing", DAMAGES)
def test_missing_marks_are_mended_and_reported_with_their_lines(missing: str) -> None:
    old, new, cause = DAMAGES[missing]
    references, report = parsed(TWO_RIS.replace(old, new))
    assert [r.title for r in references] == [
        "Listening circles for caregivers: a qualitative study",
        "Walking groups in winter",
    ]
    assert (report.read, report.repaired, report.markers) == (0, 2, 2)
    assert [(p.line, p.cause) for p in report.problems] == [(r.line, cause) for r in references]


def test_a_file_without_any_marks_is_cut_at_blank_lines() -> None:
    references, report = parsed(
        "TI  - First\nAU  - Aaltonen, M\nPY  - 2001\n\nTI  - Second\nAU  - Brede, J\nPY  - 2002\n"
    )
    assert [(r.title, r.year) for r in references] == [("First", 2001), ("Second", 2002)]
    assert report.repaired == 2


def test_an_upload_cut_in_the_middle_keeps_the_rest_and_says_so() -> None:
    references, report = parsed(TWO_RIS[: TWO_RIS.index("PY  - 2021")])
    assert len(references) == 2
    assert references[1].title == "Walking groups in winter"
    assert (report.read, report.repaired) == (1, 1)
    assert report.problems[0].line == references[1].line


def test_end_of_file_characters_are_left_out_and_reported() -> None:
    references, report = parsed(TWO_RIS.encode() + b"\x1a\x00\x00")
    assert len(references) == 2
    assert causes(report) == ["NUL or end-of-file characters were left out (3)"]
    assert "\x00" not in "".join(r.raw for r in references)


def test_fields_after_the_end_mark_belong_to_the_record_above() -> None:
    text = TWO_RIS.replace(
        "ER  - \n\nTY", "ER  -\nNL  - J Invent Care\n\nLink to the Ovid Full Text: https://x.example\n\nTY"
    )
    references, report = parsed(text)
    assert len(references) == 2
    assert references[0].raw_fields[-1] == ("NL", "J Invent Care")
    assert report.problems == []


def test_empty_records_are_counted_not_kept() -> None:
    references, report = parsed("TY  - JOUR\nER  - \n\nTY  - JOUR\nTI  - Something\nER  - \n\nER  - \n")
    assert [r.title for r in references] == ["Something"]
    assert (report.read, report.empty, report.markers) == (1, 2, 3)
    assert len(report.problems) == 2


def test_text_between_records_is_reported() -> None:
    _, report = parsed(TWO_RIS.replace("\n\nTY", "\n\nSome stray remark\nTY"))
    assert [(p.line, p.excerpt) for p in report.problems] == [(19, "Some stray remark")]


def test_continuation_lines_join_abstracts_and_cut_keywords() -> None:
    reference = only(
        "TY  - JOUR\nTI  - A title that runs\n  over two lines.\nAB  - First paragraph.\n\nSecond paragraph,\nER then third.\n"
        "KW  - adolescent\nfemale; care*\n*Loneliness\nDB  - Embase\nMedline\nER  - \n"
    )
    assert reference.title == "A title that runs over two lines"
    assert reference.abstract == "First paragraph.\nSecond paragraph,\nER then third."
    assert reference.keywords == ["adolescent", "female", "care", "Loneliness"]
    assert reference.database == "Embase; Medline"


def test_an_indented_line_that_looks_like_a_field_stays_in_the_abstract() -> None:
    reference, *more = parsed("TY  - JOUR\nAB  - First\n      TY  - is no type here\nER  - \n")[0]
    assert not more
    assert reference.abstract == "First\nTY - is no type here"


def test_line_separators_of_unicode_do_not_end_lines() -> None:
    reference = only("TY  - JOUR\nTI  - Before\u2028after\x0cand\x85on\nAB  - One\u2028Two\nER  - \n")
    assert reference.title == "Before after and on"
    assert reference.abstract == "One\nTwo"


def test_glued_fields_are_cut_apart() -> None:
    reference = only("TY  - JOUR\nUR  - https://x.example/?id=L7&from=export     U2  - L7\nTI  - Glue\nER  - \n")
    assert reference.urls == ["https://x.example/?id=L7&from=export"]
    assert ("U2", "L7") in reference.raw_fields
    assert reference.accession == "L7"


def test_repeated_fields_are_all_kept() -> None:
    reference = only(
        "TY  - JOUR\nTI  - X\nSN  - 2049-3630\nSN  - 0317-8471\nSN  - 9780306406157\n"
        "AB  - What was found.\nAB  - Copyright of Journal of Invented Care is the property of Nobody.\nER  - \n"
    )
    assert reference.issns == ["2049-3630", "0317-8471"]
    assert reference.isbns == ["9780306406157"]
    assert reference.abstract == "What was found."
    assert reference.notes == ["Copyright of Journal of Invented Care is the property of Nobody."]


@pytest.mark.parametrize(
    "placeholder", ["NA", "[No abstract]", "No abstract available.", "N/A", "[No abstract available]"]
)
def test_placeholders_are_no_abstracts(placeholder: str) -> None:
    reference = only(f"TY  - JOUR\nTI  - X\nAB  - {placeholder}\nN2  - Real text\nER  - \n")
    assert reference.abstract == "Real text"
    assert ("AB", placeholder) in reference.raw_fields


@pytest.mark.parametrize(
    ("field", "doi"),
    [
        ("DO  - https://doi.org/10.1234/ABC.5", "10.1234/abc.5"),
        ("DO  - doi:10.1234/abc(5)6.", "10.1234/abc(5)6"),
        ("L3  - 10.1234/abc", "10.1234/abc"),
        ("UR  - https://x.example/r.uri?eid=2-s2.0-1&doi=10.1234%2fabc&partner=4", "10.1234/abc"),
        ("UR  - https://x.example/doi/10.1234/abc/full", "10.1234/abc"),
        ("N1  - doi: 10.1234/abc.", "10.1234/abc"),
        ("AB  - See 10.1234/abc", ""),
        ("N1  - cites 10.1234/abc", ""),
    ],
)
def test_doi_is_found_where_vendors_put_it(field: str, doi: str) -> None:
    assert only(f"TY  - JOUR\nTI  - X\n{field}\nER  - \n").doi == doi


@pytest.mark.parametrize(
    ("fields", "pmid"),
    [
        ("DB  - Embase\nDB  - Medline\nC5  - 31234567", "31234567"),
        ("DB  - Scopus\nC2  - 31234567", "31234567"),
        ("C3  - PUBMED 31234567,EMBASE 620000001", "31234567"),
        ("U1  - 31234567 [PMID]", "31234567"),
        ("DB  - Ovid MEDLINE(R)\nID  - 31234567", "31234567"),
        ("DP  - NLM\nAN  - 31234567", "31234567"),
        ("UR  - https://pubmed.ncbi.nlm.nih.gov/31234567/", "31234567"),
        ("N1  - PMID: 31234567", "31234567"),
        ("DB  - CINAHL\nAN  - 12345678", ""),
        ("ID  - 31234567", ""),
        ("N1  - NLM UID: 101234567", ""),
    ],
)
def test_pmid_is_told_by_pattern_and_database(fields: str, pmid: str) -> None:
    assert only(f"TY  - JOUR\nTI  - X\n{fields}\nER  - \n").pmid == pmid


@pytest.mark.parametrize(
    ("fields", "year", "text"),
    [
        ("PY  - 2016/09//", 2016, "2016/09"),
        ("Y1  - 2024///", 2024, "2024"),
        ("PY  - 2022\nDA  - SEP 22", 2022, "2022 SEP 22"),
        ("PY  - 2020/11//Nov/Dec2020", 2020, "2020/11//Nov/Dec2020"),
        ("PY  - 99\nDA  - 1999/03/01", 1999, "1999/03/01"),
        ("PY  - 0000", None, "0000"),
        ("PY  - 2013/02/15/received", 2013, "2013/02/15/received"),
    ],
)
def test_dates(fields: str, year: int | None, text: str) -> None:
    reference = only(f"TY  - JOUR\nTI  - X\n{fields}\nER  - \n")
    assert (reference.year, reference.date_text) == (year, text)


@pytest.mark.parametrize(
    ("fields", "pages"),
    [
        ("SP  - 783-801", "783-801"),
        ("SP  - 110\nEP  - 2", "110-112"),
        ("SP  - No\nEP  - Specified", ""),
        ("SP  - e0815\nEP  - e0815", "e0815"),
        ("SP  - 5", "5"),
    ],
)
def test_pages(fields: str, pages: str) -> None:
    assert only(f"TY  - JOUR\nTI  - X\n{fields}\nER  - \n").pages == pages


def test_people_keep_their_order_and_their_parts() -> None:
    reference = only(
        "TY  - CHAP\nTI  - X\nA1  - Okafor, Ngozi\nAU  - van der Berg, Piet\nA2  - Ito, Ren\nA4  - Sol, Ana\n"
        "AI  - Okafor, Ngozi; ORCID: https://orcid.org/0000-0002-1825-0097\nER  - \n"
    )
    assert reference.people == [
        Person("Okafor", "Ngozi", orcid="0000-0002-1825-0097"),
        Person("van der Berg", "Piet"),
        Person("Ito", "Ren", role="editor"),
        Person("Sol", "Ana", role="translator"),
    ]


def test_web_of_science_names_a_group_in_a1() -> None:
    reference = only("TY  - JOUR\nTI  - X\nAU  - Okafor, N\nA1  - WINTER Walk Consortium\nER  - \n")
    assert reference.people == [Person("Okafor", "N"), Person(literal="WINTER Walk Consortium")]


def test_a_registration_is_no_author() -> None:
    reference = only(
        "TY  - JOUR\nA1  - NCT01234567\nT1  - Trial of walking\nJA  - https://clinicaltrials.gov/show/NCT01234567\nER  - \n"
    )
    assert reference.people == []
    assert reference.trial_ids == ["NCT01234567"]
    assert reference.type == "registration"


@pytest.mark.parametrize(
    ("fields", "kind", "status"),
    [
        ("TY  - JOUR\nM3  - Conference Abstract", "conference", []),
        ("TY  - CPAPER", "conference", []),
        ("TY  - JOUR\nT2  - medRxiv", "preprint", ["preprint"]),
        ("TY  - JOUR\nM3  - Erratum", "journal-article", ["erratum"]),
        ("TY  - JOUR\nT1  - RETRACTED: Walking", "journal-article", ["retracted"]),
        ("TY  - JOUR\nT1  - Corrections officers and health", "journal-article", []),
        ("TY  - THES", "thesis", []),
        ("TY  - Journal Article", "journal-article", []),
        ("TY  - XYZ", "other", []),
    ],
)
def test_types_and_status(fields: str, kind: str, status: list[str]) -> None:
    reference = only(
        f"{fields}\nAU  - Okafor, N\nTI  - Walking\nER  - \n".replace(
            "TI  - Walking\n", "" if "T1" in fields else "TI  - Walking\n"
        )
    )
    assert (reference.type, reference.status) == (kind, status)


def test_rayyan_keys_are_no_accession_numbers_and_decisions_stay_notes() -> None:
    reference = only('TY  - JOUR\nTI  - X\nAN  - rayyan-1\nN1  - RAYYAN-INCLUSION: {"A"=>"Included"}\nER  - \n')
    assert reference.accession == ""
    assert reference.notes == ['RAYYAN-INCLUSION: {"A"=>"Included"}']


def test_often_repeated_problems_are_summed_up() -> None:
    text = "".join(f"TY  - JOUR\nTI  - Number {number}\n\n" for number in range(70))
    _, report = parsed(text)
    assert report.repaired == 70
    assert len(report.problems) == 51
    assert report.problems[-1].cause == "the end mark (ER) is missing (20 more times)"
