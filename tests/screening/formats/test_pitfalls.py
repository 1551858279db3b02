"""The nineteen places where readers of export files go wrong, each by its number, in invented files."""

import pytest

from screening.formats import ParsedReference, Person, read
from tests.screening.formats.helpers import TWO_RIS, causes, only, parsed


def titles(references: list[ParsedReference]) -> list[str]:
    return [reference.title for reference in references]


def ris(*fields: str, kind: str = "JOUR") -> str:
    """One RIS record."""
    return "\n".join((f"TY  - {kind}", "TI  - Listening", *fields, "ER  - ", ""))


# --- P1 Silent short reads ---------------------------------------------------------------------------------------------

NBIB = "PMID- 30000001\nTI  - One.\n\nPMID- 30000002\nTI  - Two.\n\n"
WOS = "FN X\nVR 1.0\nPT J\nTI One\nER\n\nPT J\nTI Two\nER\n\nEF\n"
BIBTEX = "@article{a,\n title={One},\n}\n@article{b,\n title={Two},\n}\n"
REFER = "%0 Journal Article\n%T One\n%D 2001\n\n%0 Journal Article\n%T Two\n%D 2002\n"
OVID = "<1. >\nTI  - One.\nAU  - Quux A\n\n<2. >\nTI  - Two.\nAU  - Fox B\n"
ENDNOTE = "<xml><records><record><titles><title>One</title></titles></record><record><titles><title>Two</title></titles></record></records></xml>"
CSV = "Title,Authors,Year\nOne,Quux A,2001\nTwo,Fox B,2002\n"
CSL = '[{"title": "One", "type": "book"}, {"title": "Two", "type": "book"}]'
WHOLE = {"ris": TWO_RIS, "medline": NBIB, "wos": WOS, "bibtex": BIBTEX, "refer": REFER, "ovid": OVID, "endnote-xml": ENDNOTE,
         "csv": CSV, "csl": CSL}  # fmt: skip


