"""MEDLINE text as PubMed, PMC and ERIC write it."""

import pytest

from screening.formats import Person
from tests.screening.formats.helpers import causes, only, parsed

TWO = """
PMID- 39000001
OWN - NLM
STAT- MEDLINE
IS  - 2049-3630 (Electronic)
IS  - 0317-8471 (Linking)
VI  - 12
IP  - 3
DP  - 2019 Mar-Apr
TI  - Listening circles for caregivers of people with dementia: a qualitative
      study.
PG  - 110-2
LID - S2049-3630(19)30059-X [pii]
LID - 10.1234/JIC.2019.0101 [doi]
AB  - BACKGROUND: Caregivers are seldom heard. METHODS: We held circles and
      listened.
CI  - Copyright (c) 2019 Nobody.
FAU - Aaltonen, Maija
AU  - Aaltonen M
AUID- ORCID: 0000000218250097
AD  - Department of Listening, Turku.
FAU - Brede, Jens-Ole
AU  - Brede JO
CN  - WINTER Walk Consortium
LA  - eng
SI  - ClinicalTrials.gov/NCT01234567
PT  - Journal Article
PT  - Retracted Publication
PL  - Finland
TA  - J Invent Care
JT  - Journal of invented care
MH  - *Caregivers/psychology
MH  - Humans
OT  - listening
PMC - PMC7000001
SO  - J Invent Care. 2019 Mar;12(3):110-2. doi: 10.1234/JIC.2019.0101.

PMID- 39000002
OWN - NLM
DP  - 2021
TI  - [Walking groups in winter].
LA  - cze
TT  - Zimní chůze.
JT  - Zimni pece
"""


def test_a_plain_file_is_read_whole() -> None:
    references, report = parsed(TWO)
    first, second = references
    assert report.format == "medline"
    assert first.title == "Listening circles for caregivers of people with dementia: a qualitative study"
    assert first.abstract == "BACKGROUND: Caregivers are seldom heard. METHODS: We held circles and listened."
    assert first.people == [
        Person("Aaltonen", "Maija", orcid="0000-0002-1825-0097"),
        Person("Brede", "Jens-Ole"),
        Person(literal="WINTER Walk Consortium"),
    ]
    assert (first.year, first.date_text, first.pages) == (2019, "2019 Mar-Apr", "110-112")
    assert (first.doi, first.pmid, first.pmcid) == ("10.1234/jic.2019.0101", "39000001", "PMC7000001")
    assert first.issns == ["2049-3630", "0317-8471"]
    assert first.keywords == ["Caregivers/psychology", "Humans", "listening"]
    assert (first.journal, first.journal_abbr) == ("Journal of invented care", "J Invent Care")
    assert (first.database, first.accession) == ("PubMed", "39000001")
    assert first.trial_ids == ["NCT01234567"]
    assert (first.type, first.status) == ("journal-article", ["retracted"])
    assert first.notes == ["Copyright (c) 2019 Nobody."]
    assert (second.title, second.title_original) == ("Walking groups in winter", "Zimní chůze")
    assert (report.markers, report.read, report.problems) == (2, 2, [])


def test_raw_text_and_fields_lose_nothing() -> None:
    references, _ = parsed(TWO)
    assert references[0].raw.strip() == TWO.strip().split("\n\n")[0]
    assert len(references[0].raw_fields) == sum(1 for line in references[0].raw.split("\n") if line[4:5] == "-")
    assert references[0].line == 2


MUTATIONS = {
    "crlf": lambda text: text.replace("\n", "\r\n").encode(),
    "cr only": lambda text: text.replace("\n", "\r").encode(),
    "byte order mark": lambda text: b"\xef\xbb\xbf" + text.strip().encode(),
    "no blank lines": lambda text: text.replace("\n\n", "\n").encode(),
    "no final line end": lambda text: text.rstrip().encode(),
    "blank line in the abstract": lambda text: text.replace("      listened.", "\n      listened.").encode(),
    "no blank after the dash": lambda text: text.replace("PMID- ", "PMID-").encode(),
    "utf-16": lambda text: text.encode("utf-16"),
}


