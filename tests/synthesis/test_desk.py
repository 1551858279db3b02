"""The coding desk through the client: what it shows, what may be done on it, and that it tells nothing of a colleague."""

import json
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from reviewapp.accounts.models import User
from reviewapp.reviews.models import Review
from screening.models import Study
from synthesis.models import (
    Act,
    Code,
    Coding,
    CodingComparison,
    Finding,
    FindingsText,
    Quotation,
    SetAside,
    TextVersion,
)
from synthesis.queries.desk import shown_lines
from synthesis.services import coding, journal
from synthesis.services.assigning import assign, set_open
from synthesis.services.finishing import finish
from synthesis.services.texts import add_text
from tests.synthesis.conftest import CONTENT, give, span

JSON = {"Accept": "application/json"}


def post(client: Client, place: str, *args: Any, **sent: Any) -> Any:
    return client.post(reverse(f"synthesis:{place}", args=args), sent, headers=JSON)


def desk_of(client: Client, study: Study, query: str = "") -> Any:
    return client.get(reverse("synthesis:desk", args=[study.review_id, study.pk]) + query)


def state_in(answer: Any) -> dict[str, Any]:
    found: dict[str, Any] = answer.context["state"]
    return found


@pytest.fixture
def as_bob(client: Client, bob: User, apart: None) -> Client:
    client.force_login(bob)
    return client


def test_the_desk_shows_numbered_lines_with_quotations(as_bob: Client, version: TextVersion, study: Study) -> None:
    start, end = span(version, "“I walked in and they were laughing. I came back the next week and the next.”")
    Quotation.objects.create(version=version, start=start, end=end)
    page = desk_of(as_bob, study)
    shown = [row.text for row in page.context["lines"]]
    assert " ".join(shown).split() == CONTENT.split()
    assert [row.text[:9] for row in page.context["lines"] if row.is_quotation] == ["“I walked"]
    assert page.context["layer"] == "own"
    assert b'value="1"' in page.content


def test_a_stretch_is_coded_recoded_and_taken_back(as_bob: Client, version: TextVersion, review: Review) -> None:
    start, end = span(version, "clinic 😀")
    text = version.text_id
    answer = post(
        as_bob, "coding-make", review.pk, text, version=version.pk, start=start, end=end, name="clinic"
    ).json()
    [made] = answer["codings"]
    assert (made["start"], made["end"], made["mine"], Coding.objects.get().quote) == (start, end, True, "clinic 😀")
    assert [code["name"] for code in answer["codes"]] == ["clinic"]
    assert answer["undo"]["label"] == "Coded “clinic 😀”"
    changed = post(as_bob, "coding-change", review.pk, made["id"], name="safe to ask", contrary="yes").json()
    assert [(row["name"], row["contrary"]) for row in changed["codings"]] == [("safe to ask", True)]
    ends = post(as_bob, "coding-change", review.pk, made["id"], version=version.pk, start=start, end=end - 2).json()
    assert ends["codings"][0]["end"] == end - 2
    gone = post(as_bob, "coding-remove", review.pk, made["id"]).json()
    assert gone["gone"] == [made["id"]]
    back = post(as_bob, "undo", review.pk, expected=gone["undo"]["id"], text=text).json()
    assert back["done"]
    assert [row["id"] for row in back["codings"]] == [made["id"]]
    assert "Took" in back["told"]


def test_undo_that_is_sent_twice_takes_back_one_act(as_bob: Client, version: TextVersion, review: Review) -> None:
    for words in ("told nobody", "first meeting"):
        start, end = span(version, words)
        post(as_bob, "coding-make", review.pk, version.text_id, start=start, end=end, name=words)
    last = Act.objects.order_by("number").last()
    for _ in range(2):
        assert post(as_bob, "undo", review.pk, expected=last.pk, text=version.text_id).status_code == 200
    assert [row.code.name for row in Coding.objects.filter(removed_at=None)] == ["told nobody"]
    for _ in range(2):
        assert post(as_bob, "redo", review.pk, expected=last.pk, text=version.text_id).status_code == 200
    first = Act.objects.order_by("number").first()
    assert post(as_bob, "undo", review.pk, expected=first.pk, text=version.text_id).status_code == 409
    assert Coding.objects.filter(removed_at=None).count() == 2