@pytest.mark.parametrize("name", WHOLE)
def test_p01_every_reader_is_held_to_an_independent_count(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    _, report = parsed(WHOLE[name])
    assert (report.format, report.markers, report.read, report.problems) == (name, 2, 2, [])
    # A reader that loses a record is found out by the count.
    report.read -= 1
    report.close()
    assert [problem.severity for problem in report.problems] == ["error"]


@pytest.mark.parametrize(
    "text",
    [
        TWO_RIS.replace("\nER  - ", ""),
        TWO_RIS.replace("TY  - JOUR\n", ""),
        TWO_RIS.replace("  - ", " - "),
        TWO_RIS.replace("\n", "\n  "),
        TWO_RIS.replace("TY  - JOUR\n", "").replace("\nER  - ", ""),
    ],
    ids=["no ER", "no TY", "one blank", "indented", "neither"],
)
def test_p01_missing_and_misshapen_marks_lose_no_record(text: str) -> None:
    references, report = parsed(text)
    assert titles(references) == ["Listening circles for caregivers: a qualitative study", "Walking groups in winter"]
    assert report.counted >= report.markers


# --- P2 Encodings and line ends -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", WHOLE)
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_p02_the_first_record_survives_marks_and_wide_encodings(name: str, encoding: str) -> None:
    references, report = parsed(WHOLE[name].encode(encoding))
    assert titles(references) == titles(parsed(WHOLE[name])[0])
    assert report.format == name


@pytest.mark.parametrize("name", WHOLE)
@pytest.mark.parametrize("end", ["\r\n", "\r", "\n\r\n"])
def test_p02_any_line_end(name: str, end: str) -> None:
    references, _ = parsed(WHOLE[name].replace("\n", end))
    assert titles(references) == titles(parsed(WHOLE[name])[0])


def test_p02_old_encodings_mixed_line_ends_and_separators_inside_text() -> None:
    text = (
        ris("AU  - Müller, Jürgen", "AB  - One\u2028two\u00a0three\u200b.").replace("\u2028", " ").replace("\u200b", "")
    )
    assert only(text.encode("cp1252")).people == [Person("Müller", "Jürgen")]
    assert only(text.encode("latin-1")).people == [Person("Müller", "Jürgen")]
    mixed = "TY  - JOUR\r\nTI  - One\nPY  - 2001\rER  - \r\n\r\rTY  - JOUR\r\nTI  - Two\nER  - \r"
    assert titles(parsed(mixed)[0]) == ["One", "Two"]
    assert only(ris("AB  - One\u2028two")).abstract == "One\ntwo"
    # Letters that are made of two characters are the same as those that are one.
    assert only(ris("AU  - Mu\u0308ller, J")).people == only(ris("AU  - M\u00fcller, J")).people


# --- P3 Text around records ---------------------------------------------------------------------------------------------


def test_p03_preambles_numbers_and_links_are_no_records() -> None:
    text = (
        'Record #3 of 18\nProvider: John Wiley & Sons, Ltd.\nContent: text/plain; charset="UTF-8"\n\n'
        "TY  -  JOUR\nTI  -  One\nER  -\n\n\n2. \nTY  - JOUR\nTI  - Two\nER  - \nNL  - 101\nUI  - 31234569\n\n"
        "Link to the Ovid Full Text or citation:\nhttp://ovidsp.example/ovidweb.cgi?AN=2\n\n3.\nTY  - JOUR\nTI  - Three\nER  - \n"
    )
    references, report = parsed(text)
    assert titles(references) == ["One", "Two", "Three"]
    assert references[1].raw_fields[-2:] == [("NL", "101"), ("UI", "31234569")]
    assert (report.read, report.markers, report.problems) == (3, 3, [])


def test_p03_other_text_around_records_is_told() -> None:
    references, report = parsed(
        "ProQuest Documents\n\nProvider: JSTOR http://www.jstor.example\nDatabase: JSTOR\n\n" + TWO_RIS
    )
    assert len(references) == 2
    assert [(p.line, p.cause, p.excerpt) for p in report.problems] == [
        (1, "text outside of any record was left out", "ProQuest Documents")
    ]


# --- P4 Repeated tags ---------------------------------------------------------------------------------------------------


def test_p04_repeated_tags_are_all_kept_and_copyright_is_no_abstract() -> None:
    reference = only(
        ris(
            "SN  - 2049-3630", "SN  - 1476-4687", "M1  - 3", "M1  - (Fox) University of Nowhere", "DB  - Embase", "DB  - Medline",
            "AB  - Aim: to listen.", "AB  - Copyright of Journal of Invented Care is the property of Nobody.",
            "UR  - https://x.example/a;jsessionid=1?b=2", "KW  - a", "KW  - b",
        )
    )  # fmt: skip
    assert reference.issns == ["2049-3630", "1476-4687"]
    assert [value for tag, value in reference.raw_fields if tag == "M1"] == ["3", "(Fox) University of Nowhere"]
    assert reference.database == "Embase; Medline"
    assert reference.abstract == "Aim: to listen."
    assert reference.notes == ["Copyright of Journal of Invented Care is the property of Nobody."]
    assert reference.urls == ["https://x.example/a;jsessionid=1?b=2"]
    assert reference.keywords == ["a", "b"]


# --- P5 Continuation lines ----------------------------------------------------------------------------------------------


def test_p05_lines_without_a_tag_carry_a_field_on() -> None:
    reference = only(
        ris("AB  - First.", "", "Second - with a dash.", "KW  - carers", "listening", "winter", "N1  - a", "", "b")
    )
    assert reference.abstract == "First.\nSecond - with a dash."
    assert reference.keywords == ["carers", "listening", "winter"]
    assert reference.notes == ["a\nb"]
    unindented = "FN X\nVR 1.0\nPT J\nTI Listening circles\nfor caregivers\nAB One.\nTwo.\nER\nEF\n"
    assert (only(unindented).title, only(unindented).abstract) == ("Listening circles for caregivers", "One.\nTwo.")


# --- P6 Glued fields ----------------------------------------------------------------------------------------------------


def test_p06_two_fields_in_one_line_are_cut_apart() -> None:
    reference = only(ris("UR  - https://www.embase.com/search/results?id=L2001&from=export     U2  - L2001"))
    assert reference.urls == ["https://www.embase.com/search/results?id=L2001&from=export"]
    assert ("U2", "L2001") in reference.raw_fields
    assert (reference.accession, reference.database) == ("L2001", "Embase")


# --- P7 DOI elsewhere ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "field",
    ["DO  - https://doi.org/10.1234/ABC.1", "L3  - 10.1234/abc.1", "L1  - http://dx.doi.org/10.1234/abc.1", "N1  - doi: 10.1234/abc.1.",
     "UR  - https://x.example/?rft_id=info:doi/10.1234%2Fabc.1&y=1", "L2  - doi:10.1234/abc.1"],
)  # fmt: skip
def test_p07_doi_wherever_vendors_put_it(field: str) -> None:
    assert only(ris(field)).doi == "10.1234/abc.1"


