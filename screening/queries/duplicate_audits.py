"""Reads for sampled audits of detection: what waits, and the error rates when all is judged."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from reviewapp.reviews.models import Review
from screening.duplicates.sampling import Estimate, estimate
from screening.models import DuplicateAudit, DuplicateAuditPair

SIDES = ("first__batch__search", "second__batch__search", "judged_by")


@dataclass(frozen=True)
class AuditResult:
    """Wrong links among the automatic links judged, and missed duplicates among the records drawn."""

    wrong_links: Estimate
    missed: Estimate

    @property
    def words(self) -> str:
        """The result as a sentence of a methods section."""
        return (
            f"In a random sample of {self.wrong_links.judged:,} automatic links the reviewers, who did not know which pairs were linked, found "
            f"{self.wrong_links.errors:,} wrong ({_percent(self.wrong_links)}); among {self.missed.judged:,} randomly drawn records compared "
            f"with the most similar record left apart they found {self.missed.errors:,} missed "
            f"{'duplicate' if self.missed.errors == 1 else 'duplicates'} ({_percent(self.missed)}; exact binomial intervals)."
        )


def _percent(found: Estimate) -> str:
    return f"{found.percent:.1f} %, 95 % CI {found.low_percent:.1f} to {found.high_percent:.1f} %"


def audits_of(review: Review) -> QuerySet[DuplicateAudit]:
    """All audits, the latest first, each with `drawn` and `judged`."""
    judged = Count("pairs", filter=Q(pairs__same__isnull=False))
    found = DuplicateAudit.objects.filter(review=review).select_related("created_by")
    return found.annotate(drawn=Count("pairs"), judged=judged).order_by("-id")


def is_judged(audit: DuplicateAudit) -> bool:
    """Whether every pair of an audit that `audits_of` gave is judged."""
    return bool(audit.drawn) and audit.judged == audit.drawn  # type: ignore[attr-defined]


def pairs_of(audit: DuplicateAudit) -> QuerySet[DuplicateAuditPair]:
    return audit.pairs.select_related(*SIDES).order_by("position")


def next_waiting(audit: DuplicateAudit, after: int = 0) -> DuplicateAuditPair | None:
    """The next pair without a judgement, going round to the first."""
    waiting = audit.pairs.filter(same=None).order_by("position")
    return waiting.filter(position__gt=after).first() or waiting.first()


def result_of(pairs: Sequence[DuplicateAuditPair]) -> AuditResult | None:
    """The estimates, once every pair is judged: looking earlier would invite to stop when it looks well."""
    if not pairs or any(pair.same is None for pair in pairs):
        return None
    judged = Counter(pair.linked for pair in pairs)
    errors = Counter(pair.linked for pair in pairs if pair.is_error)
    return AuditResult(estimate(errors[True], judged[True]), estimate(errors[False], judged[False]))


def latest_result(review: Review) -> AuditResult | None:
    """Of the latest audit that was judged to its end."""
    for audit in audits_of(review):
        if is_judged(audit):
            return result_of(list(audit.pairs.all()))
    return None
