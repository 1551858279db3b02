"""A checklist as it stands: its items, what the data say, what authors wrote, and how far it is."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.urls import NoReverseMatch, reverse

from reviewapp.reporting.checklists.facts import Facts
from reviewapp.reporting.checklists.shipped import Checklist, ChecklistItem, checklists
from reviewapp.reporting.choices import ItemStatus
from reviewapp.reporting.models import ChecklistEntry
from reviewapp.reviews.models import Review

# Where in the product an item's data are kept: words for the link, the page's name, and what its address needs.
PLACES: dict[str, tuple[str, str, dict[str, str]]] = {
    "settings": ("Question and registration", "review-detail", {}),
    "protocol": ("Protocol", "screening:protocol", {}),
    "searches": ("Searches", "screening:search-list", {}),
    "duplicates": ("Duplicates", "screening:duplicate-list", {}),
    "flow": ("Flow diagram", "reporting:prisma", {}),
    "appraisal": ("Appraisal", "appraisal:work", {"use": "appraisal"}),
    "extraction": ("Extraction", "appraisal:work", {"use": "extraction"}),
    "characteristics": ("Extraction", "appraisal:work", {"use": "extraction"}),
    "coding": ("Coding", "synthesis:work", {}),
    "themes": ("Themes", "synthesis:board", {}),
    "report": ("Report", "reporting:report", {}),
}


@dataclass(frozen=True)
class Row:
    """One item with everything that is known of it."""

    item: ChecklistItem
    entry: ChecklistEntry
    said: str
    place_label: str = ""
    place_url: str = ""

    @property
    def text(self) -> str:
        """What a checklist that is handed in says: the authors' words, otherwise those of the data."""
        return self.entry.text or self.said or self.entry.reason

    @property
    def is_answered(self) -> bool:
        return self.entry.status in {ItemStatus.DONE, ItemStatus.NOT_APPLICABLE}


@dataclass(frozen=True)
class Progress:
    checklist: Checklist
    answered: int
    partly: int

    @property
    def total(self) -> int:
        return len(self.checklist.items)

    @property
    def percent(self) -> int:
        return 100 * self.answered // self.total


def rows_of(review: Review, checklist: Checklist) -> list[Row]:
    """Every item in order; authors' entries in one query, what the data say in a fixed number."""
    entries = ChecklistEntry.objects.filter(review=review, checklist=checklist.key).select_related("changed_by")
    known = {entry.item: entry for entry in entries}
    facts = Facts(review)
    return [_row(review, checklist, item, known.get(item.number), facts) for item in checklist.items]


def row_of(review: Review, checklist: Checklist, item: ChecklistItem) -> Row:
    entry = ChecklistEntry.objects.filter(review=review, checklist=checklist.key, item=item.number)
    return _row(review, checklist, item, entry.select_related("changed_by").first(), Facts(review))


def _row(review: Review, checklist: Checklist, item: ChecklistItem, entry: ChecklistEntry | None, facts: Facts) -> Row:
    blank = ChecklistEntry(review=review, checklist=checklist.key, item=item.number, revision=0)
    label, url = _place(review, item.place)
    return Row(item, entry or blank, facts.say(item.facts), label, url)


def _place(review: Review, key: str) -> tuple[str, str]:
    """Words and address of the page; nothing where the installation has no such page."""
    label, name, more = PLACES.get(key, ("", "", {}))
    try:
        return label, reverse(name, kwargs={"review_id": review.pk, **more}) if name else ""
    except NoReverseMatch:
        return "", ""


def by_section(rows: Iterable[Row]) -> list[tuple[str, list[Row]]]:
    sections: dict[str, list[Row]] = {}
    for row in rows:
        sections.setdefault(row.item.section, []).append(row)
    return list(sections.items())


def progress_of(review: Review, wanted: Sequence[Checklist] = ()) -> list[Progress]:
    """How far each checklist is, in one query."""
    stands = ChecklistEntry.objects.filter(review=review).values_list("checklist", "item", "status")
    found = []
    for checklist in wanted or checklists().values():
        numbers = {item.number for item in checklist.items}
        mine = [status for key, item, status in stands if key == checklist.key and item in numbers]
        answered = sum(status in {ItemStatus.DONE, ItemStatus.NOT_APPLICABLE} for status in mine)
        found.append(Progress(checklist, answered, mine.count(ItemStatus.PARTLY)))
    return found
