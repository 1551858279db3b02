"""Refer, RefWorks, Ovid labelled, Cochrane Library text and EBSCO XML, in invented references."""

from screening.formats import Person
from tests.screening.formats.helpers import causes, parsed

REFER = """%0 Journal Article
%A Aaltonen, Maija
%A Brede, Jens-Ole
%T Listening circles for caregivers
%J Journal of Invented Care
%D 2019
%8 March 1
%V 12
%N 3
%P 101-118
%@ 2049-3630
%K caregivers
listening
%X First paragraph.

Second paragraph.
%R 10.1234/jic.2019.0101
%~ MEDLINE
%M 39000001

%T Walking groups in winter
%A Okafor, Ngozi
%D 2021
%0 Book
%E Ito, Ren
%I Nobody
%C Turku
"""


def test_refer_with_and_without_a_type_in_front() -> None:
    references, report = parsed(REFER)
    first, second = references
    assert report.format == "refer"
    assert (report.read, report.markers, report.problems) == (2, 2, [])
    assert first.people == [Person("Aaltonen", "Maija"), Person("Brede", "Jens-Ole")]
    assert (first.year, first.date_text, first.pages, first.issns) == (2019, "2019 March 1", "101-118", ["2049-3630"])
    assert (first.doi, first.pmid, first.database) == ("10.1234/jic.2019.0101", "39000001", "MEDLINE")
    assert first.keywords == ["caregivers", "listening"]
    assert first.abstract == "First paragraph.\nSecond paragraph."
    assert (second.title, second.type, second.place) == ("Walking groups in winter", "book", "Turku")
    assert second.people[1] == Person("Ito", "Ren", role="editor")


def test_refer_without_blank_lines_or_types() -> None:
    no_blanks, _ = parsed("%0 Book\n%T One\n%0 Book\n%T Two\n")
    no_types, report = parsed("%T One\n%A A, B\n\n%T Two\n%A C, D\n")
    assert [r.title for r in no_blanks] == [r.title for r in no_types] == ["One", "Two"]
    assert report.markers == 2


REFWORKS = """RT Journal Article
SR Electronic(1)
ID 271
A1 Aaltonen,Maija
A1 Brede,Jens-Ole
T1 Listening circles for caregivers: a
qualitative study
JF Journal of Invented Care
YR 2019
FD Mar
VO 12
IS 3
SP 101
OP 118
K1 caregivers
AB We listened.
IN the second line of the abstract.
SN 2049-3630
AN 39000001
DS PubMed
DO 10.1234/jic.2019.0101
OL English (30)

RT Book, Section
SR Electronic(1)
A1 Okafor,Ngozi
T1 Walking groups
T2 Winter: a handbook
A2 Ito,Ren
PB Nobody
"""


def test_refworks() -> None:
    references, report = parsed(REFWORKS)
    first, second = references
    assert report.format == "refworks"
    assert (report.read, report.markers, report.problems) == (2, 2, [])
    assert first.title == "Listening circles for caregivers: a qualitative study"
    assert first.abstract == "We listened.\nIN the second line of the abstract."
    assert (first.journal, first.volume, first.issue, first.pages) == ("Journal of Invented Care", "12", "3", "101-118")
    assert (first.year, first.date_text, first.pmid, first.doi) == (
        2019,
        "2019 Mar",
        "39000001",
        "10.1234/jic.2019.0101",
    )
    assert (second.type, second.journal) == ("chapter", "Winter: a handbook")
    assert second.people == [Person("Okafor", "Ngozi"), Person("Ito", "Ren", role="editor")]


OVID = """<1>
Score
  *****
Accession Number
  01445406-201509000-00006.
Author
  Aaltonen, Maija MD, PhD 1;  Brede, Jens-Ole RN *;  van Vugt, Arie 2
Institution
  (1) Nowhere University
Title
  Listening circles for caregivers.[Review]
Source
  Journal of Invented Care.   12(3):101-118, March 2019.
Abstract
  First paragraph.

  Second paragraph.
Author Keywords
  caregivers;  listening.
Language
  English.
ISSN
  2049-3630
DOI Number
  10.1234/jic.2019.0101
Link to the Ovid Full Text or citation
 http://ovid.example/link

<2>
Title
  Walking groups in winter.
Source
  Snow Studies. Vol.4(1), Jan 2021, pp. 7-9.
"""


def test_ovid_labelled() -> None:
    references, report = parsed(OVID)
    first, second = references
    assert report.format == "ovid-labelled"
    assert (report.read, report.markers, report.problems) == (2, 2, [])
    assert first.title == "Listening circles for caregivers"
    assert first.people == [Person("Aaltonen", "Maija"), Person("Brede", "Jens-Ole"), Person("van Vugt", "Arie")]
    assert (first.journal, first.volume, first.issue) == ("Journal of Invented Care", "12", "3")
    assert (first.pages, first.year, first.language) == ("101-118", 2019, "English")
    assert (first.doi, first.issns, first.urls) == (
        "10.1234/jic.2019.0101",
        ["2049-3630"],
        ["http://ovid.example/link"],
    )
    assert first.abstract == "First paragraph.\nSecond paragraph."
    assert first.keywords == ["caregivers", "listening"]
    assert (second.journal, second.volume, second.issue, second.pages, second.year) == (
        "Snow Studies",
        "4",
        "1",
        "7-9",
        2021,
    )


