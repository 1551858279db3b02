"""The order of reading over 100,000 records: nothing is left out, and the desk asks as few queries as over a handful. `pytest -m slow -s` tells the times."""

import random
import time
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from reviewapp.accounts.models import User
from reviewapp.reviews.models import Review
from screening.choices import Outcome, Verdict
from screening.models import RankedRecord, Record, ScreeningDecision, ScreeningOutcome
from screening.queries.desk import next_records
from screening.services.bulk import copy_in
from tests.screening.helpers import TA
from tests.screening.test_reading_order import again, lay, text

RECORDS, SETTLED, AHEAD = 100_000, 10_000, 5_000

pytestmark = pytest.mark.slow


def fill(review: Review, ahead: User) -> list[int]:
    """Records, a tenth of them settled, and a reader who is 5,000 hidden votes ahead of the others."""
    chance = random.Random(1)
    rows = [
        Record(review=review, authors=[], keywords=[], year=2020, **text(n % 20 == 0, chance)) for n in range(RECORDS)
    ]
    Record.objects.bulk_create(rows, batch_size=5000)
    ids = [record.pk for record in rows]
    began = timezone.now() - timedelta(days=1)
    copy_in(
        [
            ScreeningOutcome(
                record_id=pk, stage=TA, completed_at=began, outcome=Outcome.EXCLUDED if n % 20 else Outcome.INCLUDED
            )
            for n, pk in enumerate(ids[:SETTLED])
        ]
    )
    ScreeningDecision.objects.bulk_create(
        [
            ScreeningDecision(review=review, record_id=pk, stage=TA, reviewer=ahead, verdict=Verdict.EXCLUDE)
            for pk in ids[: SETTLED + AHEAD]
        ],
        batch_size=5000,
    )
    return ids


def test_a_hundred_thousand_records(review: Review, bob: User, carol: User, settings: object, tmp_path: object) -> None:
    settings.DATA_DIR = tmp_path  # type: ignore[attr-defined]
    ids = fill(review, carol)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    for name in ("first run", "second run, features kept"):
        began = time.perf_counter()
        run = lay(review) if name.startswith("first") else again(review)
        print(f"\n{name}: {time.perf_counter() - began:.1f} s, training and ranking {run.milliseconds} ms CPU")
    assert RankedRecord.objects.filter(position__gt=0).count() == RECORDS - SETTLED
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    for who in (bob, carol):
        times = []
        for _ in range(20):
            began = time.perf_counter()
            with CaptureQueriesContext(connection) as seen:
                found = next_records(who, review, TA, count=3)
            times.append(1000 * (time.perf_counter() - began))
            assert len(found) == 3
        print(f"{who}: next three records in {sorted(times)[10]:.1f} ms (median), {len(seen)} queries")
    assert {record.pk for record in next_records(bob, review, TA, count=RECORDS)} == set(ids[SETTLED:])
