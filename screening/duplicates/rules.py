"""When two entries are one record. A rule needs agreement from independent fields; a veto outweighs every rule."""

import math
from dataclasses import dataclass
from enum import IntEnum

from rapidfuzz import fuzz

from screening.duplicates import normalise
from screening.duplicates.entries import Fingerprint, Kind, Outcome, Verdict
from screening.duplicates.titles import (
    DOCUMENT_WORDS,
    GENERIC_LETTERS,
    HEAD_WORDS,
    Likeness,
    TitleMatch,
    compare_titles,
)

LONG_TITLE = 40  # letters
HEADING_LETTERS = 14  # "Editorial" and "Book reviews" are headings
TRANSLATED = 0.9  # the place in people's queue of another title over the same pages
EARLY_PAGE = 20
NEARLY_EQUAL = 98  # percent of a title's letters
MANY_AUTHORS = 30  # beyond that, spelling is not compared name by name


class Agreement(IntEnum):
    """What a field says: the two differ, nothing, the two agree."""

    DIFFERS = -1
    SILENT = 0
    AGREES = 1


DIFFERS, SILENT, AGREES = Agreement.DIFFERS, Agreement.SILENT, Agreement.AGREES


@dataclass(slots=True)
class Comparison:
    """Field by field, how two entries compare."""

    title: TitleMatch
    authors: Agreement
    every_author: bool
    journal: Agreement
    volume: Agreement
    issue: Agreement
    pages: Agreement
    overlap: bool
    doi: Agreement
    pmid: Agreement
    isbn: Agreement
    abstract: Agreement
    years_apart: int | None
    generic: bool
    same_range: bool
    same_series: bool
    theses: bool
    notices: bool
    registrations: Agreement
    early: bool

    @property
    def place(self) -> bool:
        """Same start page, and the volume or the year and journal with it."""
        if self.pages is not AGREES or self.volume is DIFFERS or self.journal is DIFFERS:
            return False
        if self.volume is AGREES:
            return True
        # Yearly guidelines may begin on one page in successive years: a year between needs a second witness.
        near = self.years_apart == 0 or (self.years_apart == 1 and AGREES in (self.doi, self.pmid, self.abstract))
        return self.journal is AGREES and near

    @property
    def exact_place(self) -> bool:
        """The very same pages, three or more, of the same volume: no journal prints two reports there."""
        return self.same_range and self.volume is AGREES and self.near_in_time and self.issue_or_text

    @property
    def issue_or_text(self) -> bool:
        return self.issue is not DIFFERS or self.abstract is AGREES or self.title.likeness is Likeness.SAME

    @property
    def sure_place(self) -> bool:
        """A place confirmed by a second witness."""
        return self.exact_place or (self.place and (self.doi is AGREES or self.abstract is AGREES))

    @property
    def told_by_all_else(self) -> bool:
        """Title, people, text, journal, volume and issue agree, and no page speaks against it."""
        fields = (self.authors, self.abstract, self.journal, self.volume, self.issue)
        return (
            self.title.likeness is Likeness.SAME
            and all(field is AGREES for field in fields)
            and self.pages is not DIFFERS
        )

    @property
    def one_report(self) -> bool:
        """The same people print one title and text once a year in one journal; numbers of the place that differ are an error."""
        people = self.authors is AGREES and self.every_author
        year = self.journal is AGREES and self.years_apart == 0 and self.doi is not DIFFERS
        title = (
            self.title.likeness is Likeness.SAME
            and self.title.percent >= NEARLY_EQUAL
            and self.title.letters >= LONG_TITLE
        )
        return (
            people
            and year
            and title
            and not self.notices
            and (self._text_and_place if self.abstract is AGREES else self._title_and_issue)
        )

    @property
    def _text_and_place(self) -> bool:
        """With equal texts one of the numbers may differ: the pages, within one series of pages, or the volume."""
        if self.issue is DIFFERS:
            return False
        if self.volume is DIFFERS:
            return self.pages is AGREES or (self.issue is AGREES and self.pages is SILENT)
        return self.issue is AGREES or (self.volume is AGREES and (self.pages is not DIFFERS or self.same_series))

    @property
    def _title_and_issue(self) -> bool:
        return self.abstract is SILENT and self.volume is AGREES and self.issue is AGREES and self.title.percent == 100

    @property
    def other_text(self) -> bool:
        """Like titles over unlike abstracts, as on one page of a congress supplement."""
        known = self.exact_place or AGREES in (self.doi, self.pmid)
        return self.abstract is DIFFERS and self.title.percent < NEARLY_EQUAL and not known

    @property
    def same_page_of_another_issue(self) -> bool:
        """A column may stand on the same early page of every issue under one title."""
        known = AGREES in (self.doi, self.pmid, self.abstract) or (self.same_range and not self.generic)
        return self.issue is DIFFERS and self.pages is AGREES and self.early and not known

    @property
    def short_but_placed(self) -> bool:
        """A short title, not a heading, by the same people in the same issue."""
        fields = (self.authors, self.journal, self.issue)
        told = self.title.percent == 100 and self.years_apart == 0 and all(field is AGREES for field in fields)
        return (
            told and self.title.letters >= HEADING_LETTERS and DIFFERS not in (self.pages, self.abstract, self.volume)
        )

    @property
    def translated(self) -> bool:
        """Another title, as in another language, over the very same pages: likely one report, but for people to say."""
        told = self.exact_place and self.journal is AGREES and not self.title.firm
        return told and AGREES in (self.authors, self.abstract)

    @property
    def exact_text(self) -> bool:
        return self.exact_place and self.abstract is AGREES

    @property
    def same_everything_but_name(self) -> bool:
        """Title, people, text, issue and pages agree in one year; the journal's name may be another transliteration."""
        told = self.same_range and self.issue is AGREES and self.abstract is AGREES and self.years_apart == 0
        return (
            told and self.title.likeness is Likeness.SAME and self.every_author and not self.generic
        ) and self.volume is not DIFFERS

    @property
    def names_reversed(self) -> bool:
        """DOI, title, text and journal agree, so that the family names of one are the given names of the other."""
        fields = (self.doi, self.abstract, self.journal)
        return all(field is AGREES for field in fields) and self.title.likeness is Likeness.SAME and not self.generic

    @property
    def same_text(self) -> bool:
        """Title, people, text and identifier agree; only the numbers of the place may be damaged."""
        return (
            self.doi is AGREES
            and self.title.likeness is Likeness.SAME
            and self.authors is AGREES
            and self.abstract is AGREES
            and self.journal is not DIFFERS
            and not self.years_apart
        )

    @property
    def near_in_time(self) -> bool:
        return self.years_apart is None or self.years_apart <= 1