@pytest.mark.parametrize("name", MUTATIONS)
def test_dialects_and_line_ends_change_nothing(name: str) -> None:
    expected, _ = parsed(TWO)
    references, report = parsed(MUTATIONS[name](TWO))
    assert [(r.title, r.abstract, r.people, r.pmid, r.keywords) for r in references] == [
        (r.title, r.abstract, r.people, r.pmid, r.keywords) for r in expected
    ]
    assert (report.format, report.read, report.markers) == ("medline", 2, 2)


def test_eric_begins_with_the_owner_and_has_no_pubmed_number() -> None:
    text = (
        "OWN - ERIC\nTI  - Peer groups at school\nAU  - Okafor, Ngozi A.\nOT  - Peer Groups\nJT  - Invented Schooling\n"
        "AID - http://dx.doi.org/10.1234/is.7\nOID - EJ1000001\nVI  - 21\nDP  - 2020\nISSN - ISSN-2049-3630\nPT  - Reports - Research\n"
    )
    references, report = parsed(f"\n{text}\n{text}")
    assert len(references) == 2
    assert report.counted == report.markers == 2
    first = references[0]
    assert (first.database, first.accession, first.pmid) == ("ERIC", "EJ1000001", "")
    assert first.doi == "10.1234/is.7"
    assert first.issns == ["2049-3630"]
    assert first.people == [Person("Okafor", "Ngozi A.")]


def test_pmc_records_begin_with_their_own_number() -> None:
    text = (
        "PMC - PMC7000001\nPMID- 39000001\nTI  - One\nJT  - A\n\nPMC - PMC7000002\nPMID- 39000002\nTI  - Two\nJT  - A\n"
    )
    references, _ = parsed(text)
    assert [(r.pmcid, r.pmid, r.title) for r in references] == [
        ("PMC7000001", "39000001", "One"),
        ("PMC7000002", "39000002", "Two"),
    ]


def test_repeated_titles_are_joined_and_old_abstracts_kept() -> None:
    reference = only("PMID- 39000001\nTI  - This title\nTI  - goes on\nAB  - Old.\nAB  - New.\n")
    assert reference.title == "This title goes on"
    assert reference.abstract == "Old.\nNew."


def test_lines_without_a_tag_are_kept_and_reported() -> None:
    references, report = parsed("PMID- 39000001\nSO  an invalid line\nTI  - Kept\n")
    assert references[0].title == "Kept"
    assert "SO  an invalid line" in references[0].raw
    assert [(p.line, p.cause) for p in report.problems] == [(2, "a line without a tag was added to the field above it")]
    assert causes(report) == [report.problems[0].cause]


def test_a_misnamed_extension_does_not_matter() -> None:
    assert parsed(TWO)[1].format == "medline"
    assert parsed(TWO, format="medline")[1].read == 2


def test_records_without_pmid_or_owner_are_counted_by_blank_lines() -> None:
    text = "PMCR- 1\nPMC - PMC7000001\nTI  - One\nTI  - more\n\nPMCR- 2\nTI  - Two\nJT  - J\n"
    references, report = parsed(text)
    assert [r.title for r in references] == ["One more", "Two"]
    assert (report.read, report.markers, report.problems) == (2, 2, [])


def test_what_was_retracted_is_known_by_the_notice_too() -> None:
    entry = "PMID- 30000001\nTI  - Walking groups\nJT  - Journal of Invented Care\nPT  - Journal Article\n{}\n"
    assert only(entry.format("RIN - J Invent Care. 2020;2:9. PMID: 30000002")).status == ["retracted"]
    assert only(entry.format("EFR - J Invent Care. 2020;2:9. PMID: 30000002")).status == ["erratum"]
    assert only(entry.format("ROF - J Invent Care. 2020;2:9. PMID: 30000002")).status == []
    assert only(entry.format("EIN - J Invent Care. 2020;2:9. PMID: 30000002")).status == []
    assert only(entry.format("PT  - Retracted Publication")).status == ["retracted"]
