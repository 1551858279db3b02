"""Pairs of kinds that reviews meet and that no labelled set need hold. All references are invented."""

from dataclasses import replace

import pytest

from screening.duplicates import Entry, Outcome, find_duplicates
from tests.screening.duplicates.records import NAP, OTHER_TEXT, TEXT, changed, without
from tests.screening.duplicates.test_rules import EDITORIAL, verdict

BARE = replace(NAP, doi="", abstract="")
REGISTRATION = Entry(key=1, title="Naps of thirty minutes in nurses on night shift", journal="ClinicalTrials.gov", year=2012,
                     url="https://clinicaltrials.gov/show/NCT01234567")  # fmt: skip
REPLY = replace(BARE, title=f"Authors' reply: {NAP.title}", pages="88")
CHINESE = Entry(key=1, title="夜班护士短时午睡对清晨血压影响的随机对照研究", authors=["李明", "王芳"], year=2015, journal="中华护理杂志",
                volume="50", issue="4", pages="412-416")  # fmt: skip
RUSSIAN = Entry(key=1, title="Влияние короткого сна на утреннее давление медсестёр ночной смены", authors=["Иванова А.А.", "Петров Б.В."], year=2011,
                journal="Гигиена труда", volume="12", issue="3", pages="44-49")  # fmt: skip
BOOK = Entry(
    key=1,
    title="Sleep and work at night: a handbook for wards",
    authors="Okonjo, P",
    year=2003,
    isbn="978-3-16-148410-0",
)

