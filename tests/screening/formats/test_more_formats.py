"""The formats beyond RIS, MEDLINE and tables, in invented references."""

import json

import pytest

from screening.formats import Person
from screening.formats.writers import to_csl_json
from tests.screening.formats.helpers import TWO_RIS, only, parsed

WOS = """FN Invented Analytics Web of Science
VR 1.0
PT J
AU Aaltonen, M
   Brede, JO
AF Aaltonen, Maija
   Brede, Jens-Ole
CA WINTER Walk Consortium
TI Listening circles for caregivers:
   a qualitative study
SO JOURNAL OF INVENTED CARE
LA English
DT Article
DE caregivers; listening
   circles
AB Caregivers spoke of being heard.
SN 2049-3630
J9 J INVENT CARE
PD MAR
PY 2019
VL 12
IS 3
BP 101
EP 118
DI 10.1234/jic.2019.0101
UT WOS:000000000000001
CR Somebody, 2001, DOI 10.9999/other
ER

EF
FN Invented Analytics Web of Science
VR 1.0
PT C
AU Okafor, N
TI Walking groups in winter
PY 2021
UT WOS:000000000000002
ER

EF
"""


def test_web_of_science_also_after_two_files_were_put_together() -> None:
    references, report = parsed(WOS)
    first, second = references
    assert report.format == "wos"
    assert first.title == "Listening circles for caregivers: a qualitative study"
    assert first.people == [
        Person("Aaltonen", "Maija"),
        Person("Brede", "Jens-Ole"),
        Person(literal="WINTER Walk Consortium"),
    ]
    assert first.keywords == ["caregivers", "listening circles"]
    assert (first.doi, first.accession, first.database) == (
        "10.1234/jic.2019.0101",
        "WOS:000000000000001",
        "Web of Science",
    )
    assert (first.year, first.date_text, first.pages, first.issns) == (2019, "2019 MAR", "101-118", ["2049-3630"])
    assert (first.type, second.type) == ("journal-article", "conference")
    assert (report.read, report.markers, report.problems) == (2, 2, [])


def test_web_of_science_without_end_marks_or_file_marks() -> None:
    references, report = parsed(WOS[WOS.index("PT J") :].replace("ER\n", ""))
    assert [r.accession for r in references] == ["WOS:000000000000001", "WOS:000000000000002"]
    assert (report.repaired, report.markers) == (2, 2)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
def test_web_of_science_in_other_encodings(encoding: str) -> None:
    assert len(parsed(WOS.replace("\n", "\r\n").encode(encoding))[0]) == 2


def test_csl_json_as_we_write_it() -> None:
    expected, _ = parsed(TWO_RIS)
    references, report = parsed("".join(to_csl_json(expected)))
    assert report.format == "csl"
    assert report.read == report.markers == 2
    for name in ("title", "people", "year", "journal", "volume", "issue", "pages", "doi", "issns", "abstract", "type"):
        assert [getattr(r, name) for r in references] == [getattr(r, name) for r in expected], name
    assert json.loads(references[0].raw)["DOI"] == references[0].doi


def test_csl_json_that_was_cut_keeps_what_is_whole() -> None:
    whole = "".join(to_csl_json(parsed(TWO_RIS)[0]))
    references, report = parsed(whole[:-40])
    assert len(references) == 1
    assert (report.read, report.rejected, report.markers) == (1, 1, 2)
    assert [(p.line, p.severity) for p in report.problems] == [(3, "error")]