def test_a_form_codes_a_range_of_lines_without_a_script(as_bob: Client, version: TextVersion, review: Review) -> None:
    url = reverse("synthesis:coding-make", args=[review.pk, version.text_id])
    answer = as_bob.post(url, {"first": "2", "last": "3", "name": "first meeting"}, follow=True)
    assert Coding.objects.get().quote.startswith("Participants described")
    assert "first meeting" in answer.content.decode()
    aside = reverse("synthesis:stretch-set-aside", args=[review.pk, version.text_id])
    as_bob.post(aside, {"first": "1"})
    assert SetAside.objects.get().start == 0
    page = desk_of(as_bob, version.text.study)
    assert (page.context["coverage"].touched, page.context["coverage"].lines) == (3, len(page.context["lines"]))
    refused = as_bob.post(url, {"first": "99", "name": "x"})
    assert refused.status_code == 422
    assert "no such lines" in refused.content.decode()
    post(as_bob, "stretch-take-up", review.pk, SetAside.objects.get().pk)
    assert SetAside.objects.get().removed_at


@pytest.mark.parametrize(
    "sent",
    [
        {"start": "-1", "end": "4", "name": "x"},
        {"start": "4", "end": "4", "name": "x"},
        {"start": "0", "end": "99999999", "name": "x"},
        {"start": "a", "end": "4", "name": "x"},
        {"start": "0", "end": "4"},
        {"start": "0", "end": "4", "code": "no-uuid"},
        {"start": "0", "end": "4", "code": "00000000-0000-0000-0000-000000000000"},
        {"name": "x"},
    ],
)
def test_what_is_no_stretch_or_no_code_is_refused(
    as_bob: Client, version: TextVersion, review: Review, sent: dict[str, str]
) -> None:
    assert post(as_bob, "coding-make", review.pk, version.text_id, **sent).status_code == 422
    assert not Coding.objects.exists()


def test_a_text_corrected_meanwhile_is_not_coded(as_bob: Client, version: TextVersion, review: Review) -> None:
    old = version.pk
    fresh = TextVersion.objects.create(
        text=version.text,
        number=2,
        content="Another",
        sha256="0" * 64,
        source="corrected",
        created_by=version.created_by,
    )
    version.text.current = fresh
    version.text.save()
    answer = post(as_bob, "coding-make", review.pk, version.text_id, version=old, start=0, end=4, name="x")
    assert answer.status_code == 409


def test_nobody_learns_of_a_colleagues_reading(
    client: Client, version: TextVersion, apart: None, review: Review, bob: User, carol: User
) -> None:
    def seen() -> list[bytes]:
        pages = []
        for name in ("Alice", "Bob", "Tess", "Olga"):
            client.force_login(User.objects.get(name=name))
            study = version.text.study
            answers = [
                desk_of(client, study),
                client.get(reverse("synthesis:desk-state", args=[review.pk, version.text_id])),
                client.get(reverse("synthesis:work", args=[review.pk])),
                client.get(reverse("synthesis:work", args=[review.pk]) + "?show=all"),
            ]
            if name == "Alice":
                answers.append(client.get(reverse("synthesis:assignments", args=[review.pk])))
            pages += [
                json.dumps([a.get("ETag"), a.get("Content-Length")]).encode() + _plain(a.content) for a in answers
            ]
        return pages

    before = seen()
    made = coding.code_stretch(actor=carol, version=version, start=0, end=9, name="hidden belonging")
    coding.set_aside(actor=carol, version=version, start=10, end=24)
    assert seen() == before
    client.force_login(bob)
    for name in ("coding-change", "coding-remove"):
        assert post(client, name, review.pk, made.pk).status_code == 404
    assert client.get(reverse("synthesis:coding-next", args=[review.pk, made.pk])).status_code == 404
    assert post(client, "stretch-take-up", review.pk, SetAside.objects.get().pk).status_code == 404
    foreign = post(client, "coding-make", review.pk, version.text_id, start=0, end=4, code=made.code_id)
    assert foreign.status_code == 422


def _plain(content: bytes) -> bytes:
    import re

    return re.sub(rb'value="[A-Za-z0-9]{64}"|"X-CSRFToken": "[^"]*"|nonce="[^"]*"', b"", content)


