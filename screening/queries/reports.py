"""Reads for the full-text page and the studies."""

from urllib.parse import quote, urlsplit

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from reviewapp.reviews.models import Review
from screening.choices import Retrieval, Stage
from screening.models import Record, Report, ScreeningOutcome, Study
from screening.queries.desk import reports_sought


def found_reports(
    review: Review, *, retrieval: str = "", words: str = "", without_file: bool = False
) -> QuerySet[Report]:
    """Reports sought, as the filters of the full-text page ask, with `judged`: whether full-text voting is complete."""
    complete = ScreeningOutcome.objects.filter(record=OuterRef("record"), stage=Stage.FULL_TEXT)
    reports = reports_sought(review).annotate(judged=Exists(complete))
    if retrieval:
        reports = reports.filter(retrieval=retrieval)
    if words:
        reports = reports.filter(record__in=Record.objects.in_review(review).live().matching(words).values("pk"))
    return reports.filter(file="") if without_file else reports


def retrieval_counts(review: Review) -> dict[str, int]:
    """How many reports stand at each step of retrieval."""
    found = dict(reports_sought(review).order_by().values_list("retrieval").annotate(n=Count("pk")))
    return {state: found.get(state, 0) for state in Retrieval.values}


def found_studies(review: Review, words: str = "") -> QuerySet[Study]:
    """Studies that have a report, by name or by a title among their reports."""
    studies = Study.objects.filter(review=review).annotate(report_count=Count("reports")).filter(report_count__gt=0)
    if words:
        studies = studies.filter(
            Exists(
                Report.objects.filter(study=OuterRef("pk")).filter(
                    Q(study__label__icontains=words) | Q(record__title__icontains=words)
                )
            )
        )
    return studies.prefetch_related("reports__record")


def links_to(record: Record) -> list[tuple[str, str]]:
    """(where, address) of places where the full text may be had. Nothing is fetched; a person follows the link."""
    links = []
    if record.doi:
        doi = quote(record.doi, safe="/")
        links += [
            ("Publisher, by DOI", f"https://doi.org/{doi}"),
            ("Open copy, by Unpaywall", f"https://unpaywall.org/{doi}"),
            ("Europe PMC", f"https://europepmc.org/search?query=DOI:%22{quote(record.doi, safe='')}%22"),
        ]
    if record.pmid:
        links.append(("PubMed", f"https://pubmed.ncbi.nlm.nih.gov/{quote(record.pmid, safe='')}/"))
    if urlsplit(record.url).scheme in {"http", "https"}:
        links.append(("As the database gave it", record.url))
    return links
