"""Searches and imports shaped for their pages."""

from dataclasses import dataclass

from django.db.models import Count, F, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from reviewapp.reviews.models import Review
from screening.choices import ImportState
from screening.models import ImportBatch, Reference, Search


@dataclass(frozen=True)
class SearchRow:
    """A search and what was imported for it."""

    search: Search
    files: int
    entries: int
    to_confirm: int
    running: int
    failed: int

    @property
    def difference(self) -> int | None:
        """Entries read less hits reported; None while there is nothing to compare."""
        if self.search.hits is None or not self.files:
            return None
        return self.entries - self.search.hits

    @property
    def missing(self) -> int:
        """How many entries are missing when there are fewer than reported."""
        return -(self.difference or 0)

    @property
    def state(self) -> str:
        """Where the search stands, in words."""
        if self.running:
            return "importing"
        if self.to_confirm:
            return "to be confirmed"
        if self.files:
            return "imported"
        return "failed" if self.failed else "nothing imported yet"


def search_rows(review: Review) -> list[SearchRow]:
    """All searches in the order they were written down, in one query."""
    return [row_of(search) for search in _counted(Search.objects.filter(review=review)).order_by("id")]


def search_row(search: Search) -> SearchRow:
    return row_of(_counted(Search.objects.filter(pk=search.pk)).get())


def _counted(searches: QuerySet[Search]) -> QuerySet[Search]:
    done = Q(imports__state=ImportState.DONE)
    return searches.select_related("rerun_of").annotate(
        n_files=Count("imports", filter=done),
        n_entries=Coalesce(Sum(F("imports__read") + F("imports__repaired"), filter=done), 0),
        n_to_confirm=Count("imports", filter=Q(imports__state=ImportState.UPLOADED)),
        n_running=Count("imports", filter=Q(imports__state__in=[ImportState.QUEUED, ImportState.RUNNING])),
        n_failed=Count("imports", filter=Q(imports__state=ImportState.FAILED)),
    )


def row_of(search: Search) -> SearchRow:
    counts = (getattr(search, f"n_{name}") for name in ("files", "entries", "to_confirm", "running", "failed"))
    return SearchRow(search, *counts)


def imports_of(review: Review, search: Search | None = None) -> QuerySet[ImportBatch]:
    """Every file that was ever uploaded, the latest first."""
    found = ImportBatch.objects.filter(review=review).select_related("search", "created_by", "job").order_by("-id")
    return found.filter(search=search) if search else found


def references_found(
    review: Review, *, words: str = "", search: int | None = None, batch: int | None = None
) -> QuerySet[Reference]:
    """References by title words, search and file. Those of undone imports are shown and marked."""
    found = (
        Reference.objects.filter(review=review).select_related("batch__search").defer("raw", "raw_fields", "details")
    )
    for word in words.split()[:20]:
        found = found.filter(title__icontains=word)
    if search:
        found = found.filter(batch__search=search)
    return found.filter(batch=batch) if batch else found