def equal(a: object, b: object) -> Agreement:
    if not a or not b:
        return SILENT
    return AGREES if a == b else DIFFERS


def meeting(a: frozenset[str], b: frozenset[str]) -> Agreement:
    if not a or not b:
        return SILENT
    return DIFFERS if a.isdisjoint(b) else AGREES


def shared_names(a: tuple[str, ...], b: tuple[str, ...]) -> int:
    """How many names of the shorter list the longer one has, spelling aside."""
    short, long = (a, b) if len(a) <= len(b) else (b, a)
    known = set(long)
    missing = [name for name in short if name not in known]
    found = len(short) - len(missing)
    if not missing or len(missing) > MANY_AUTHORS:
        return found
    rest = known.difference(short)
    return found + sum(any(same_name(name, other) for other in rest) for name in missing)


def compare_authors(a: tuple[str, ...], b: tuple[str, ...], shared: int) -> Agreement:
    """Agreement when half of the shorter list is found in the longer, contradiction when no name is."""
    if not a or not b:
        return SILENT
    if not shared:
        return DIFFERS
    return AGREES if shared * 2 >= min(len(a), len(b)) else SILENT


def same_name(a: str, b: str) -> bool:
    """Whether two squeezed family names are one, a double name or a typing error apart."""
    if a == b:
        return True
    if len(a) < 4 or len(b) < 4:
        return False
    return a.startswith(b) or b.startswith(a) or a.endswith(b) or b.endswith(a) or fuzz.ratio(a, b) >= 83


