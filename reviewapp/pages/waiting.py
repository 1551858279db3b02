"""What waits for a person, from all stages of a review, in the words of the home page."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from appraisal.choices import Use
from appraisal.queries.work import WaitingWork, waiting_work
from reviewapp.accounts.models import User
from reviewapp.pages.pipeline import address
from reviewapp.reviews.models import Membership
from screening.choices import Stage
from screening.queries.desk import waiting_across


@dataclass(frozen=True)
class Line:
    """So many of something, and the page where they are."""

    count: int
    what: str
    where: str
    url: str


ONE = {
    "records to screen": "record to screen",
    "full texts to judge": "full text to judge",
    "conflicts to settle": "conflict to settle",
    "possible duplicates to judge": "possible duplicate to judge",
    "full texts to find": "full text to find",
    "studies to appraise": "study to appraise",
    "studies to extract": "study to extract",
    "differences to settle": "difference to settle",
}


def lines_for(user: User, memberships: Collection[Membership]) -> dict[UUID, list[Line]]:
    """For each of the person's reviews; the number of queries does not grow with them."""
    memberships = list(memberships)
    screening, work = waiting_across(user, memberships), waiting_work(user, memberships)
    return {
        membership.review_id: [
            *(
                _line(
                    membership,
                    waiting.count,
                    waiting.what,
                    Stage(waiting.stage).label if waiting.stage else "",
                    waiting.url_name,
                    **({"stage": waiting.stage} if waiting.stage else {}),
                )
                for waiting in screening[membership.review_id]
            ),
            *_work_lines(membership, work[membership.review_id]),
        ]
        for membership in memberships
    }


def _work_lines(membership: Membership, work: WaitingWork) -> list[Line]:
    rows = (
        (work.to_appraise, "studies to appraise", "Appraisal", Use.APPRAISAL),
        (work.to_extract, "studies to extract", "Extraction", Use.EXTRACTION),
        (work.to_settle, "differences to settle", "Appraisal and extraction", Use.APPRAISAL),
    )
    return [
        _line(membership, count, what, where, "appraisal:work", use=use.value)
        for count, what, where, use in rows
        if count
    ]


def _line(membership: Membership, count: int, what: str, where: str, url_name: str, **kwargs: str) -> Line:
    return Line(count, ONE[what] if count == 1 else what, where, address(url_name, membership.review, **kwargs))
