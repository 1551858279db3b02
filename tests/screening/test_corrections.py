"""A record can be mended by hand: for everybody, told by whom, through merges and new looks for duplicates, and taken back."""

from collections.abc import Callable

import pytest
from django.test import Client
from rest_framework.test import APIClient

from reviewapp.accounts.models import User
from reviewapp.audit.models import AuditEvent
from reviewapp.lib.errors import AlreadyDone, BadText, Invalid
from reviewapp.reviews.models import Review
from screening.choices import Verdict
from screening.models import Record, RecordCorrection
from screening.queries.corrections import latest_correction, note_corrections
from screening.services import duplicates
from screening.services.corrections import correct_record, undo_correction
from screening.services.records import choose_shown, refresh
from tests.factories import RecordFactory
from tests.screening.helpers import TA, page, url, vote

Login = Callable[[User], Client]


def shown(record: Record) -> Record:
    record.refresh_from_db()
    return record


def test_a_missing_abstract_is_filled_and_the_reference_keeps_its_own(bob: User, record: Record) -> None:
    correct_record(actor=bob, record=record, changes={"abstract": "From the\r\npublisher", "year": 2020})
    assert (shown(record).abstract, record.year) == ("From the\npublisher", 2020)
    reference = record.references.get()
    assert (reference.abstract, reference.year) == ("", 2021)
    rows = RecordCorrection.objects.filter(record=record, ended_at=None).values_list("field", "value", "before")
    assert set(rows) == {("abstract", "From the\npublisher", ""), ("year", 2020, 2021)}
    event = AuditEvent.objects.get(action="screening.record.corrected")
    assert (event.actor, event.after["year"], event.before["year"]) == (bob, 2020, 2021)
    assert Record.objects.matching("publisher").get() == record


def test_it_outlives_every_new_derivation(bob: User, record: Record) -> None:
    correct_record(actor=bob, record=record, changes={"title": "As the paper says"})
    refresh([record.pk])
    choose_shown(actor=bob, record=record, reference=record.references.get())
    assert shown(record).title == "As the paper says"


def test_a_second_correction_ends_the_first_and_undo_shows_the_references(
    bob: User, carol: User, record: Record
) -> None:
    given = record.title
    correct_record(actor=bob, record=record, changes={"title": "First"})
    correct_record(actor=carol, record=record, changes={"title": "Second"})
    assert list(RecordCorrection.objects.values_list("value", "before", "ended_by__name")) == [
        ("First", given, "Carol"),
        ("Second", "First", None),
    ]
    undo_correction(actor=bob, record=record, field="title")
    assert shown(record).title == given
    with pytest.raises(AlreadyDone):
        undo_correction(actor=bob, record=record, field="title")


def test_what_the_references_say_anyway_is_no_correction(bob: User, record: Record) -> None:
    given = record.title
    correct_record(actor=bob, record=record, changes={"title": given, "authors": list(record.authors)})
    assert not RecordCorrection.objects.exists()
    assert not AuditEvent.objects.filter(action="screening.record.corrected").exists()
    correct_record(actor=bob, record=record, changes={"title": "Other"})
    correct_record(actor=bob, record=record, changes={"title": given})
    assert not RecordCorrection.objects.filter(ended_at=None).exists()


def test_it_follows_its_record_through_merge_and_split(review: Review, bob: User, carol: User) -> None:
    first, second = RecordFactory(review=review, title="One"), RecordFactory(review=review, title="Two")
    correct_record(actor=bob, record=second, changes={"abstract": "Found by hand", "title": "Two, mended"})
    correct_record(actor=carol, record=first, changes={"title": "One, mended"})
    kept = duplicates.link([first.references.get().pk, second.references.get().pk])
    assert kept == [first.pk] or shown(first).merged_into_id is None
    assert (shown(first).title, first.abstract) == ("One, mended", "Found by hand")
    note_corrections([first])
    assert {(row.field, row.made_by.name) for row in first.corrected} == {("title", "Carol"), ("abstract", "Bob")}  # type: ignore[attr-defined]
    duplicates.split(actor=bob, reference=first.references.get(own_record=second))
    assert (shown(first).title, first.abstract) == ("One, mended", "")
    assert (shown(second).title, second.abstract) == ("Two, mended", "Found by hand")


