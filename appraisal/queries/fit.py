"""Which instrument is meant for which study: by its conditions on what is settled of the study, or by a lead's word."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from appraisal.models import Instrument, MeantStudy
from appraisal.queries.attributes import AttributeColumn, study_attributes
from appraisal.rules import meant
from reviewapp.reviews.models import Review
from screening.models import Study
from screening.queries.included import included_studies


@dataclass(frozen=True)
class Fit:
    """Whether an instrument is meant for a study; None while what its conditions ask for is not settled."""

    meant: bool | None = True
    by_hand: bool = False


ALL = Fit()


@dataclass(frozen=True)
class Fits:
    """The word on every pair that is not simply meant."""

    found: Mapping[tuple[int, int], Fit]

    def of(self, instrument: Instrument, study: int) -> Fit:
        return self.found.get((instrument.pk, study), ALL)


def fits(review: Review, instruments: Sequence[Instrument]) -> Fits:
    """For the instruments named and all included studies; what is known of studies is asked only when a condition needs it."""
    found: dict[tuple[int, int], Fit] = {}
    conditional = [one for one in instruments if one.meant_for]
    if conditional:
        known = study_attributes(review)
        found = {
            (one.pk, study): Fit(meant(one.conditions, attributes.facts))
            for one in conditional
            for study, attributes in known.items()
        }
    said = MeantStudy.objects.filter(instrument__in=instruments, set_aside_at=None)
    found |= {(row.instrument_id, row.study_id): Fit(row.meant, by_hand=True) for row in said}
    return Fits(found)


@dataclass(frozen=True)
class Unclear:
    """A study for which none, or more than one, of the instruments is meant."""

    study: Study
    instruments: list[Instrument]
    unknown: list[Instrument]
    """Those whose conditions ask for what is not settled yet."""


def unclear_studies(review: Review, instruments: Sequence[Instrument], found: Fits) -> list[Unclear]:
    rows = []
    for study in included_studies(review):
        by_word: defaultdict[bool | None, list[Instrument]] = defaultdict(list)
        for one in instruments:
            by_word[found.of(one, study.pk).meant].append(one)
        if instruments and len(by_word[True]) != 1:
            rows.append(Unclear(study, by_word[True], by_word[None]))
    return rows


def conditions_in_words(instrument: Instrument, columns: Sequence[AttributeColumn]) -> str:
    """“Design says “phenomenolog” or “narrative”; and Country says “Kenya””; empty when it is meant for all."""
    labels = {column.key: column.label for column in columns}
    parts = [
        f"{labels.get(one.attribute, one.attribute)} says {' or '.join(f'“{word}”' for word in one.words)}"
        for one in instrument.conditions
    ]
    return "; and ".join(parts)
