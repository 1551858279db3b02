"""The pages of appraisal and extraction."""

import io
from collections.abc import Callable

import docx
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from python_calamine import CalamineWorkbook

from appraisal.models import Answer, Assignment, Comparison, Instrument, Settlement
from appraisal.queries.matrix import matrix
from appraisal.services import answers, settling
from appraisal.services.answers import Given
from reviewapp.accounts.models import User
from reviewapp.reviews.models import Review
from screening.models import Study
from tests.appraisal.conftest import answer_all, give, include_study
from tests.conftest import person

Login = Callable[[User], Client]


def url(name: str, review: Review, *args: object) -> str:
    return reverse(f"appraisal:{name}", args=[review.pk, *args])


def test_a_lead_takes_an_instrument_and_assigns_a_study(
    review: Review, study: Study, alice: User, bob: User, carol: User, as_user: Login
) -> None:
    client = as_user(alice)
    assert "Choose an instrument" in client.get(url("work", review, "appraisal")).content.decode()
    answer = client.post(url("instrument-adopt", review, "casp-qualitative"), {"people": "2"}, follow=True)
    assert "Spread evenly" in answer.content.decode()
    casp = Instrument.objects.get()
    client.post(url("study-assign", review, casp.pk, study.pk), {"person": [bob.pk, carol.pk]})
    assert Assignment.objects.filter(study=study).count() == 2
    client.post(url("studies-spread", review, casp.pk), {"person": [bob.pk]}, follow=True)
    assert Assignment.objects.count() == 2


def test_an_answer_saves_itself_and_a_stale_one_is_told_both(
    casp: Instrument, study: Study, bob: User, as_user: Login
) -> None:
    review, client = casp.review, as_user(bob)
    [assignment] = give(casp, study, bob)
    item = casp.items.get(key="q1")
    address = url("answer-keep", review, assignment.pk, item.pk)
    asked = {"HTTP_ACCEPT": "application/json"}
    saved = client.post(address, {"value": "yes", "comment": "Stated on page 2", "revision": "0"}, **asked).json()
    assert (saved["revision"], saved["answered"]) == (1, 1)
    stale = client.post(address, {"value": "no", "revision": "0"}, **asked)
    assert stale.status_code == 409
    assert stale.json()["theirs"]["lines"] == ["Yes"]
    assert Answer.objects.get().value == "yes"
    refused = client.post(address, {"value": "perhaps", "revision": "1"}, **asked)
    assert refused.status_code == 422
    plain = client.post(address, {"value": "no", "revision": "1"})
    assert plain.status_code == 302
    assert Answer.objects.get().value == "no"


def test_finishing_says_what_is_missing_and_keeps_everything(
    casp: Instrument, study: Study, bob: User, as_user: Login
) -> None:
    client, [assignment] = as_user(bob), give(casp, study, bob)
    answer = client.post(url("study-finish", casp.review, assignment.pk))
    assert answer.status_code == 422
    assert "Not answered yet: 1, 2" in answer.content.decode()


@pytest.mark.parametrize(
    ("who", "status"), [("Bob", 200), ("Carol", 404), ("Alice", 404), ("Olga", 404), ("Dave", 404)]
)
def test_a_sheet_is_its_persons_own(
    who: str, status: int, casp: Instrument, study: Study, bob: User, as_user: Login
) -> None:
    [assignment] = give(casp, study, bob)
    assert as_user(person(who)).get(url("bench", casp.review, assignment.pk)).status_code == status


@pytest.mark.parametrize(("who", "status"), [("Alice", 200), ("Bob", 403), ("Olga", 403), ("Dave", 404)])
def test_who_may_assign(who: str, status: int, casp: Instrument, as_user: Login) -> None:
    assert as_user(person(who)).get(url("assignments", casp.review, casp.pk)).status_code == status


def test_differences_are_settled_on_the_page(compared: Comparison, bob: User, carol: User, as_user: Login) -> None:
    review, item = compared.instrument.review, compared.instrument.items.get(key="q6")
    page = as_user(bob).get(url("comparison", review, compared.pk)).content.decode()
    assert "1 question to settle" in page
    as_user(bob).post(url("propose", review, compared.pk, item.pk), {"value": "cant_tell", "rationale": "Not a word."})
    assert "Confirm" in as_user(carol).get(url("comparison", review, compared.pk)).content.decode()
    seen = {"proposal": Settlement.objects.get().pk}
    assert as_user(carol).post(url("confirm", review, compared.pk, item.pk)).status_code == 409
    as_user(carol).post(url("confirm", review, compared.pk, item.pk), seen)
    assert Settlement.objects.get().settled_at is not None
    refused = as_user(bob).post(url("propose", review, compared.pk, item.pk), {"value": "yes"})
    assert refused.status_code == 409


def test_the_third_assessors_form_needs_a_reason(compared: Comparison, tess: User, bob: User, as_user: Login) -> None:
    review, item = compared.instrument.review, compared.instrument.items.get(key="q6")
    assert as_user(tess).post(url("rule", review, compared.pk, item.pk), {"value": "yes"}).status_code == 422
    assert as_user(bob).post(url("rule", review, compared.pk, item.pk), {"value": "yes"}).status_code == 403
    as_user(tess).post(url("rule", review, compared.pk, item.pk), {"value": "yes", "rationale": "They say so."})
    assert Settlement.objects.get().rationale == "They say so."


