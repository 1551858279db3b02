"""Linking whole records that a person found to be the same report, and taking that back."""

from collections.abc import Collection

from reviewapp.accounts.models import User
from reviewapp.audit import services as audit
from reviewapp.lib.errors import AlreadyDone, Invalid
from reviewapp.reviews.models import Review
from reviewapp.reviews.permissions import Can
from screening.choices import PairState
from screening.models import DuplicatePair, Record, Reference
from screening.queries.merging import MOST, ruled_apart
from screening.services.duplicates import link_by_hand, undo_ruling
from screening.services.locks import act, acting_member, lock_records, own_review


@act
def link_records(
    *, actor: User, review: Review, record_ids: Collection[int], overrule: bool = False
) -> tuple[Record, list[DuplicatePair]]:
    """Bring the references of several live records under the earliest; every vote on them is kept. All or none are linked.

    Answers with that record and the rulings it rests on. Raises AlreadyDone when one is no longer live, and Invalid when
    people judged some of them different, unless those rulings are to be taken back (`overrule`).
    """
    own_review(review)
    acting_member(actor, review, Can.RULE_DUPLICATES)
    records = lock_records(record_ids)
    if not 2 <= len(records) <= MOST or any(record.review_id != review.pk for record in records):
        raise Invalid(f"Choose between two and {MOST} records of this review.")
    if not all(record.is_live for record in records):
        raise AlreadyDone("One of these records was linked to another, or its import was undone. Nothing was changed.")
    first, *others = (_first_of(record) for record in records)
    apart = list(ruled_apart(records))
    if apart and not overrule:
        raise Invalid("References of these records were judged to be different. Take that ruling back first.")
    for pair in apart:
        undo_ruling(actor=actor, pair=pair)
    pairs = []
    for other in others:
        other.refresh_from_db(fields=["record"])  # a ruling taken back may have brought it here already
        if other.record_id != first.record_id:
            pairs.append(link_by_hand(actor=actor, first=first, second=other))
    kept = Record.objects.get(references=first)
    audit.log(
        actor=actor,
        review=review,
        action="screening.duplicates.records_linked",
        target=kept,
        after={"record": kept.pk, "records": [record.pk for record in records], "pairs": [pair.pk for pair in pairs]},
    )
    return kept, pairs


def _first_of(record: Record) -> Reference:
    return Reference.objects.filter(record=record, withdrawn_at=None).select_related("review").earliest("pk")


@act
def unlink(*, actor: User, review: Review, pair_ids: Collection[int]) -> list[Record]:
    """Take people's rulings "the same" back, all or none; what rested on them alone stands apart again, with its own votes.

    Answers with the records the references stand under now. Raises AlreadyDone when one was taken back before.
    """
    own_review(review)
    acting_member(actor, review, Can.RULE_DUPLICATES)
    wanted = set(pair_ids)
    pairs = list(DuplicatePair.objects.filter(review=review, pk__in=wanted).select_related("review").order_by("-pk"))
    if not 1 <= len(wanted) <= MOST:
        raise Invalid("Say which links to take back.")
    if len(pairs) < len(wanted) or any(pair.state != PairState.SAME for pair in pairs):
        raise AlreadyDone("One of these links was taken back before. Nothing was changed.")
    references = {side for pair in pairs for side in (pair.first_id, pair.second_id)}
    for pair in pairs:
        undo_ruling(actor=actor, pair=pair)
    return list(Record.objects.filter(references__in=references).distinct().order_by("pk"))
