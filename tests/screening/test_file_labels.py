"""Labels of another program in an imported file tell nobody a judgement before its time."""

from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from reviewapp.accounts.models import User
from reviewapp.jobs.choices import JobState
from reviewapp.jobs.models import Job
from reviewapp.reviews.models import Review
from screening import tasks
from screening.choices import Verdict
from screening.handover.veil import VEIL, fields_tell, line_without_labels, tells
from screening.models import Conflict, Reference
from screening.services import imports
from tests.api.conftest import content_of
from tests.factories import SearchFactory
from tests.screening.helpers import url, vote

Login = Callable[[User], Client]
SECRETS = (b"Xenia", b"Excluded", b"wrong place", b"Peers at last")
RIS = """TY  - JOUR
TI  - Peers in the valley
PY  - 2021
VL  - 12
N1  - RAYYAN-INCLUSION: {"Xenia"=>"Excluded"} | RAYYAN-EXCLUSION-REASONS: wrong place | USER-NOTES: {"Xenia"=>["Peers at last"]}
ER  -
"""


@pytest.fixture
def reference(review: Review, alice: User) -> Reference:
    file = SimpleUploadedFile("rayyan.ris", RIS.encode())
    batch = imports.upload(actor=alice, search=SearchFactory(review=review), file=file)
    job = imports.confirm(actor=alice, batch=batch)
    tasks.import_references(str(job.pk))
    assert Job.objects.get(pk=job.pk).state == JobState.DONE
    return Reference.objects.get(batch=batch)


def places(reference: Reference) -> list[str]:
    review, inside = reference.review, f"/api/v1/reviews/{reference.review_id}/"
    return [
        url("reference-detail", review, reference.pk),
        url("record-detail", review, reference.record_id),
        url("record-export", review, "ris"),
        url("record-export", review, "csv"),
        f"{inside}references/{reference.pk}/",
        f"{inside}records/{reference.record_id}/",
        f"{inside}records/export/?kind=csl-json",
    ]


def files(reference: Reference) -> list[str]:
    inside = f"/api/v1/reviews/{reference.review_id}/imports/{reference.batch_id}/"
    return [
        url("import-file", reference.review, reference.batch_id),
        url("import-problems", reference.review, reference.batch_id),
        f"{inside}file/",
        f"{inside}problems/",
    ]


def read(client: Client, address: str) -> bytes:
    answer = client.get(address)
    assert answer.status_code == 200, (address, answer.status_code)
    return content_of(answer)


def told(client: Client, addresses: list[str]) -> set[str]:
    return {address for address in addresses if any(secret in read(client, address) for secret in SECRETS)}


def test_labels_stay_hidden_while_anybody_has_a_vote_due(
    alice: User, bob: User, carol: User, olga: User, reference: Reference, as_user: Login
) -> None:
    record = reference.record
    for who in (alice, bob, olga):
        assert told(as_user(who), places(reference)) == set()
    vote(bob, record, Verdict.INCLUDE)
    assert told(as_user(bob), places(reference)) == set()
    vote(carol, record, Verdict.EXCLUDE)
    assert Conflict.objects.filter(record=record, closed_at=None).exists()
    assert told(as_user(bob), places(reference)) == set()
    shown = read(as_user(bob), places(reference)[0])
    assert VEIL.encode() in shown
    assert b"hidden until all votes on its record are in" in shown
    assert b">12<" in shown.replace(b' dir="auto"', b"")  # what is no label stays


def test_they_are_shown_when_the_record_is_settled(
    bob: User, carol: User, reference: Reference, as_user: Login
) -> None:
    for who in (bob, carol):
        vote(who, reference.record, Verdict.EXCLUDE)
    shown = places(reference)
    # An export of records never tells a judgement.
    assert told(as_user(bob), shown) == {place for place in shown if "export" not in place}
    assert told(as_user(bob), [place for place in files(reference) if "problems" not in place])


def test_a_file_with_labels_opens_for_nobody_else_while_its_records_wait(
    alice: User, bob: User, reference: Reference, as_user: Login
) -> None:
    for address in files(reference):
        assert as_user(bob).get(address).status_code == 409
    assert read(as_user(alice), files(reference)[0]) == RIS.encode()  # whose file it is
    Reference.objects.filter(pk=reference.pk).update(raw="TY  - JOUR", raw_fields=[["VL", "12"]])
    assert read(as_user(bob), files(reference)[0])


@pytest.mark.parametrize(
    ("tag", "value", "hidden"),
    [
        ("N1", 'RAYYAN-INCLUSION: {"Ann"=>"Included"}', True),
        ("N1", "ASReview_relevant", True),
        ("notes", "Exclusion reason: Wrong population;", True),
        ("asreview_label", "1", True),
        ("Ann", "Excluded", True),
        ("included", "1", True),
        ("AB", "Adults were included and excluded by age", False),
        ("VL", "12", False),
        ("included", "", False),
    ],
)
def test_what_counts_as_a_label(tag: str, value: str, hidden: bool) -> None:
    assert tells(value, tag) is hidden
    assert fields_tell("", [[tag, value]]) is hidden


def test_a_line_of_a_problem_holds_no_label() -> None:
    assert line_without_labels("PY  - twenty") == "PY  - twenty"
    assert line_without_labels('N1  - RAYYAN-INCLUSION: {"Ann"=>"Included"}') == VEIL


def test_the_database_knows_the_same_labels(bob: User, reference: Reference, as_user: Login) -> None:
    for fields, status in (
        ([["asreview_label", "1"]], 409),
        ([["Ann", "Excluded"]], 409),
        ([["AB", "Adults were included"]], 200),
        ([["included", ""]], 200),
    ):
        Reference.objects.filter(pk=reference.pk).update(raw="TY  - JOUR", raw_fields=fields)
        answer = as_user(bob).get(files(reference)[0])
        content_of(answer)
        assert answer.status_code == status, fields
