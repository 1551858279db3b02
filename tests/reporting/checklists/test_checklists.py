"""The reporting checklists: whole, filled from the data, written on by several people without loss."""

import csv
import io
from datetime import date
from typing import Any

import docx
import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from reviewapp.accounts.models import User
from reviewapp.audit.models import AuditEvent
from reviewapp.lib.errors import Invalid, NotAllowed
from reviewapp.reporting.checklists.exports import COLUMNS, checklist_file
from reviewapp.reporting.checklists.facts import FACTS
from reviewapp.reporting.checklists.queries import PLACES, progress_of, rows_of
from reviewapp.reporting.checklists.services import WrittenMeanwhile, write_entry
from reviewapp.reporting.checklists.shipped import checklists
from reviewapp.reporting.models import ChecklistEntry
from reviewapp.reviews.models import Review
from screening.choices import Stage, Verdict
from screening.models import EligibilityCriterion, ExclusionReason, Record, Search
from screening.services.decisions import make_decision
from tests.conftest import person

ENTREQ = checklists()["entreq"]


def write(review: Review, who: User, number: str = "9", revision: int = 0, **said: Any) -> ChecklistEntry:
    item = ENTREQ.item(number)
    assert item is not None
    given = {"status": "done", "text": "Ours"} | said
    return write_entry(actor=who, review=review, checklist=ENTREQ, item=item, revision=revision, **given)


def url(name: str, review: Review, *more: str) -> str:
    return reverse(f"reporting:{name}", args=[review.pk, *more])


def said(review: Review, key: str = "prisma-s") -> dict[str, str]:
    return {row.item.number: row.said for row in rows_of(review, checklists()[key])}


@pytest.mark.parametrize(
    ("key", "items", "numbers"),
    [("prisma-2020", 42, 27), ("prisma-2020-abstract", 12, 12), ("prisma-s", 16, 16), ("entreq", 21, 21)],
)
def test_every_item_is_there_once(key: str, items: int, numbers: int) -> None:
    found = [item.number for item in checklists()[key].items]
    assert len(found) == len(set(found)) == items
    assert sorted({int(number.rstrip("abcdef")) for number in found}) == list(range(1, numbers + 1))


def test_every_fact_and_place_is_known(review: Review) -> None:
    for checklist in checklists().values():
        for item in checklist.items:
            assert set(item.facts) <= FACTS.keys()
            assert not item.place or item.place in PLACES
    links = {row.item.number: row.place_url for row in rows_of(review, checklists()["prisma-2020"])}
    assert all(links[number] for number in ("1", "5", "6", "9", "11", "13c", "16a", "17", "24a"))


def test_an_empty_review_says_nothing_it_does_not_know(review: Review) -> None:
    for key in checklists():
        for row in rows_of(review, checklists()[key]):
            assert "None" not in row.said
    assert not any(said(review).values())


def test_searches_answer_prisma_s(review: Review) -> None:
    alice = person("Alice")
    more: dict[str, Any] = {"review": review, "created_by": alice}
    first = Search.objects.create(
        source="PubMed", platform="NCBI", strategy="a AND b", run_on=date(2025, 1, 6), limits="English.", **more
    )
    Search.objects.create(source="Scopus", **more)
    Search.objects.create(source="CENTRAL", kind="register", run_on=date(2025, 1, 7), rerun_of=first, **more)
    found = said(review)
    assert found["1"] == "Databases searched: PubMed (NCBI) and Scopus. The platform is not stated for Scopus."
    assert found["3"] == "Registers searched: CENTRAL."
    assert found["8"] == (
        "The strategies for PubMed are given word for word in the appendix. No strategy is recorded for Scopus and CENTRAL."
    )
    assert found["9"] == "Limits: PubMed: English."
    assert found["12"] == "Searches run again: CENTRAL on 7 January 2025."
    assert found["13"] == "Last run: PubMed: 6 January 2025; Scopus: not stated; CENTRAL: 7 January 2025."


def test_rules_and_criteria_answer_entreq(review: Review) -> None:
    EligibilityCriterion.objects.create(review=review, kind="inclusion", code="I1", text="Lived experience.")
    EligibilityCriterion.objects.create(review=review, kind="exclusion", code="E1", text="Not in English")
    found = said(review, "entreq")
    assert found["4"] == "Included when: I1 Lived experience. Excluded when: E1 Not in English."
    assert found["7"].startswith(
        "Titles and abstracts were each judged by two people, independently and without seeing"
    )


def test_own_words_stand_before_those_of_the_data(review: Review, bob: User) -> None:
    write(review, bob, "15", text="We used Tandem and paper.", location="p. 4")
    (row,) = [row for row in rows_of(review, ENTREQ) if row.item.number == "15"]
    assert "Tandem (version" in row.said
    assert row.text == "We used Tandem and paper."


# --- Writing ----------------------------------------------------------------------------------------------------------


def test_nothing_is_lost_when_two_people_write(review: Review, bob: User, carol: User) -> None:
    write(review, bob, text="Bob's")
    with pytest.raises(WrittenMeanwhile) as refused:
        write(review, carol, text="Carol's")
    assert refused.value.details == {"revision": 1}
    assert ChecklistEntry.objects.get().text == "Bob's"
    write(review, carol, revision=1, text="Bob's and Carol's")
    with pytest.raises(WrittenMeanwhile):
        write(review, bob, revision=1, text="Bob's again")
    assert ChecklistEntry.objects.get().text == "Bob's and Carol's"
    assert ChecklistEntry.objects.get().changed_by == carol


