"""Who did what in appraisal and extraction, counted from settled studies alone, so that it is the same for every reader."""

from django.db.models import F

from appraisal.choices import SettledHow
from appraisal.models import Assignment, Comparison, Settlement
from reviewapp.reviews.models import Review
from screening.queries.contributions import Share, share_of


def studies_filled_in(review: Review, use: str) -> Share:
    """Independent sheets of studies in which nothing is open any more."""
    settled = Comparison.objects.filter(instrument__review=review, instrument__use=use).exclude(settled_at=None)
    done = set(settled.values_list("instrument", "study"))
    sheets = Assignment.objects.filter(instrument__review=review, instrument__use=use, withdrawn_at=None)
    found = sheets.exclude(finished_at=None).values_list("instrument", "study", "person")
    return share_of((study, person) for instrument, study, person in found if (instrument, study) in done)


def differences_settled(review: Review, use: str, how: SettledHow) -> Share:
    """Settled differences of such studies: those who agreed on what stands, or the third assessor."""
    standing = Settlement.objects.filter(
        comparison__instrument__review=review, comparison__instrument__use=use, how=how, set_aside_at=None
    ).exclude(settled_at=None)
    standing = standing.exclude(comparison__settled_at=None)
    proposed = standing.values_list("pk", "proposed_by")
    confirmed = standing.exclude(confirmed_by=None).annotate(who=F("confirmed_by")).values_list("pk", "who")
    return share_of([*proposed, *confirmed])
