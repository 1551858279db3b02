"""Locks that keep two people's acts in the same second apart."""

from collections.abc import Callable, Iterable
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import IntegrityError, OperationalError, connection, transaction
from psycopg.errors import DeadlockDetected, SerializationFailure, UniqueViolation

from reviewapp.accounts.models import User
from reviewapp.lib.errors import AlreadyDone, NotAllowed
from reviewapp.reviews.models import Membership, Review
from reviewapp.reviews.permissions import Can, require
from screening.models import Record

P = ParamSpec("P")
R = TypeVar("R")
MOST_ATTEMPTS = 3


def act(function: Callable[P, R]) -> Callable[P, R]:
    """Run a service in one transaction, up to three times when two of them stood in each other's way in the database."""
    in_transaction = transaction.atomic(function)

    @wraps(function)
    def inner(*args: P.args, **kwargs: P.kwargs) -> R:
        for attempt in range(1, MOST_ATTEMPTS + 1):
            try:
                return in_transaction(*args, **kwargs)
            except (OperationalError, IntegrityError) as error:
                # Inside somebody else's transaction there is nothing left to try again with.
                if connection.in_atomic_block or attempt == MOST_ATTEMPTS or not _worth_another_try(error):
                    raise
        raise AssertionError("unreachable")

    return inner


def _worth_another_try(error: Exception) -> bool:
    """Deadlocks, and a request key that its twin used in the same moment: the next try finds the twin's decision."""
    cause = error.__cause__
    if isinstance(cause, UniqueViolation):
        return cause.diag.constraint_name == "one_decision_per_request_key"
    return isinstance(cause, DeadlockDetected | SerializationFailure)


def share_review(review: Review) -> None:
    """Hold the review's rules and team still until the transaction ends; many voters may hold it together."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM reviews_review WHERE id = %s FOR SHARE", [review.pk])


def own_review(review: Review) -> None:
    """Keep every voter out until the transaction ends, for changes of rules, team or the set of records."""
    Review.objects.select_for_update().get(pk=review.pk)


def hold(name: str) -> None:
    """Keep others who hold the same name waiting until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])


def acting_member(actor: User, review: Review, capability: Can) -> Membership:
    """The actor's place in the review as it is now, under the lock. Raises NotAllowed."""
    membership = Membership.objects.filter(review=review, user=actor, left_at=None).first()
    if membership is None:
        raise NotAllowed("You are not a member of this review any more.")
    require(membership, capability)
    return membership


def lock_records(ids: Iterable[int]) -> list[Record]:
    """The records, locked in the order of their ids."""
    return list(Record.objects.select_for_update(of=("self",)).filter(pk__in=set(ids)).order_by("pk"))


def lock_live_record(record: Record) -> Record:
    """The record, locked and still standing for itself. Raises AlreadyDone when it was merged or withdrawn meanwhile."""
    locked = Record.objects.select_for_update(of=("self",)).get(pk=record.pk)
    if locked.merged_into_id:
        raise AlreadyDone(
            f"This record was linked as a duplicate to record {locked.merged_into_id}. Nothing was saved; judge that one instead.",
            record=locked.merged_into_id,
        )
    if locked.withdrawn_at:
        raise AlreadyDone("The import that brought this record was undone. Nothing was saved.")
    return locked
