"""Lists: pages by key, filters by allow-list, a fixed number of queries."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from reviewapp.accounts.models import User
from reviewapp.reviews.models import Review
from screening.choices import PairState, Stage, Verdict
from screening.models import DuplicatePair
from screening.services.decisions import make_decision
from tests.api.conftest import Api, World
from tests.api.routes import actor, address, operations
from tests.factories import RecordFactory

LISTS = sorted(
    name for name, method in operations() if method == "GET" and (name.endswith("-list") or name == "prisma-rows")
)


def all_rows(api: Api, who: User, url: str) -> list[int]:
    found, pages = [], 0
    while url:
        page = api(who).get(url).json()
        found += [row["id"] for row in page["results"]]
        url, pages = page["next"], pages + 1
    assert pages > 1
    return found


def test_every_row_comes_once_in_the_order_of_import(api: Api, review: Review, bob: User) -> None:
    records = [RecordFactory(review=review) for _ in range(7)]
    assert all_rows(api, bob, f"/api/v1/reviews/{review.pk}/records/?page_size=2") == [record.pk for record in records]
    references = [record.references.get().pk for record in records]
    assert all_rows(api, bob, f"/api/v1/reviews/{review.pk}/references/?page_size=3") == references


def test_pairs_come_by_likelihood_across_pages(api: Api, review: Review, bob: User) -> None:
    references = [RecordFactory(review=review).references.get() for _ in range(6)]
    pairs = [
        DuplicatePair.objects.create(
            review=review, first=references[0], second=second, state=PairState.UNCERTAIN, likelihood=likelihood
        )
        for second, likelihood in zip(references[1:], (0.5, 0.7, 0.5, 0.1 + 0.2, 0.9), strict=True)
    ]
    expected = [pairs[at].pk for at in (4, 1, 0, 2, 3)]
    for query in ("?state=uncertain&page_size=2", "?page_size=1"):
        assert all_rows(api, bob, f"/api/v1/reviews/{review.pk}/duplicate-pairs/{query}") == expected


@pytest.mark.parametrize("name", LISTS)
def test_a_list_asks_the_database_as_often_for_many_rows_as_for_few(
    name: str, api: Api, world: World, alice: User
) -> None:
    client, bob, carol = api(alice), *(world.review.memberships.get(user__name=n).user for n in ("Bob", "Carol"))
    url = address(name, world.ids)

    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as asked:
            assert client.get(url).status_code == 200
        return len(asked)

    def more(count: int) -> None:
        for _ in range(count):
            record, other = RecordFactory(review=world.review), RecordFactory(review=world.review)
            for who, verdict in ((bob, Verdict.INCLUDE), (carol, Verdict.INCLUDE)):
                make_decision(actor=who, record=record, stage=Stage.TITLE_ABSTRACT, verdict=verdict)
            for who, verdict in ((bob, Verdict.INCLUDE), (carol, Verdict.EXCLUDE)):
                make_decision(actor=who, record=other, stage=Stage.TITLE_ABSTRACT, verdict=verdict)
            first, second = record.references.get(), other.references.get()
            DuplicatePair.objects.create(review=world.review, first=first, second=second, state=PairState.UNCERTAIN)

    more(2)
    queries()  # the first one also fills what a process keeps: texts cut into lines
    few = queries()
    more(6)
    assert queries() == few


@pytest.mark.parametrize(("name", "method"), [op for op in operations() if op[0] != "schema"], ids=str)
def test_an_unknown_or_doubled_parameter_is_refused(name: str, method: str, api: Api, world: World) -> None:
    client, url = api(actor(name)), address(name, world.ids, method)
    answer = client.generic(method, url + ("&" if "?" in url else "?") + "colour=blue")
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    assert "colour" in answer.json()["detail"]


@pytest.mark.parametrize(
    "query",
    [
        "page_size=0", "page_size=201", "page_size=1000000000000000000000000000000", "page_size=-1", "page_size=x", "page_size=٣",
        "cursor=x", "cursor=WzFd", "cursor=WzFd:aaaa", "stage=appraisal", "state=hidden", "stage=title_abstract&stage=full_text",
        "q=" + "x" * 501, "label=" + "x" * 61, "q=%00", "q=%ff", "label=%ed%a0%80",
    ],
)  # fmt: skip
def test_a_wrong_parameter_is_refused(query: str, api: Api, world: World, bob: User) -> None:
    answer = api(bob).get(world.path(f"records/?{query}"))
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")


def test_a_cursor_of_another_list_is_refused(api: Api, world: World, bob: User) -> None:
    following = api(bob).get(world.path("records/?page_size=1")).json()["next"].split("?")[1]
    assert api(bob).get(world.path(f"records/?{following}")).status_code == 200
    assert api(bob).get(world.path(f"references/?{following}")).status_code == 400