def test_p07_a_doi_of_somebody_else_is_not_taken() -> None:
    assert only(ris("AB  - As shown (doi: 10.1234/other.1).", "CR  - 10.1234/other.2")).doi == ""
    wos = "FN X\nVR 1.0\nPT J\nTI One\nDI 10.1016/\n   j.jic.2012.01.001\nCR Aa B, 2001, DOI 10.1234/other\nER\nEF\n"
    assert only(wos).doi == "10.1016/j.jic.2012.01.001"
    assert only(wos.replace("DI 10.1016/\n   j.jic.2012.01.001\n", "")).doi == ""


# --- P8 PMID elsewhere --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "pmid"),
    [
        (("AN  - 31234567", "DB  - Ovid MEDLINE(R)"), "31234567"),
        (("AN  - 31234567", "DB  - PsycInfo"), ""),
        (("C5  - 31234567", "DB  - Embase"), "31234567"),
        (("C5  - 31234567",), ""),
        (("C3  - PUBMED 31234567,EMBASE 2001234567",), "31234567"),
        (("U1  - 31234567 [PMID]",), "31234567"),
        (("C2  - 31234567", "DB  - Scopus"), "31234567"),
        (("ID  - 31234567", "DB  - Ovid MEDLINE(R) ALL"), "31234567"),
        (("N1  - Accession Number: 123. PMID: NLM31234567. Language: English",), "31234567"),
        (("N1  - PMID: 31234567",), "31234567"),
        (("AN  - MEDLINE:31234567",), "31234567"),
        (("AN  - WOS:000312345670001",), ""),
        (("AN  - CN-01234567",), ""),
    ],
)
def test_p08_pmid_by_pattern_and_database(fields: tuple[str, ...], pmid: str) -> None:
    assert only(ris(*fields)).pmid == pmid


@pytest.mark.parametrize(
    ("number", "pmid"), [("31234567", "31234567"), ("CN-01234567", ""), ("WOS:000312345670001", "")]
)
def test_p08_endnote_holds_numbers_of_every_database(number: str, pmid: str) -> None:
    record = f"<record><titles><title>One</title></titles><accession-num>{number}</accession-num></record>"
    reference = only(f"<xml><records>{record}</records></xml>")
    assert (reference.pmid, reference.accession) == (pmid, number)


# --- P9 Trial registrations ---------------------------------------------------------------------------------------------


def test_p09_registrations_are_collected_and_are_no_people() -> None:
    reference = only(
        ris("A1  - NCT04381559", "JA  - https://clinicaltrials.gov/show/NCT04381559", "PT  - Trial registry record",
            "AB  - Also ISRCTN12345678, EudraCT 2019-001234-12, ACTRN12619000123456, ChiCTR2000012345, DRKS00012345, "
            "CRD42020123456 and UMIN000012345.")
    )  # fmt: skip
    assert reference.people == []
    assert reference.trial_ids == [
        "NCT04381559", "ISRCTN12345678", "EUCTR2019-001234-12", "ACTRN12619000123456", "ChiCTR2000012345", "DRKS00012345",
        "CRD42020123456", "UMIN000012345",
    ]  # fmt: skip
    assert reference.type == "registration"
    nbib = only("PMID- 30000001\nTI  - One.\nSI  - ClinicalTrials.gov/NCT01234567\nSI  - ISRCTN/ISRCTN12345678\n")
    assert nbib.trial_ids == ["NCT01234567", "ISRCTN12345678"]


