"""The numbers as the team shows them: counted from the rows, with what it entered by hand and left out."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from reviewapp.reporting.models import CountByHand, FlowPlan
from reviewapp.reporting.prisma.counts import PrismaCounts
from reviewapp.reviews.models import Review

# Row keys that a person may enter, with the words for them.
BY_HAND = {
    "database_results": "Records from databases",
    "register_results": "Records from registers",
    "duplicates": "Duplicate records removed",
    "excluded_automatic": "Records marked as ineligible by automation tools",
    "excluded_other": "Records removed for other reasons",
    "records_screened": "Records screened",
    "records_excluded": "Records excluded",
    "dbr_sought_reports": "Reports sought for retrieval",
    "dbr_notretrieved_reports": "Reports not retrieved",
    "dbr_assessed": "Reports assessed for eligibility",
    "website_results": "Records from websites",
    "organisation_results": "Records from organisations",
    "citations_results": "Records from citation searching",
    "other_sought_reports": "Reports from other methods sought",
    "other_notretrieved_reports": "Reports from other methods not retrieved",
    "other_assessed": "Reports from other methods assessed",
    "new_studies": "Studies included in review",
    "new_reports": "Reports of included studies",
}


def plan_of(review: Review) -> FlowPlan:
    return FlowPlan.objects.filter(review=review).first() or FlowPlan(review=review)


def entered(review: Review, moment: datetime | None = None) -> QuerySet[CountByHand]:
    """Numbers by hand that stand, or that stood at the moment."""
    rows = CountByHand.objects.filter(review=review).select_related("made_by")
    if moment is None:
        return rows.filter(ended_at=None)
    return rows.filter(Q(ended_at=None) | Q(ended_at__gt=moment), made_at__lte=moment)


def as_shown(
    review: Review, counts: PrismaCounts, title_reasons: dict[str, int], moment: datetime | None = None
) -> PrismaCounts:
    """These counts in the shape that the team chose. `title_reasons` are shown if it wants them."""
    plan, by_hand = plan_of(review), list(entered(review, moment))
    changed: dict[str, Any] = {each.key: each.value for each in by_hand}
    changed |= {"by_hand": {each.key: each.reason for each in by_hand}, "without": frozenset(plan.without)}
    if plan.title_reasons:
        changed["records_excluded_reasons"] = title_reasons
    if not plan.each_source:
        changed |= {"database_specific_results": {}, "register_specific_results": {}}
    return replace(counts, **changed)