def test_that_a_colleague_has_finished_shows_in_a_leads_totals_only(
    client: Client, version: TextVersion, apart: None, review: Review, alice: User, bob: User, carol: User
) -> None:
    work = reverse("synthesis:work", args=[review.pk]) + "?show=all"
    client.force_login(bob)
    before = _plain(client.get(work).content)
    finish(actor=carol, study=version.text.study)
    assert _plain(client.get(work).content) == before
    client.force_login(alice)
    page = client.get(work)
    assert [(str(row.person), row.assigned, row.finished) for row in page.context["totals"]] == [
        ("Bob", 1, 0),
        ("Carol", 1, 1),
    ]
    assert {row.state for row in page.context["rows"]} == {"other"}


def test_after_comparing_the_agreed_layer_is_shown_and_changed(
    client: Client, version: TextVersion, apart: None, review: Review, bob: User, carol: User, tess: User
) -> None:
    start, end = span(version, "told nobody")
    for actor, name in ((bob, "secrecy"), (carol, "Secrecy"), (carol, "silence")):
        coding.code_stretch(actor=actor, version=version, start=start, end=end, name=name)
    for actor in (bob, carol):
        finish(actor=actor, study=version.text.study)
    client.force_login(bob)
    state = state_in(desk_of(client, version.text.study))
    assert state["layer"] == "agreed"
    agreed = [row for row in state["codings"] if row["layer"] == "agreed"]
    assert [(row["name"], row["by"]) for row in agreed] == [("secrecy", None)]
    assert sorted(state["people"])[-1] == "You"
    assert "Carol" not in json.dumps(state)  # while a difference is open
    own = next(row for row in state["codings"] if row["mine"])
    assert post(client, "coding-remove", review.pk, own["id"]).status_code == 403
    assert post(client, "coding-remove", review.pk, agreed[0]["id"]).status_code == 200
    client.force_login(tess)
    seen = state_in(desk_of(client, version.text.study))
    assert seen["layer"] == ""
    assert set(seen["people"]) == {"Coder 1", "Coder 2"}


def test_the_state_answers_304_until_something_visible_changes(
    client: Client, version: TextVersion, apart: None, review: Review, alice: User, bob: User, carol: User
) -> None:
    url = reverse("synthesis:desk-state", args=[review.pk, version.text_id])
    client.force_login(bob)
    etag = client.get(url)["ETag"]
    assert desk_of(client, version.text.study).context["state"]["etag"] == etag
    coding.code_stretch(actor=carol, version=version, start=0, end=9, name="hidden")
    assert client.get(url, headers={"If-None-Match": etag}).status_code == 304
    set_open(actor=alice, review=review, is_open=True, reason="A small team")
    opened = client.get(url, headers={"If-None-Match": etag})
    assert [row["name"] for row in opened.json()["codings"]] == ["hidden"]
    assert opened.json()["people"] == ["Carol"]
    assert [code["own"] for code in opened.json()["codes"]] == [False]


def test_a_code_is_walked_through_all_studies(
    as_bob: Client, version: TextVersion, study: Study, review: Review, alice: User, bob: User, carol: User
) -> None:
    from tests.appraisal.conftest import include_study

    other = include_study(review, "Zulu 2022")
    give(other, bob, carol)
    there = add_text(actor=alice, study=other, title="Findings", content="Help came late.").current
    assert there is not None
    first = coding.code_stretch(actor=bob, version=version, start=0, end=9, name="help")
    second = coding.code_stretch(actor=bob, version=there, start=0, end=4, name="help")
    coding.code_stretch(actor=carol, version=there, start=5, end=9, name="help")
    for one, to, expected in ((first, "next", second), (second, "next", first), (first, "previous", second)):
        answer = as_bob.get(reverse(f"synthesis:coding-{to}", args=[review.pk, one.pk]))
        assert answer["Location"].endswith(
            f"/coding/studies/{expected.study_id}/?text={expected.version.text_id}&coding={expected.pk}"
        )
    state = state_in(desk_of(as_bob, study))
    assert state["elsewhere"] == {str(first.code_id): [1, 1, 0]}


