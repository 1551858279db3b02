"""What is stored for speed equals what it stands for, and no page asks more of the database when there are more records."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.db.models import F
from django.db.models.functions import Coalesce
from django.test import Client
from django.test.utils import CaptureQueriesContext

from reviewapp.accounts.models import User
from reviewapp.reviews.models import Review
from screening.choices import Verdict
from screening.models import Record, ScreeningDecision
from screening.queries.desk import progress_of, stage_totals
from screening.queries.frame import own_stage
from tests.factories import RecordFactory
from tests.screening.helpers import FT, JSON, TA, to_full_text, url, vote

Login = Callable[[User], Client]


def astray() -> list[ScreeningDecision]:
    """Votes that do not stand on the record they count for."""
    root = Coalesce("record__merged_into_id", "record_id")
    return list(ScreeningDecision.objects.annotate(root=root).exclude(stands_on=F("root")))


def stand_on() -> list[int | None]:
    return list(ScreeningDecision.objects.order_by("pk").values_list("stands_on", flat=True))


def test_votes_stand_on_the_record_they_count_for_through_merge_and_split(
    review: Review, bob: User, carol: User
) -> None:
    first, second = RecordFactory(review=review), RecordFactory(review=review)
    vote(bob, first, Verdict.INCLUDE)
    vote(carol, second, Verdict.EXCLUDE)
    assert stand_on() == [first.pk, second.pk]
    Record.objects.filter(pk=second.pk).update(merged_into=first)
    assert stand_on() == [first.pk, first.pk]
    assert astray() == []
    Record.objects.filter(pk=second.pk).update(merged_into=None)
    assert stand_on() == [first.pk, second.pk]


def test_no_hand_can_put_a_vote_elsewhere(bob: User, record: Record) -> None:
    decision = vote(bob, record, Verdict.INCLUDE)
    other = RecordFactory(review=record.review)
    ScreeningDecision.objects.filter(pk=decision.pk).update(stands_on=other)
    assert stand_on() == [record.pk]


def test_the_frame_counts_what_progress_and_totals_count(bob: User, carol: User, review: Review) -> None:
    records = [RecordFactory(review=review) for _ in range(6)]
    to_full_text(records[0], bob, carol)
    vote(bob, records[0], Verdict.MAYBE, FT)
    for record, verdict in zip(records[1:4], (Verdict.INCLUDE, Verdict.EXCLUDE, Verdict.MAYBE), strict=True):
        vote(bob, record, verdict)
    vote(carol, records[2], Verdict.INCLUDE)
    for stage in (TA, FT):
        own, totals, shown = progress_of(bob, review, stage), stage_totals(review, stage), own_stage(bob, review, stage)
        assert (shown.judged, shown.waiting) == (own.judged, own.waiting)
        assert (shown.records, shown.settled, shown.conflicts) == (totals.records, totals.settled, totals.conflicts)
    assert (own_stage(bob, review, TA).judged, own_stage(bob, review, TA).waiting) == (4, 2)
    assert (own_stage(bob, review, FT).judged, own_stage(bob, review, FT).waiting) == (0, 1)


def many(review: Review, count: int) -> list[Record]:
    rows = [
        Record(review=review, title=f"Living with it {number}", abstract="Peer support.") for number in range(count)
    ]
    return Record.objects.bulk_create(rows)


@pytest.mark.parametrize("name", ["decide", "cards", "desk", "list", "waiting", "mine"])
def test_queries_do_not_grow_with_the_records(name: str, bob: User, review: Review, as_user: Login) -> None:
    client = as_user(bob)
    records = many(review, 30)
    for record in records[:3]:
        vote(bob, record, Verdict.EXCLUDE)

    def ask(record: Record) -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            if name == "decide":
                sent = {"stage": TA, "verdict": "include"}
                answer = client.post(url("record-decide", review, record.pk), sent, headers=JSON)
            elif name == "cards":
                answer = client.get(url("desk-cards", review, TA), {"skip": [record.pk]})
            elif name == "desk":
                answer = client.get(url("desk", review, TA))
            else:
                answer = client.get(url("record-list", review), {"state": "" if name == "list" else name})
        assert answer.status_code == 200
        return len(queries)

    ask(records[3])  # what a session learns once
    few = ask(records[4])
    many(review, 2970)
    assert ask(records[5]) == few
