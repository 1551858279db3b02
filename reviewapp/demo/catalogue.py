"""The works of the two demo reviews: the real included studies, hand-written neighbours, and simulated ones."""

import random
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from reviewapp.demo import grammar
from reviewapp.demo.works import (
    SIMULATED_KEYWORD,
    SIMULATED_NOTE,
    Author,
    Journal,
    Work,
    dice,
    journal_named,
    journals,
    load,
)

REAL_NOTE = (
    "Abstract and accession numbers simulated for the Tandem demo; title, authors and source are the published study's"
)
TITLE_NOTE = (
    "Title, abstract and accession numbers simulated for the Tandem demo; the review's reference list gives no title"
)
COCHRANE_ONLY = "C"
YEARS, YEAR_WEIGHTS = range(2014, 2025), (5, 6, 6, 7, 8, 9, 10, 11, 12, 12, 14)
DISGUISES = ("misprinted_pages", "other_doi", "years_ahead", "group_author")
DISGUISED = {"full": 11, "midway": 6}
DISGUISABLE = ("SW", "SN")
MIDWAY_WEIGHTS = {"peer_other_qual": 46, "peer_other_trial": 30, "other_survey": 34}
STATED = ("language", "title_original", "volume", "issue", "first_page", "last_page", "article_no", "doi", "pmid")
WITHOUT_PLACE = ("registration", "preprint")
SLOT_NAMES = (
    "topic",
    "worker",
    "outcome",
    "factor",
    "factor2",
    "drug",
    "intervention",
    "peer",
    "condition",
    "n",
    "nq",
    "pct",
    "pct2",
    "pct3",
)


def full_works() -> list[Work]:
    """The 945 works of the published review: 20 included, 16 excluded at full text, 909 at title and abstract."""
    fixed = [_real(row) for row in load("included")["works"]]
    fixed += [_written(row, f"hand:{row['id']}") for row in (*load("assessed"), *load("borderline"), *load("foreign"))]
    fixed += [work for pair in load("lookalikes")["full"] for work in lookalikes(pair)]
    weights = {name: rules["weight"] for name, rules in grammar.kinds().items() if rules["weight"]}
    return fixed + _simulated(fixed, "full", weights)


def midway_works() -> list[Work]:
    """The works of the second review, on peer support in long-term conditions; all are simulated."""
    fixed = [work for pair in load("lookalikes")["midway"] for work in lookalikes(pair)]
    return fixed + _simulated(fixed, "midway", MIDWAY_WEIGHTS)


def lookalikes(pair: Mapping[str, Any]) -> list[Work]:
    """Two works by the same people that a careless eye takes for one."""
    return [_written(row, f"pair:{pair['id']}") for row in pair["works"]]


def _real(row: Mapping[str, Any]) -> Work:
    """An included study: its facts as published, its abstract written for the demo."""
    journal = (
        journal_named(row["journal"]) if row["journal"] else Journal("Conference proceedings (venue not reported)", "")
    )
    first, _, last = (row["pages"] or "").partition("-")
    ranged = bool(last)
    return Work(
        id=row["id"],
        title=row["title"],
        authors=tuple(Author(family, given) for family, given in row["authors"]),
        journal=journal,
        year=row["year"],
        month=0,
        volume=row["volume"] or "",
        issue="",
        first_page=first if ranged else "",
        last_page=last,
        article_no="" if ranged else first,
        abstract=tuple((heading, text) for heading, text in row["abstract"]),
        keywords=("HIV", "peer group", "social support", "qualitative research", "abstract simulated"),
        databases=row["databases"],
        note=TITLE_NOTE if row.get("title_simulated") else REAL_NOTE,
        simulated=False,
        kind=row.get("type", "journal-article"),
        doi=row.get("doi", ""),
        pmid=_pmid(row["id"]),
        et_al=row["et_al"],
    )


def _written(row: Mapping[str, Any], authors_of: str) -> Work:
    """A simulated work whose title was written by hand; `authors_of` names the people it shares with its twin."""
    rng = dice("written", row.get("text_of", row["id"]))
    place = next(spot for spot in load("places") if spot["place"] == row["place"])
    stated = {"pop": row["population"][0], "people": row["population"][1]}
    stated |= {name: row[name] for name in SLOT_NAMES if name in row}
    slots = grammar.choose_slots(row["grammar"], rng, place, row["year"], stated)
    work = _compose(
        row["id"],
        row["title"],
        row["grammar"],
        slots,
        rng,
        place,
        row["databases"],
        row["year"],
        journal_named(row["journal"]),
        authors_of,
    )
    return _with_overrides(work, row)


def _with_overrides(work: Work, row: Mapping[str, Any]) -> Work:
    """The work with what its row states instead of what was drawn."""
    stated = {name: row[name] for name in STATED if name in row}
    if row.get("without_abstract"):
        stated["abstract"] = ()
    if row.get("article_no"):
        stated |= {"first_page": "", "last_page": ""}
    if row.get("type") in WITHOUT_PLACE:
        stated |= dict.fromkeys(("volume", "issue", "first_page", "last_page", "article_no"), "")
    return replace(work, kind=row.get("type", work.kind), **stated)


def _simulated(fixed: list[Work], scope: str, weights: Mapping[str, int]) -> list[Work]:
    """As many simulated works as the databases' holdings still ask for, no two titles alike."""
    seen = [grammar.content_words(work.title) for work in fixed]
    disguises = _disguises(scope)
    works: list[Work] = []
    for number, holding in enumerate(_holdings_left(fixed, scope), start=1):
        identifier = f"SIM-{number:04d}" if scope == "full" else f"SIM-M{number:03d}"
        disguise = next(disguises, "") if holding in DISGUISABLE else ""
        work = _draw(identifier, holding, weights, seen, disguise)
        seen.append(grammar.content_words(work.title))
        works.append(work)
    return works