@pytest.mark.parametrize(
    ("who", "status"), [("alice", 403), ("bob", 200), ("carol", 200), ("tess", 403), ("olga", 403), ("dave", 404)]
)
def test_who_may_code(
    client: Client, version: TextVersion, apart: None, review: Review, who: str, status: int, request: Any
) -> None:
    client.force_login(request.getfixturevalue(who))
    answer = post(client, "coding-make", review.pk, version.text_id, start=0, end=9, name="x")
    assert answer.status_code == status
    read = {"dave": 404}.get(who, 200)
    assert desk_of(client, version.text.study).status_code == read
    lead = {"alice": 200, "dave": 404}.get(who, 403)
    assert client.get(reverse("synthesis:assignments", args=[review.pk])).status_code == lead


def test_the_desk_takes_as_many_queries_for_many_codings(as_bob: Client, version: TextVersion, bob: User) -> None:
    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as found:
            assert desk_of(as_bob, version.text.study).status_code == 200
        return len(found)

    coding.code_stretch(actor=bob, version=version, start=0, end=9, name="first")
    queries()
    few = queries()
    for place in range(30):
        coding.code_stretch(actor=bob, version=version, start=place, end=place + 9, name=f"code {place}")
    assert queries() == few


def test_the_list_takes_as_many_queries_for_many_studies(
    as_bob: Client, version: TextVersion, review: Review, alice: User, bob: User
) -> None:
    from tests.appraisal.conftest import include_study

    def queries() -> int:
        with CaptureQueriesContext(connection) as found:
            assert as_bob.get(reverse("synthesis:work", args=[review.pk])).status_code == 200
        return len(found)

    def more(count: int, label: str) -> None:
        for number in range(count):
            study = include_study(review, f"{label} {number}")
            text: FindingsText = add_text(actor=alice, study=study, title="Findings", content=f"{label} {number}")
            give(study, bob)
            coding.code_stretch(actor=bob, version=text.current, start=0, end=3, name="x")  # type: ignore[arg-type]

    more(3, "Few")
    queries()
    few = queries()
    more(12, "Many")
    queries()
    assert queries() == few


def test_arabic_and_astral_text_is_coded_by_letter(as_bob: Client, study: Study, review: Review, alice: User) -> None:
    content = "😀😀 قالت إنها لم تعد وحدها 👩‍👩‍👧 بعد ذلك.\nLine two."
    text = add_text(actor=alice, study=study, title="Arabic", content=content, language="ar", direction="rtl")
    start = content.index("وحدها")
    post(as_bob, "coding-make", review.pk, text.pk, start=start, end=start + 5, name="وحيدة")
    assert Coding.objects.get().quote == "وحدها"
    page = desk_of(as_bob, study, f"?text={text.pk}").content.decode()
    assert 'dir="rtl"' in page
    assert 'lang="ar"' in page


def test_code_made_apart_stays_with_its_maker(as_bob: Client, version: TextVersion, review: Review, bob: User) -> None:
    post(as_bob, "coding-make", review.pk, version.text_id, start=0, end=9, name="mine")
    assert Code.objects.get().shared_at is None
    assert CodingComparison.objects.count() == 0
    journal.undo(actor=bob, review=review)
    assert Code.objects.get().removed_at


def test_withdrawn_codings_are_there_again_when_the_study_is_given_back(
    client: Client, version: TextVersion, apart: None, study: Study, alice: User, bob: User, carol: User
) -> None:
    coding.code_stretch(actor=bob, version=version, start=0, end=9, name="x")
    assign(actor=alice, study=study, people=[carol])
    client.force_login(bob)
    assert post(client, "coding-make", study.review_id, version.text_id, start=0, end=4, name="y").status_code == 403
    assign(actor=alice, study=study, people=[carol, bob])
    assert Coding.objects.filter(removed_at=None, coder=bob).count() == 1
    assert desk_of(client, study).context["layer"] == "own"


def test_a_heading_given_by_hand_shows_once_and_one_in_the_text_does_not_show_twice(version: TextVersion) -> None:
    assert [
        line.section for line in shown_lines(version) if line.section
    ] == []  # "Belonging and being seen" is a line of its own
    for finding in Finding.objects.filter(version=version):
        finding.section = "Theme 1"
        finding.save()
    assert [line.section for line in shown_lines(version) if line.section] == ["Theme 1"]


def test_only_who_may_bring_a_text_in_is_asked_to(study: Study, alice: User, olga: User, client: Client) -> None:
    address = reverse("synthesis:work", args=[study.review_id])
    for who, offered in ((alice, True), (olga, False)):
        client.force_login(who)
        assert ("Bring it in" in client.get(f"{address}?show=all").content.decode()) is offered