def test_undo_on_a_merged_record_ends_what_came_with_the_other(review: Review, bob: User) -> None:
    first, second = RecordFactory(review=review), RecordFactory(review=review)
    correct_record(actor=bob, record=second, changes={"abstract": "Found by hand"})
    duplicates.link([first.references.get().pk, second.references.get().pk])
    undo_correction(actor=bob, record=first, field="abstract")
    assert shown(first).abstract == ""


@pytest.mark.parametrize(
    "changes",
    [{"year": 20}, {"year": "2020"}, {"doi": "none"}, {"title": "x" * 5001}, {"raw": "x"}, {"pmid": "1" * 21}],
)
def test_what_no_title_page_says_is_refused(bob: User, record: Record, changes: dict[str, object]) -> None:
    with pytest.raises(Invalid):
        correct_record(actor=bob, record=record, changes=changes)
    with pytest.raises(BadText):
        correct_record(actor=bob, record=record, changes={"title": "a\x00b"})
    assert not RecordCorrection.objects.exists()


def fields(record: Record, **changes: object) -> dict[str, object]:
    values = {name: getattr(record, name) or "" for name in Record.FIELDS}
    lists = {name: "\n".join(getattr(record, name)) for name in ("authors", "keywords")}
    return {**values, **lists, "seen": latest_correction(record), "reason": "", **changes}


def test_the_form_saves_only_what_was_changed_and_leads_back_to_the_desk(
    bob: User, record: Record, as_user: Login
) -> None:
    client = as_user(bob)
    desk = client.get(url("desk", record.review, TA)).content.decode()
    address = url("record-edit", record.review, record.pk) + f"?stage={TA}"
    assert f'{address}#id_abstract">Fill it in' in desk
    saved = client.post(address, fields(record, abstract="Typed in", authors="Okello T\nBerg R\nNew N"))
    assert saved.headers["Location"] == f"{url('desk', record.review, TA)}?record={record.pk}"
    assert set(RecordCorrection.objects.values_list("field", flat=True)) == {"abstract", "authors"}
    assert "Corrected: " in client.get(saved.headers["Location"]).content.decode()
    back = client.post(url("correction-undo", record.review, record.pk), {"field": "abstract"})
    assert back.status_code == 302
    assert shown(record).abstract == ""


def test_a_form_opened_before_a_colleague_saved_is_kept_and_told(
    bob: User, carol: User, record: Record, as_user: Login
) -> None:
    opened = fields(record, title="Bob's")
    correct_record(actor=carol, record=record, changes={"title": "Carol's"})
    refused = as_user(bob).post(url("record-edit", record.review, record.pk), opened)
    assert refused.status_code == 409
    assert "Bob&#x27;s" in refused.content.decode()
    assert shown(record).title == "Carol's"


@pytest.mark.parametrize(("who", "status"), [("bob", 200), ("alice", 200), ("olga", 403), ("tess", 403), ("dave", 404)])
def test_who_may_correct(who: str, status: int, record: Record, as_user: Login, request: pytest.FixtureRequest) -> None:
    client = as_user(request.getfixturevalue(who))
    address = url("record-edit", record.review, record.pk)
    assert client.get(address).status_code == status
    assert client.post(address, fields(record, title="New")).status_code == (302 if status == 200 else status)
    undone = client.post(url("correction-undo", record.review, record.pk), {"field": "title"})
    assert undone.status_code == (302 if status == 200 else status)


def test_programs_correct_and_take_back(bob: User, record: Record) -> None:
    client = APIClient()
    client.force_authenticate(bob)
    address = f"/api/v1/reviews/{record.review_id}/records/{record.pk}/"
    answer = client.patch(address, {"abstract": "Found", "reason": "publisher's page"}, format="json").json()
    assert answer["abstract"] == "Found"
    assert [(row["field"], row["value"], row["made_by"]) for row in answer["corrections"]] == [
        ("abstract", "Found", "Bob")
    ]
    assert client.patch(address, {"verdict": "include"}, format="json").status_code == 422
    assert client.delete(f"{address}corrections/abstract/").status_code == 204
    assert client.delete(f"{address}corrections/abstract/").status_code == 409
    assert client.get(address).json()["corrections"] == []


def test_a_hidden_vote_leaves_no_trace_on_the_form(bob: User, carol: User, record: Record, client: Client) -> None:
    address = url("record-edit", record.review, record.pk)
    before = page(client, bob, address)
    vote(carol, record, Verdict.EXCLUDE, note="secret", labels=["secret"])
    assert page(client, bob, address) == before
