"""Searches and imports shaped for their pages."""

from dataclasses import dataclass

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Sum
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
    known: int | None = None  # entries of an update whose record an earlier file had brought already

    @property
    def new(self) -> int:
        """Entries of an update that no earlier file had brought."""
        return max(self.entries - (self.known or 0), 0)

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
    """All searches in the order they were written down, in two queries."""
    searches = list(_counted(Search.objects.filter(review=review)).order_by("id"))
    known = _known_before(searches)
    return [row_of(search, known) for search in searches]


def search_row(search: Search) -> SearchRow:
    found = _counted(Search.objects.filter(pk=search.pk)).get()
    return row_of(found, _known_before([found]))


def _known_before(searches: list[Search]) -> dict[int, int]:
    """For each search that updates another: how many of its entries stand under a record of an earlier file."""
    updates = [search.pk for search in searches if search.rerun_of_id and search.n_files]  # type: ignore[attr-defined]
    if not updates:
        return {}
    entries = Reference.objects.filter(batch__search__in=updates, withdrawn_at=None)
    earlier = Reference.objects.filter(record=OuterRef("record"), pk__lt=OuterRef("pk"), withdrawn_at=None)
    known = entries.filter(Exists(earlier.exclude(batch__search=OuterRef("batch__search"))))
    counted = dict(known.order_by().values_list("batch__search").annotate(n=Count("pk")))
    return {pk: counted.get(pk, 0) for pk in updates}


def _counted(searches: QuerySet[Search]) -> QuerySet[Search]:
    done = Q(imports__state=ImportState.DONE)
    return searches.select_related("rerun_of").annotate(
        n_files=Count("imports", filter=done),
        n_entries=Coalesce(Sum(F("imports__read") + F("imports__repaired"), filter=done), 0),
        n_to_confirm=Count("imports", filter=Q(imports__state=ImportState.UPLOADED)),
        n_running=Count("imports", filter=Q(imports__state__in=[ImportState.QUEUED, ImportState.RUNNING])),
        n_failed=Count("imports", filter=Q(imports__state=ImportState.FAILED)),
    )


def row_of(search: Search, known: dict[int, int]) -> SearchRow:
    files, entries, to_confirm, running, failed = (
        getattr(search, f"n_{name}") for name in ("files", "entries", "to_confirm", "running", "failed")
    )
    return SearchRow(search, files, entries, to_confirm, running, failed, known.get(search.pk))


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
