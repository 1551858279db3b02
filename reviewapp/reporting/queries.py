"""The numbers of the flow diagram, counted from the rows (METHODS: PRISMA 2020), and the rows behind each number."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Exists, Min, OuterRef, Q, QuerySet

from reviewapp.reporting.prisma.counts import Pending, PrismaCounts
from reviewapp.reviews.models import Review
from screening.choices import Outcome, Retrieval, SearchKind, Stage
from screening.models import PreviousVersion, Record, Reference, ScreeningOutcome
from screening.queries.desk import included_reports, reports_sought

IN_DATABASES = (SearchKind.DATABASE, SearchKind.REGISTER)


@dataclass(frozen=True)
class Lane:
    """One column of the diagram: records that came from databases and registers, or only by other methods."""

    records: QuerySet[Record]

    def where(self, stage: str, outcome: str) -> QuerySet[Record]:
        return self.records.with_outcome(stage, outcome)  # type: ignore[attr-defined,no-any-return]


def references(review: Review) -> QuerySet[Reference]:
    """References the diagram counts: all, or those that came after the previous version."""
    rows = Reference.objects.filter(review=review, withdrawn_at=None)
    before = version_before(review)
    return rows.filter(batch__created_at__date__gt=before.cut_off) if before and before.cut_off else rows


def version_before(review: Review) -> PreviousVersion | None:
    return PreviousVersion.objects.filter(review=review).first()


def known_before(review: Review) -> Q:
    """Over records: those that the previous version had already; none without a day that parts the two."""
    before = version_before(review)
    if before is None or before.cut_off is None:
        return Q(pk__in=[])
    return Q(
        Exists(
            Reference.objects.filter(
                record=OuterRef("pk"), withdrawn_at=None, batch__created_at__date__lte=before.cut_off
            )
        )
    )


def lane(review: Review, *, databases: bool) -> Lane:
    """A record belongs to the database lane as soon as one of its references came from a database or register.

    In an update the lanes have what is new; what the previous version knew is in neither.
    """
    found = Reference.objects.filter(record=OuterRef("pk"), withdrawn_at=None, batch__search__kind__in=IN_DATABASES)
    records = Record.objects.in_review(review).live().exclude(known_before(review))
    return Lane(records.filter(Exists(found)) if databases else records.filter(~Exists(found)))


def found_by(review: Review) -> dict[str, Counter[str]]:
    """References per kind of source and source, in the order of the searches."""
    rows = (
        references(review)
        .values_list("batch__search__kind", "batch__search__source")
        .annotate(n=Count("pk"), first=Min("batch__search"))
    )
    kinds: dict[str, Counter[str]] = {kind: Counter() for kind in SearchKind.values}
    for kind, source, n, _ in rows.order_by("first"):
        kinds[kind][source] += n
    return kinds


def prisma_counts(review: Review) -> PrismaCounts:
    """Every number of the diagram as it stands now. Records wait as pending until all their votes are in and settled."""
    kinds = found_by(review)
    main, other = lane(review, databases=True), lane(review, databases=False)
    results = sum(kinds[SearchKind.DATABASE].values()) + sum(kinds[SearchKind.REGISTER].values())
    screened = main.records.count()
    excluded = main.where(Stage.TITLE_ABSTRACT, Outcome.EXCLUDED).count()
    numbers = _report_numbers(review, main, "dbr")
    pending: dict[str, int] = {
        Pending.SCREENING: screened - excluded - numbers["dbr_sought_reports"],
        Pending.RETRIEVAL: numbers.pop("awaiting_retrieval"),
        Pending.ASSESSMENT: numbers.pop("awaiting_assessment"),
    }
    with_other = other.records.exists() or any(kinds[kind] for kind in SearchKind.values if kind not in IN_DATABASES)
    if with_other:
        numbers |= _report_numbers(review, other, "other") | {
            "website_results": kinds[SearchKind.WEBSITE].total(),
            "organisation_results": kinds[SearchKind.ORGANISATION].total(),
            "citations_results": kinds[SearchKind.CITATION_SEARCHING].total() + kinds[SearchKind.OTHER].total(),
        }
        pending[Pending.OTHER_RETRIEVAL] = numbers.pop("awaiting_retrieval")
        pending[Pending.OTHER_ASSESSMENT] = numbers.pop("awaiting_assessment")
    return PrismaCounts(
        database_results=kinds[SearchKind.DATABASE].total(),
        database_specific_results=dict(kinds[SearchKind.DATABASE]),
        register_results=kinds[SearchKind.REGISTER].total(),
        register_specific_results=dict(kinds[SearchKind.REGISTER]),
        duplicates=results - screened,
        excluded_automatic=0,
        excluded_other=0,
        records_screened=screened,
        records_excluded=excluded,
        **_included(review),
        pending={key: n for key, n in pending.items() if n},
        **numbers,
    )


def _included(review: Review) -> dict[str, Any]:
    """New, previous and all included studies and reports. A new report of a study included before adds no study."""
    reports = included_reports(review)
    old = reports.filter(record__in=Record.objects.in_review(review).filter(known_before(review)).values("pk"))
    new = reports.exclude(pk__in=old.values("pk"))
    studies_before = set(old.values_list("study", flat=True))
    numbers: dict[str, Any] = {
        "new_reports": new.count(),
        "new_studies": len(set(new.values_list("study", flat=True)) - studies_before),
    }
    before = version_before(review)
    if before is None:
        return numbers
    for what, counted in (("studies", len(studies_before)), ("reports", old.count())):
        told = getattr(before, what)
        previous = None if told is None and before.cut_off is None else (told or 0) + counted
        numbers[f"previous_{what}"] = previous
        numbers[f"total_{what}"] = None if previous is None else previous + numbers[f"new_{what}"]
    return numbers


OF_VERSIONS = {"previous_studies", "previous_reports", "total_studies", "total_reports"}


def unlisted_keys(review: Review) -> set[str]:
    """Numbers whose rows are not, or not all, in this review: those that a person told of a version made elsewhere."""
    before = version_before(review)
    told = before is None or before.cut_off is None or before.studies is not None or before.reports is not None
    return OF_VERSIONS if told else set()


def _report_numbers(review: Review, column: Lane, prefix: str) -> dict[str, Any]:
    """Sought, not retrieved, assessed and excluded reports of one lane, and what of it still waits.

    A report counts as assessed once it is retrieved, or judged in full text whatever the retrieval log says.
    """
    sought = reports_sought(review).filter(record__in=column.records.values("pk"))
    given_up = sought.filter(retrieval=Retrieval.NOT_RETRIEVED)
    judged = Q(record__in=ScreeningOutcome.objects.filter(stage=Stage.FULL_TEXT).values("record"))
    assessed = sought.exclude(retrieval=Retrieval.NOT_RETRIEVED).filter(Q(retrieval=Retrieval.RETRIEVED) | judged)
    at_full_text = Q(record__in=column.records.at_stage(Stage.FULL_TEXT).values("pk"))  # type: ignore[attr-defined]
    outcomes = ScreeningOutcome.objects.filter(at_full_text, stage=Stage.FULL_TEXT)
    reasons = outcomes.filter(outcome=Outcome.EXCLUDED).order_by("reason__position", "reason__label")
    excluded: Counter[str] = Counter()  # a reason may have been removed and added again under the same name
    for label, n in reasons.values_list("reason__label").annotate(n=Count("pk")):
        excluded[label] += n
    included = outcomes.filter(outcome=Outcome.INCLUDED).count()
    return {
        f"{prefix}_sought_reports": sought.count(),
        f"{prefix}_notretrieved_reports": given_up.count(),
        f"{prefix}_assessed": assessed.count(),
        f"{prefix}_excluded": dict(excluded),
        f"{prefix}_excluded_reports": outcomes.filter(outcome=Outcome.EXCLUDED).count(),
        "awaiting_retrieval": sought.count() - given_up.count() - assessed.count(),
        "awaiting_assessment": assessed.count() - sum(excluded.values()) - included,
    }


NO_REASON = "No reason given"


def reasons_at_title(review: Review) -> dict[str, int]:
    """Records of databases and registers excluded at title and abstract, by reason; there a reason may be left out."""
    outcomes = ScreeningOutcome.objects.filter(
        stage=Stage.TITLE_ABSTRACT,
        outcome=Outcome.EXCLUDED,
        record__in=lane(review, databases=True).records.values("pk"),
    )
    found: Counter[str] = Counter()
    for label, n in (
        outcomes.order_by("reason__position", "reason__label").values_list("reason__label").annotate(n=Count("pk"))
    ):
        found[label or NO_REASON] += n
    return dict(found)


def rows_behind(review: Review, key: str) -> QuerySet[Record] | QuerySet[Reference] | None:
    """Exactly the records or references that a number of the diagram counts; None for an unknown key.

    Keys are those of PrismaCounts, with the name behind a slash for a line of a list: "database_specific_results/Scopus".
    """
    name, _, line = key.partition("/")
    kind_of = {
        "database_results": [SearchKind.DATABASE],
        "database_specific_results": [SearchKind.DATABASE],
        "register_results": [SearchKind.REGISTER],
        "register_specific_results": [SearchKind.REGISTER],
        "website_results": [SearchKind.WEBSITE],
        "organisation_results": [SearchKind.ORGANISATION],
        "citations_results": [SearchKind.CITATION_SEARCHING, SearchKind.OTHER],
    }
    if name in kind_of:
        rows = references(review).filter(batch__search__kind__in=kind_of[name])
        return rows.filter(batch__search__source=line) if line else rows
    if name == "duplicates":
        return _duplicates(review)
    if name in ("excluded_automatic", "excluded_other"):
        return references(review).none()  # Tandem removes nothing before screening but duplicates
    return _records_behind(review, name, line)


def _duplicates(review: Review) -> QuerySet[Reference]:
    """References beyond the first one of each record in the database lane, and those of records known before an update."""
    rows = references(review).filter(batch__search__kind__in=IN_DATABASES)
    earlier = rows.filter(record=OuterRef("record"), pk__lt=OuterRef("pk"))
    known = Record.objects.in_review(review).filter(known_before(review)).values("pk")
    return rows.filter(Exists(earlier) | Q(record__in=known))


def _records_behind(review: Review, name: str, line: str) -> QuerySet[Record] | None:
    column = lane(review, databases=not (line if name == "pending" else name).startswith("other_"))
    name = name.replace("other_", "dbr_", 1) if name.startswith("other_") else name
    sought = reports_sought(review).filter(record__in=column.records.values("pk"))
    judged = Q(record__in=ScreeningOutcome.objects.filter(stage=Stage.FULL_TEXT).values("record"))
    at_full_text = column.records.at_stage(Stage.FULL_TEXT)  # type: ignore[attr-defined]
    if name == "pending":
        return _waiting_records(column, sought, judged, line.removeprefix("other_"))
    if name in {"new_studies", "new_reports"} | OF_VERSIONS - unlisted_keys(review):
        rows = Record.objects.filter(pk__in=included_reports(review).values("record")).order_by("id")
        if name.startswith("total_"):
            return rows
        known = known_before(review)
        return rows.filter(known) if name.startswith("previous_") else rows.exclude(known)
    if name == "records_excluded_reasons":
        outcomes = ScreeningOutcome.objects.filter(stage=Stage.TITLE_ABSTRACT, outcome=Outcome.EXCLUDED)
        outcomes = outcomes.filter(reason=None) if line == NO_REASON else outcomes.filter(reason__label=line)
        return column.records.filter(pk__in=outcomes.values("record")).order_by("id")
    if name in {"dbr_excluded", "dbr_excluded_reports"}:
        outcomes = ScreeningOutcome.objects.filter(stage=Stage.FULL_TEXT, outcome=Outcome.EXCLUDED)
        if line:
            outcomes = outcomes.filter(reason__label=line)
        return at_full_text.filter(pk__in=outcomes.values("record")).order_by("id")  # type: ignore[no-any-return]
    found: dict[str, Any] = {
        "records_screened": lambda: column.records,
        "records_excluded": lambda: column.where(Stage.TITLE_ABSTRACT, Outcome.EXCLUDED),
        "dbr_sought_reports": lambda: _records(sought),
        "dbr_notretrieved_reports": lambda: _records(sought.filter(retrieval=Retrieval.NOT_RETRIEVED)),
        "dbr_assessed": lambda: _records(
            sought.exclude(retrieval=Retrieval.NOT_RETRIEVED).filter(Q(retrieval=Retrieval.RETRIEVED) | judged)
        ),
    }
    return found[name]().order_by("id") if name in found else None


def _waiting_records(column: Lane, sought: QuerySet[Any], judged: Q, what: str) -> QuerySet[Record] | None:
    """Records without an outcome that settles them; reports neither retrieved nor given up; reports not yet judged."""
    given_up, retrieved = Q(retrieval=Retrieval.NOT_RETRIEVED), Q(retrieval=Retrieval.RETRIEVED)
    settled = ScreeningOutcome.objects.exclude(outcome=Outcome.CONFLICT)
    at_title = settled.filter(stage=Stage.TITLE_ABSTRACT).values("record")
    at_full_text = settled.filter(stage=Stage.FULL_TEXT).values("record")
    found: dict[str, Any] = {
        Pending.SCREENING: lambda: column.records.exclude(pk__in=at_title),
        Pending.RETRIEVAL: lambda: _records(sought.exclude(given_up).exclude(retrieved | judged)),
        Pending.ASSESSMENT: lambda: _records(
            sought.exclude(given_up).filter(retrieved | judged).exclude(record__in=at_full_text)
        ),
    }
    return found[what]().order_by("id") if what in found else None


def _records(reports: QuerySet[Any]) -> QuerySet[Record]:
    return Record.objects.filter(pk__in=reports.values("record"))
