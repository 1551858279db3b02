"""What the tests of screening's pages share."""

import io
import re
from typing import Any

import pypdfium2
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from reviewapp.accounts.models import User
from reviewapp.reviews.models import Review
from screening.choices import Stage, Verdict
from screening.models import Conflict, ExclusionReason, Record, Report, ScreeningDecision
from screening.services.decisions import make_decision

TA, FT = Stage.TITLE_ABSTRACT, Stage.FULL_TEXT
JSON = {"Accept": "application/json"}
CHANGING = (
    re.compile(rb'name="csrfmiddlewaretoken" value="[^"]*"'),
    re.compile(rb'"X-CSRFToken": "[^"]*"'),
    re.compile(rb'name="request_key" value="[^"]*"'),
    re.compile(rb'nonce="[^"]*"'),
)


def url(name: str, review: Review, *args: Any) -> str:
    return reverse(f"screening:{name}", args=[review.pk, *args])


def vote(who: User, record: Record, verdict: str, stage: str = TA, **more: Any) -> ScreeningDecision:
    return make_decision(actor=who, record=record, stage=stage, verdict=verdict, **more)


def page(client: Client, who: User, address: str) -> bytes:
    """What somebody sees, without the tokens that differ each time."""
    client.force_login(who)
    answer: HttpResponse = client.get(address)
    assert answer.status_code == 200, (address, answer.status_code)
    content = b"".join(answer) if answer.streaming else answer.content
    for pattern in CHANGING:
        content = pattern.sub(b"", content)
    return content


def to_full_text(record: Record, *people: User) -> Report:
    for person in people:
        vote(person, record, Verdict.INCLUDE)
    return Report.objects.get(record=record)


def conflict_on(
    record: Record, one: User, other: User, stage: str = TA, reason: ExclusionReason | None = None
) -> Conflict:
    vote(one, record, Verdict.INCLUDE, stage)
    vote(other, record, Verdict.EXCLUDE, stage, reason=reason)
    return Conflict.objects.get(record=record, stage=stage, closed_at=None)


def pdf(pages: int = 1) -> bytes:
    """A small PDF with blank pages."""

    document = pypdfium2.PdfDocument.new()
    for _ in range(pages):
        document.new_page(300, 400)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()
