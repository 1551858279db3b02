"""Who gets in, for every address and method of the API. A new address without a line here fails."""

import pytest
from django.db import transaction
from rest_framework.test import APIClient

from reviewapp.accounts.models import User
from reviewapp.reviews.choices import Task
from reviewapp.team.services import create_review
from tests.api.conftest import Api, World, content_of
from tests.api.routes import address, objects_of, operations
from tests.conftest import person

EVERYBODY = {"Alice", "Bob", "Olga", "Tess"}
LEAD = {"Alice"}
SCREENERS = {"Alice", "Bob"}
VOTERS_AND_SETTLERS = {"Alice", "Bob", "Tess"}
SETTLERS = {"Tess"}
LEAD_AND_SETTLERS = {"Alice", "Tess"}
OUTSIDE = {"schema", "review-list"}  # not inside a review
OWN = {"sheet", "answer", "sheet-finish", "set-aside"}  # somebody's own answers: not there for anybody else

CODERS = {"Bob"}
SYNTHESISERS = {"Alice", "Bob"}

WRITES = {
    ("coding-people", "PUT"): LEAD,
    ("coding-spread", "POST"): LEAD,
    ("coding-plan", "PATCH"): LEAD,
    ("coding-opening", "PUT"): LEAD,
    ("coding-undo", "POST"): SYNTHESISERS,
    ("coding-redo", "POST"): SYNTHESISERS,
    ("coding-list", "POST"): CODERS,
    ("coding-detail", "PATCH"): CODERS,
    ("coding-detail", "DELETE"): CODERS,
    ("set-aside-list", "POST"): CODERS,
    ("review-detail", "PATCH"): LEAD,
    ("member-list", "POST"): LEAD,
    ("member-detail", "PATCH"): LEAD,
    ("member-detail", "DELETE"): LEAD,
    ("invitation-list", "GET"): LEAD,
    ("invitation-detail", "DELETE"): LEAD,
    ("job-cancel", "POST"): LEAD,
    ("job-restart", "POST"): LEAD,
    ("criterion-list", "POST"): LEAD,
    ("criterion-detail", "PATCH"): LEAD,
    ("criterion-detail", "DELETE"): LEAD,
    ("reason-list", "POST"): LEAD,
    ("reason-detail", "PATCH"): LEAD,
    ("reason-detail", "DELETE"): LEAD,
    ("rule-detail", "PATCH"): LEAD,
    ("pilot-list", "POST"): LEAD,
    ("pilot-results", "POST"): LEAD,
    ("pilot-end", "POST"): LEAD,
    ("round-list", "GET"): LEAD,
    ("round-list", "POST"): LEAD,
    ("allocation-detail", "GET"): LEAD,
    ("allocation-detail", "PUT"): LEAD,
    ("allocation-preview", "GET"): LEAD,
    ("allotment-list", "POST"): LEAD,
    ("allotment-detail", "DELETE"): LEAD,
    ("ranking", "GET"): LEAD,
    ("ranking", "PATCH"): LEAD,
    ("ranking-target", "PUT"): LEAD,
    ("ranking-term", "POST"): LEAD,
    ("ranking-simulate", "POST"): LEAD,
    ("search-list", "POST"): LEAD,
    ("search-detail", "PATCH"): LEAD,
    ("import-list", "POST"): LEAD,
    ("import-detail", "DELETE"): LEAD,
    ("import-redo", "POST"): LEAD,
    ("import-reading", "POST"): LEAD,
    ("import-confirmation", "POST"): LEAD,
    ("previous-version", "PUT"): LEAD,
    ("prisma-plan", "PUT"): LEAD,
    ("statistics", "GET"): LEAD,
    ("count-by-hand", "POST"): LEAD,
    ("count-by-hand-detail", "DELETE"): LEAD,
    ("previous-version", "DELETE"): LEAD,
    ("report", "PUT"): LEAD,
    ("checklist-item", "PUT"): VOTERS_AND_SETTLERS,
    ("drawn-report-list", "POST"): EVERYBODY,
    ("handover-list", "GET"): LEAD,
    ("handover-list", "POST"): LEAD,
    ("handover-detail", "GET"): LEAD,
    ("handover-detail", "PATCH"): LEAD,
    ("handover-detail", "DELETE"): LEAD,
    ("handover-confirm", "POST"): LEAD,
    ("deduplication", "POST"): SCREENERS,
    ("pair-ruling", "POST"): SCREENERS,
    ("pair-ruling", "DELETE"): SCREENERS,
    ("record-split", "POST"): SCREENERS,
    ("record-link", "POST"): SCREENERS,
    ("record-unlink", "POST"): SCREENERS,
    ("record-shown", "POST"): SCREENERS,
    ("record-shown", "DELETE"): SCREENERS,
    ("audit-list", "POST"): SCREENERS,
    ("audit-judgement", "POST"): SCREENERS,
    ("record-next", "GET"): SCREENERS,
    ("record-queue", "GET"): SCREENERS,
    ("record-detail", "PATCH"): SCREENERS,
    ("correction", "DELETE"): SCREENERS,
    ("decision-list", "POST"): SCREENERS,
    ("decision-undo", "POST"): SCREENERS,
    ("label-list", "PUT"): LEAD,
    ("view-list", "POST"): EVERYBODY,
    ("view-detail", "DELETE"): LEAD,  # whose view it is
    ("own-desk", "GET"): SCREENERS,
    ("own-desk", "PATCH"): SCREENERS,
    ("own-keys", "DELETE"): SCREENERS,
    ("comment-list", "POST"): VOTERS_AND_SETTLERS,
    ("conflict-agree", "POST"): VOTERS_AND_SETTLERS,
    ("conflict-agree", "DELETE"): VOTERS_AND_SETTLERS,
    ("conflict-adjudicate", "POST"): SETTLERS,
    ("conflict-adjudicate-many", "POST"): SETTLERS,
    ("conflict-reopen", "POST"): LEAD_AND_SETTLERS,
    ("report-detail", "PATCH"): SCREENERS,
    ("report-file", "PUT"): SCREENERS,
    ("report-study", "DELETE"): SCREENERS,
    ("document-place", "PUT"): EVERYBODY,
    ("drop-list", "GET"): SCREENERS,
    ("drop-list", "POST"): SCREENERS,
    ("drop-file-list", "POST"): SCREENERS,
    ("drop-matching", "POST"): SCREENERS,
    ("dropped-file-list", "GET"): SCREENERS,
    ("dropped-assignment", "POST"): SCREENERS,
    ("dropped-assignment", "DELETE"): SCREENERS,
    ("dropped-aside", "POST"): SCREENERS,
    ("dropped-aside", "DELETE"): SCREENERS,
    ("study-suggestion-list", "POST"): SCREENERS,
    ("different-list", "POST"): SCREENERS,
    ("different-detail", "DELETE"): SCREENERS,
    ("supplement-list", "POST"): SCREENERS,
    ("supplement-detail", "PATCH"): SCREENERS,
    ("supplement-detail", "DELETE"): SCREENERS,
    ("supplement-redo", "POST"): SCREENERS,
    ("study-detail", "PATCH"): SCREENERS,
    ("study-report-list", "POST"): SCREENERS,
    ("archive-list", "GET"): LEAD,
    ("archive-list", "POST"): LEAD,
    ("archive-file", "GET"): LEAD,  # whose archive it is
    ("instrument-list", "POST"): LEAD,
    ("study-mark", "PUT"): LEAD,
    ("meant-for", "PUT"): LEAD,
    ("meant-study", "PUT"): LEAD,
    ("drop-rule", "PUT"): LEAD,
    ("item-move", "POST"): LEAD,
    ("item-return", "POST"): LEAD,
    ("answer-set-list", "POST"): LEAD,
    ("answer-set", "PATCH"): LEAD,
    ("table-settings", "PUT"): LEAD,
    ("instrument-detail", "PATCH"): LEAD,
    ("instrument-detail", "DELETE"): LEAD,
    ("rating-rule", "PUT"): LEAD,
    ("item-list", "POST"): LEAD,
    ("item-detail", "PUT"): LEAD,
    ("item-detail", "DELETE"): LEAD,
    ("assignment-list", "POST"): LEAD,
    ("assignment-spread", "POST"): LEAD,
    ("settlement", "POST"): EVERYBODY,
    ("settlement-withdraw", "POST"): EVERYBODY,
    ("difference-rule", "POST"): SETTLERS,
    ("difference-reopen", "POST"): EVERYBODY,
    ("study-rating", "PUT"): VOTERS_AND_SETTLERS,
    ("text-list", "POST"): SCREENERS,  # Bob codes, Alice leads
    ("text-detail", "PUT"): SCREENERS,
    ("text-detail", "DELETE"): SCREENERS,
    ("text-correction", "POST"): SCREENERS,
    ("finding-detail", "PUT"): SCREENERS,
    ("quotation-list", "POST"): SCREENERS,
    ("quotation-detail", "PUT"): SCREENERS,
    ("quotation-detail", "DELETE"): SCREENERS,
    ("coding-finish", "POST"): {"Bob"},
    ("coding-finish", "DELETE"): {"Bob"},
    ("coding-proposal", "POST"): EVERYBODY,
    ("coding-proposal", "PUT"): EVERYBODY,
    ("coding-proposal", "DELETE"): EVERYBODY,
    ("coding-ruling", "POST"): SETTLERS,
    ("coding-reopening", "POST"): EVERYBODY,
    ("coding-matches", "POST"): {"Bob", "Tess"},
}
READS = {
    "coding-study-list", "coding-plan", "desk-text", "coding-detail",
    "review-detail", "member-list", "member-detail", "job-detail", "criterion-list", "criterion-detail",
    "reason-list", "reason-detail", "rule-list", "rule-detail", "search-list", "search-detail", "import-list",
    "import-detail", "import-undoing", "import-file", "import-problems", "reference-list", "reference-detail",
    "pair-list", "pair-detail", "record-list", "record-export", "record-detail", "record-shown", "decision-list",
    "conflict-list", "conflict-detail", "report-list", "report-detail", "report-file", "study-list", "study-detail",
    "supplement-list", "supplement-detail", "supplement-file", "retrieval-log", "study-suggestion-list", "different-list", "document-detail", "document-file", "document-page", "document-picture", "document-search", "document-place",
    "event-list", "prisma", "prisma-rows", "prisma-changes", "prisma-plan", "count-by-hand", "prisma-docx", "prisma-svg", "prisma-png", "prisma-pdf", "prisma-csv", "agreement", "report", "drawn-report-list", "drawn-report",
    "checklist-list", "checklist", "checklist-item", "checklist-docx", "checklist-csv", "judgements-csv", "judgements-xlsx", "judgements-json", "previous-version",
    "contributions", "contributions-csv", "contributions-docx", "included-study-list", "meant-study-list", "instrument-list", "instrument-detail", "assignment-list", "study-table", "comparison-list", "comparison-detail",
    "text-list", "text-detail", "coding-comparison-list", "coding-comparison", "coder-agreement",
    "deduplication", "audit-list", "audit-detail", "audit-pair-list",
    "label-list", "view-list", "conflict-criteria", "criteria-version-list", "pilot-list", "pilot-detail",
}  # fmt: skip
TABLE = WRITES | {(name, "GET"): EVERYBODY for name in READS}
INSIDE = [operation for operation in operations() if operation[0] not in OUTSIDE | OWN]
SHEETS = [operation for operation in operations() if operation[0] in OWN]


