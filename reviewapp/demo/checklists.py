"""What the authors of the published review would write on the checklists: which items do not apply, and their method."""

from reviewapp.accounts.models import User
from reviewapp.reporting.checklists.queries import rows_of
from reviewapp.reporting.checklists.services import write_entry
from reviewapp.reporting.checklists.shipped import checklists
from reviewapp.reporting.choices import ItemStatus
from reviewapp.reviews.models import Review

METHOD = (
    "Thematic synthesis after Thomas and Harden (2008): line-by-line coding of the findings, descriptive themes close to the "
    "studies, and analytical themes that go beyond them."
)


def write_checklists(review: Review, author: User) -> None:
    """Items that do not apply to a qualitative review get their reason, the method of synthesis its name."""
    prisma, entreq = checklists()["prisma-2020"], checklists()["entreq"]
    for row in rows_of(review, prisma):
        if row.item.seldom and not row.entry.pk:
            write_entry(
                actor=author, review=review, checklist=prisma, item=row.item, revision=0,
                status=ItemStatus.NOT_APPLICABLE, reason=row.item.seldom,
            )  # fmt: skip
    for row in rows_of(review, entreq):
        if row.item.number == "2" and not row.entry.pk:
            write_entry(
                actor=author, review=review, checklist=entreq, item=row.item, revision=0,
                status=ItemStatus.DONE, text=METHOD, location="Methods",
            )  # fmt: skip