def compare_pages(a: tuple[tuple[str, str], ...], b: tuple[tuple[str, str], ...]) -> tuple[Agreement, bool]:
    """Whether a range starts on the same page, and whether ranges overlap without that."""
    if not a or not b:
        return SILENT, False
    if any(_same_start(x, y) for x in a for y in b):
        return AGREES, True
    overlap = any(_overlap(x, y) for x in a for y in b)
    if not overlap and (_is_number_in_journal(a[0]) != _is_number_in_journal(b[0]) or _is_day(a) != _is_day(b)):
        return SILENT, False
    return DIFFERS, overlap


def _is_day(pages: tuple[tuple[str, str], ...]) -> bool:
    """A lone bare number up to 31 may be the day of a date that an export put among the pages."""
    first, last = pages[0]
    return len(pages) == 1 and not last and first.isdigit() and int(first) <= 31


def _same_start(x: tuple[str, str], y: tuple[str, str]) -> bool:
    if x[0] == y[0]:
        return True
    bare_x, bare_y = x[0].lstrip("abcdefghijklmnopqrstuvwxyz"), y[0].lstrip("abcdefghijklmnopqrstuvwxyz")
    return bare_x == bare_y and (len(bare_x) == len(x[0]) or len(bare_y) == len(y[0])) and len(bare_x) > 1


def _is_number_in_journal(pages: tuple[str, str]) -> bool:
    """An electronic number such as e0123456 counts from elsewhere than page numbers do."""
    return pages[0].startswith("e") or (not pages[1] and len(pages[0]) >= 6)


def two_numbers_for_one_text(a: Fingerprint, b: Fingerprint) -> bool:
    """The BMJ counts an article twice: by its page in print and by a number such as b2393."""
    is_bmj = all(any(name[:1] == ("bmj",) or name[:3] == BRITISH for name in p.journal) for p in (a, b))
    return is_bmj and series(a.pages) != series(b.pages)


def _overlap(x: tuple[str, str], y: tuple[str, str]) -> bool:
    numbers = [page_number(page) for page in (x[0], x[1] or x[0], y[0], y[1] or y[0])]
    if None in numbers:
        return False
    first_x, last_x, first_y, last_y = (number or 0 for number in numbers)
    return first_x <= last_y and first_y <= last_x


def series(pages: tuple[tuple[str, str], ...]) -> str:
    """The letters of a page number: supplements count S1, S2, …"""
    return pages[0][0].strip("0123456789") if pages else ""


def page_number(page: str) -> int | None:
    digits = page.strip("abcdefghijklmnopqrstuvwxyz")
    return int(digits) if digits.isdigit() else None


def same_long_range(a: tuple[tuple[str, str], ...], b: tuple[tuple[str, str], ...]) -> bool:
    """Whether both start and end on the same pages, at least three pages in all."""
    if not a or not b or not _same_start(a[0], b[0]):
        return False
    ends = [page_number(page) for page in (a[0][0], a[0][1], b[0][1])]
    return None not in ends and ends[1] == ends[2] and (ends[1] or 0) - (ends[0] or 0) >= 2


def is_notice(p: Fingerprint) -> bool:
    """Whether a title heads a reply, a correction or the like, of which a journal prints several on one report."""
    return not DOCUMENT_WORDS.isdisjoint(p.words) or (bool(p.words) and p.words[0] in HEAD_WORDS)


def compare_volumes(a: Fingerprint, b: Fingerprint) -> Agreement:
    """Agreement of volumes; silent where one side holds the other's issue instead."""
    volumes = equal(a.volume, b.volume)
    if volumes is DIFFERS and (a.volume in bare(b.issue) or b.volume in bare(a.issue)):
        return SILENT
    if volumes is DIFFERS and (a.volume == str(a.year)) != (b.volume == str(b.year)):
        return SILENT  # a year in the place of the volume
    return volumes


def bare(issue: frozenset[str]) -> set[str]:
    return {number.lstrip("s") for number in issue}


def is_provisional(p: Fingerprint) -> bool:
    """Whether pages count from 1, as in a version ahead of print or an article with a number."""
    return bool(p.pages) and p.pages[0][0] == "1" and bool(p.pages[0][1])


