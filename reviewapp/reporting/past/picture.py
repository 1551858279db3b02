"""The diagram's numbers and what stands behind each, from the facts of one moment. No database."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from reviewapp.reporting.past.facts import Facts, Found
from reviewapp.reporting.prisma.counts import Pending, PrismaCounts
from screening.choices import Outcome, Retrieval, SearchKind

IN_DATABASES = (SearchKind.DATABASE, SearchKind.REGISTER)
REFERENCES = frozenset(
    (
        "database_results", "database_specific_results", "register_results", "register_specific_results",
        "website_results", "organisation_results", "citations_results", "duplicates",
    )
)  # fmt: skip
Ids = frozenset[int]


@dataclass(frozen=True)
class Picture:
    """Counts, and under the same keys the ids behind them: of references for what was identified, otherwise of records."""

    counts: PrismaCounts
    boxes: Mapping[str, Ids]

    def behind(self, key: str) -> Ids | None:
        return self.boxes.get(key)


def counts_references(key: str) -> bool:
    """Whether ids under this key are those of references."""
    return key.partition("/")[0] in REFERENCES


def picture_of(facts: Facts) -> Picture:
    """The diagram of that moment."""
    cut_off = facts.version.cut_off if facts.version else None
    new = [one for one in facts.found if cut_off is None or one.day > cut_off]
    known = {one.record for one in facts.found if cut_off is not None and one.day <= cut_off}
    live = {one.record for one in facts.found}
    main = {one.record for one in facts.found if one.kind in IN_DATABASES} - known
    other = live - main - known
    sources = _sources(new)
    boxes: dict[str, Ids] = {
        "database_results": _of(new, SearchKind.DATABASE),
        "register_results": _of(new, SearchKind.REGISTER),
        **{f"database_specific_results/{name}": ids for name, ids in sources[SearchKind.DATABASE].items()},
        **{f"register_specific_results/{name}": ids for name, ids in sources[SearchKind.REGISTER].items()},
        "duplicates": _duplicates(new, known),
        "excluded_automatic": frozenset(),
        "excluded_other": frozenset(),
        "records_screened": frozenset(main),
        **_lane(facts, main, "dbr"),
    }
    boxes["records_excluded"] = frozenset(_where(facts.title_abstract, Outcome.EXCLUDED) & main)
    boxes |= _title_reasons(facts, boxes["records_excluded"])
    boxes[f"pending/{Pending.SCREENING}"] = (
        boxes["records_screened"] - boxes["records_excluded"] - boxes["dbr_sought_reports"]
    )
    if other or any(one.kind not in IN_DATABASES for one in new):
        boxes |= {
            "website_results": _of(new, SearchKind.WEBSITE),
            "organisation_results": _of(new, SearchKind.ORGANISATION),
            "citations_results": _of(new, SearchKind.CITATION_SEARCHING, SearchKind.OTHER),
            **_lane(facts, other, "other"),
        }
    included, studies = _included(facts, live, known)
    boxes |= included
    return Picture(_counts(boxes, studies), {key: ids for key, ids in boxes.items() if ids or "pending/" not in key})


def _of(found: Iterable[Found], *kinds: str) -> Ids:
    return frozenset(one.pk for one in found if one.kind in kinds)


def _sources(found: Iterable[Found]) -> dict[str, dict[str, Ids]]:
    """References by kind and source, in the order of the searches."""
    grouped: dict[tuple[str, str], list[Found]] = defaultdict(list)
    for one in found:
        grouped[one.kind, one.source].append(one)
    sources: dict[str, dict[str, Ids]] = {kind: {} for kind in SearchKind.values}
    for (kind, source), some in sorted(grouped.items(), key=lambda each: min(one.search for one in each[1])):
        sources[kind][source] = frozenset(one.pk for one in some)
    return sources


def _duplicates(new: Iterable[Found], known: set[int]) -> Ids:
    """References beyond the first of each record, and those of records that the version before knew."""
    first: set[int] = set()
    beyond = set()
    for one in sorted(new, key=lambda each: each.pk):
        if one.kind not in IN_DATABASES:
            continue
        if one.record in first or one.record in known:
            beyond.add(one.pk)
        first.add(one.record)
    return frozenset(beyond)


def _where(outcomes: Mapping[int, tuple[str, int | None]], wanted: str) -> set[int]:
    return {root for root, (outcome, _) in outcomes.items() if outcome == wanted}


def _lane(facts: Facts, records: set[int], lane: str) -> dict[str, Ids]:
    """Sought, not retrieved, assessed, excluded by reason, and what waits in between."""
    sought = records & _where(facts.title_abstract, Outcome.INCLUDED)
    missing = {root for root in sought if facts.retrieval.get(root) == Retrieval.NOT_RETRIEVED}
    judged = {root for root in sought - missing if root in facts.full_text}
    assessed = judged | {root for root in sought if facts.retrieval.get(root) == Retrieval.RETRIEVED}
    excluded = judged & _where(facts.full_text, Outcome.EXCLUDED)
    included = judged & _where(facts.full_text, Outcome.INCLUDED)
    prefix = "" if lane == "dbr" else "other_"
    reasons: dict[str, set[int]] = defaultdict(set)
    for root in sorted(excluded, key=lambda each: facts.reasons.get(facts.full_text[each][1] or 0, (0, ""))):
        reasons[facts.reasons.get(facts.full_text[root][1] or 0, (0, ""))[1]].add(root)
    return {
        f"{lane}_sought_reports": frozenset(sought),
        f"{lane}_notretrieved_reports": frozenset(missing),
        f"{lane}_assessed": frozenset(assessed),
        f"{lane}_excluded_reports": frozenset(excluded),
        **{f"{lane}_excluded/{label}": frozenset(roots) for label, roots in reasons.items()},
        f"pending/{prefix}reports_awaiting_retrieval": frozenset(sought - missing - assessed),
        f"pending/{prefix}reports_awaiting_assessment": frozenset(assessed - excluded - included),
    }


def _title_reasons(facts: Facts, excluded: Ids) -> dict[str, Ids]:
    grouped: dict[tuple[int, str], set[int]] = defaultdict(set)
    for root in excluded:
        reason = facts.title_abstract[root][1]
        grouped[facts.reasons.get(reason or 0, (2**31, "No reason given"))].add(root)
    return {f"records_excluded_reasons/{label}": frozenset(roots) for (_, label), roots in sorted(grouped.items())}


def _included(facts: Facts, live: set[int], known: set[int]) -> tuple[dict[str, Ids], dict[str, int | None]]:
    """Reports behind the last boxes, and how many studies and reports each counts."""
    reached = live & _where(facts.title_abstract, Outcome.INCLUDED)
    reached -= {root for root, state in facts.retrieval.items() if state == Retrieval.NOT_RETRIEVED}
    reports = reached & _where(facts.full_text, Outcome.INCLUDED)
    old, new = reports & known, reports - known
    before = {facts.study.get(root) for root in old}
    studies = {facts.study.get(root) for root in new} - before
    boxes = {"new_studies": frozenset(new), "new_reports": frozenset(new)}
    numbers: dict[str, int | None] = {"new_studies": len(studies), "new_reports": len(new)}
    version = facts.version
    if version is None:
        return boxes, numbers
    for what, told, counted in (
        ("studies", version.studies, len(before)),
        ("reports", version.reports, len(old)),
    ):
        previous = None if told is None and version.cut_off is None else (told or 0) + counted
        numbers[f"previous_{what}"] = previous
        numbers[f"total_{what}"] = None if previous is None else previous + (numbers[f"new_{what}"] or 0)
        if version.cut_off is not None and version.studies is None and version.reports is None:
            boxes |= {f"previous_{what}": frozenset(old), f"total_{what}": frozenset(reports)}
    return boxes, numbers


LISTED = ("database_specific_results", "register_specific_results", "dbr_excluded", "other_excluded")


def _counts(boxes: Mapping[str, Ids], studies: Mapping[str, int | None]) -> PrismaCounts:
    numbers: dict[str, Any] = {name: {} for name in LISTED}
    pending: dict[str, int] = {}
    for key, ids in boxes.items():
        name, _, line = key.partition("/")
        if name == "records_excluded_reasons":  # shown where the team wants it
            continue
        if name == "pending":
            pending |= {line: len(ids)} if ids else {}
        elif name in LISTED:
            numbers[name][line] = len(ids)
        else:
            numbers[name] = len(ids)
    return PrismaCounts(**{**numbers, **studies, "pending": pending})
