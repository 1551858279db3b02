"""Worlds that differ only in what Carol answered, finished or took up again look the same to everybody else."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from appraisal.models import Comparison, Instrument
from appraisal.queries.work import totals
from appraisal.services import answers, settling
from appraisal.services.answers import Given
from appraisal.visibility import answers_visible_to, events_of_answers
from reviewapp.accounts.models import User
from reviewapp.audit.models import AuditEvent
from reviewapp.reviews.models import Review
from screening.models import Study
from screening.visibility import audit_events_visible_to
from tests.api.conftest import Api, api, content_of  # noqa: F401  # `api` is a fixture
from tests.appraisal.conftest import answer_all, give
from tests.conftest import person
from tests.pages.test_blinding import TOKENS, VARYING

READERS = ("Alice", "Bob", "Tess", "Olga")
# A lead may know how many studies each person has finished: totals, never a study.
TOTALS = {("Alice", "work")}


def looks(review: Review, casp: Instrument, api: Api) -> dict[tuple[str, str], bytes]:  # noqa: F811
    """What each reader is given on the pages of appraisal, by the API, at home and in the history."""
    pages = {
        "work": reverse("appraisal:work", args=[review.pk, "appraisal"]),
        "instrument": reverse("appraisal:instrument-detail", args=[review.pk, casp.pk]),
        "assign": reverse("appraisal:assignments", args=[review.pk, casp.pk]),
        "studies": reverse("appraisal:study-list", args=[review.pk]) + "?sort=rating",
        "sorted": reverse("appraisal:table", args=[review.pk, casp.pk]) + "?sort=-year&q=a",
        "table": reverse("appraisal:table", args=[review.pk, casp.pk]),
        "agreement": reverse("appraisal:agreement", args=[review.pk, casp.pk]),
        "answers": reverse("appraisal:answers-file", args=[review.pk, casp.pk, "csv"]),
        "csv": reverse("appraisal:table-file", args=[review.pk, casp.pk, "csv"]),
        "svg": reverse("appraisal:table-file", args=[review.pk, casp.pk, "svg"]),
        "home": reverse("home"),
        "overview": reverse("review-detail", args=[review.pk]),
        "history": reverse("audit-list", args=[review.pk]),
    }
    pages |= {f"sheet {one.pk}": reverse("appraisal:bench", args=[review.pk, one.pk]) for one in casp.assignments.all()}
    addresses = [
        f"/api/v1/reviews/{review.pk}/{tail}"
        for tail in (
            "instruments/",
            f"instruments/{casp.pk}/",
            f"instruments/{casp.pk}/assignments/",
            f"instruments/{casp.pk}/table/",
            "comparisons/",
            "included-studies/?sort=-year",
            "audit-events/",
            *(f"assignments/{one.pk}/" for one in casp.assignments.all()),
        )
    ]
    seen = {}
    for reader in READERS:
        client = Client()
        client.force_login(person(reader))
        asked = [(name, client.get(url)) for name, url in pages.items() if (reader, name) not in TOTALS]
        asked += [(url, api(person(reader)).get(url)) for url in addresses]
        for name, answer in asked:
            headers = {key: value for key, value in answer.items() if key not in VARYING}
            identity = answer.get("X-Request-ID", "-").encode()
            body = TOKENS.sub(b"", content_of(answer)).replace(identity, b"")
            seen[reader, name] = repr((answer.status_code, sorted(headers.items()))).encode() + body
    return seen


def in_a_world(act: Callable[[], object], look: Callable[[], dict[Any, bytes]]) -> dict[Any, bytes]:
    with transaction.atomic():
        act()
        seen = look()
        transaction.set_rollback(True)
    return seen


def test_a_colleagues_answers_leave_no_trace(
    review: Review,
    casp: Instrument,
    study: Study,
    bob: User,
    carol: User,
    api: Api,  # noqa: F811
) -> None:
    _, hers = give(casp, study, bob, carol)

    def answers_one() -> None:
        item = casp.items.get(key="q1")
        answers.keep_answer(actor=carol, assignment=hers, item=item, given=Given("no", comment="secret"))

    def finishes() -> None:
        answers.finish(actor=carol, assignment=answer_all(hers, q6="no"))

    def takes_up_again() -> None:
        finishes()
        answers.take_up_again(actor=carol, assignment=hers)

    def look() -> dict[tuple[str, str], bytes]:
        return looks(review, casp, api)

    nothing = in_a_world(lambda: None, look)
    for act in (answers_one, finishes, takes_up_again):
        seen = in_a_world(act, look)
        assert [place for place in nothing if nothing[place] != seen[place]] == [], act.__name__


def test_the_probe_sees_ones_own_answer(
    review: Review,
    casp: Instrument,
    study: Study,
    bob: User,
    carol: User,
    api: Api,  # noqa: F811
) -> None:
    mine, _ = give(casp, study, bob, carol)
    nothing = in_a_world(lambda: None, lambda: looks(review, casp, api))
    seen = in_a_world(lambda: answer_all(mine), lambda: looks(review, casp, api))
    changed = {place for place in nothing if nothing[place] != seen[place]}
    assert {reader for reader, _ in changed} == {"Bob"}
    assert ("Bob", f"sheet {mine.pk}") in changed


@pytest.mark.parametrize("name", ["Alice", "Tess", "Olga", "Carol"])
def test_answers_are_seen_by_all_once_all_have_finished(
    name: str, review: Review, casp: Instrument, study: Study, bob: User, carol: User
) -> None:
    first, second = give(casp, study, bob, carol)
    answers.finish(actor=bob, assignment=answer_all(first))
    assert not answers_visible_to(person(name), review).filter(assignment__person=bob).exists()
    answers.finish(actor=carol, assignment=answer_all(second, q6="no"))
    assert answers_visible_to(person(name), review).filter(assignment__person=bob).count() == 10


def test_an_open_difference_names_nobody(compared: Comparison, tess: User, bob: User, client: Client) -> None:
    review = compared.instrument.review
    client.force_login(tess)
    page = client.get(reverse("appraisal:comparison", args=[review.pk, compared.pk])).content.decode()
    table = page.split('<ol class="compared">')[1]
    assert "Appraiser 1" in table
    assert "Appraiser 2" in table
    assert not {"Bob", "Carol"} & set(table.replace("<", " ").replace(">", " ").split())
    exported = client.get(reverse("appraisal:answers-file", args=[review.pk, compared.instrument_id, "csv"]))
    assert "Bob" not in exported.content.decode()
    # The events would tell who Appraiser 1 is.
    assert not audit_events_visible_to(tess, review).filter(action="appraisal.answer.kept").exists()
    assert audit_events_visible_to(bob, review).filter(action="appraisal.answer.kept").count() == 10


def test_once_settled_names_and_events_are_open(compared: Comparison, tess: User, olga: User) -> None:
    review = compared.instrument.review
    item = compared.instrument.items.get(key="q6")
    settling.rule(actor=tess, comparison=compared, item=item, value="yes", rationale="They tell of a diary.")
    assert AuditEvent.objects.filter(events_of_answers(olga, review), action="appraisal.answer.kept").count() == 20
    assert audit_events_visible_to(olga, review).filter(action="appraisal.answer.kept").count() == 20


def test_a_lead_sees_totals_per_person(casp: Instrument, study: Study, bob: User, carol: User) -> None:
    first, _ = give(casp, study, bob, carol)
    answers.finish(actor=bob, assignment=answer_all(first))
    assert [(str(row.person), row.assigned, row.finished) for row in totals(casp)] == [("Bob", 1, 1), ("Carol", 1, 0)]
