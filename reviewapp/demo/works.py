"""What the demo's works consist of, and the word lists they are made from (`data/*.json`)."""

import json
import random
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent / "data"
SEED = "tandem-demo-1"
SIMULATED_NOTE = "Simulated for the Tandem demo"
SIMULATED_KEYWORD = "simulated record"


@dataclass(frozen=True, slots=True)
class Author:
    """One author; `given` may be full names or, where only those are known, initials."""

    family: str
    given: str

    @property
    def initials(self) -> str:
        if self.given.isupper():
            return self.given
        return "".join(part[0] for part in self.given.replace("-", " ").split())


@dataclass(frozen=True, slots=True)
class Journal:
    """A journal as indexes name it; `pages` says how it numbers: p ranges, e or n numbers of its own."""

    name: str
    abbr: str
    issn: str | None = None
    publisher: str = ""
    pages: str = "p"
    volume_base: int | None = None
    topics: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Work:
    """One report, of which the databases hold one or more references; `month` 0 is not known."""

    id: str
    title: str
    authors: tuple[Author, ...]
    journal: Journal
    year: int
    month: int
    volume: str
    issue: str
    first_page: str
    last_page: str
    article_no: str
    abstract: tuple[tuple[str, str], ...]
    keywords: tuple[str, ...]
    databases: str
    note: str
    simulated: bool = True
    kind: str = "journal-article"
    doi: str = ""
    pmid: str = ""
    language: str = "English"
    title_original: str = ""
    et_al: bool = False
    disguise: str = ""

    @property
    def number(self) -> str:
        """The part of the identifier that accession numbers are made of."""
        return self.id.removeprefix("SIM-")


def dice(*parts: object) -> random.Random:
    """A generator that depends on the seed and the given parts only, so that one work never changes another."""
    return random.Random(":".join(map(str, (SEED, *parts))))  # noqa: S311 - play, not secrecy


@cache
def load(name: str) -> Any:
    """The content of one data file."""
    return json.loads((DATA / f"{name}.json").read_text(encoding="utf-8"))


@cache
def journals() -> tuple[Journal, ...]:
    return tuple(Journal(**{**row, "topics": tuple(row["topics"])}) for row in load("journals"))


def journal_named(name: str) -> Journal:
    """The known journal of that name, or one we know nothing else about."""
    return next((journal for journal in journals() if journal.name == name), Journal(name, name))