def compare_abstracts(a: str, b: str) -> Agreement:
    """Agreement on the letters both have; a shorter abstract may be the beginning of the longer."""
    if len(a) < 60 or len(b) < 60:
        return SILENT
    common = min(len(a), len(b))
    percent = fuzz.ratio(a[:common], b[:common])
    if percent >= 88:
        return AGREES
    if common >= 200 and max(fuzz.partial_ratio(a[:120], b), fuzz.partial_ratio(b[:120], a)) >= 92:
        return AGREES
    return DIFFERS if percent < 60 else SILENT


def compare_fields(a: Fingerprint, b: Fingerprint, title: TitleMatch, pages: Agreement, overlap: bool) -> Comparison:
    """All fields of two fingerprints, given how titles and pages compare."""
    journal = normalise.same_journal(a.journal, b.journal)
    abstract = compare_abstracts(a.abstract, b.abstract)
    if (
        pages is DIFFERS
        and is_provisional(a) != is_provisional(b)
        and (abstract is AGREES or not (a.volume and b.volume))
    ):
        pages = SILENT
    shared = shared_names(a.authors, b.authors)
    return Comparison(
        title=title,
        authors=compare_authors(a.authors, b.authors, shared),
        every_author=shared == min(len(a.authors), len(b.authors)) and abs(len(a.authors) - len(b.authors)) <= 1,
        journal=SILENT if journal is None else AGREES if journal or a.issns & b.issns else DIFFERS,
        volume=compare_volumes(a, b),
        issue=meeting(a.issue, b.issue),
        pages=pages,
        overlap=overlap,
        doi=equal(a.doi, b.doi),
        pmid=equal(a.pmid, b.pmid),
        isbn=meeting(a.isbns, b.isbns),
        abstract=abstract,
        years_apart=abs(a.year - b.year) if a.year and b.year else None,
        generic=title.letters < GENERIC_LETTERS,
        same_range=same_long_range(a.pages, b.pages),
        same_series=series(a.pages) == series(b.pages),
        theses=a.kind is b.kind is Kind.THESIS,
        notices=is_notice(a) and is_notice(b),
        early=bool(a.pages) and (page_number(a.pages[0][0]) or 0) < EARLY_PAGE,
        registrations=meeting(a.trials, b.trials) if a.kind is b.kind is Kind.REGISTRATION else SILENT,
    )


def compare(a: Fingerprint, b: Fingerprint) -> Verdict:
    """The verdict on a pair; the same whichever of the two comes first."""
    title = compare_titles(a, b)
    pages, overlap = compare_pages(a.pages, b.pages)
    if pages is DIFFERS and two_numbers_for_one_text(a, b):
        pages = SILENT
    if hopeless(a, b, title, pages):
        return NOTHING_ALIKE
    c = compare_fields(a, b, title, pages, overlap)
    vetoes = tuple(vetoes_of(c))
    likelihood = likelihood_of(c)
    if relation := relation_of(a, b, c):
        return Verdict(Outcome.RELATED, tuple(evidence_of(c)), (relation, *vetoes), likelihood)
    if not vetoes and is_duplicate(c):
        return Verdict(Outcome.DUPLICATE, tuple(evidence_of(c)), (), max(likelihood, 0.95))
    if c.translated:
        return Verdict(Outcome.UNCERTAIN, tuple(evidence_of(c)), vetoes, max(likelihood, TRANSLATED))
    if likelihood < UNCERTAIN_FROM or len(vetoes) > 1:
        return Verdict(Outcome.DIFFERENT, (), vetoes, likelihood)
    return Verdict(Outcome.UNCERTAIN, tuple(evidence_of(c)), vetoes, likelihood)


BRITISH = ("british", "medical", "journal")
NOTHING_ALIKE = Verdict(Outcome.DIFFERENT, (), ("titles and pages differ",), 0.0)
UNCERTAIN_FROM = 0.5


def hopeless(a: Fingerprint, b: Fingerprint, title: TitleMatch, pages: Agreement) -> bool:
    """Whether nothing else needs a look: unlike titles on other pages, without a common trial."""
    return title.likeness is Likeness.UNLIKE and pages is not AGREES and a.trials.isdisjoint(b.trials)


