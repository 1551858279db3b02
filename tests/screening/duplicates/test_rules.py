"""What the engine says of pairs known to be hard. All references are invented."""

from dataclasses import replace

import pytest

from screening.duplicates import Entry, Outcome, compare, fingerprint
from tests.screening.duplicates.records import NAP, OTHER_TEXT, TEXT, changed, without


def verdict(a: Entry, b: Entry) -> Outcome:
    first, second = fingerprint(a), fingerprint(b)
    one, other = compare(first, second), compare(second, first)
    assert one.outcome is other.outcome, "the order within a pair must not matter"
    return one.outcome


SAME = {
    "typed by another database": changed(
        authors="BrandvoldI.OkonjoP.TessierL.",
        journal="J Occup Nurs Res",
        pages="412-21",
        issue="04",
        doi="https://doi.org/10.5555/JONR.2014.0412",
    ),
    "ahead of print, a year earlier": without("volume", "issue", "pages", "doi", year=2013),
    "ahead of print, pages from 1": without("volume", "issue", "doi", pages="1-10"),
    "a mark behind the title": without("abstract", title=NAP.title + " [Abstract]"),
    "two marks behind the title": without("doi", title=NAP.title + ". [Review] [39 refs]"),
    "a notice of an erratum behind the title": without(
        "doi", title=NAP.title + " [Erratum appears in J Occup Nurs Res. 2015;32(1):9]"
    ),
    "a cut title": without("doi", "abstract", title="Short naps and morning blood pressure of nurs"),
    "a title of one damaged word less": without(
        "doi", title="Short naps and morning blood presure of nurses on night shift: randomised trial"
    ),
    "no abstract, no DOI, spreadsheet's date for an issue": without("doi", "abstract", issue="04-Apr"),
    "a group in the place of authors": without("doi", authors=""),
    "print and electronic DOI": changed(doi="10.5555/e.jonr.31.4.412"),
    "several page ranges": without("doi", pages="410-411; 412-421"),
    "pages moved by two after print": without("doi", pages="414-423"),
    "a year in the place of the volume": without("doi", "pages", "issue", volume="2014"),
    "the day of the month for a page": without("doi", pages="17"),
    "a title in two languages": without(
        "doi", title=f"{NAP.title}. German Kurzschlaf und Blutdruck von Pflegenden in der Nacht"
    ),
    "the Greek letter lost": changed(
        replace(NAP, title="Inhibition of PKCepsilon after short naps lowers morning blood pressure in nurses"),
    ),
    "the journal's name in another language": without(
        "doi", journal="Tidsskrift for yrkessykepleie = Journal of occupational nursing research"
    ),
}


@pytest.mark.parametrize("other", SAME.values(), ids=SAME.keys())
def test_one_record_in_two_guises(other: Entry) -> None:
    original = replace(NAP, title=other.title.replace("PKCepsilon", "PKC")) if "PKC" in other.title else NAP
    assert verdict(original, other) is Outcome.DUPLICATE


CONGRESS = replace(
    NAP, journal="Sleep Meetings", volume="8", issue="Suppl 1", pages="S41", doi="10.5555/sm.8.s1", abstract=TEXT[:300]
)
EDITORIAL = Entry(
    key=1,
    title="Editorial",
    authors="Haldane, M",
    year=2011,
    journal="Gardens and Health",
    volume="5",
    issue="1",
    pages="1-2",
)
CHAPTER = Entry(key=1, title="Measuring blood pressure in the field by simple means", authors="Okonjo, P", year=2003,
                journal="Handbook of field methods", isbn="978-3-16-148410-0", pages="33-58")  # fmt: skip

