"""The one thing that a member would do next in a review."""

from dataclasses import dataclass

from reviewapp.pages.pipeline import address, plural
from reviewapp.pages.waiting import Line
from reviewapp.reviews.models import Membership
from reviewapp.reviews.permissions import Can, can
from screening.queries.frame import ReviewCounts


@dataclass(frozen=True)
class Step:
    title: str
    text: str
    url: str
    label: str


def next_step(membership: Membership, counts: ReviewCounts, waiting: list[Line]) -> Step | None:
    """For a lead the first gap in what is prepared; for everybody else, and then, the first thing that waits."""
    prepared = _preparation(membership, counts) if can(membership, Can.LEAD) else None
    return prepared or _first_waiting(waiting)


def _preparation(membership: Membership, counts: ReviewCounts) -> Step | None:
    review = membership.review
    if not counts.criteria:
        return Step(
            "Write down what makes a record eligible",
            "Reviewers see the criteria beside every record.",
            address("screening:protocol", review),
            "Write the protocol",
        )
    if not counts.searches:
        return Step(
            "Add the first search",
            "One entry for each database or register, with the strategy as it was run.",
            address("screening:search-create", review),
            "Add a search",
        )
    if not counts.references:
        return Step(
            "Import what the searches found",
            "Upload the export files as the databases gave them.",
            address("screening:search-list", review),
            "Import files",
        )
    if not counts.detected:
        return Step(
            "Look for duplicates",
            f"{plural(counts.references, 'reference')} came in. The same record found in two databases is screened once.",
            address("screening:duplicate-list", review),
            "Look for duplicates",
        )
    return None


def _first_waiting(waiting: list[Line]) -> Step | None:
    if not waiting:
        return None
    line = waiting[0]
    return Step(f"{line.count:,} {line.what}", "They wait for you.", line.url, "Go on")