def relation_of(a: Fingerprint, b: Fingerprint, c: Comparison) -> str:
    """Why two entries that tell of one study are not one record; "" when they may be one, or tell of different things."""
    same_trial = not a.trials.isdisjoint(b.trials)
    if not same_trial and (c.title.likeness < Likeness.CLOSE or c.authors is DIFFERS):
        return ""
    return relation_by_kind(a, b, c) or relation_by_place(c)


def relation_by_place(c: Comparison) -> str:
    """One text in two journals, or a text and the notice on it."""
    if c.title.firm and c.authors is AGREES and c.title.percent >= 80 and not c.sure_place:
        return f"a text and a notice on it ({c.title.clash})"
    told_twice = c.title.likeness is Likeness.SAME and c.authors is AGREES and not c.generic
    if (
        told_twice
        and c.journal is DIFFERS
        and c.doi is not AGREES
        and not c.theses
        and not same_place_in_another_name(c)
    ):
        return "published in two journals"
    return ""


def relation_by_kind(a: Fingerprint, b: Fingerprint, c: Comparison) -> str:
    """Forms of publication that differ, or versions of one form."""
    if a.kind is not b.kind:
        return f"{min(a.kind, b.kind)} and {max(a.kind, b.kind)}"
    if a.kind is Kind.COCHRANE and (c.doi is DIFFERS or (c.doi is SILENT and (c.years_apart or c.issue is DIFFERS))):
        return "versions of a Cochrane review"
    if a.kind is Kind.PREPRINT and c.doi is DIFFERS:
        return "versions of a preprint"
    return ""


def vetoes_of(c: Comparison) -> list[str]:
    """Contradictions that the agreement elsewhere does not outweigh."""
    found = []
    if c.title.clash and (c.title.firm or not c.sure_place):
        found.append(f"titles differ in: {c.title.clash}")
    if c.pmid is DIFFERS:
        found.append("different PubMed numbers")
    if c.isbn is DIFFERS:
        found.append("different ISBNs")
    if c.registrations is DIFFERS:
        found.append("different registration numbers")
    if c.other_text:
        found.append("titles and abstracts differ")
    if c.same_page_of_another_issue:
        found.append("the same page of another issue")
    if c.authors is DIFFERS and not (
        (c.sure_place and c.journal is AGREES and (c.title.likeness is Likeness.SAME or c.exact_text))
        or c.names_reversed
    ):
        found.append("no author in common")
    if c.years_apart and c.years_apart > 1 and not (c.place and (c.doi is AGREES or c.volume is AGREES)):
        found.append(f"{c.years_apart} years apart")
    if told_as_theses(c):
        return [*found, "a thesis entered twice"]
    return found if c.same_text or c.one_report else found + place_vetoes(c)


def told_as_theses(c: Comparison) -> bool:
    """A thesis and its entry in a volume of dissertation abstracts: whether these are one, people say."""
    return c.theses and c.authors is AGREES and c.title.likeness is Likeness.SAME and not c.generic


def place_vetoes(c: Comparison) -> list[str]:
    """Contradictions between the places of publication."""
    found = []
    if c.journal is DIFFERS and not same_place_in_another_name(c):
        found.append("different journals")
    if c.pages is DIFFERS and not c.overlap:
        found.append("pages apart")
    if c.volume is DIFFERS and c.pages is DIFFERS:
        found.append("volume and pages differ")
    if c.volume is DIFFERS and c.issue is DIFFERS:
        found.append("volume and issue differ")
    if c.doi is DIFFERS and not (c.place or c.told_by_all_else):
        found.append("different DOIs")
    if c.generic and not (
        c.place
        or c.exact_place
        or c.short_but_placed
        or (c.abstract is AGREES and c.journal is AGREES and c.volume is AGREES)
    ):
        found.append("a title many publications have")
    return found


def same_place_in_another_name(c: Comparison) -> bool:
    """A journal may have two names; its volume and pages are the same under both."""
    if c.authors is not AGREES:
        return False
    if c.exact_place and c.abstract is AGREES and c.issue is AGREES and c.title.likeness >= Likeness.CLOSE:
        return True
    if c.title.likeness < Likeness.PART:
        return False
    return (
        c.exact_place
        or c.same_everything_but_name
        or (c.doi is AGREES and c.pages is not DIFFERS)
        or (c.volume is AGREES and c.pages is AGREES and c.abstract is AGREES)
        or (c.volume is AGREES and c.issue is AGREES and c.abstract is AGREES and c.every_author and c.pages is SILENT)
    )


