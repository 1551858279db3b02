"""Building a form with its preview, and what two windows and two lists come to."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from appraisal.models import Answer, Comparison, Instrument, Item
from appraisal.services import answers
from appraisal.services.instruments import create
from reviewapp.accounts.models import User
from reviewapp.reviews.models import Review
from screening.models import Study
from tests.api.conftest import Api, api  # noqa: F401  # `api` is a fixture
from tests.appraisal.conftest import answer_all, give
from tests.appraisal.test_views import url

Login = Callable[[User], Client]
CHOICES = {"options": "yes_cant_tell_no"}


@pytest.fixture
def own(review: Review, alice: User) -> Instrument:
    return create(actor=alice, review=review, use="extraction", title="Our form")


@pytest.mark.parametrize(
    ("kind", "more", "shown"),
    [
        ("text", {}, '<input id="preview-value" name="value"'),
        ("long_text", {}, "<textarea"),
        ("number", {}, 'inputmode="decimal"'),
        ("date", {}, 'type="date"'),
        ("choice", CHOICES, "Can&#x27;t tell"),
        ("choice", {"new_options": "Rich\nThin"}, "Thin"),
        ("multiple", CHOICES, 'type="checkbox"'),
        ("entries", {}, "One entry a line"),
        ("table", {"columns": "Group\nNumber"}, ">Number</th>"),
    ],
)
def test_every_kind_of_question_is_shown_as_it_will_be_asked(
    kind: str, more: dict[str, str], shown: str, own: Instrument, alice: User, as_user: Login
) -> None:
    client = as_user(alice)
    sent = {"text": "How many took part?", "kind": kind, "hint": "In all.", **more}
    page = client.post(url("item-preview", own.review, own.pk), sent).content.decode()
    assert shown in page
    assert "How many took part?" in page
    assert not Item.objects.filter(instrument=own).exists()
    assert set(Instrument.objects.get(pk=own.pk).answer_sets) == {"yes_cant_tell_no"}
    kept = client.post(url("item-create", own.review, own.pk), {**sent, "required": "on"})
    assert kept.status_code == 302
    assert Item.objects.get(instrument=own).kind == kind


def test_half_a_question_is_shown_as_far_as_it_goes(own: Instrument, alice: User, bob: User, as_user: Login) -> None:
    assert as_user(alice).post(url("item-preview", own.review, own.pk), {"kind": "choice"}).status_code == 200
    assert as_user(bob).post(url("item-preview", own.review, own.pk), {"kind": "choice"}).status_code == 403


def test_a_question_can_depend_on_another_and_moves_by_its_buttons(
    own: Instrument, alice: User, as_user: Login
) -> None:
    client, page = as_user(alice), url("instrument-detail", own.review, own.pk)
    for text in ("Were there groups?", "How many groups?"):
        client.post(
            url("item-create", own.review, own.pk), {"text": text, "kind": "choice", "required": "on", **CHOICES}
        )
    first, second = Item.objects.filter(instrument=own)
    change = url("item-change", own.review, own.pk, second.pk)
    sent = {"text": second.text, "kind": "choice", **CHOICES, "depends_on": first.key, "depends_codes": ["yes"]}
    assert client.post(change, sent).status_code == 302
    second.refresh_from_db()
    assert second.applies_when == {first.key: ["yes"]}
    assert client.post(change, sent | {"depends_codes": []}).status_code == 422
    opened = client.get(url("item-edit", own.review, own.pk, second.pk)).content.decode()
    assert "As it will be asked" in opened
    assert f'<option value="{first.key}" selected>' in opened
    moved = client.post(url("item-move", own.review, own.pk, second.pk), {"to": "up"})
    assert moved["Location"] == f"{page}#up-{second.pk}"
    assert f'id="up-{second.pk}"' in client.get(page).content.decode()


def test_without_a_script_the_loser_of_two_windows_sees_both(
    casp: Instrument, study: Study, bob: User, as_user: Login
) -> None:
    client, [assignment] = as_user(bob), give(casp, study, bob)
    address = url("answer-keep", casp.review, assignment.pk, casp.items.get(key="q1").pk)
    client.post(address, {"value": "yes", "comment": "On page 2", "revision": "0"})
    page = client.post(address, {"value": "no", "comment": "Nowhere", "revision": "0"})
    assert page.status_code == 409
    said = page.content.decode().split('role="alert"')[1].split("</div></div>")[0]
    assert "Yes – On page 2" in said
    assert "No – Nowhere" in said
    assert Answer.objects.get().value == "yes"


def test_a_list_is_settled_entry_by_entry(
    form: Instrument, study: Study, bob: User, carol: User, tess: User, as_user: Login
) -> None:
    for one, findings in zip(give(form, study, bob, carol), (["Trust", "Cost"], ["Trust.", "Stigma"]), strict=True):
        answers.finish(actor=one.person, assignment=answer_all(one, key_findings=findings))
    comparison = Comparison.objects.get()
    page = as_user(tess).get(reverse("appraisal:comparison", args=[form.review.pk, comparison.pk])).content.decode()
    entries = page.split('aria-label="Entries given"')[1].split("</ul>")[0]
    assert entries.count('type="checkbox"') == 3  # the one that both gave stands once
    assert entries.count(" checked") == 1
    field = page.split('id="v-key_findings-value"')[1].split("</textarea>")[0]
    assert "Trust" in field
    assert "Cost" not in field


def test_a_list_stands_in_its_field_again_when_the_sheet_is_opened_anew(
    form: Instrument, study: Study, bob: User, as_user: Login
) -> None:
    client, [assignment] = as_user(bob), give(form, study, bob)
    item = form.items.get(key="key_findings")
    client.post(url("answer-keep", form.review, assignment.pk, item.pk), {"value": "Trust\nCost <b>", "revision": "0"})
    page = client.get(url("bench", form.review, assignment.pk)).content.decode()
    field = page.split('id="q-key_findings-value"')[1].split("</textarea>")[0]
    assert field.endswith(">Trust\nCost &lt;b&gt;")


def test_programs_build_an_instrument_too(own: Instrument, alice: User, api: Api) -> None:  # noqa: F811
    client, base = api(alice), f"/api/v1/reviews/{own.review_id}/instruments/{own.pk}/"

    def sent(method: str, tail: str, body: object) -> dict[str, Any]:
        answer = getattr(client, method)(base + tail, body, format="json")
        assert answer.status_code in {200, 201}, answer.content
        return dict(answer.json())

    made = sent(
        "post", "answer-sets/", {"name": "Depth", "answers": [{"label": "Rich", "tone": "good"}, {"label": "Thin"}]}
    )
    assert [one["code"] for one in made["answer_sets"]["depth"]] == ["rich", "thin"]
    named = sent("patch", "answer-sets/depth/", {"labels": {"thin": "Sparse"}})
    assert named["answer_sets"]["depth"][1]["label"] == "Sparse"
    first, second = (
        sent("post", "items/", {"text": text, "kind": "choice", "options": "depth"})["id"] for text in ("One", "Two")
    )
    assert [item["id"] for item in sent("post", f"items/{second}/moves/", {"up": True})["items"]] == [second, first]
    client.delete(f"{base}items/{first}/")
    assert sent("post", f"items/{first}/return/", {})["items"][1]["retired_at"] is None
    table = sent(
        "put", "table-settings/", {"columns": ["q2", "q1"], "abbreviations": {"HIV": "human immunodeficiency virus"}}
    )
    assert (table["table_columns"], table["abbreviations"]["HIV"]) == (["q2", "q1"], "human immunodeficiency virus")
    assert client.patch(f"{base}answer-sets/none/", {"labels": {"x": "y"}}, format="json").status_code == 422
