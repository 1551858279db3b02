"""Writing and checking the audit chain."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from typing import Any

from django.db import models, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from reviewapp.accounts.models import User
from reviewapp.audit.models import AuditEvent, AuditHead
from reviewapp.lib.middleware import current_request_id
from reviewapp.reviews.models import Review


def log(
    *,
    actor: User | None,
    review: Review | None,
    action: str,
    target: models.Model | None = None,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    reason: str = "",
    judged: tuple[int, str] | None = None,
) -> AuditEvent:
    """Append one event; the caller's transaction carries it. `judged` is (record id, stage) of a judgement that may be hidden."""
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("An audit event belongs inside the transaction of the act it tells of.")
    event = AuditEvent(
        review=review,
        at=timezone.now(),
        actor=actor,
        action=action,
        target_type=target._meta.model_name or "" if target else "",
        target_id=str(target.pk) if target else "",
        before=_plain(before),
        after=_plain(after),
        reason=reason,
        request_id=current_request_id(),
        judged_record=judged[0] if judged else None,
        judged_stage=judged[1] if judged else "",
        previous_hash="0" * 64,
    )
    if review is None:
        event.hash = digest(event)
        event.save(force_insert=True)
        return event
    head = _locked_head(review)
    event.sequence, event.previous_hash = head.sequence + 1, head.hash
    event.hash = digest(event)
    event.save(force_insert=True)
    AuditHead.objects.filter(review=review).update(sequence=event.sequence, hash=event.hash)
    return event


def _locked_head(review: Review) -> AuditHead:
    heads = AuditHead.objects.select_for_update().filter(review=review)
    found = heads.first()
    if found is None:
        AuditHead.objects.get_or_create(review=review)
        found = heads.get()
    return found


def content_of(event: AuditEvent) -> list[Any]:
    """Everything the event says, as it is hashed."""
    return [
        str(event.uuid),
        str(event.review_id),
        event.sequence,
        event.at.isoformat(),
        event.actor_id,
        event.action,
        event.target_type,
        event.target_id,
        event.before,
        event.after,
        event.reason,
        event.request_id,
        event.judged_record,
        event.judged_stage,
    ]


def digest(event: AuditEvent) -> str:
    """SHA-256 over the previous hash and the canonical JSON of everything the event says."""
    canonical = json.dumps(content_of(event), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256((event.previous_hash + canonical).encode()).hexdigest()


def links(review: Review) -> QuerySet[AuditEvent, tuple[int, int, str, str]]:
    """(id, sequence, previous hash, hash) of every event: what proves the chain and tells nothing of what was done."""
    events = AuditEvent.objects.filter(review=review).order_by("sequence")
    return events.values_list("pk", "sequence", "previous_hash", "hash")  # type: ignore[return-value]


def faults(review: Review) -> Iterator[str]:
    """Every place where the review's chain does not hold: edited, removed, inserted, reordered or cut off."""
    previous, expected = "0" * 64, 1
    for event in AuditEvent.objects.filter(review=review).order_by("sequence").iterator():
        if event.sequence != expected:
            yield f"event {expected} is missing (the next one found is {event.sequence})"
        if event.previous_hash != previous:
            yield f"event {event.sequence} does not follow the one before it"
        if digest(event) != event.hash:
            yield f"event {event.sequence} ({event.action}) was changed after it was written"
        previous, expected = event.hash, (event.sequence or 0) + 1
    head = AuditHead.objects.filter(review=review).first()
    if head is None and expected > 1:
        yield "the head of the chain is missing"
    if head and (head.sequence != expected - 1 or head.hash != previous):
        yield f"the chain ends at event {expected - 1}, its head says {head.sequence}"


def faults_outside_reviews() -> Iterator[str]:
    """Events that belong to no review stand alone; each must still be as it was written."""
    for event in AuditEvent.objects.filter(review=None).order_by("pk").iterator():
        if digest(event) != event.hash:
            yield f"event {event.uuid} ({event.action}) was changed after it was written"


def _plain(value: dict[str, Any] | None) -> dict[str, Any] | None:
    """JSON as the database will give it back, so that the hash can be computed again."""
    return None if value is None else json.loads(json.dumps(value, default=str))


def acts_open_to_all(review: Review, beginnings: Sequence[str]) -> list[tuple[int, int]]:
    """(event, actor) of the acts whose names begin so; none that tells of a judgement, so that all members may know them."""
    named = Q()
    for beginning in beginnings:
        named |= Q(action__startswith=beginning)
    found = AuditEvent.objects.filter(named, review=review, judged_record=None).exclude(actor=None)
    return list(found.values_list("pk", "actor_id"))