# --- P10 People ---------------------------------------------------------------------------------------------------------


def test_p10_people_in_file_order_with_groups_and_orcid() -> None:
    assert [p.display for p in only(ris("A1  - Quux A, Fox BC, de la Torre M")).people] == [
        "Quux A",
        "Fox BC",
        "de la Torre M",
    ]
    assert [p.display for p in only(ris("AU  - Quux, A. and", "AU  - Fox, C. et al.")).people] == ["Quux A", "Fox C"]
    assert only(ris("AU  - Anna B. Quux")).people == [Person("Quux", "Anna B.")]
    mixed = only(ris("AU  - Quux, A", "A1  - WINTER Study Group", "AU  - Fox, B", "AI  - Fox, B; 0000-0002-1825-0097"))
    assert mixed.people == [
        Person("Quux", "A"),
        Person(literal="WINTER Study Group"),
        Person("Fox", "B", orcid="0000-0002-1825-0097"),
    ]
    wos = "FN X\nVR 1.0\nPT J\nAU Quux, A\n   Fox, BC\nAF Quux, Anna\n   Fox, Bob C.\nCA WINTER Grp\nTI One\nOI Quux, Anna/0000-0002-1825-0097\nER\nEF\n"
    assert only(wos).people == [
        Person("Quux", "Anna", orcid="0000-0002-1825-0097"), Person("Fox", "Bob C."), Person(literal="WINTER Grp"),
    ]  # fmt: skip
    assert only(ris("AU  - Fox, Bob, PhD, RN")).people == [Person("Fox", "Bob")]


# --- P11 Dates and pages ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "year"),
    [
        (("PY  - 2016/09//",), 2016), (("Y1  - 2024///",), 2024), (("PY  - 2001", "DA  - SEP 22"), 2001),
        (("PY  - 2020/11//Nov/Dec2020",), 2020), (("PY  - 2013/02/15/received",), 2013), (("PY  - 99", "DA  - 1999/01/01"), 1999),
        (("PY  - in press",), None),
    ],
)  # fmt: skip
def test_p11_the_first_plausible_year(fields: tuple[str, ...], year: int | None) -> None:
    reference = only(ris(*fields))
    assert reference.year == year
    assert reference.date_text


@pytest.mark.parametrize(
    ("fields", "pages", "number"),
    [
        (("SP  - 783-801",), "783-801", ""), (("SP  - 783-801", "EP  - 783-801"), "783-801", ""), (("SP  - 110", "EP  - 2"), "110-112", ""),
        (("SP  - pp 12-19",), "12-19", ""), (("SP  - S101", "EP  - S118"), "S101-S118", ""), (("C7  - e12345",), "", "e12345"),
        (("SP  - null", "EP  - null"), "", ""),
    ],
)  # fmt: skip
def test_p11_pages_and_article_numbers(fields: tuple[str, ...], pages: str, number: str) -> None:
    reference = only(ris(*fields))
    assert (reference.pages, reference.article_no) == (pages, number)


# --- P12 BibTeX ---------------------------------------------------------------------------------------------------------


def test_p12_keys_fields_and_macros_that_break_the_rules() -> None:
    references, report = parsed(
        "@article{a key with blanks,\n title={One},\n funding_text 1 = {We thank A.},\n}\n@article{,\n title={Two},\n}\n"
        "@article{same,\n title={Three},\n url={https://a.example/},\n url={https://b.example/},\n}\n@article{same,\n title={Four},\n journal=unknownmacro,\n}\n"
        '@article{advert,\n title={Five},\n keywords={carers, <a href="http://ad.example/x?a=1,2">Shop</a>, listening},\n}\n'
    )
    assert titles(references) == ["One", "Two", "Three", "Four", "Five"]
    assert references[0].raw_fields[-1] == ("funding_text 1", "We thank A.")
    assert references[2].urls == ["https://a.example/", "https://b.example/"]
    assert references[3].journal == "unknownmacro"
    assert references[4].keywords == ["carers", "listening"]
    assert report.counted == report.markers == 5