ENDNOTE = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE xml [<!ENTITY boom "boom">]>
<xml><records><record><database name="x.enl">x.enl</database><ref-type name="Journal Article">17</ref-type>
<contributors><authors><author><style face="normal">Aaltonen, Maija</style></author><author>Brede, J. O.</author></authors>
<secondary-authors><author>Ito, Ren</author></secondary-authors></contributors>
<titles><title><style face="normal">Listening &amp; </style><style face="italic">walking</style></title>
<secondary-title>Journal of Invented Care</secondary-title></titles><pages>110-2</pages><volume>12</volume><number>3</number>
<keywords><keyword>caregivers</keyword><keyword>snow</keyword></keywords><dates><year>2019</year></dates>
<isbn>2049-3630&#xD;0317-8471</isbn><accession-num>31234567</accession-num><abstract>Heard&nbsp;at last. &boom;</abstract>
<urls><related-urls><url>https://x.example/1</url></related-urls></urls>
<electronic-resource-num>10.1234/jic.1</electronic-resource-num></record>
<record><titles><title>Broken <b>markup & more</title></titles></record>
<record><titles><title at=>Beyond mending</title></titles></record>
<record><ref-type name="Thesis">32</ref-type><titles><title>Third</title></titles></record>
<record><titles><title>Cut off"""


def test_endnote_xml_reads_through_styles_mends_markup_and_rejects_only_what_is_beyond_it() -> None:
    references, report = parsed(ENDNOTE)
    first, broken, third, cut = references
    assert report.format == "endnote-xml"
    assert first.title == "Listening & walking"
    assert [p.display for p in first.people] == ["Aaltonen M", "Brede JO", "Ito R"]
    assert (first.journal, first.pages, first.volume, first.issue, first.year) == (
        "Journal of Invented Care",
        "110-112",
        "12",
        "3",
        2019,
    )
    assert (first.doi, first.pmid, first.issns) == ("10.1234/jic.1", "31234567", ["2049-3630", "0317-8471"])
    assert first.abstract == "Heard at last. &boom;"
    assert first.keywords == ["caregivers", "snow"]
    assert first.raw.startswith("<record><database")
    assert (third.title, third.type) == ("Third", "thesis")
    assert (broken.title, cut.title) == ("Broken markup & more", "Cut off")
    assert (report.read, report.repaired, report.rejected, report.markers) == (2, 2, 1, 5)
    assert [(p.line, p.severity) for p in report.problems] == [(12, "warning"), (13, "error"), (15, "warning")]


PUBMED = """<?xml version="1.0" ?>
<!DOCTYPE PubmedArticleSet PUBLIC "-//NLM//DTD" "https://dtd.example/pubmed.dtd">
<PubmedArticleSet><PubmedArticle><MedlineCitation><PMID>39000001</PMID><Article><Journal><ISSN>2049-3630</ISSN>
<JournalIssue><Volume>12</Volume><Issue>3</Issue><PubDate><Year>2019</Year><Month>Mar</Month></PubDate></JournalIssue>
<Title>Journal of invented care</Title><ISOAbbreviation>J Invent Care</ISOAbbreviation></Journal>
<ArticleTitle>Sound at H<sub>2</sub>O <mml:math><mml:mi>x</mml:mi></mml:math>.</ArticleTitle>
<Abstract><AbstractText Label="AIM">To hear.</AbstractText><AbstractText Label="END">Heard.</AbstractText></Abstract>
<AuthorList><Author><LastName>Aaltonen</LastName><ForeName>Maija</ForeName>
<Identifier Source="ORCID">0000-0002-1825-0097</Identifier></Author><Author><CollectiveName>WINTER Group</CollectiveName></Author>
</AuthorList><Pagination><MedlinePgn>110-2</MedlinePgn></Pagination><PublicationTypeList>
<PublicationType>Journal Article</PublicationType></PublicationTypeList></Article></MedlineCitation>
<PubmedData><ArticleIdList><ArticleId IdType="doi">10.1234/jic.1</ArticleId><ArticleId IdType="pmc">PMC7000001</ArticleId>
</ArticleIdList><ReferenceList><Reference><ArticleIdList><ArticleId IdType="doi">10.9999/other</ArticleId></ArticleIdList>
</Reference></ReferenceList></PubmedData></PubmedArticle></PubmedArticleSet>
"""


def test_pubmed_xml() -> None:
    reference = only(PUBMED)
    assert reference.title == "Sound at H2O x"
    assert reference.abstract == "AIM: To hear.\nEND: Heard."
    assert reference.people == [
        Person("Aaltonen", "Maija", orcid="0000-0002-1825-0097"),
        Person(literal="WINTER Group"),
    ]
    assert (reference.pmid, reference.doi, reference.pmcid) == ("39000001", "10.1234/jic.1", "PMC7000001")
    assert (reference.year, reference.date_text, reference.pages) == (2019, "2019 Mar", "110-112")


def test_an_entity_bomb_is_never_expanded() -> None:
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    text = f"{bomb}<xml><records><record><ref-type name='Book'>6</ref-type><titles><title>T &b;</title></titles></record></records></xml>"
    assert only(text).title == "T &b;"


OVID = """
 <1. >
 VN  - Ovid Technologies
 DB  - Ovid MEDLINE(R)
 UI  - 39000001
 TI  - Listening circles for caregivers. [References].
 AU  - Aaltonen, Maija
 AU  - Brede, Jens-Ole
 IN  - Aaltonen: Turku

       Brede: Kiel
 SO  - Journal of Invented Care. 12(3):110-2, 2019 Mar.
 IS  - 2049-3630
 AB  - Heard.

 <2. >
 TI  - Walking groups
"""


def test_ovid_tagged() -> None:
    references, report = parsed(OVID)
    first, second = references
    assert report.format == "ovid"
    assert (first.title, second.title) == ("Listening circles for caregivers", "Walking groups")
    assert (first.journal, first.volume, first.issue, first.pages, first.year) == (
        "Journal of Invented Care",
        "12",
        "3",
        "110-112",
        2019,
    )
    assert (first.pmid, first.issns) == ("39000001", ["2049-3630"])
    assert (report.read, report.markers) == (2, 2)


def test_affiliations_and_notices_of_retraction() -> None:
    web = only(
        "FN X\nVR 1.0\nPT J\nAU Berg, R\nTI Walking\nC1 [Berg, R] Univ Nowhere, Turku, Finland.\n   [Ito, R] Inst Invented, Oulu, Finland.\nER\nEF\n"
    )
    assert web.affiliations == [
        "[Berg, R] Univ Nowhere, Turku, Finland.",
        "[Ito, R] Inst Invented, Oulu, Finland.",
    ]
    xml = (
        "<PubmedArticleSet><PubmedArticle><MedlineCitation><PMID>30000001</PMID><Article><ArticleTitle>Walking</ArticleTitle>"
        "<AuthorList><Author><LastName>Berg</LastName><AffiliationInfo><Affiliation>University of Nowhere</Affiliation>"
        "</AffiliationInfo></Author></AuthorList></Article><CommentsCorrectionsList><CommentsCorrections RefType="
        '"RetractionIn"><RefSource>J Invent Care</RefSource></CommentsCorrections></CommentsCorrectionsList>'
        "</MedlineCitation></PubmedArticle></PubmedArticleSet>"
    )
    assert (only(xml).affiliations, only(xml).status) == (["University of Nowhere"], ["retracted"])