def test_saying_the_same_twice_changes_nothing(review: Review, bob: User) -> None:
    write(review, bob)
    write(review, bob)
    assert ChecklistEntry.objects.get().revision == 1
    assert AuditEvent.objects.filter(action="reporting.checklist.written").count() == 1


def test_the_history_keeps_what_stood_before(review: Review, bob: User) -> None:
    write(review, bob, text="First")
    write(review, bob, revision=1, text="Second", status="partly")
    event = AuditEvent.objects.filter(action="reporting.checklist.written").latest("sequence")
    assert event.before is not None
    assert event.after is not None
    assert (event.before["text"], event.after["text"], event.after["item"]) == ("First", "Second", "9")


def test_not_applicable_needs_a_reason(review: Review, bob: User) -> None:
    with pytest.raises(Invalid):
        write(review, bob, status="not_applicable", reason=" ")
    with pytest.raises(IntegrityError), transaction.atomic():
        ChecklistEntry.objects.create(
            review=review, checklist="entreq", item="1", status="not_applicable", changed_by=bob
        )
    write(review, bob, status="not_applicable", reason="No appraisal was meant to be done")
    assert [one.answered for one in progress_of(review)] == [0, 0, 0, 1]


def test_observers_read_and_do_not_write(client: Client, review: Review, olga: User) -> None:
    with pytest.raises(NotAllowed):
        write(review, olga)
    client.force_login(olga)
    page = client.get(url("checklist-detail", review, "entreq"))
    assert page.status_code == 200
    assert url("checklist-item", review, "entreq", "9") not in page.content.decode()
    assert client.get(url("checklist-item", review, "entreq", "9")).status_code == 403


# --- Pages ------------------------------------------------------------------------------------------------------------

FORM = {"status": "done", "text": "Twenty studies.", "location": "p. 6", "reason": "", "revision": "0"}


def test_a_page_saves_and_goes_to_the_next_item(client: Client, review: Review, bob: User) -> None:
    client.force_login(bob)
    answer = client.post(url("checklist-item", review, "entreq", "9"), FORM | {"next": "1"})
    assert answer["Location"] == url("checklist-item", review, "entreq", "10")
    page = client.get(url("checklist-detail", review, "entreq")).content.decode()
    assert "Twenty studies." in page
    assert "p. 6" in page
    rest = client.get(url("checklist-detail", review, "entreq") + "?show=open").content.decode()
    assert 'id="item-9"' not in rest
    assert 'id="item-10"' in rest


def test_a_page_shows_both_texts_when_a_colleague_was_faster(
    client: Client, review: Review, bob: User, carol: User
) -> None:
    write(review, carol, text="Carol's words")
    client.force_login(bob)
    answer = client.post(url("checklist-item", review, "entreq", "9"), FORM | {"text": "Bob's words"})
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Carol&#x27;s words" in page
    assert "Bob&#x27;s words" in page
    assert 'name="revision" value="1"' in page
    again = client.post(url("checklist-item", review, "entreq", "9"), FORM | {"text": "Both", "revision": "1"})
    assert again.status_code == 302
    assert ChecklistEntry.objects.get().text == "Both"


def test_a_page_asks_for_the_reason(client: Client, review: Review, bob: User) -> None:
    client.force_login(bob)
    answer = client.post(url("checklist-item", review, "entreq", "9"), FORM | {"status": "not_applicable"})
    assert answer.status_code == 422
    assert "Say why the item does not apply" in answer.content.decode()


@pytest.mark.parametrize("path", [("checklist-detail", "haiku"), ("checklist-item", "entreq", "99")])
def test_what_there_is_not(path: tuple[str, ...], client: Client, review: Review, bob: User) -> None:
    client.force_login(bob)
    assert client.get(url(path[0], review, *path[1:])).status_code == 404


def test_word_and_csv_have_every_item_with_its_place(review: Review, bob: User) -> None:
    write(review, bob, text="=HYPERLINK(1)", location="p. 6")
    write(review, bob, "10", status="not_applicable", reason="Not meant", text="")
    table = docx.Document(io.BytesIO(checklist_file(review, ENTREQ, "docx")[1])).tables[0]
    cells = {row.cells[0].text: [cell.text for cell in row.cells] for row in table.rows}
    assert len(cells) == 22
    assert cells["9"][3:] == ["=HYPERLINK(1)", "p. 6"]
    assert cells["10"][3:] == ["Not applicable: Not meant", "–"]
    rows = list(csv.DictReader(io.StringIO(checklist_file(review, ENTREQ, "csv")[1].decode("utf-8-sig"))))
    assert tuple(rows[0]) == COLUMNS
    assert rows[8]["authors' text"] == "'=HYPERLINK(1)"
    assert rows[9]["status"] == "Not applicable"


# --- Blinding ---------------------------------------------------------------------------------------------------------


def test_a_hidden_vote_changes_no_item(review: Review, record: Record, carol: User, reason: ExclusionReason) -> None:
    def everything() -> list[dict[str, str]]:
        return [said(review, key) for key in checklists()]

    before = everything()
    make_decision(actor=carol, record=record, stage=Stage.TITLE_ABSTRACT, verdict=Verdict.EXCLUDE)
    assert everything() == before
    make_decision(actor=person("Bob"), record=record, stage=Stage.TITLE_ABSTRACT, verdict=Verdict.EXCLUDE)
    assert everything() != before