def _disguises(scope: str) -> Iterator[str]:
    for number in range(DISGUISED[scope]):
        yield DISGUISES[number % len(DISGUISES)]


def _holdings_left(fixed: list[Work], scope: str) -> list[str]:
    """Which databases hold each work still to be made, in a fixed random order."""
    left = dict(load("searches")[scope]["holdings"])
    for work in fixed:
        left[work.databases] -= 1
    holdings = [holding for holding, number in left.items() for _ in range(number)]
    dice("holdings", scope).shuffle(holdings)
    return holdings


def _draw(identifier: str, holding: str, weights: Mapping[str, int], seen: list[frozenset[str]], disguise: str) -> Work:
    """A work that makes sense and whose title resembles none seen so far."""
    rng = dice("draw", identifier)
    year = rng.choices(YEARS, weights=YEAR_WEIGHTS)[0]
    while True:
        kind = _kind_for(holding, weights, rng)
        place = rng.choice(load("places"))
        slots = grammar.choose_slots(kind, rng, place, year)
        title = grammar.make_title(kind, slots, rng)
        words = grammar.content_words(title)
        if grammar.makes_sense(kind, slots) and len(words) >= 7 and not grammar.too_alike(words, seen):
            break
    work = _compose(
        identifier,
        title,
        kind,
        slots,
        rng,
        place,
        holding,
        year,
        _journal_for(kind, slots.get("pop", ""), rng),
        f"own:{identifier}",
    )
    if not disguise:
        return work
    return replace(work, disguise=disguise, doi=work.doi or _doi(identifier, year))


def _kind_for(holding: str, weights: Mapping[str, int], rng: random.Random) -> str:
    """Trials mostly where the Cochrane Library holds the work, registrations where nothing else does."""
    rules = grammar.kinds()
    if "C" in holding:
        weights = {name: rule["cochrane"] for name, rule in rules.items() if rule["cochrane"]}
        if holding != COCHRANE_ONLY:
            weights = {name: weight for name, weight in weights.items() if name != "registration"}
    return rng.choices(list(weights), weights=list(weights.values()))[0]


def _journal_for(kind: str, population: str, rng: random.Random) -> Journal:
    if kind == "registration":
        return Journal("https://clinicaltrials.gov", "https://clinicaltrials.gov", pages="none")
    topics = set(grammar.kinds()[kind]["topics"]) | grammar.topics_of(population)
    return rng.choice([journal for journal in journals() if topics & set(journal.topics)])


def _compose(
    identifier: str, title: str, kind: str, slots: grammar.Slots, rng: random.Random, place: Mapping[str, str],
    holding: str, year: int, journal: Journal, authors_of: str,
) -> Work:  # fmt: skip
    """A simulated work around its title."""
    first, last, number = _pages(journal, rng)
    return Work(
        id=identifier,
        title=title,
        authors=_people(place["culture"], authors_of),
        journal=journal,
        year=year,
        month=rng.randrange(1, 13),
        volume=str(year - journal.volume_base)
        if journal.volume_base
        else str(rng.randrange(21, 310))
        if journal.pages != "none"
        else "",
        issue=str(rng.randrange(1, 13)) if journal.pages in ("p", "e6", "e5") else "",
        first_page=first,
        last_page=last,
        article_no=number,
        abstract=grammar.make_abstract(kind, slots, rng),
        keywords=(*grammar.make_keywords(kind, slots, rng), SIMULATED_KEYWORD),
        databases=holding,
        note=SIMULATED_NOTE,
        kind=grammar.kinds()[kind]["type"],
        doi=_doi(identifier, year) if rng.random() < 0.93 and journal.pages != "none" else "",
        pmid=_pmid(identifier) if "P" in holding or rng.random() < 0.5 else "",
    )


def _people(culture: str, authors_of: str) -> tuple[Author, ...]:
    """Two to eight authors, most from where the study was done, some from elsewhere."""
    rng = dice("people", authors_of)
    names = load("names")
    found: dict[str, Author] = {}
    for _ in range(rng.choice((2, 3, 3, 4, 4, 5, 5, 6, 7, 8))):
        home = culture if rng.random() < 0.85 else rng.choice(sorted(names))
        family, given = rng.choice(names[home]["family"]), rng.choice(names[home]["given"])
        found.setdefault(family, Author(family, given))
    return tuple(found.values())


def _pages(journal: Journal, rng: random.Random) -> tuple[str, str, str]:
    """First page, last page, article number; which of them depends on how the journal numbers."""
    if journal.pages == "none":
        return "", "", ""
    if journal.pages == "p":
        first = rng.randrange(11, 1890)
        return str(first), str(first + rng.randrange(5, 17)), ""
    number = {
        "e": f"e0{rng.randrange(100000, 310000)}",
        "e6": f"e0{rng.randrange(10000, 90000)}",
        "e5": f"e{rng.randrange(11000, 59000)}",
    }
    return "", "", number.get(journal.pages, str(rng.randrange(31, 2900)))


def _doi(identifier: str, year: int) -> str:
    """A DOI under the prefix kept for examples, so that it leads nowhere."""
    return f"10.5555/tandem.{year}.{identifier.removeprefix('SIM-').lower()}"


def _pmid(identifier: str) -> str:
    """A number far beyond those PubMed has given out."""
    return str(90_000_000 + dice("pmid", identifier).randrange(9_999_999))