def test_entries_of_a_form_are_settled_entry_by_entry(
    form: Instrument, study: Study, bob: User, carol: User, as_user: Login
) -> None:
    first, second = give(form, study, bob, carol)
    answers.finish(actor=bob, assignment=answer_all(first, key_findings=["Hope", "Stigma"]))
    answers.finish(actor=carol, assignment=answer_all(second, key_findings=["Hope"]))
    compared = Comparison.objects.get()
    item = form.items.get(key="key_findings")
    as_user(bob).post(url("propose", form.review, compared.pk, item.pk), {"value": "Hope\nStigma at home"})
    as_user(carol).post(url("confirm", form.review, compared.pk, item.pk), {"proposal": Settlement.objects.get().pk})
    assert Settlement.objects.get().value == ["Hope", "Stigma at home"]
    page = as_user(carol).get(url("table", form.review, form.pk)).content.decode()
    assert "<li>Stigma at home</li>" in page


def test_a_table_of_cells_is_kept_row_by_row(
    review: Review, study: Study, alice: User, bob: User, as_user: Login
) -> None:
    client = as_user(alice)
    client.post(url("instrument-create", review), {"use": "extraction", "title": "Arms", "people": "1"})
    made = Instrument.objects.get()
    sent = {"text": "Groups", "kind": "table", "columns": "Name\nn", "required": "on"}
    client.post(url("item-create", review, made.pk), sent)
    [assignment] = give(made, study, bob)
    cells = {"cell-0-0": "Peers", "cell-0-1": "12", "cell-1-0": "", "cell-1-1": "", "revision": "0"}
    as_user(bob).post(url("answer-keep", review, assignment.pk, made.items.get().pk), cells)
    assert Answer.objects.get().value == [["Peers", "12"]]
    as_user(bob).post(url("study-finish", review, assignment.pk))
    assert "Peers; 12" in as_user(bob).get(url("table", review, made.pk)).content.decode()


def test_a_builder_refuses_what_cannot_be_asked(casp: Instrument, alice: User, as_user: Login) -> None:
    client, address = as_user(alice), url("item-create", casp.review, casp.pk)
    refused = client.post(address, {"text": "Which?", "kind": "choice"})
    assert refused.status_code == 422
    assert "Choose which answers" in refused.content.decode()
    client.post(address, {"text": "Which?", "kind": "choice", "new_options": "One\nOther", "required": "on"})
    item = casp.items.get(text="Which?")
    assert [answer["label"] for answer in Instrument.objects.get().answer_sets[item.options]] == ["One", "Other"]


def test_tables_leave_as_files(compared: Comparison, tess: User, as_user: Login) -> None:
    casp = compared.instrument
    settling.rule(actor=tess, comparison=compared, item=casp.items.get(key="q6"), value="no", rationale="=A1 says no.")
    client = as_user(tess)

    def file(form: str) -> bytes:
        answer = client.get(url("table-file", casp.review, casp.pk, form))
        assert answer.status_code == 200
        return bytes(answer.content)

    assert b"Okello 2021,Yes,Yes,Yes,Yes,Yes,No,Yes" in file("csv")
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(file("xlsx"))).get_sheet_by_index(0).to_python()
    assert sheet[1][1:9] == ["Okello 2021", "Yes", "Yes", "Yes", "Yes", "Yes", "No", "Yes"]
    document = docx.Document(io.BytesIO(file("docx")))
    assert [cell.text for cell in document.tables[0].rows[1].cells][1:8] == ["Okello 2021", *["Yes"] * 5, "No"]
    assert file("png").startswith(b"\x89PNG")
    assert file("pdf").startswith(b"%PDF")
    assert "Okello 2021" in file("svg").decode()
    every = client.get(url("answers-file", casp.review, casp.pk, "csv")).content.decode()
    assert every.count("Okello 2021") == 20
    assert "'=A1 says no." in every


def test_agreement_is_of_the_independent_answers(compared: Comparison, tess: User, as_user: Login) -> None:
    page = as_user(tess).get(url("agreement", compared.instrument.review, compared.instrument_id)).content.decode()
    assert "1 of 1 study" in page
    assert "95.0 %" not in page  # nine of ten
    assert "90.0 %" in page
    assert "Agreement on “Can&#x27;t tell”" in page
    assert "cant_tell" not in page.split("Over all questions")[1]
    settling.rule(
        actor=tess,
        comparison=compared,
        item=compared.instrument.items.get(key="q6"),
        value="yes",
        rationale="They say so.",
    )
    again = as_user(tess).get(url("agreement", compared.instrument.review, compared.instrument_id)).content.decode()
    assert "90.0 %" in again


def test_as_many_queries_for_many_studies_as_for_few(
    casp: Instrument, study: Study, bob: User, carol: User, as_user: Login
) -> None:
    counts, client = [], as_user(carol)
    for more in (1, 5):
        for number in range(more):
            another = include_study(casp.review, f"Berg {more}{number}")
            for assignment in give(casp, another, bob, carol):
                answers.finish(actor=assignment.person, assignment=answer_all(assignment))
        pages = [
            url("table", casp.review, casp.pk),
            url("work", casp.review, "appraisal"),
            url("agreement", casp.review, casp.pk),
        ]
        for page in pages:
            client.get(page)
        with CaptureQueriesContext(connection) as asked:
            for page in pages:
                assert client.get(page).status_code == 200
        counts.append(len(asked))
    assert counts[0] == counts[1]
    assert len(matrix(casp).rows) == 7


def test_awkward_texts_are_shown_whole(form: Instrument, study: Study, bob: User, carol: User, as_user: Login) -> None:
    first, second = give(form, study, bob, carol)
    item = form.items.get(key="objective")
    answers.keep_answer(
        actor=bob, assignment=first, item=item, given=Given("العيش <b>مع</b> المرض", quotation="“…”", page="4")
    )
    page = as_user(bob).get(url("bench", form.review, first.pk)).content.decode()
    assert "العيش &lt;b&gt;مع&lt;/b&gt; المرض" in page
    assert second.pk != first.pk
