"""What the sections are filled from, and how they say that something is missing.

A report is everybody's, so it holds only what every member may see: what is settled or revealed. No reader is asked here.
"""

from dataclasses import dataclass

from django.urls import NoReverseMatch, reverse

from reviewapp.reporting.report.document import Section
from reviewapp.reviews.models import Review


@dataclass(frozen=True)
class Source:
    review: Review
    style: str = "vancouver"

    def missing(self, key: str, title: str, why: str, *, link: str, label: str, **where: object) -> Section:
        """A section that cannot be filled yet, with the page of this review that helps, where the installation has it."""
        try:
            url = reverse(link, kwargs={"review_id": self.review.pk, **where})
        except NoReverseMatch:
            url = ""
        return Section(key, title, missing=why, link=url, link_label=label)


def plural(number: int, one: str, many: str = "") -> str:
    """1 study, 1,956 references."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