APART = {
    "an editorial on the same page of the next issue": (EDITORIAL, changed(EDITORIAL, issue="2")),
    "a column under a long name on the same page of the next issue": (
        replace(EDITORIAL, title="News from the society and from its members", pages="3"),
        changed(EDITORIAL, title="News from the society and from its members", pages="3", issue="2"),
    ),
    "an editorial of a year later on the same page, no volume": (
        replace(EDITORIAL, volume=""),
        changed(EDITORIAL, volume="", year=2012),
    ),
    "yearly guidelines that begin on one page": (
        replace(BARE, title="Standards of care for people who work at night", volume="", issue="", pages="S11-S60"),
        changed(BARE, title="Standards of care for people who work at night", volume="", issue="", pages="S11-S63", year=2015),
    ),
    "two replies to two letters in one issue": (REPLY, changed(REPLY, pages="89")),
    "two registrations under one title": (REGISTRATION, changed(REGISTRATION, url="https://clinicaltrials.gov/show/NCT07654321")),
    "a protocol and its trial in one journal and year": (
        BARE,
        changed(BARE, title=f"{NAP.title}: study protocol", volume="", issue="", pages=""),
    ),
    "a summary of a guideline": (
        replace(BARE, title="Guideline on work at night and on the health of those who do it in hospitals and care homes"),
        changed(BARE, title="Guideline on work at night and on the health of those who do it in hospitals and care homes: summary", pages=""),
    ),
    "a publisher's correction on the page after": (NAP, changed(title=f"Publisher Correction: {NAP.title}", pages="422", doi="", abstract="")),
    "an expression of concern": (BARE, changed(BARE, title=f"Expression of concern: {NAP.title}", pages="")),
    "a retraction notice": (NAP, changed(title=f"Retraction notice to: {NAP.title}", pages="700", issue="7", abstract="", doi="")),
    "a comment named at the end": (BARE, changed(BARE, title=f"{NAP.title}. A comment", pages="")),
    "two abstracts of one team on one page": (
        replace(BARE, title="Effects of night work on mood", pages="A118", abstract=TEXT),
        changed(BARE, title="Effects of night work on mood and sleep", pages="A118", abstract=OTHER_TEXT),
    ),
    "titles in Chinese that differ in one sign": (
        replace(CHINESE, title="夜班男性护士短时午睡对清晨血压影响的研究", pages=""),
        changed(CHINESE, title="夜班女性护士短时午睡对清晨血压影响的研究", pages=""),
    ),
    "parts in Russian": (
        replace(RUSSIAN, title=f"{RUSSIAN.title}. Сообщение 1", pages=""),
        changed(RUSSIAN, title=f"{RUSSIAN.title}. Сообщение 2", pages=""),
    ),
    "hommes et femmes": (
        replace(BARE, title="Sieste et tension artérielle chez les hommes du service de nuit", pages=""),
        changed(BARE, title="Sieste et tension artérielle chez les femmes du service de nuit", pages=""),
    ),
    "Teil 1 und Teil 2": (
        replace(BARE, title="Kurzschlaf und Blutdruck im Nachtdienst. Teil 1", pages=""),
        changed(BARE, title="Kurzschlaf und Blutdruck im Nachtdienst. Teil 2", pages=""),
    ),
    "editions of a book a year apart": (replace(BOOK, isbn=""), changed(BOOK, isbn="", year=2004)),
    "a chapter without authors in two books": (
        Entry(key=1, title="Introduction", year=2003, journal="Handbook of field methods", pages="1-10"),
        Entry(key=2, title="Introduction", year=2003, journal="Atlas of night work", pages="1-10"),
    ),
    "nothing but one title and one year": (Entry(key=1, title=NAP.title, year=2014), Entry(key=2, title=NAP.title, year=2014)),
    "one title and year, authors of whom none is shared": (
        without("doi", "abstract", "pages", "issue", "volume"),
        without("doi", "abstract", "pages", "issue", "volume", authors=["Haldane, M", "Quist, O"]),
    ),
    "initials for names, and only the year and title agree": (
        Entry(key=1, title="Depression in the aged", authors="J. S.", year=1988, journal="Gardens"),
        Entry(key=2, title="Depression in the aged", authors="J. S.", year=1988, journal="Annals of Sleep"),
    ),
    "numbered case reports": (
        replace(BARE, title="Case records of the harbour hospital. Case 12-2014", pages="300"),
        changed(BARE, title="Case records of the harbour hospital. Case 13-2014", pages="300"),
    ),
    "follow-up of another length": (
        replace(BARE, title=f"{NAP.title}: one-year results", pages=""),
        changed(BARE, title=f"{NAP.title}: five-year results", pages=""),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("first", "second"), APART.values(), ids=APART.keys())
def test_not_linked(first: Entry, second: Entry) -> None:
    assert verdict(first, second) is not Outcome.DUPLICATE


SAME = {
    "one Chinese report in two databases": (CHINESE, changed(CHINESE, issue="04", pages="412-6", authors=["李明"])),
    "one Russian report, its letters decomposed": (
        RUSSIAN,
        changed(RUSSIAN, title="Влияние короткого сна на утреннее давление медсестёр ночной смены.", pages="44-9"),
    ),
    "a retracted report and its earlier entry": (NAP, changed(title=f"RETRACTED: {NAP.title}")),
    "the page in print and the number of the BMJ": (
        replace(BARE, journal="BMJ", volume="349", issue="", pages="412-415"),
        changed(BARE, journal="BMJ (Clinical research ed.)", volume="349", issue="", pages="g2412"),
    ),
    "given names taken for family names": (NAP, changed(authors=["Ingrid, B", "Peter, O", "Lucie, T"], pages="", volume="", issue="")),
    "no authors and no year": (without("authors", "year", "doi", "abstract"), without("authors", "year", "doi", "abstract", key=3)),
    "no authors, no DOI": (without("authors", "doi"), without("authors", "doi", key=3)),
    "initials and full names": (NAP, changed(authors=["I Brandvold", "P Okonjo", "L Tessier"], doi="")),
    "a title cut at a raised number": (
        replace(NAP, title="Reduced 5-HT1A and GABAB function in nurses after night shift", doi=""),
        without("doi", title="Reduced 5-"),
    ),
    "an Ovid line without a name": (
        NAP,
        without("doi", "volume", "issue", "pages", journal="31 (4) (pp 412-421) 2014.Date of Publication: 2014."),
    ),
    "a transliterated name of the journal": (
        replace(NAP, journal="Zhurnal gigieny truda", doi="", volume=""),
        without("doi", journal="Tsaitschrift hihijeny prazi"),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("first", "second"), SAME.values(), ids=SAME.keys())
def test_linked(first: Entry, second: Entry) -> None:
    assert verdict(first, second) is Outcome.DUPLICATE


def test_an_entry_that_fits_two_reports_equally_is_left_to_people() -> None:
    congress = replace(NAP, key=2, pages="S12", issue="Suppl 1", doi="10.5555/jonr.s12", abstract=TEXT[:200])
    result = find_duplicates([NAP, congress, without("doi", "pages", "issue", "volume", key=3)])
    assert result.groups == []
    assert {frozenset(pair[:2]) for pair in result.uncertain} == {frozenset((1, 3)), frozenset((2, 3))}


def test_a_translation_over_the_same_pages_heads_the_queue() -> None:
    translated = without("doi", title="Kurzschlaf und morgendlicher Blutdruck bei Pflegenden im Nachtdienst")
    result = find_duplicates([NAP, translated])
    assert [round(v.likelihood, 1) >= 0.9 for _, _, v in result.uncertain] == [True]