def test_p12_latex_cuts_no_text_and_breaks_no_link() -> None:
    reference = only(
        "@article{a,\n title={50% of carers & {M}{\\\"u}ller's friends},\n abstract={Half: 50\\% or 5% of all; $p<0.05$ and 3_4.},\n"
        " doi={10.1234/a_b%20c},\n url={https://x.example/~a_b?c=1&d=%20},\n}\n"
    )
    assert reference.title == "50% of carers & Müller's friends"
    assert reference.abstract == "Half: 50% or 5% of all; p<0.05 and 3_4."
    assert reference.urls == ["https://x.example/~a_b?c=1&d=%20"]


# --- P13 Markup ---------------------------------------------------------------------------------------------------------


def test_p13_markup_goes_once_and_raw_text_stays() -> None:
    reference = only(
        ris("T1  - A <i>Candida</i> &lt;5 &quot;trial&quot;", "AB  - <p>One.</p><p>p &lt; 0.05</p>").replace(
            "TI  - Listening\n", ""
        )
    )
    assert reference.title == 'A Candida <5 "trial"'
    assert reference.abstract == "One.\np < 0.05"
    assert "<i>Candida</i> &lt;5" in reference.raw
    styles = '<style face="normal">Listening </style><style face="italic">in vivo</style><style face="normal"> circles</style>'
    record = f"<record><titles><title>{styles}</title></titles><isbn>2049-3630&#xD;1476-4687</isbn></record>"
    endnote = only(f"<xml><records>{record}</records></xml>")
    assert (endnote.title, endnote.issns) == ("Listening in vivo circles", ["2049-3630", "1476-4687"])


def test_p13_pubmed_labels_formulas_and_titles_elsewhere() -> None:
    article = (
        "<PubmedArticle><MedlineCitation><PMID>30000001</PMID><Article><ArticleTitle/><VernacularTitle>Écouter</VernacularTitle>"
        '<Abstract><AbstractText Label="AIM">Of <mml:math><mml:mi>x</mml:mi></mml:math>.</AbstractText>'
        '<AbstractText Label="RESULTS">None.</AbstractText></Abstract></Article></MedlineCitation></PubmedArticle>'
    )
    reference = only(f"<PubmedArticleSet>{article}</PubmedArticleSet>")
    assert (reference.title, reference.abstract) == ("Écouter", "AIM: Of x.\nRESULTS: None.")
    bare = article.replace("<PubmedArticle>", "").replace("</PubmedArticle>", "")
    assert only(f"<MedlineCitationSet>{bare}</MedlineCitationSet>").pmid == "30000001"


# --- P14 Web of Science -------------------------------------------------------------------------------------------------


def test_p14_files_put_together_without_ends_and_with_empty_tags() -> None:
    references, report = parsed(WOS + WOS.replace("One", "Three").replace("Two", "Four"))
    assert titles(references) == ["One", "Two", "Three", "Four"]
    assert report.problems == []
    references, report = parsed(WOS.replace("EF\n", "").replace("TI Two", "AB\nTI Two\nVL"))
    assert titles(references) == ["One", "Two"]
    zoological = (
        "FN X\nVR 1.0\nPT J\nAU Quux, Anna [a@x.example]\n   Fox, Bob\nTI One\nUT ZOOREC:ZOOR13700000001\nER\nEF\n"
    )
    assert only(zoological).people == [Person("Quux", "Anna"), Person("Fox", "Bob")]
    assert only(zoological).database == "Zoological Record"


# --- P15 MEDLINE --------------------------------------------------------------------------------------------------------


