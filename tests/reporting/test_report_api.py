"""The report and its checklists through the API: the same choice, the same refusals, the same files."""

from typing import Any

import pytest

from reviewapp.accounts.models import User
from reviewapp.reporting import tasks
from reviewapp.reporting.models import ChecklistEntry, ReportFile
from reviewapp.reporting.report.build import Plan, plan_of
from reviewapp.reviews.models import Review
from tests.api.conftest import Api, api  # noqa: F401  # a fixture


def test_a_lead_chooses_and_everybody_sees_the_choice(review: Review, alice: User, bob: User, api: Api) -> None:  # noqa: F811
    path = f"/api/v1/reviews/{review.pk}/report/"
    chosen = {"sections": ["audit", "question"], "style": "apa", "keep_missing": True}
    assert api(bob).put(path, chosen, format="json").status_code == 403
    assert api(alice).put(path, chosen, format="json").status_code == 200
    told = api(bob).get(path).json()
    assert [(one["key"], bool(one["missing"])) for one in told["sections"]] == [("audit", False), ("question", True)]
    assert plan_of(review) == Plan(("audit", "question"), "apa", True)
    assert api(alice).put(path, chosen | {"sections": ["poetry"]}, format="json").status_code == 422


@pytest.mark.parametrize(("form", "begins"), [("docx", b"PK"), ("pdf", b"%PDF"), ("html", b"<!doctype html>")])
def test_a_file_is_drawn_and_fetched(form: str, begins: bytes, review: Review, olga: User, api: Api) -> None:  # noqa: F811
    path = f"/api/v1/reviews/{review.pk}/report/files/"
    answer = api(olga).post(path, {"form": form}, format="json")
    assert answer.status_code == 202
    awaited = answer.json()
    assert api(olga).get(f"{path}{awaited['id']}/").status_code == 404
    tasks.draw_report(awaited["job"])
    file = ReportFile.objects.get()
    answer = api(olga).get(f"{path}{awaited['id']}/")
    assert b"".join(answer.streaming_content).startswith(begins)  # type: ignore[attr-defined]
    assert api(olga).get(path).json()["results"][0]["sha256"] == file.sha256
    file.file.delete(save=False)


def test_an_item_written_meanwhile_is_not_overwritten(review: Review, bob: User, carol: User, api: Api) -> None:  # noqa: F811
    path = f"/api/v1/reviews/{review.pk}/checklists/prisma-2020/items/13a/"
    said: dict[str, Any] = {"revision": 0, "status": "partly", "text": "Bob's", "location": "p. 3"}
    assert api(bob).put(path, said, format="json").json()["revision"] == 1
    refused = api(carol).put(path, said | {"text": "Carol's"}, format="json")
    assert (refused.status_code, refused.json()["revision"]) == (409, 1)
    assert api(carol).get(path).json()["text"] == "Bob's"
    assert api(carol).put(path, said | {"text": "Both", "revision": 1}, format="json").status_code == 200
    assert ChecklistEntry.objects.get().text == "Both"
    (progress,) = [
        one for one in api(bob).get(f"/api/v1/reviews/{review.pk}/checklists/").json() if one["key"] == "prisma-2020"
    ]
    assert (progress["items"], progress["answered"], progress["partly"]) == (42, 0, 1)
