"""Drawing a sample of links and near misses, and judging it. An audit measures detection; it changes no link."""

import secrets
from collections.abc import Collection, Sequence
from random import Random

from django.db import connection
from django.utils import timezone

from reviewapp.accounts.models import User
from reviewapp.audit import services as audit_trail
from reviewapp.lib.errors import AlreadyDone, Invalid, require_clean_text
from reviewapp.reviews.models import Review
from reviewapp.reviews.permissions import Can
from screening.choices import PairState
from screening.duplicates import compare, fingerprint
from screening.models import DuplicateAudit, DuplicateAuditPair, DuplicatePair, Record, Reference
from screening.queries.duplicates import linked_pairs
from screening.services.comparison import entry_of
from screening.services.locks import act, acting_member, share_review

SMALLEST, LARGEST = 5, 100
NEAREST = 5  # likest titles whose likelihood is worked out
AT_ONCE = 10
LIKE_ENOUGH = 0.4  # trigram similarity of titles, 0 to 1
NOT_LEFT_APART_BY_RULES = (PairState.UNCERTAIN, PairState.SAME, PairState.DIFFERENT)
_NEAREST = """
SELECT here.id, there.id FROM screening_record here CROSS JOIN LATERAL (
  SELECT id FROM screening_record other
  WHERE other.review_id = here.review_id AND other.merged_into_id IS NULL AND other.withdrawn_at IS NULL
    AND other.id <> here.id AND other.title %% here.title
  ORDER BY similarity(other.title, here.title) DESC, other.id LIMIT %s
) there WHERE here.id = ANY(%s) AND here.title <> ''
"""


@act
def draw(*, actor: User, review: Review, size: int, seed: str = "") -> DuplicateAudit:
    """Draw `size` automatic links, and `size` records each with the likeliest record left apart; mixed, and kept with the seed."""
    share_review(review)
    acting_member(actor, review, Can.RULE_DUPLICATES)
    if not SMALLEST <= size <= LARGEST:
        raise Invalid(f"Draw between {SMALLEST} and {LARGEST} pairs of each kind.")
    seed = require_clean_text(seed, what="seed").strip()[:32] or secrets.token_hex(8)
    chance = Random(seed)  # noqa: S311  # a sample to be drawn again, no secret
    links = sorted(linked_pairs(review).filter(state=PairState.LINKED).order_by().values_list("first_id", "second_id"))
    records = sorted(Record.objects.filter(review=review).live().values_list("pk", flat=True))
    if not links:
        raise Invalid("No pair was linked automatically yet. Look for duplicates first.")
    drawn = [(True, *pair) for pair in chance.sample(links, min(size, len(links)))]
    drawn += [(False, *pair) for pair in _left_apart(review, records, size, chance)]
    chance.shuffle(drawn)
    audit = DuplicateAudit.objects.create(
        review=review, size=size, seed=seed, links=len(links), records=len(records), created_by=actor
    )
    DuplicateAuditPair.objects.bulk_create(
        DuplicateAuditPair(audit=audit, position=place, linked=linked, first_id=first, second_id=second)
        for place, (linked, first, second) in enumerate(drawn, start=1)
    )
    audit_trail.log(
        actor=actor,
        review=review,
        action="screening.duplicates.audit_drawn",
        target=audit,
        after={"pairs": len(drawn), "size": size, "seed": seed, "links": len(links), "records": len(records)},
    )
    return audit


def _left_apart(review: Review, records: Sequence[int], size: int, chance: Random) -> list[tuple[int, int]]:
    """For random records the first references of each and of its likeliest neighbour; no pair twice."""
    found: dict[tuple[int, int], None] = {}
    order = chance.sample(records, len(records))
    for start in range(0, len(order), size):
        drawn = order[start : start + size]
        near = _nearest(drawn)
        for pk in drawn:
            near[pk] = near.get(pk) or [chance.choice(records)]
        involved = {*drawn, *(other for others in near.values() for other in others)}
        first, ruled = _first_references(involved), _not_left_to_rules(review, involved)
        for pk in drawn:
            others = [other for other in near[pk] if other != pk and (pk, other) not in ruled]
            if len(found) < size and (best := _likeliest(first[pk], [first[other] for other in others])):
                found[_in_order(first[pk], best)] = None
        if len(found) == size:
            break
    return list(found)


def _nearest(records: Sequence[int]) -> dict[int, list[int]]:
    """For each record the live records with the likest titles."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('pg_trgm.similarity_threshold', %s, true)", [str(LIKE_ENOUGH)])
        near: dict[int, list[int]] = {}
        for start in range(
            0, len(records), AT_ONCE
        ):  # short statements: one for all would be cut off in a large review
            cursor.execute(_NEAREST, [NEAREST, list(records[start : start + AT_ONCE])])
            for pk, other in cursor.fetchall():
                near.setdefault(pk, []).append(other)
    return near


def _first_references(records: Collection[int]) -> dict[int, Reference]:
    live = Reference.objects.filter(record__in=records, withdrawn_at=None).defer("raw", "raw_fields")
    return {one.record_id: one for one in live.order_by("record_id", "pk").distinct("record_id")}


def _not_left_to_rules(review: Review, records: Collection[int]) -> set[tuple[int, int]]:
    """Both ways round, the records on which people ruled, or for which a pair waits for a ruling."""
    pairs = DuplicatePair.objects.filter(
        review=review, state__in=NOT_LEFT_APART_BY_RULES, first__record__in=records, second__record__in=records
    )
    found = set(pairs.values_list("first__record", "second__record"))
    return found | {(other, one) for one, other in found}


def _likeliest(here: Reference, others: Sequence[Reference]) -> Reference | None:
    """Of these the one that the engine finds likeliest to be the same, though it left it apart."""
    known = fingerprint(entry_of(here))
    return max(
        others, key=lambda other: (compare(known, fingerprint(entry_of(other))).likelihood, -other.pk), default=None
    )


def _in_order(one: Reference, other: Reference) -> tuple[int, int]:
    return min(one.pk, other.pk), max(one.pk, other.pk)


@act
def judge(*, actor: User, pair: DuplicateAuditPair, same: bool) -> DuplicateAuditPair:
    """Say whether the two are the same report; one's own judgement can be changed. Raises AlreadyDone for a colleague's."""
    review = pair.audit.review
    share_review(review)
    acting_member(actor, review, Can.RULE_DUPLICATES)
    pair = DuplicateAuditPair.objects.select_for_update(of=("self",)).select_related("judged_by").get(pk=pair.pk)
    if pair.same is not None and pair.judged_by_id != actor.pk:
        raise AlreadyDone(f"{pair.judged_by} judged this pair of the sample already.")
    before = {"same": pair.same}
    pair.same, pair.judged_by, pair.judged_at = same, actor, timezone.now()
    pair.save()
    audit_trail.log(
        actor=actor,
        review=review,
        action="screening.duplicates.audit_judged",
        target=pair,
        before=before,
        after={"same": same, "references": [pair.first_id, pair.second_id]},
    )
    return pair