def status(api: Api, who: User | None, method: str, url: str) -> int:
    """The answer's status; whatever the request changed is taken back."""
    with transaction.atomic():
        answer = api(who).generic(method, url, content_type="application/json")
        content_of(answer)
        transaction.set_rollback(True)
    assert answer.status_code < 500
    return int(answer.status_code)


def test_the_table_names_every_operation_and_no_other() -> None:
    assert set(INSIDE) == set(TABLE)


@pytest.mark.parametrize(("name", "method"), INSIDE, ids=lambda part: str(part))
def test_who_may(name: str, method: str, api: Api, world: World, dave: User) -> None:
    url = address(name, world.ids)
    expected = {who: who in TABLE[name, method] for who in EVERYBODY}
    got = {who: status(api, person(who), method, url) for who in EVERYBODY}
    assert {who: code not in {401, 403, 404} for who, code in got.items()} == expected, got
    assert {code for who, code in got.items() if not expected[who]} <= {403}
    if method == "GET":
        assert {code for who, code in got.items() if expected[who]} == {200}
    assert status(api, dave, method, url) == 404
    assert status(api, None, method, url) == 401


@pytest.mark.parametrize(("name", "method"), SHEETS, ids=lambda part: str(part))
def test_answers_are_there_for_their_own_person_only(
    name: str, method: str, api: Api, world: World, dave: User
) -> None:
    url = address(name, world.ids)
    assert status(api, person("Bob"), method, url) in {200, 409, 422}
    for who in (person("Alice"), person("Carol"), person("Olga"), person("Tess"), dave):
        assert status(api, who, method, url) == 404
    assert status(api, None, method, url) == 401


