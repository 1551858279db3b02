"""What the writers share."""

from __future__ import annotations

import re

from screening.formats.base import ParsedReference, Person

_ENDS = re.compile(r"[\r\n\u2028\u2029\x0b\x0c]+")


def paragraphs(value: str) -> list[str]:
    """The value's lines without blank ones."""
    return [part.strip() for part in _ENDS.split(value) if part.strip()]


def missing_trials(reference: ParsedReference) -> list[str]:
    """Registration numbers that no other field of ours says."""
    said = " ".join((reference.title, reference.abstract, reference.accession, *reference.notes, *reference.urls))
    return [number for number in reference.trial_ids if number not in said]


def inverted(person: Person) -> str:
    """`Family, Given`; a literal name as it is, a family name alone with its comma."""
    return person.literal or (f"{person.family}, {person.given}" if person.given else f"{person.family},")


def in_role(reference: ParsedReference, role: str) -> list[Person]:
    return [person for person in reference.people if person.role == role]


def date_of_publication(reference: ParsedReference) -> str:
    """The text of the date when it names the year, or the year."""
    year = str(reference.year or "")
    return reference.date_text if year in reference.date_text else year


def type_words(reference: ParsedReference) -> str:
    """The words by which a reader tells preprints and registrations, for which most formats have no type, and the status."""
    kind = {"preprint": "Preprint", "registration": "Trial registration"}.get(reference.type, "")
    return "; ".join(filter(None, (kind, *status_words(reference))))


def status_words(reference: ParsedReference) -> list[str]:
    """PubMed's types for what was retracted and for errata; that something is a preprint its type says."""
    return [words for status, words in _STATUS_WORDS.items() if status in reference.status]


_STATUS_WORDS = {"retracted": "Retracted Publication", "erratum": "Published Erratum"}


def orcids(reference: ParsedReference) -> list[tuple[str, str]]:
    """The people who have an ORCID iD, by name."""
    return [(inverted(person), person.orcid) for person in reference.people if person.orcid]
