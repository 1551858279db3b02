"""The version of the review that an update builds on."""

from datetime import date
from typing import Any

from django.utils import timezone

from reviewapp.accounts.models import User
from reviewapp.audit import services as audit
from reviewapp.lib.errors import AlreadyDone, Invalid, require_clean_text
from reviewapp.reviews.models import Review
from reviewapp.reviews.permissions import Can
from screening.models import PreviousVersion
from screening.services.locks import act, acting_member, own_review

LONGEST_TITLE = 300


@act
def set_previous_version(
    *,
    actor: User,
    review: Review,
    title: str = "",
    studies: int | None = None,
    reports: int | None = None,
    cut_off: date | None = None,
) -> PreviousVersion:
    """Say what was included before: figures of a version made elsewhere, the last day of one made here, or both."""
    own_review(review)
    acting_member(actor, review, Can.LEAD)
    title = require_clean_text(title, what="title").strip()
    _check(title, studies, reports, cut_off)
    known = PreviousVersion.objects.filter(review=review).first()
    before = _content(known) if known else None
    version = known or PreviousVersion(review=review)
    version.title, version.studies, version.reports, version.cut_off = title, studies, reports, cut_off
    version.save()
    if (after := _content(version)) != before:
        audit.log(
            actor=actor, review=review, action="screening.version.set", target=version, before=before, after=after
        )
    return version


def _check(title: str, studies: int | None, reports: int | None, cut_off: date | None) -> None:
    if len(title) > LONGEST_TITLE:
        raise Invalid(f"A title may have up to {LONGEST_TITLE} characters.")
    if studies is None and reports is None and cut_off is None:
        raise Invalid("Give the figures of the previous version, or the day up to which it was made here.")
    if any(n is not None and not 0 <= n <= 1_000_000 for n in (studies, reports)):
        raise Invalid("Give whole numbers from 0.")
    if studies is not None and reports is not None and studies > reports:
        raise Invalid("Each included study has at least one report, so there are no more studies than reports.")
    if cut_off is not None and cut_off > timezone.localdate():
        raise Invalid("The last day of the previous version is still to come.")


@act
def remove_previous_version(*, actor: User, review: Review) -> None:
    """Make it a new review again: everything is counted as new."""
    own_review(review)
    acting_member(actor, review, Can.LEAD)
    version = PreviousVersion.objects.filter(review=review).first()
    if version is None:
        raise AlreadyDone("This review has no previous version.")
    audit.log(actor=actor, review=review, action="screening.version.removed", target=version, before=_content(version))
    version.delete()


def _content(version: PreviousVersion) -> dict[str, Any]:
    return {name: getattr(version, name) for name in ("title", "studies", "reports", "cut_off")}
