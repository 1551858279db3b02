"""The numbers of a PRISMA 2020 flow diagram and the identities that must hold between them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import Literal

Count = int | None
Sources = Mapping[str, int]
Level = Literal["error", "warning"]

NOT_REPORTED = "not reported"


class Pending(StrEnum):
    """What still waits while a review is in progress: keys of `PrismaCounts.pending`."""

    SCREENING = "records_awaiting_screening"
    RETRIEVAL = "reports_awaiting_retrieval"
    ASSESSMENT = "reports_awaiting_assessment"
    OTHER_RETRIEVAL = "other_reports_awaiting_retrieval"
    OTHER_ASSESSMENT = "other_reports_awaiting_assessment"


@dataclass(frozen=True, slots=True, kw_only=True)
class PrismaCounts:
    """Counts named by the row keys of the PRISMA2020 R package; `None` means not reported, which is not zero.

    `records_screened` counts every record that entered screening, decided or not; `pending` says how many still wait.
    `dbr_excluded_reports` and `other_excluded_reports` are counted apart from the reasons, so that the two can be compared.
    `by_hand` says of numbers that people entered why; `without` names the layers that the figure leaves out.
    """

    database_results: Count = None
    database_specific_results: Sources = field(default_factory=dict)
    register_results: Count = None
    register_specific_results: Sources = field(default_factory=dict)
    duplicates: Count = None
    excluded_automatic: Count = None
    excluded_other: Count = None
    records_screened: Count = None
    records_excluded: Count = None
    records_excluded_reasons: Sources = field(default_factory=dict)
    dbr_sought_reports: Count = None
    dbr_notretrieved_reports: Count = None
    dbr_assessed: Count = None
    dbr_excluded: Sources = field(default_factory=dict)
    dbr_excluded_reports: Count = None
    new_studies: Count = None
    new_reports: Count = None
    website_results: Count = None
    organisation_results: Count = None
    citations_results: Count = None
    other_sought_reports: Count = None
    other_notretrieved_reports: Count = None
    other_assessed: Count = None
    other_excluded: Sources = field(default_factory=dict)
    other_excluded_reports: Count = None
    previous_studies: Count = None
    previous_reports: Count = None
    total_studies: Count = None
    total_reports: Count = None
    pending: Sources = field(default_factory=dict)
    by_hand: Mapping[str, str] = field(default_factory=dict)
    without: frozenset[str] = frozenset()

    @property
    def dbr_excluded_total(self) -> int:
        """Reports from databases and registers that were excluded."""
        return _first_known(self.dbr_excluded_reports, sum(self.dbr_excluded.values()))

    @property
    def other_excluded_total(self) -> int:
        """Reports from other methods that were excluded."""
        return _first_known(self.other_excluded_reports, sum(self.other_excluded.values()))

    @property
    def is_update(self) -> bool:
        """Whether there is a previous version of the review."""
        return self.previous_studies is not None or self.previous_reports is not None

    @property
    def has_other_methods(self) -> bool:
        """Whether anything at all is reported of websites, organisations or citation searching."""
        names = (
            "website_results",
            "organisation_results",
            "citations_results",
            "other_sought_reports",
            "other_assessed",
        )
        return any(getattr(self, name) is not None for name in names)

    def waiting(self, what: Pending) -> int:
        return self.pending.get(what, 0)

    def flat(self) -> Iterator[tuple[str, int]]:
        """Every reported number under its key; numbers in a list as `key/name`."""
        for each in fields(self):
            if each.name in ("by_hand", "without"):
                continue
            value = getattr(self, each.name)
            if isinstance(value, Mapping):
                yield from ((f"{each.name}/{name}", number) for name, number in value.items())
            elif value is not None:
                yield each.name, value


@dataclass(frozen=True, slots=True)
class Identity:
    """One rule between the counts; `holds` is `None` where a number it needs is not reported."""

    number: int
    name: str
    statement: str
    holds: bool | None
    level: Level
    left: Count
    right: Count
    hint: str = ""
    key: str = ""  # names the records that are on one side only, where records can be named

    @property
    def breached(self) -> bool:
        return self.holds is False


def number_text(value: Count) -> str:
    """1,956, or "not reported"."""
    return NOT_REPORTED if value is None else f"{value:,}"


def identities(counts: PrismaCounts) -> list[Identity]:
    """Every identity of PRISMA 2020 that applies to these counts, in the order of the diagram."""
    found = [*_sources(counts), _screened(counts), _sought(counts), _assessed(counts, "dbr"), _reasons(counts, "dbr")]
    if counts.has_other_methods:
        found += [_assessed(counts, "other"), _reasons(counts, "other"), _other_sought(counts)]
    found += [_included(counts), _studies(counts)]
    if counts.is_update or counts.total_studies is not None:
        found += _totals(counts)
    if counts.records_excluded_reasons:
        total = sum(counts.records_excluded_reasons.values())
        statement = "Each record excluded at title and abstract counts under one reason, or under none given."
        found.append(_equation(5, "Reasons at title and abstract add up", statement, total, counts.records_excluded))
    return sorted([*found, _not_negative(counts)], key=lambda identity: identity.number)


def breaches(counts: PrismaCounts) -> list[Identity]:
    """The identities that do not hold."""
    return [identity for identity in identities(counts) if identity.breached]


def _first_known(value: Count, otherwise: int) -> int:
    return otherwise if value is None else value


def _sum(*parts: Count) -> Count:
    """Sum of signed parts; unknown as soon as one part is."""
    known = [part for part in parts if part is not None]
    return sum(known) if len(known) == len(parts) else None


def _minus(value: Count) -> Count:
    return None if value is None else -value


def _equation(
    number: int,
    name: str,
    statement: str,
    left: Count,
    right: Count,
    level: Level = "error",
    hint: str = "",
    key: str = "",
) -> Identity:
    holds = None if left is None or right is None else left == right
    return Identity(number, name, statement, holds, level, left, right, hint, key)


def _sources(counts: PrismaCounts) -> Iterable[Identity]:
    if counts.database_specific_results:
        left = sum(counts.database_specific_results.values())
        yield _equation(
            1,
            "Databases add up",
            "The databases' records sum to all records from databases.",
            left,
            counts.database_results,
        )
    if counts.register_specific_results:
        left = sum(counts.register_specific_results.values())
        yield _equation(
            1,
            "Registers add up",
            "The registers' records sum to all records from registers.",
            left,
            counts.register_results,
        )


def _screened(counts: PrismaCounts) -> Identity:
    removed = [_minus(part) for part in (counts.duplicates, counts.excluded_automatic, counts.excluded_other)]
    return _equation(
        2,
        "Records identified lead to records screened",
        "Records identified, less those removed before screening, are the records screened.",
        _sum(counts.database_results, counts.register_results, *removed),
        counts.records_screened,
    )


def _less_waiting(waiting: int, words: str) -> str:
    """The middle of a sentence that owns up to what is still pending."""
    return f", less {waiting:,} still {words}," if waiting else ""


def _sought(counts: PrismaCounts) -> Identity:
    waiting = counts.waiting(Pending.SCREENING)
    pause = _less_waiting(waiting, "awaiting screening")
    return _equation(
        3,
        "Records screened lead to reports sought",
        f"Records screened, less those excluded{pause or ','} are the reports sought for retrieval.",
        _sum(counts.records_screened, _minus(counts.records_excluded), -waiting),
        counts.dbr_sought_reports,
        "warning",
        "One record may point to several reports, or a duplicate was found late.",
        "sought",
    )


LANES = {
    "dbr": ("databases and registers", Pending.RETRIEVAL, Pending.ASSESSMENT),
    "other": ("other methods", Pending.OTHER_RETRIEVAL, Pending.OTHER_ASSESSMENT),
}


def _assessed(counts: PrismaCounts, lane: str) -> Identity:
    place, retrieval, _ = LANES[lane]
    waiting = counts.waiting(retrieval)
    pause = _less_waiting(waiting, "awaiting retrieval")
    return _equation(
        4,
        f"Reports sought lead to reports assessed ({place})",
        f"Reports sought, less those not retrieved{pause or ','} are the reports assessed for eligibility.",
        _sum(
            getattr(counts, f"{lane}_sought_reports"), _minus(getattr(counts, f"{lane}_notretrieved_reports")), -waiting
        ),
        getattr(counts, f"{lane}_assessed"),
        key=f"{lane}_assessed",
    )


def _reasons(counts: PrismaCounts, lane: str) -> Identity:
    return _equation(
        5,
        f"Exclusion reasons add up ({LANES[lane][0]})",
        "Each excluded report counts under exactly one reason.",
        sum(getattr(counts, f"{lane}_excluded").values()),
        getattr(counts, f"{lane}_excluded_reports"),
        hint="A report is excluded without a settled primary reason, or one reason was counted twice.",
        key=f"{lane}_reasons",
    )


def _remaining(counts: PrismaCounts, lane: str) -> Count:
    """Reports of a lane that came through the assessment."""
    excluded = getattr(counts, f"{lane}_excluded_total")
    return _sum(getattr(counts, f"{lane}_assessed"), -excluded, -counts.waiting(LANES[lane][2]))


def _included(counts: PrismaCounts) -> Identity:
    waiting = counts.waiting(Pending.ASSESSMENT) + counts.waiting(Pending.OTHER_ASSESSMENT)
    pause = _less_waiting(waiting, "awaiting assessment")
    other = _remaining(counts, "other") if counts.has_other_methods else 0
    return _equation(
        6,
        "Reports assessed lead to reports included",
        f"Reports assessed, less those excluded{pause or ','} are the reports of included studies.",
        _sum(_remaining(counts, "dbr"), other),
        counts.new_reports,
        key="included",
    )


def _studies(counts: PrismaCounts) -> Identity:
    studies, reports = counts.new_studies, counts.new_reports
    # In an update a new report may tell of a study that was included before.
    least = 1 if counts.previous_studies is None else 0
    holds = None if studies is None or reports is None else studies == reports == 0 or least <= studies <= reports
    statement = "Each included study has at least one report, so there are no more studies than reports."
    hint = "One report may cover two studies; a study without a report was left behind."
    return Identity(7, "Studies have reports", statement, holds, "warning", studies, reports, hint)


def _other_sought(counts: PrismaCounts) -> Identity:
    found = sum(part or 0 for part in (counts.website_results, counts.organisation_results, counts.citations_results))
    sought = counts.other_sought_reports
    statement = "No more reports are sought from other methods than records were found there."
    holds = None if sought is None else sought <= found
    hint = "One record may point to several reports."
    return Identity(8, "Other methods found what was sought", statement, holds, "warning", sought, found, hint)


def _totals(counts: PrismaCounts) -> Iterable[Identity]:
    hint = "A new report may belong to a study of the previous version: it adds a report and no study."
    for what in ("studies", "reports"):
        yield _equation(
            9,
            f"Previous and new {what} add up",
            f"Previous {what} and new {what} are all {what} included.",
            _sum(getattr(counts, f"previous_{what}"), getattr(counts, f"new_{what}")),
            getattr(counts, f"total_{what}"),
            "warning",
            hint,
        )


def _not_negative(counts: PrismaCounts) -> Identity:
    negative = [key for key, value in counts.flat() if value < 0]
    hint = f"Below zero: {', '.join(negative)}." if negative else ""
    return Identity(
        10, "No count is negative", "Every number is zero or more.", not negative, "error", len(negative), 0, hint
    )