APART = {
    "a congress abstract in two journals": (CONGRESS, changed(CONGRESS, journal="Annals of Hypertension", volume="44", pages="A118", doi="")),
    "abstract and report under one title and one DOI": (NAP, changed(CONGRESS, doi=NAP.doi, abstract=OTHER_TEXT)),
    "two abstracts of a supplement with one DOI": (
        CONGRESS,
        changed(CONGRESS, title="Quiet breaks and headache of nurses on night shift: a survey", abstract=OTHER_TEXT, pages="S42"),
    ),
    "part 1 and part 2": (
        replace(NAP, title="Sleep of nurses on night shift. Part 1: what is known", doi="", abstract=""),
        without("doi", "abstract", title="Sleep of nurses on night shift. Part 2: what is known", pages="422-430"),
    ),
    "parts in roman numbers in one issue": (
        replace(NAP, title="Sleep of nurses on night shift, part II", doi="", abstract=""),
        without("doi", "abstract", title="Sleep of nurses on night shift, part III", pages="422-430"),
    ),
    "a statement published in two journals": (NAP, changed(journal="Archives of Sleep", volume="12", issue="2", pages="77-86", doi="10.5555/as.12.77")),
    "editorials of successive issues": (EDITORIAL, changed(EDITORIAL, issue="2", pages="65-66")),
    "editorials of successive years": (EDITORIAL, changed(EDITORIAL, year=2012, volume="6")),
    "an erratum and its report": (NAP, changed(title=f"Erratum: {NAP.title}", pages="590", issue="5", abstract="")),
    "two errata": (
        replace(NAP, title=f"Erratum: {NAP.title}", pages="590", issue="5", abstract="", doi=""),
        without("abstract", "doi", title=f"Erratum: {NAP.title}", pages="733", issue="6"),
    ),
    "a reply on the same pages": (
        replace(NAP, title="Short naps of nurses on night shift", abstract="", doi="", pages="88-91"),
        without("abstract", "doi", title="Short naps of nurses on night shift: reply", pages="88-91"),
    ),
    "editions of a chapter": (CHAPTER, changed(CHAPTER, year=2009, isbn="978-0-306-40615-7", pages="41-70")),
    "editions of a chapter a year apart": (CHAPTER, changed(CHAPTER, year=2004, isbn="978-0-306-40615-7")),
    "women and men": (
        replace(NAP, title="Short naps and morning blood pressure of women on night shift", doi="", abstract=""),
        without("doi", "abstract", title="Short naps and morning blood pressure of men on night shift", pages="422-430"),
    ),
    "hypertension and hypotension": (
        replace(NAP, title="Short naps and morning hypertension of nurses on night shift", doi="", abstract=""),
        without("doi", "abstract", title="Short naps and morning hypotension of nurses on night shift", pages=""),
    ),
    "hepatitis A and hepatitis B": (
        replace(NAP, title="Vaccination of night nurses against hepatitis A in nine towns", doi="", abstract=""),
        without("doi", "abstract", title="Vaccination of night nurses against hepatitis B in nine towns", pages=""),
    ),
    "vitamin D and vitamin E": (
        replace(NAP, title="Vitamin D and the sleep of nurses on night shift", doi="", abstract=""),
        without("doi", "abstract", title="Vitamin E and the sleep of nurses on night shift", pages=""),
    ),
    "different PubMed numbers": (replace(NAP, pmid="24100001"), changed(pmid="24100002")),
    "neighbours in one journal": (replace(NAP, doi=""), without("doi", title="Quiet breaks and headache of nurses", pages="422-430", abstract=OTHER_TEXT)),
    "a journal and its daughter": (
        replace(NAP, journal="Sleep", doi="", abstract="", issue="", pages=""),
        without("doi", "abstract", "issue", "pages", journal="Sleep Medicine Reviews", volume=""),
    ),
    "a congress abstract and, a year later, the report in the same journal": (
        replace(CONGRESS, doi=""),
        changed(CONGRESS, journal=CONGRESS.journal, year=2015, volume="9", issue="3", pages="201-209", doi=""),
    ),
    "nothing but a title and its authors": (
        replace(NAP, doi="", abstract="", journal="", volume="", issue="", pages=""),
        without("doi", "abstract", "journal", "volume", "issue", "pages"),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("first", "second"), APART.values(), ids=APART.keys())
def test_two_records_that_look_like_one(first: Entry, second: Entry) -> None:
    assert verdict(first, second) is not Outcome.DUPLICATE


COCHRANE = replace(NAP, title="Naps for people who work at night", journal="Cochrane Database of Systematic Reviews", volume="", issue="3",
                   pages="CD009999", doi="10.1002/14651858.CD009999.pub2")  # fmt: skip
RELATED = {
    "versions of a Cochrane review": (COCHRANE, changed(COCHRANE, issue="7", year=2017, doi="10.1002/14651858.CD009999.pub3")),
    "versions of a Cochrane review in one year": (COCHRANE, changed(COCHRANE, issue="7", doi="10.1002/14651858.CD009999.pub3")),
    "registration and report": (
        NAP,
        changed(journal="ClinicalTrials.gov", volume="", issue="", pages="NCT01234567", doi="", abstract=""),
    ),
    "a registration found by the number in the title": (
        replace(NAP, trial_ids=("NCT01234567",)),
        Entry(key=2, title="Naps at work (NCT01234567)", journal="ClinicalTrials.gov", year=2012),
    ),
    "preprint and report": (NAP, changed(journal="medRxiv", volume="", issue="", pages="", doi="10.1101/2014.02.03.14000001")),
    "preprint and report that share their year and DOI's text": (NAP, changed(journal="Research Square", doi="10.21203/rs.3.rs-1111/v1", pages="")),
    "versions of a preprint": (
        replace(NAP, journal="Research Square", doi="10.21203/rs.3.rs-1111/v1"),
        changed(journal="Research Square", doi="10.21203/rs.3.rs-1111/v2"),
    ),
    "a text in two journals": (NAP, changed(journal="Archives of Sleep", volume="12", issue="2", pages="77-86", doi="10.5555/as.12.77")),
    "an erratum": (NAP, changed(title=f"Erratum to: {NAP.title}", pages="590", issue="5", doi="10.5555/jonr.2014.0590")),
}  # fmt: skip


@pytest.mark.parametrize(("first", "second"), RELATED.values(), ids=RELATED.keys())
def test_related_never_merged(first: Entry, second: Entry) -> None:
    assert verdict(first, second) is Outcome.RELATED


def test_a_journal_of_cold_spring_harbor_is_no_preprint() -> None:
    assert verdict(replace(NAP, doi="10.1101/lm.032052.113"), without("doi")) is Outcome.DUPLICATE


def test_a_translated_title_at_the_same_place_is_left_to_people() -> None:
    translated = without("doi", title="Kurzschlaf und morgendlicher Blutdruck bei Pflegenden im Nachtdienst")
    assert verdict(NAP, translated) is Outcome.UNCERTAIN


def test_a_verdict_names_its_evidence_and_what_speaks_against() -> None:
    found = compare(fingerprint(NAP), fingerprint(without("abstract")))
    assert {"titles identical", "same DOI", "pages agree", "volume agrees", "same year"} <= set(found.evidence)
    against = compare(
        fingerprint(NAP), fingerprint(changed(CONGRESS, journal=NAP.journal, doi="", volume="31", pages="900"))
    )
    assert any("pages" in veto for veto in against.vetoes)
    assert 0 <= against.likelihood < found.likelihood <= 1


def test_a_pair_with_nothing_in_common_is_different() -> None:
    garden = Entry(
        key=2,
        title="What gardeners eat: diaries of nine towns",
        abstract=OTHER_TEXT,
        authors=["Haldane, M"],
        year=2014,
        journal="Gardens",
    )
    assert verdict(NAP, garden) is Outcome.DIFFERENT


def test_empty_entries_are_not_duplicates_of_each_other() -> None:
    assert verdict(Entry(key=1), Entry(key=2)) is Outcome.DIFFERENT