COCHRANE = """Record #1 of 2
ID: CN-00000001
AU: Aaltonen, M
AU: Brede, JO
TI: Listening circles for caregivers
SO: Journal of Invented Care, 2019, 12(3), 101‐118
YR: 2019
VL: 12
NO: 3
PG: 101‐118
PM: PUBMED PUBMED 39000001
XR: EMBASE 600000001
PT: Journal article
KY: Caregivers
KY: *Listening
DOI: 10.1234/jic.2019.0101
AB: BACKGROUND: We listened.
RESULTS: They spoke (NCT01234567).
US: https://cochrane.example/CN-00000001


Record #2 of 2
ID: CN-00000002
TI: Walking groups in winter
SO: https://clinicaltrials.gov/show/NCT07654321, 2021
YR: 2021
PT: Trial registry record
"""


def test_cochrane_library_text() -> None:
    references, report = parsed(COCHRANE)
    first, second = references
    assert report.format == "cochrane"
    assert (report.read, report.markers, report.problems) == (2, 2, [])
    assert [p.display for p in first.people] == ["Aaltonen M", "Brede JO"]
    assert (first.journal, first.volume, first.issue, first.pages) == ("Journal of Invented Care", "12", "3", "101-118")
    assert (first.pmid, first.doi, first.accession) == ("39000001", "10.1234/jic.2019.0101", "CN-00000001")
    assert first.database == "Cochrane Central Register of Controlled Trials"
    assert first.abstract == "BACKGROUND: We listened.\nRESULTS: They spoke (NCT01234567)."
    assert first.keywords == ["Caregivers", "Listening"]
    assert (second.type, second.trial_ids) == ("registration", ["NCT07654321"])


def test_cochrane_library_text_without_a_number_line() -> None:
    references, report = parsed(COCHRANE.replace("Record #2 of 2\n", ""))
    assert len(references) == 2
    assert (report.read, report.repaired, report.markers) == (1, 1, 2)
    assert causes(report) == ["the line with the record's number is missing"]


EBSCO = """<?xml version="1.0" encoding="UTF-8"?>
<records><rec resultID="1"><header shortDbName="c8h" uiTerm="100000001" longDbName="Invented CINAHL" uiTag="AN"><controlInfo>
<bkinfo/><jinfo><jid type="issn">20493630</jid><jtl>Journal of Invented Care</jtl><issn>20493630</issn></jinfo>
<pubinfo><dt year="2019" month="03" day="01">Mar2019</dt><vid>12</vid><iid>3</iid><pub>Nobody</pub></pubinfo>
<artinfo><ui>100000001</ui><ui type="doi">10.1234/jic.2019.0101</ui><ui type="pmid">39000001</ui><ui type="other">PMC7000001</ui>
<ppf>101</ppf><ppct>18</ppct><formats/><tig><atl>Listening circles &amp; caregivers.</atl></tig><aug><au>Aaltonen, Maija</au>
<au>Brede, Jens-Ole</au></aug><sug><subj type="major">Caregivers</subj><subj type="minor">Listening</subj></sug>
<ab>We listened.</ab><pubtype>Academic Journal</pubtype><doctype>journal article</doctype></artinfo><language>English</language>
</controlInfo></header><plink>https://ebsco.example/1</plink></rec>
<rec resultID="2"><header shortDbName="c8h" uiTerm="100000002" longDbName="Invented CINAHL" uiTag="AN"><controlInfo>
<dissinfo><disstl>x</disstl></dissinfo><artinfo><tig><atl>Walking gro"""


def test_ebsco_xml_also_when_it_is_cut() -> None:
    references, report = parsed(EBSCO)
    first, second = references
    assert report.format == "ebsco-xml"
    assert (report.read, report.repaired, report.markers) == (1, 1, 2)
    assert first.title == "Listening circles & caregivers"
    assert first.people == [Person("Aaltonen", "Maija"), Person("Brede", "Jens-Ole")]
    assert (first.journal, first.volume, first.issue, first.pages) == ("Journal of Invented Care", "12", "3", "101-118")
    assert (first.year, first.date_text, first.issns) == (2019, "Mar2019", ["2049-3630"])
    assert (first.doi, first.pmid, first.pmcid) == ("10.1234/jic.2019.0101", "39000001", "PMC7000001")
    assert (first.accession, first.database) == ("100000001", "Invented CINAHL")
    assert first.keywords == ["Caregivers", "Listening"]
    assert first.urls == ["https://ebsco.example/1"]
    assert (second.title, second.accession) == ("Walking gro", "100000002")