def is_duplicate(c: Comparison) -> bool:
    """Any of the rules, in a pair without a veto."""
    title, authors_agree = c.title.likeness, c.authors is AGREES
    if (c.doi is AGREES or c.pmid is AGREES) and title >= Likeness.PART:
        return True
    if c.place and title is Likeness.SAME:
        return True
    if (
        (c.exact_place or (c.place and c.title.letters >= GENERIC_LETTERS - 4))
        and title >= Likeness.CLOSE
        and authors_agree
    ):
        return True
    if c.exact_place and authors_agree and c.journal is AGREES and c.doi is AGREES:
        return True
    if title is Likeness.SAME and same_pages_unnamed(c):
        return True
    if c.one_report or (c.short_but_placed and c.doi is not DIFFERS):
        return True
    return title is Likeness.SAME and same_without_pages(c)


def same_pages_unnamed(c: Comparison) -> bool:
    """The same three or more pages in one year under one title by the same people, where journal or volume are told in part."""
    people = c.authors is AGREES and c.every_author
    named = c.journal is not DIFFERS or c.same_everything_but_name
    return c.same_range and people and named and c.years_apart == 0 and DIFFERS not in (c.volume, c.abstract)


def same_without_pages(c: Comparison) -> bool:
    """Enough beyond an equal title when the place is told in part only."""
    if not c.near_in_time or c.volume is DIFFERS:
        return False
    if c.issue is DIFFERS:
        return (
            c.abstract is AGREES
            and c.every_author
            and c.journal is AGREES
            and not c.years_apart
            and c.title.percent >= NEARLY_EQUAL
        )
    if c.abstract is AGREES and c.authors is AGREES:
        # Ahead of print and in print all authors stay; a congress abstract and the later text seldom have the same ones.
        return c.every_author or (c.volume is AGREES and not c.years_apart)
    if c.abstract is AGREES and c.authors is SILENT:
        return c.journal is AGREES and c.volume is AGREES
    if c.abstract is DIFFERS or c.authors is not AGREES or c.journal is not AGREES:
        return False
    return c.volume is AGREES or (c.every_author and not c.years_apart)


EVIDENCE = (
    ("doi", "same DOI", "different DOIs"),
    ("pmid", "same PubMed number", "different PubMed numbers"),
    ("authors", "authors agree", "no author in common"),
    ("journal", "journals agree", "journals differ"),
    ("volume", "volume agrees", "volumes differ"),
    ("issue", "issue agrees", "issues differ"),
    ("pages", "pages agree", "pages differ"),
    ("abstract", "abstracts agree", "abstracts differ"),
)


def evidence_of(c: Comparison) -> list[str]:
    """What speaks for and against, in words."""
    found = ["titles identical" if c.title.percent == 100 else f"titles agree {c.title.percent:.0f} %"]
    for name, agrees, differs in EVIDENCE:
        agreement = getattr(c, name)
        if agreement:
            found.append(agrees if agreement is AGREES else differs)
    if c.years_apart is not None:
        found.append("same year" if not c.years_apart else f"{c.years_apart} year(s) apart")
    return found


WEIGHTS = {"doi": (6.0, -3.0), "pmid": (6.0, -5.0), "authors": (2.0, -3.0), "journal": (1.0, -2.0), "volume": (1.5, -2.0),
           "issue": (0.5, -0.7), "pages": (2.5, -2.0), "abstract": (3.0, -2.0), "isbn": (1.0, -3.0)}  # fmt: skip


def likelihood_of(c: Comparison) -> float:
    """A rough order for people's queue, 0 to 1: the sum of weights chosen by hand, squeezed by the logistic curve."""
    total = -6.0 + (c.title.percent - 75) / 5 - (2.0 if c.title.clash else 0) - (2.0 if c.generic else 0)
    for name, (agrees, differs) in WEIGHTS.items():
        agreement = getattr(c, name)
        total += agrees if agreement is AGREES else differs if agreement is DIFFERS else 0.0
    total -= 0 if c.near_in_time else 1.5
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, total))))