def test_p15_records_that_begin_with_other_tags() -> None:
    pmc = "PMC - PMC7000001\nTI  - One.\nDP  - 2019\nJT  - X\n\nPMC - PMC7000002\nPMID- 30000002\nTI  - Two.\nAB  - A\n\nB\n"
    eric = "OWN - ERIC\nTI  - Three\nOID - ED512345\nDP  - 2010\nISSN - ISSN-2049-3630\n\nOWN - ERIC\nTI  - Four\nOID - EJ512345\nJT  - Y\n"
    assert titles(parsed(pmc)[0]) == ["One", "Two"]
    assert titles(parsed(eric)[0]) == ["Three", "Four"]
    references, report = parsed(f"{pmc}\n{eric}")
    assert titles(references) == ["One", "Two", "Three", "Four"]
    assert [r.accession for r in references][2:] == ["ED512345", "EJ512345"]
    together = (
        "PMID-30000001\nTI  - One\nTI  - goes on.\nAB  - A.\nAB  - B.\nPMC - PMC7000001\n\nPMID-30000002\nTI  - Two.\n"
    )
    references, report = parsed(together)
    assert titles(references) == ["One goes on", "Two"]
    assert references[0].abstract == "A.\nB."
    assert (report.markers, report.read) == (2, 2)


def test_p15_parallel_names_are_one_person_each() -> None:
    reference = only(
        "PMID- 30000001\nTI  - One.\nFAU - Quux, Anna\nAU  - Quux A\nAUID- ORCID: https://orcid.org/0000000218250097\nFAU - Fox, Bob\n"
        "AU  - Fox B\nCN  - WINTER Study Group\nFED - Ito, Ren\nED  - Ito R\n"
    )
    assert reference.people == [
        Person("Quux", "Anna", orcid="0000-0002-1825-0097"), Person("Fox", "Bob"), Person(literal="WINTER Study Group"),
        Person("Ito", "Ren", role="editor"),
    ]  # fmt: skip


# --- P16 Refer and Ovid -------------------------------------------------------------------------------------------------


def test_p16_refer_without_its_first_tag() -> None:
    references, report = parsed(
        "%T One\n%A Quux, Anna\n%D 2001\n%0 Journal Article\n\n%0 Journal Article\n%T Two\n\n%T Three\n%D 2003\n"
    )
    assert titles(references) == ["One", "Two", "Three"]
    assert report.counted == report.markers == 3


def test_p16_ovid_with_blanks_before_tags_and_blank_lines_within() -> None:
    reference = only(
        "<1. >\n VN  - Ovid Technologies\n DB  - Ovid MEDLINE(R)\n UI  - 31234568\n TI  - Listening. [References]\n AU  - Quux, Anna\n"
        " IN  - University of Nowhere.\n\n   Elsewhere.\n SO  - Journal of Invented Care. 12(3):101-18, 2003 Feb 13.\n"
    )
    assert (reference.title, reference.pmid) == ("Listening", "31234568")
    assert (reference.journal, reference.volume, reference.issue, reference.pages, reference.year) == (
        "Journal of Invented Care", "12", "3", "101-118", 2003,
    )  # fmt: skip
    assert ("IN", "University of Nowhere.\nElsewhere.") in reference.raw_fields


# --- P17 Tables ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_p17_lines_above_the_headings(delimiter: str) -> None:
    rows = [["Search query"], ["'listening'/exp"], [""], ["Title", "Author Names", "Publication Year", "Medline PMID"],
            ["One", "Quux A., Fox B.C.", "2001", "31234567"]]  # fmt: skip
    quoted = "\n".join(delimiter.join(f'"{cell}"' for cell in row) for row in rows)
    reference = only(quoted)
    assert (reference.title, reference.year, reference.pmid) == ("One", 2001, "31234567")
    assert [p.display for p in reference.people] == ["Quux A", "Fox BC"]


@pytest.mark.parametrize(
    ("heading", "authors"),
    [
        ("Author(s)", "Quux, Anna; Fox, Bob"), ("Author Names", "Quux A., Fox B."), ("Authors, Primary", "Quux, Anna;Fox, Bob"),
        ("Authors", "Anna Quux and Bob Fox"), ("Authors", "A Quux, B Fox"),
    ],
)  # fmt: skip
def test_p17_headings_and_separators_of_every_tool(heading: str, authors: str) -> None:
    reference = only(f'"Title","{heading}","ISSN"\n"One","{authors}","=""20493630"""\n')
    assert [p.family for p in reference.people] == ["Quux", "Fox"]
    assert reference.issns == ["2049-3630"]


