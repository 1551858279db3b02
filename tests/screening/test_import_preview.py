"""What the preview tells before a file is let in: what is held already, what has no place, what columns mean; and re-run searches."""

import datetime

import pytest
from django.test import Client

from reviewapp.accounts.models import User
from reviewapp.lib.errors import Invalid
from reviewapp.reviews.models import Review
from screening.choices import ImportState
from screening.models import ImportBatch, Reference, Search
from screening.services import imports
from tests.factories import SearchFactory
from tests.screening.helpers import url
from tests.screening.test_imports_views import entry, file, imported, ris, upload

FOREIGN = "Titel;Verfasst von;Jahr\nUnterstützung durch Peers;Okello T;2021\nHausbesuche;Dahl K;2016\n".encode()


@pytest.fixture
def search(review: Review, alice: User) -> Search:
    return imports.add_search(actor=alice, review=review, source="Scopus")


@pytest.fixture
def lead(client: Client, alice: User) -> Client:
    client.force_login(alice)
    return client


def looked_at(lead: Client, search: Search, data: bytes, name: str = "x.ris") -> ImportBatch:
    batch = upload(lead, search, file(data, name))
    assert batch is not None
    return batch


def test_a_later_overlapping_export_is_recognised(lead: Client, search: Search) -> None:
    first = imported(lead, search, ris(3))
    other_text = entry(3).replace("AIDS Care", "AIDS Care (London)")  # the same DOI in other words
    batch = looked_at(lead, search, (entry(2) + other_text + entry(4) + entry(5)).encode())
    assert batch.preview["overlap"] == {"held": 2, "identical": 1, "of": [[first.pk, "scopus.ris", 2]]}
    shown = lead.get(url("import-detail", search.review, batch.pk)).content.decode()
    assert "The review already holds 2 of these 4 references" in shown
    assert url("import-detail", search.review, first.pk) in shown


def test_nothing_is_held_of_other_reviews_or_undone_imports(lead: Client, search: Search, alice: User) -> None:
    first = imported(lead, search, ris(3))
    imports.undo(actor=alice, batch=first)
    assert looked_at(lead, search, ris(3)).preview["overlap"]["held"] == 0


@pytest.mark.parametrize("strange", ["\x00", "\ud800"])
def test_strange_characters_do_not_stop_the_comparison(strange: str, lead: Client, search: Search) -> None:
    text = ris(2).decode().replace("10.5555/x2", f"10.5555/x2{strange}9")
    data = text.encode("utf-8", "surrogatepass")
    imported(lead, search, data)
    again = looked_at(lead, search, data + entry(7).encode())
    assert again.state == ImportState.UPLOADED
    assert again.preview["overlap"]["held"] == 2


def test_fields_without_a_place_show_on_the_preview_and_on_the_reference(lead: Client, search: Search) -> None:
    data = ris(2).replace(b"ER  - ", b"U9  - Shelved in the east wing\nER  - ")
    batch = imported(lead, search, data)
    assert batch.preview["unmapped"] == [["U9", 2, "Shelved in the east wing"]]
    assert "Shelved in the east wing" in lead.get(url("import-detail", search.review, batch.pk)).content.decode()
    reference = Reference.objects.first()
    assert reference
    fields = lead.get(url("reference-detail", search.review, reference.pk)).context["fields"]
    assert [tag for tag, _, unused in fields if unused] == ["U9"]


def test_unknown_headings_are_mapped_by_hand_and_remembered(lead: Client, search: Search) -> None:
    batch = looked_at(lead, search, FOREIGN, "a.csv")
    assert batch.state == ImportState.FAILED
    lead.post(url("import-read", search.review, batch.pk), {"format": "csv"})
    batch.refresh_from_db()
    assert [heading for heading, _ in batch.preview["columns"]] == ["Titel", "Verfasst von", "Jahr"]
    shown = lead.get(url("import-detail", search.review, batch.pk)).content.decode()
    assert "Heading in the file" in shown
    chosen = {"format": "csv", "column_0": "title", "column_1": "authors", "column_2": "year"}
    lead.post(url("import-read", search.review, batch.pk), chosen)
    batch.refresh_from_db()
    assert (batch.state, batch.read) == (ImportState.UPLOADED, 2)
    assert batch.preview["rows"][0]["authors"] == ["Okello T"]


def test_a_mapping_is_remembered_for_the_same_headings_in_the_same_review(lead: Client, search: Search) -> None:
    table = b"Title,Remark,Year\nPeer support,with an abstract,2021\n"
    batch = looked_at(lead, search, table, "a.csv")
    lead.post(
        url("import-read", search.review, batch.pk),
        {"format": "csv", "column_0": "title", "column_1": "abstract", "column_2": "year"},
    )
    again = looked_at(lead, search, table.replace(b"Peer", b"More"), "b.csv")
    if_other = looked_at(lead, search, table.replace(b"Remark", b"Comment"), "c.csv")
    assert again.mapping == {"Remark": "abstract"}
    assert again.preview["rows"][0]["abstract"] == "with an abstract"
    assert if_other.mapping == {}


def test_a_search_can_be_the_update_of_an_earlier_one(lead: Client, search: Search) -> None:
    imports.change_search(actor=search.created_by, search=search, run_on=datetime.date(2020, 3, 1))
    form = {"source": "Scopus", "kind": "database", "run_on": "2026-03-01", "rerun_of": search.pk}
    lead.post(url("search-create", search.review), form)
    later = Search.objects.get(rerun_of=search)
    assert "update of the search of 1 Mar 2020" in lead.get(url("search-list", search.review)).content.decode()
    assert list(lead.get(url("search-detail", search.review, search.pk)).context["updates"]) == [later]
    assert later.pk not in [one.pk for one in lead.get(url("search-edit", search.review, later.pk)).context["form"].fields["rerun_of"].queryset]  # fmt: skip
    with pytest.raises(Invalid, match="update of itself"):
        imports.change_search(actor=search.created_by, search=search, rerun_of=later)


def test_a_search_of_another_review_is_no_earlier_search(lead: Client, search: Search, alice: User) -> None:
    foreign = SearchFactory()
    form = {"source": "Scopus", "kind": "database", "rerun_of": foreign.pk}
    assert lead.post(url("search-create", search.review), form).status_code == 422
    with pytest.raises(Invalid, match="no such search"):
        imports.change_search(actor=alice, search=search, rerun_of=foreign)
