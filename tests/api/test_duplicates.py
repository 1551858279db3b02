"""Deduplication over the API: its figures, sampled audits of it, and links made by hand."""

from reviewapp.accounts.models import User
from reviewapp.reviews.models import Review
from screening.choices import PairState
from screening.models import DuplicateAudit, DuplicatePair
from screening.services.duplicates import link
from tests.api.conftest import Api, World
from tests.factories import make_record


def linked_pair(review: Review) -> DuplicatePair:
    first, second = (
        make_record(review, source=source, title="Bread and belonging").references.get()
        for source in ("Scopus", "PubMed")
    )
    link([first.pk, second.pk])
    return DuplicatePair.objects.create(
        review=review, first=first, second=second, state=PairState.LINKED, likelihood=1, evidence=["same DOI"]
    )


def test_the_figures_of_deduplication(api: Api, world: World, olga: User) -> None:
    linked_pair(world.review)
    found = api(olga).get(world.path("deduplication/")).json()
    assert {name: found[name] for name in ("references", "duplicates", "records", "to_judge")} == {
        "references": 6,
        "duplicates": 1,
        "records": 5,
        "to_judge": 1,
    }
    assert (found["linked_automatically"], found["linked_by_people"]) == (1, 0)
    assert found["evidence"] == [{"evidence": "Same DOI", "pairs": 1}]
    assert found["between_sources"] == [{"sources": ["PubMed", "Scopus"], "pairs": 1}]
    assert found["overlap"] == [
        {"sources": ["Scopus"], "records": 4},
        {"sources": ["PubMed", "Scopus"], "records": 1},
    ]
    assert found["yields"][0] == {"source": "Scopus", "references": 5, "records": 5, "unique": 4}
    assert "1 duplicate was removed" in found["methods"]


def test_an_audit_is_drawn_judged_blind_and_read(api: Api, world: World, bob: User, carol: User) -> None:
    for _ in range(3):
        linked_pair(world.review)
    client, audits = api(bob), world.path("duplicate-audits/")
    for body in ({}, {"size": 1}, {"size": 5, "colour": "red"}):
        assert client.post(audits, body, format="json").status_code == 422
    drawn = client.post(audits, {"size": 5, "seed": "spring"}, format="json")
    assert drawn.status_code == 201
    audit = f"{audits}{drawn.json()['id']}/"
    assert (drawn.json()["seed"], drawn.json()["links"], drawn.json()["judged"]) == ("spring", 3, 0)
    pairs = client.get(f"{audit}pairs/").json()["results"]
    assert len(pairs) == drawn.json()["drawn"]
    assert {pair["linked"] for pair in pairs} == {None}
    assert not {"record", "batch", "position"} & set(pairs[0]["first"])
    for pair in pairs:
        assert client.get(audit).json()["result"] is None
        answer = client.post(f"{audit}pairs/{pair['position']}/judgement/", {"same": True}, format="json")
        assert answer.json()["same"] is True
    result = client.get(audit).json()["result"]
    assert (result["wrong_links"]["errors"], result["wrong_links"]["judged"]) == (0, 3)
    assert result["missed"]["errors"] == result["missed"]["judged"] == len(pairs) - 3
    revealed = client.get(f"{audit}pairs/?page_size=200").json()["results"]
    assert sum(pair["linked"] for pair in revealed) == 3
    late = api(carol).post(f"{audit}pairs/1/judgement/", {"same": False}, format="json")
    assert late.status_code == 409
    assert DuplicateAudit.objects.get(seed="spring").pairs.filter(same=False).count() == 0
    assert client.post(f"{audit}pairs/999/judgement/", {"same": False}, format="json").status_code == 404


def test_records_are_linked_and_unlinked(api: Api, world: World, bob: User) -> None:
    client = api(bob)
    one, other = (make_record(world.review, source=source).pk for source in ("Scopus", "PubMed"))
    for body in ({"records": [one]}, {"records": [one, 0]}, {"records": "all"}, {"records": [one, 10**9]}):
        assert client.post(world.path("records/link/"), body, format="json").status_code == 422
    linked = client.post(world.path("records/link/"), {"records": [other, one]}, format="json")
    assert linked.status_code == 200
    assert linked.json()["record"] == one
    assert client.get(world.path(f"records/{other}/")).json()["merged_into"] == one
    pairs = client.get(f"{world.path('duplicate-pairs/')}?record={one}").json()["results"]
    assert [(pair["id"], pair["state"]) for pair in pairs] == [(linked.json()["pairs"][0], "same")]
    again = client.post(world.path("records/link/"), {"records": [other, one]}, format="json")
    assert again.status_code == 409
    undone = client.post(world.path("records/unlink/"), {"pairs": linked.json()["pairs"]}, format="json")
    assert undone.json() == {"records": [one, other]}
    late = client.post(world.path("records/unlink/"), {"pairs": linked.json()["pairs"]}, format="json")
    assert late.status_code == 409


def test_a_link_by_hand_taken_back_as_a_ruling_is_gone(api: Api, world: World, bob: User) -> None:
    client = api(bob)
    records = [make_record(world.review, source=source).pk for source in ("Scopus", "PubMed")]
    [pair] = client.post(world.path("records/link/"), {"records": records}, format="json").json()["pairs"]
    assert client.delete(world.path(f"duplicate-pairs/{pair}/ruling/")).status_code == 204
    assert client.get(world.path(f"duplicate-pairs/{pair}/")).status_code == 404


def test_what_a_record_shows_is_chosen_and_reset(api: Api, world: World, bob: User) -> None:
    client = api(bob)
    one, other = (
        make_record(world.review, source=source, title=title)
        for source, title in (("Scopus", "Bread"), ("PubMed", "Brot"))
    )
    first, second = one.references.get().pk, other.references.get().pk
    client.post(world.path("records/link/"), {"records": [one.pk, other.pk]}, format="json")
    shown = world.path(f"records/{one.pk}/shown/")
    titles = {origin["field"]: origin for origin in client.get(shown).json()["origins"]}
    assert titles["title"] == {"field": "title", "references": [first], "chosen": None}
    assert titles["year"]["references"] == [first, second]
    chosen = client.post(shown, {"field": "title", "reference": second}, format="json").json()
    assert chosen["origins"][0] == {"field": "title", "references": [second], "chosen": second}
    assert client.get(world.path(f"records/{one.pk}/")).json()["title"] == "Brot"
    assert client.post(shown, {"reference": second}, format="json").json()["shown_first"] == second
    assert client.delete(shown).json()["shown_first"] is None
    assert client.get(world.path(f"records/{one.pk}/")).json()["title"] == "Bread"
    foreign = make_record(world.review).references.get().pk
    for body in ({"reference": foreign}, {"reference": 10**9}, {"field": "colour", "reference": first}, {}):
        assert client.post(shown, body, format="json").status_code == 422
