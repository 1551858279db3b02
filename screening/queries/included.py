"""Studies that screening included: what is appraised, extracted and synthesised."""

from django.db.models import QuerySet

from reviewapp.reviews.models import Review
from screening.models import Study
from screening.queries.desk import included_reports


def included_studies(review: Review) -> QuerySet[Study]:
    """Studies with at least one report included at full text, by name."""
    reports = included_reports(review).filter(study__isnull=False)
    return Study.objects.filter(review=review, pk__in=reports.order_by().values("study")).order_by("label", "id")