@pytest.mark.parametrize(("name", "method"), INSIDE, ids=lambda part: str(part))
def test_a_former_member_is_an_outsider(name: str, method: str, api: Api, world: World, carol: User) -> None:
    world.review.memberships.filter(user=carol).update(left_at=world.review.created_at)
    assert status(api, carol, method, address(name, world.ids)) == 404


ABOUT_AN_OBJECT = [(name, method) for name, method in INSIDE if len(objects_of(name)) > 1]


@pytest.mark.parametrize(("name", "method"), ABOUT_AN_OBJECT, ids=lambda part: str(part))
def test_a_foreign_object_is_not_found_in_ones_own_review(
    name: str, method: str, api: Api, world: World, dave: User
) -> None:
    own = create_review(actor=dave, title="Dave's review", tasks=list(Task.values))
    url = address(name, world.ids | {"review_id": own.pk})
    # A body is read before its object is looked for in some places; nothing is found either way.
    assert status(api, dave, method, url) in ({404} if method in {"GET", "DELETE"} else {404, 422})


def test_reviews_are_only_ones_own(api: Api, world: World, bob: User, dave: User) -> None:
    assert [row["title"] for row in api(bob).get("/api/v1/reviews/").json()["results"]] == ["Peer support"]
    assert api(dave).get("/api/v1/reviews/").json()["results"] == []
    assert api(None).get("/api/v1/reviews/").status_code == 401
    assert api(None).get("/api/v1/schema/").status_code == 200


def test_a_session_needs_the_csrf_token(world: World, alice: User) -> None:
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(alice)
    assert client.get(world.path()).status_code == 200
    refused = client.patch(world.path(), {"title": "Changed"}, format="json")
    assert refused.status_code == 403
    assert refused["Content-Type"] == "application/problem+json"