# --- P18 Placeholders and labels ----------------------------------------------------------------------------------------


def test_p18_placeholders_are_nothing_and_decisions_of_others_stay_notes() -> None:
    reference = only(
        ris(
            "AB  - NA",
            "VL  - nan",
            "AN  - rayyan-123456789",
            "N1  - ASReview_relevant",
            'N1  - RAYYAN-INCLUSION: {"Anna"=>"Included"}',
        )
    )
    assert (reference.abstract, reference.volume, reference.accession) == ("", "", "")
    assert reference.notes == ["ASReview_relevant", 'RAYYAN-INCLUSION: {"Anna"=>"Included"}']
    assert only(ris("AB  - [No abstract]")).abstract == ""
    assert reference.status == []


# --- P19 Damage ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [name for name in WHOLE if name not in ("csv", "medline", "refer", "ovid")])
def test_p19_a_cut_upload_keeps_its_tail_or_names_it(name: str) -> None:
    cut = WHOLE[name][: WHOLE[name].rindex("w") + 1]
    references, report = parsed(cut)
    assert len(references) + report.rejected == 2
    assert report.problems
    assert report.counted == report.markers == 2


def test_p19_marks_of_the_end_of_a_file_are_told() -> None:
    references, report = parsed(TWO_RIS.encode() + b"\x1a\x00")
    assert len(references) == 2
    assert causes(report) == ["NUL or end-of-file characters were left out (2)"]


@pytest.mark.parametrize(
    ("fields", "kind", "status"),
    [
        (("M3  - Conference Abstract",), "conference", []),
        (("M3  - Erratum",), "journal-article", ["erratum"]),
        (("PT  - Retracted Publication",), "journal-article", ["retracted"]),
        (("T1  - RETRACTED: Walking",), "journal-article", ["retracted"]),
        (("JF  - medRxiv",), "preprint", ["preprint"]),
    ],
)
def test_p19_conference_abstracts_retractions_errata_preprints(
    fields: tuple[str, ...], kind: str, status: list[str]
) -> None:
    text = ris(*fields)
    reference = only(text.replace("TI  - Listening\n", "") if "T1  - " in text else text)
    assert (reference.type, reference.status) == (kind, status)


def test_p19_embase_by_ovid_tells_meetings_inside_the_source() -> None:
    reference = only(
        "<1. >\nDB  - Embase\nUI  - 70000001\nTI  - Listening.\nAU  - Quux A.\nPT  - Conference Abstract\nSO  - Journal of Invented Care. "
        "Conference: 3rd Congress of Nothing, CON 2012 Turku Finland. Conference Publication: (var.pagings). 12 (pp S101), 2012. "
        "Date of Publication: March 2012.\n\n<2. >\nDB  - Embase\nTI  - Two.\nSO  - Trials. 21 (1) (no pagination), 2020. Article Number: 45.\n"
        .partition("\n<2. >")[0]
    )  # fmt: skip
    assert (reference.type, reference.journal, reference.volume, reference.pages) == (
        "conference",
        "Journal of Invented Care",
        "12",
        "S101",
    )
    other = only("<2. >\nDB  - Embase\nTI  - Two.\nSO  - Trials. 21 (1) (no pagination), 2020. Article Number: 45.\n")
    assert (other.journal, other.volume, other.issue, other.pages, other.article_no) == ("Trials", "21", "1", "", "45")


def test_nothing_read_is_never_a_success() -> None:
    """Zero references without an error is impossible."""
    for text in (
        "TY  - JOUR\nER  - \n",
        "Title,Authors\n",
        "<xml><records><record></record></records></xml>",
        '[{"title": ""}]',
    ):
        try:
            file = read(text.encode())
            references = list(file.references)
        except ValueError:
            continue
        assert references or file.report.problems
