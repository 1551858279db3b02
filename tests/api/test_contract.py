"""The contract, walked through with tokens alone: from an empty review to the diagram's numbers."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIClient

from reviewapp.accounts.models import User
from reviewapp.jobs.choices import JobState
from reviewapp.reporting.agreement import agreement_at
from reviewapp.reviews.models import Review
from screening import tasks
from tests.api.conftest import Api, World, content_of
from tests.conftest import person
from tests.screening.helpers import pdf

TITLES = ("Peer support in practice", "Living with pain at home", "Voices of night nurses", "Gardens and dementia care")


def ris(*titles: str) -> bytes:
    entries = [
        f"TY  - JOUR\nTI  - {title}\nAU  - Okello, T.\nPY  - 2021\nJO  - Journal of Care\nVL  - 4\nSP  - {n}01\nER  - \n"
        for n, title in enumerate(titles, start=1)
    ]
    return "\n".join(entries).encode()


def upload(client: APIClient, inside: str, search: int, content: bytes, **more: Any) -> Any:
    file = SimpleUploadedFile("scopus.ris", content)
    return client.post(f"{inside}imports/", {"search": search, "file": file, **more}, format="multipart")


def ok(answer: Any, status: int = 200) -> Any:
    assert answer.status_code == status, answer.content
    return answer.json() if answer.content else None


@pytest.mark.django_db
def test_from_an_empty_review_to_the_diagram(api: Api) -> None:
    lead, second, third = (api(person(name)) for name in ("Alice", "Bob", "Tess"))
    mine = {"title": "Peer support", "framework": "spider", "tasks": ["screen_title_abstract", "screen_full_text"]}
    review = ok(lead.post("/api/v1/reviews/", mine), 201)
    inside = f"/api/v1/reviews/{review['id']}/"
    assert ok(lead.patch(inside, {"registration": "CRD42"}))["registration"] == "CRD42"

    screens = ["screen_title_abstract", "screen_full_text"]
    added = ok(lead.post(f"{inside}members/", {"email": person("Bob").email, "tasks": screens}), 201)
    assert (added["added"], added["member"]["person"]["name"]) == ("member", "Bob")
    ok(lead.post(f"{inside}members/", {"email": person("Tess").email, "tasks": ["settle_conflicts"]}), 201)
    invited = ok(lead.post(f"{inside}members/", {"email": "new@example.org", "tasks": ["observe"]}), 201)
    assert invited["added"] == "invitation"
    assert f"/invitations/{invited['invitation']['id']}-" in invited["link"]

    criterion = ok(lead.post(f"{inside}criteria/", {"kind": "exclusion", "text": "Not in English"}), 201)
    reason = ok(lead.post(f"{inside}exclusion-reasons/", {"label": "Language", "criterion": criterion["id"]}), 201)
    search = {
        "source": "Scopus",
        "kind": "database",
        "platform": "Elsevier",
        "strategy": "peer AND support",
        "run_on": "2024-02-01",
        "hits": 5,
    }
    scopus = ok(lead.post(f"{inside}searches/", search), 201)
    pubmed = ok(lead.post(f"{inside}searches/", {"source": "PubMed"}), 201)

    for source, titles in ((scopus, TITLES), (pubmed, TITLES[:1])):
        started = ok(upload(lead, inside, source["id"], ris(*titles)), 202)
        assert ok(lead.get(f"{inside}jobs/{started['job']}/"))["state"] == "queued"
        tasks.import_references(started["job"])
        done = ok(lead.get(f"{inside}imports/{started['id']}/"))
        assert (done["state"], done["read"], done["kept"], done["failed"]) == ("done", len(titles), len(titles), 0)
        assert done["differs_from_hits"] == (True if source is scopus else None)
    assert ok(lead.get(f"{inside}references/?page_size=3"))["next"]

    detection = ok(lead.post(f"{inside}deduplication/"), 202)
    assert ok(second.post(f"{inside}deduplication/"), 202) == detection
    tasks.detect_duplicates(detection["job"])
    assert ok(lead.get(f"{inside}jobs/{detection['job']}/"))["state"] == JobState.DONE
    for pair in ok(second.get(f"{inside}duplicate-pairs/?state=uncertain"))["results"]:
        ok(second.post(f"{inside}duplicate-pairs/{pair['id']}/ruling/", {"same": True}))
    records = ok(lead.get(f"{inside}records/"))["results"]
    assert [record["title"] for record in records] == list(TITLES)

    def vote(client: APIClient, record: int, verdict: str, stage: str = "title_abstract", **more: Any) -> Any:
        body = {"stage": stage, "verdict": verdict, **more}
        return ok(client.post(f"{inside}records/{record}/decisions/", body), 201)

    a, b, c, d = (record["id"] for record in records)
    assert ok(second.get(f"{inside}records/next/?stage=title_abstract"))["id"] == a
    for record, one, other in (
        (a, "include", "maybe"),
        (b, "include", "exclude"),
        (c, "exclude", "exclude"),
        (d, "include", "include"),
    ):
        vote(lead, record, one)
        assert ok(second.get(f"{inside}records/{record}/"))["stages"][0]["votes"] == []
        vote(second, record, other, note="Seen", labels=["sample"])
    assert second.get(f"{inside}records/next/?stage=title_abstract").status_code == 204
    assert [row["id"] for row in ok(lead.get(f"{inside}records/?label=sample"))["results"]] == [a, b, c, d]
    assert [row["id"] for row in ok(lead.get(f"{inside}records/?stage=title_abstract&state=excluded"))["results"]] == [
        c
    ]

    [conflict] = ok(third.get(f"{inside}conflicts/?stage=title_abstract"))["results"]
    ok(lead.post(f"{inside}conflicts/{conflict['id']}/comments/", {"text": "Look again."}), 201)
    settled = ok(
        third.post(
            f"{inside}conflicts/{conflict['id']}/adjudication/", {"verdict": "include", "rationale": "In scope."}
        )
    )
    assert (settled["state"], settled["settlement"]["settled_by"]) == ("settled", ["You"])
    late = third.post(f"{inside}conflicts/{conflict['id']}/adjudication/", {"verdict": "exclude", "rationale": "No."})
    assert (late.status_code, late["Content-Type"]) == (409, "application/problem+json")

    reports = {row["record"]["id"]: row["id"] for row in ok(lead.get(f"{inside}reports/?retrieval=sought"))["results"]}
    assert set(reports) == {a, b, d}
    gone = {"retrieval": "not_retrieved", "retrieval_note": "Library has no copy", "retrieval_on": "2024-03-01"}
    assert ok(second.patch(f"{inside}reports/{reports[d]}/", gone))["retrieval"] == "not_retrieved"
    file, content = f"{inside}reports/{reports[a]}/file/", pdf(2)
    assert ok(second.put(file, content, content_type="application/pdf"))["pages"] == 2
    assert content_of(lead.get(file)) == content
    refused = second.put(f"{inside}reports/{reports[b]}/file/", b"not a PDF", content_type="application/pdf")
    assert (refused.status_code, refused.json()["detail"]) == (422, "This is not a PDF. Nothing was changed.")
    ok(lead.patch(f"{inside}reports/{reports[b]}/", {"retrieval": "retrieved"}))

    assert lead.post(f"{inside}records/{b}/decisions/", {"stage": "full_text", "verdict": "exclude"}).status_code == 422
    for client in (lead, second):
        vote(client, a, "include", "full_text")
        vote(client, b, "exclude", "full_text", reason=reason["id"])

    numbers = ok(lead.get(f"{inside}prisma/"))
    expected = {
        "database_results": 5, "database_specific_results": {"Scopus": 4, "PubMed": 1}, "duplicates": 1, "records_screened": 4,
        "records_excluded": 1, "dbr_sought_reports": 3, "dbr_notretrieved_reports": 1, "dbr_assessed": 2,
        "dbr_excluded": {"Language": 1}, "new_studies": 1, "new_reports": 1, "pending": {}, "website_results": None,
    }  # fmt: skip
    assert {key: numbers[key] for key in expected} == expected
    assert all(identity["holds"] is not False for identity in numbers["identities"])
    for key, count in (
        ("records_excluded", 1),
        ("dbr_excluded/Language", 1),
        ("duplicates", 1),
        ("records_screened", 4),
    ):
        assert len(ok(lead.get(numbers["links"][key]))["results"]) == count
    for form, start in (("svg", b"<svg"), ("png", b"\x89PNG"), ("pdf", b"%PDF"), ("csv", b"data,node,box")):
        figure = lead.get(f"{inside}prisma.{form}?template=v1", headers={"Accept": "image/*"})
        assert (figure.status_code, figure.content[: len(start)]) == (200, start)

    agreement = ok(lead.get(f"{inside}agreement/?stage=title_abstract"))
    assert agreement["reviewers"] == ["Alice", "Bob"]
    assert agreement["collapsed"]["observed"] == 0.75
    assert agreement["raw"]["with_all_votes"] == 4
    assert agreement["weeks"][0]["records"] == 4
    assert agreement["collapsed"]["pairs"][0]["cohen"]["n"] == 4
    [(one, other, _, _)] = agreement_at(person("Alice"), Review.objects.get(pk=review["id"]), "title_abstract").pairs
    assert (one, other) == ("Alice", "Bob")

    [study] = ok(lead.get(f"{inside}studies/"))["results"]
    assert study["reports"] == [reports[a]]
    linked = ok(lead.post(f"{inside}studies/{study['id']}/reports/", {"report": reports[b]}))
    assert linked["reports"] == [reports[a], reports[b]]
    actions = [event["action"] for event in ok(lead.get(f"{inside}audit-events/?page_size=200"))["results"]]
    assert {"screening.import.done", "screening.decision.made", "screening.conflict.settled"} <= set(actions)


def test_a_file_that_cannot_be_read_is_kept_with_the_cause(api: Api, world: World, alice: User) -> None:
    answer = upload(api(alice), world.path(), world.ids["search_id"], b"\x00\x01\x02 nothing of a reference")
    assert answer.status_code == 422
    kept = ok(api(alice).get(world.path(f"imports/{answer.json()['import']}/")))
    assert kept["state"] == "failed"
    assert kept["error"] == answer.json()["detail"]
    empty = upload(api(alice), world.path(), world.ids["search_id"], b"")
    assert (empty.status_code, "0 bytes" in empty.json()["detail"]) == (422, True)


def test_the_same_file_again_needs_a_word_and_an_import_can_be_undone(api: Api, world: World, alice: User) -> None:
    client, search = api(alice), world.ids["search_id"]
    started = ok(upload(client, world.path(), search, ris(*TITLES)), 202)
    assert client.delete(world.path(f"imports/{started['id']}/")).status_code == 409
    tasks.import_references(started["job"])
    refused = upload(client, world.path(), search, ris(*TITLES))
    assert (refused.status_code, refused.json()["earlier"]) == (409, started["id"])
    ok(upload(client, world.path(), search, ris(*TITLES), again="true"), 202)
    undone = ok(client.delete(world.path(f"imports/{started['id']}/")))
    assert undone["taken"] == {"references": 4, "records": 4, "judged_records": 0}
    assert undone["state"] == "undone"
    assert ok(client.post(world.path(f"imports/{started['id']}/redo/")))["state"] == "done"


def test_the_same_key_gives_the_same_decision(api: Api, world: World, bob: User) -> None:
    url, client = world.path(f"records/{world.waiting.pk}/decisions/"), api(bob)
    include = {"stage": "title_abstract", "verdict": "include"}
    for key in ("6f1c2d5e-7a55-4a3c-9a57-0d9d3f1f9d10", "a key of my own"):
        first = ok(client.post(url, include, headers={"Idempotency-Key": key}), 201)
        assert ok(client.post(url, include, headers={"Idempotency-Key": key}), 201) == first
        assert client.post(url, include | {"verdict": "maybe"}, headers={"Idempotency-Key": key}).status_code == 422
    assert len(ok(client.get(url))["results"]) == 1
    assert ok(client.post(world.path("decisions/undo/"), {"stage": "title_abstract"}))["own_verdict"] == ""
    assert client.post(world.path("decisions/undo/"), {"stage": "full_text"}).status_code == 409


def test_voters_agree_and_a_lead_reopens(api: Api, world: World, bob: User, carol: User, alice: User) -> None:
    url = world.path(f"conflicts/{world.ids['conflict_id']}/")
    assert ok(api(bob).post(f"{url}agreement/", {"verdict": "exclude"}))["proposal"]["confirmed_by"] == ["You"]
    ok(api(bob).delete(f"{url}agreement/"))
    ok(api(bob).post(f"{url}agreement/", {"verdict": "include"}))
    settled = ok(api(carol).post(f"{url}agreement/", {"verdict": "include"}))
    assert (settled["state"], settled["settlement"]["settled_by"]) == ("settled", ["Bob", "You"])
    again = ok(api(alice).post(f"{url}reopening/", {"why": "A new reading of criterion I1"}))
    assert (again["state"], again["id"] != world.ids["conflict_id"]) == ("open", True)


def test_a_record_is_split_and_a_ruling_taken_back(api: Api, world: World, bob: User) -> None:
    client, pair = api(bob), world.path(f"duplicate-pairs/{world.ids['pair_id']}/")
    same = ok(client.post(f"{pair}ruling/", {"same": True}))
    assert (same["state"], same["ruled_by"], same["second"]["record"]) == ("same", "Bob", world.waiting.pk)
    assert client.post(f"{pair}ruling/", {"same": False}).status_code == 409
    assert ok(client.delete(f"{pair}ruling/"))["state"] == "uncertain"
    ok(client.post(f"{pair}ruling/", {"same": True}))
    split = ok(client.post(world.path(f"records/{world.waiting.pk}/split/"), {"reference": same["second"]["id"]}))
    assert split["record"] != world.waiting.pk
    assert (
        client.post(world.path(f"records/{world.waiting.pk}/split/"), {"reference": same["second"]["id"]}).status_code
        == 422
    )
