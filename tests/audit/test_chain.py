"""The audit log: the database refuses changes, and what was done behind its back is found."""

from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from reviewapp.accounts.models import User
from reviewapp.audit import services as audit
from reviewapp.audit.models import AuditEvent, AuditHead
from reviewapp.reviews.models import Review


@pytest.fixture
def chain(review: Review, alice: User) -> list[AuditEvent]:
    with transaction.atomic():
        return [
            audit.log(
                actor=alice, review=review, action="reviews.review.changed", target=review,
                before={"title": "Ålesund"}, after={"n": n, "share": 0.1 + n, "at": review.created_at}, reason="typo",
            )
            for n in range(5)
        ]  # fmt: skip


@contextmanager
def behind_the_guard() -> Iterator[None]:
    """As the owner of the table could."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # a table with checks still due cannot be altered
        cursor.execute("ALTER TABLE audit_auditevent DISABLE TRIGGER USER")
        yield
        cursor.execute("ALTER TABLE audit_auditevent ENABLE TRIGGER USER")


def verify() -> str:
    said = StringIO()
    with pytest.raises(CommandError):
        call_command("verify_audit", stdout=said)
    return said.getvalue()


def test_an_untouched_chain_is_whole(chain: list[AuditEvent], review: Review) -> None:
    said = StringIO()
    call_command("verify_audit", stdout=said)
    assert "whole" in said.getvalue()
    assert [event.sequence for event in chain] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("how", ["update", "delete"])
def test_the_database_refuses_to_change_or_remove_an_event(chain: list[AuditEvent], how: str) -> None:
    rows = AuditEvent.objects.filter(pk=chain[2].pk)
    with pytest.raises(DatabaseError, match="Cannot update or delete"), transaction.atomic():
        rows.update(reason="never") if how == "update" else rows.delete()
    assert rows.get().reason == "typo"


def test_an_event_needs_the_transaction_of_its_act(
    review: Review, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as outside:
        outside.setattr(transaction.get_connection(), "in_atomic_block", False)
        with pytest.raises(RuntimeError, match="inside the transaction"):
            audit.log(actor=alice, review=review, action="x")


@pytest.mark.parametrize(
    "change",
    [
        {"reason": "polished"},
        {"after": {"n": 99}},
        {"before": None},
        {"action": "reviews.member.left"},
        {"actor_id": None},
        {"at": "2020-01-01T00:00Z"},
        {"judged_stage": "full_text"},
        {"target_id": "1"},
    ],
)
def test_an_edited_event_is_found_and_named(chain: list[AuditEvent], change: dict[str, object]) -> None:
    with behind_the_guard():
        AuditEvent.objects.filter(pk=chain[2].pk).update(**change)
    assert "event 3" in verify()


def test_an_edited_event_with_a_new_hash_breaks_the_chain_after_it(chain: list[AuditEvent]) -> None:
    event = AuditEvent.objects.get(pk=chain[2].pk)
    event.reason = "polished"
    with behind_the_guard():
        AuditEvent.objects.filter(pk=event.pk).update(reason="polished", hash=audit.digest(event))
    assert "event 4 does not follow" in verify()


def test_a_removed_event_is_found(chain: list[AuditEvent]) -> None:
    with behind_the_guard():
        AuditEvent.objects.filter(pk=chain[1].pk).delete()
    assert "event 2 is missing" in verify()


def test_a_removed_and_closed_up_event_is_found(chain: list[AuditEvent]) -> None:
    with behind_the_guard():
        AuditEvent.objects.filter(pk=chain[1].pk).delete()
        for event in chain[2:]:
            AuditEvent.objects.filter(pk=event.pk).update(sequence=(event.sequence or 0) - 1)
    assert "event 2" in verify()


def test_an_inserted_event_is_found(chain: list[AuditEvent], review: Review, alice: User) -> None:
    forged = AuditEvent(
        review=review,
        sequence=6,
        at=chain[0].at,
        actor=alice,
        action="reviews.member.left",
        previous_hash=chain[4].hash,
    )
    forged.hash = audit.digest(forged)
    forged.save(force_insert=True)
    assert "ends at event 6, its head says 5" in verify()


def test_reordered_events_are_found(chain: list[AuditEvent]) -> None:
    with behind_the_guard():
        for pk, sequence in ((chain[1].pk, 99), (chain[2].pk, 2), (chain[1].pk, 3)):
            AuditEvent.objects.filter(pk=pk).update(sequence=sequence)
    said = verify()
    assert "event 2" in said
    assert "event 3" in said


def test_a_cut_off_end_is_found(chain: list[AuditEvent]) -> None:
    with behind_the_guard():
        AuditEvent.objects.filter(pk__in=[event.pk for event in chain[3:]]).delete()
    assert "ends at event 3, its head says 5" in verify()


def test_a_lost_head_is_found(chain: list[AuditEvent], review: Review) -> None:
    AuditHead.objects.filter(review=review).delete()
    assert "head of the chain is missing" in verify()


def test_an_emptied_log_is_found(chain: list[AuditEvent], review: Review) -> None:
    with behind_the_guard():
        AuditEvent.objects.filter(review=review).delete()
    assert "ends at event 0" in verify()


def test_an_edited_event_outside_every_review_is_found(alice: User) -> None:
    with transaction.atomic():
        event = audit.log(actor=alice, review=None, action="accounts.user.closed", after={"n": 1})
    with behind_the_guard():
        AuditEvent.objects.filter(pk=event.pk).update(after={"n": 2})
    assert str(event.uuid) in verify()
