"""A review that is done, with something of everything that screening leaves behind."""

from io import BytesIO
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.utils import timezone

from reviewapp.accounts.models import User
from reviewapp.reporting.archive.build import write_archive
from reviewapp.reviews.choices import Task
from reviewapp.reviews.models import Review
from reviewapp.team.services import invite
from screening.choices import Retrieval, SearchKind, Verdict
from screening.models import Conflict, ExclusionReason, ImportBatch, Record, Report, Search
from screening.services import conflicts
from tests.conftest import person
from tests.factories import RecordFactory
from tests.screening.helpers import FT, to_full_text, vote

MOMENT = timezone.now()


def archived(reader: User, review: Review, **more: Any) -> bytes:
    file = BytesIO()
    write_archive(file, reader=reader, review=review, **({"anonymous": False, "made_at": MOMENT} | more))
    return file.getvalue()


@pytest.fixture
def done(review: Review, reason: ExclusionReason) -> Review:
    """Eight records from two sources: three excluded by title, one in a settled conflict, one report lost, two excluded, two
    included. Nobody has anything left to do."""
    alice, bob, carol, tess = (person(name) for name in ("Alice", "Bob", "Carol", "Tess"))
    invite(actor=alice, review=review, email="secret.person@example.org", tasks=[Task.OBSERVE], link="{token}")
    records = [RecordFactory(review=review, source="Scopus" if n < 5 else "Snowballing") for n in range(8)]
    Search.objects.filter(source="Snowballing").update(kind=SearchKind.CITATION_SEARCHING)
    batch = ImportBatch.objects.get(search__source="Scopus")
    batch.file.save("scopus.ris", ContentFile(b"TY  - JOUR\nTI  - Living with it\nER  - \n"))
    for record in records[:2]:
        for who in (bob, carol):
            vote(who, record, Verdict.EXCLUDE, note="Bob's note, not about peers")
    vote(bob, records[2], Verdict.INCLUDE)
    vote(carol, records[2], Verdict.EXCLUDE)
    contested = Conflict.objects.get(record=records[2])
    conflicts.adjudicate(actor=tess, conflict=contested, verdict=Verdict.EXCLUDE, rationale="Tess says: no peers")
    reports = [to_full_text(record, bob, carol) for record in records[3:]]
    Report.objects.filter(pk=reports[0].pk).update(retrieval=Retrieval.NOT_RETRIEVED, retrieval_note="Lost")
    for which, verdict in ((1, Verdict.EXCLUDE), (2, Verdict.INCLUDE), (3, Verdict.EXCLUDE), (4, Verdict.INCLUDE)):
        for who in (bob, carol):
            vote(who, reports[which].record, verdict, FT, reason=reason if verdict == Verdict.EXCLUDE else None)
    assert Record.objects.in_review(review).count() == 8
    return review
