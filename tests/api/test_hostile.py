"""Hostile requests: always an answer of the 4xx kind that says why, never a crash, never half a write."""

import json
from typing import Any

import pytest
from django.db import transaction
from django.urls.converters import UUIDConverter
from rest_framework import serializers

from reviewapp.accounts.models import User
from reviewapp.audit.models import AuditEvent
from tests.api.conftest import Api, World
from tests.api.routes import actor, address, operations, patterns

DEEP = "[" * 50_000 + "]" * 50_000
WHOLE_BODIES = [
    b"", b"null", b"[]", b"3", b'"text"', b"true", b"{", b"{}{}", b"\xff\xfe{}", b"NaN", b'{"a": Infinity}', b'{"a": 1e999}',
    b'{"\\ud800": 1}', b'{"a\\u0000": 1}', b'{"colour": "blue"}', DEEP.encode(), ('{"a":' * 30 + "1" + "}" * 30).encode(),
    b'{"a": ' + b"9" * 5000 + b"}",
]  # fmt: skip
VALUES: list[str] = [
    "null", "true", "-1", "0", "3.5", "1e999", "1" + "0" * 30, "[]", "{}", '""', '" "', '"\\u0000"', '"\\ud800"', '"x\\u0000y"',
    json.dumps("x" * 600_000), '["\\u0000"]', "[[[]]]", '[null]', '{"a": {"b": null}}', '"9223372036854775808"', '"٣"', '"\\u202e"',
]  # fmt: skip
PLAUSIBLE: dict[str, Any] = {
    "title": "T", "email": "x@example.org", "tasks": ["observe"], "text": "Words", "label": "Reason", "source": "Scopus",
    "same": True, "stage": "title_abstract", "verdict": "include", "rationale": "Because", "why": "Because",
}  # fmt: skip
KINDS = {"NewCriterion": "inclusion", "NewSearch": "database"}
TAKE_FILES = {"handover-list", "import-list", "drop-file-list", "supplement-list"}
JSON_OPERATIONS = [op for op in operations() if op[1] in {"POST", "PATCH"} and op[0] not in TAKE_FILES]
REFUSED = {400, 401, 403, 404, 405, 409, 411, 413, 415, 422}


def body_of(name: str, method: str) -> type[serializers.Serializer] | None:
    view = next(pattern for pattern in patterns() if pattern.name == name).callback.view_class
    found: type[serializers.Serializer] | None = getattr(view, method.lower()).operation.body
    return found


def send(api: Api, who: User, method: str, url: str, body: bytes, content_type: str = "application/json") -> Any:
    client = api(who)
    client.raise_request_exception = True
    with transaction.atomic():
        answer = client.generic(method, url, body, content_type=content_type)
        transaction.set_rollback(True)
    assert answer.status_code < 500, (url, body[:200])
    if answer.status_code >= 400:
        assert answer["Content-Type"] == "application/problem+json"
        assert answer.json()["status"] == answer.status_code
    return answer


@pytest.mark.parametrize(("name", "method"), JSON_OPERATIONS, ids=str)
def test_a_body_that_is_no_body(name: str, method: str, api: Api, world: World) -> None:
    who, wanted = actor(name), body_of(name, method)
    for body in WHOLE_BODIES:
        answer = send(api, who, method, address(name, world.ids, method), body)
        if wanted and body:
            assert answer.status_code in REFUSED, body[:80]
        if wanted and body == b'{"colour": "blue"}':
            assert answer.status_code == 422
            assert "colour" in answer.json()["errors"]
    if wanted:
        for content_type in (
            "text/plain",
            "application/x-www-form-urlencoded",
            "",
            "application/json; charset=rot13",
            "x",
        ):
            assert send(api, who, method, address(name, world.ids, method), b"a=1", content_type).status_code in {
                400,
                415,
                422,
            }


@pytest.mark.parametrize(("name", "method"), [op for op in JSON_OPERATIONS if body_of(*op)], ids=str)
def test_a_field_that_is_not_what_it_should_be(name: str, method: str, api: Api, world: World) -> None:
    who, wanted = actor(name), body_of(name, method)
    assert wanted is not None
    fields = wanted().fields
    plausible = {key: value for key, value in PLAUSIBLE.items() if key in fields}
    if wanted.__name__ in KINDS:
        plausible["kind"] = KINDS[wanted.__name__]
    before = AuditEvent.objects.count()
    for field in fields:
        others = json.dumps({key: value for key, value in plausible.items() if key != field})[1:-1]
        for value in VALUES:
            body = f'{{"{field}": {value}{", " + others if others else ""}}}'.encode()
            answer = send(api, who, method, address(name, world.ids, method), body)
            if value in {'"\\u0000"', '"\\ud800"'}:
                assert answer.status_code == 400
            if value == "null" and not fields[field].allow_null:
                assert answer.status_code == 422
    assert AuditEvent.objects.count() == before


@pytest.mark.parametrize("number", ["0", "9223372036854775808", "1" + "0" * 30, "1" + "0" * 5000])
def test_a_number_beyond_every_id_is_not_found(number: str, api: Api, world: World, alice: User) -> None:
    for pattern in patterns():
        by_number = {key for key, kind in pattern.pattern.converters.items() if not isinstance(kind, UUIDConverter)}
        numbers = sorted(by_number - {"stage"})
        if numbers and len(number) < 100:
            path = address(str(pattern.name), world.ids | dict.fromkeys(numbers, int(number)))
            assert api(alice).get(path).status_code in {404, 405}, path
    assert api(alice).get(world.path(f"records/{number}/")).status_code == 404


@pytest.mark.parametrize(
    "tail", ["nothing/", "records", "records/x/", "records/-1/", "prisma.exe", "%00/", "%ff/", "stage-rules/x/"]
)
def test_an_address_that_leads_nowhere(tail: str, api: Api, world: World, alice: User) -> None:
    answer = api(alice).get(world.path(tail))
    assert answer.status_code in {400, 404}
    assert answer["Content-Type"] == "application/problem+json"
    assert api(alice).post(world.path(tail), {}).status_code in {400, 404, 405}


MULTIPART = "multipart/form-data; boundary=x"


def part(name: str, value: bytes, more: bytes = b"") -> bytes:
    return (
        b'--x\r\nContent-Disposition: form-data; name="' + name.encode() + b'"' + more + b"\r\n\r\n" + value + b"\r\n"
    )


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"", MULTIPART),
        (b"--x--\r\n", MULTIPART),
        (b"garbage", MULTIPART),
        (b"garbage", "multipart/form-data"),
        (b"{}", "application/json"),
        (part("search", b"1"), MULTIPART),
        (part("search", b"10" * 300) + part("file", b"TY  - JOUR", b'; filename="a.ris"') + b"--x--\r\n", MULTIPART),
        (part("search", b"\x00") + part("file", b"", b'; filename="\x00"') + b"--x--\r\n", MULTIPART),
        (
            part("search", b"\xff\xfe")
            + part("colour", b"blue")
            + part("file", b"x", b'; filename="a"')
            + b"--x--\r\n",
            MULTIPART,
        ),
        (part("file", b"TY  - JOUR") + b"--x--\r\n", MULTIPART),
        (b"".join(part(f"f{n}", b"1") for n in range(3000)) + b"--x--\r\n", MULTIPART),
    ],
)
def test_an_upload_that_is_no_upload(body: bytes, content_type: str, api: Api, world: World, alice: User) -> None:
    assert send(api, alice, "POST", world.path("imports/"), body, content_type).status_code in {400, 415, 422}
    for method, name in (("PUT", "report-file"), ("POST", "drop-file-list"), ("POST", "supplement-list")):
        assert send(api, alice, method, address(name, world.ids, method), body, content_type).status_code in {
            400,
            415,
            422,
        }


def test_a_hostile_file_name_and_format_do_no_harm(api: Api, world: World, alice: User) -> None:
    search = str(world.ids["search_id"]).encode()
    for more in (
        b'; filename="../../etc/passwd"',
        b'; filename="' + b"x" * 400 + b'.ris"',
        b'; filename="a\x00.ris"',
        b"; filename*=utf-8''%ED%A0%80.ris",
    ):
        file = part("file", b"TY  - JOUR\nTI  - T\nER  - \n", b"" + more)
        answer = send(
            api, alice, "POST", world.path("imports/"), part("search", search) + file + b"--x--\r\n", MULTIPART
        )
        assert answer.status_code in {202, 400, 422}
    wrong = part("search", search) + part("format", b"docx") + part("file", b"x", b'; filename="a.ris"') + b"--x--\r\n"
    assert "format" in send(api, alice, "POST", world.path("imports/"), wrong, MULTIPART).json()["errors"]


def test_reasons_and_criteria_of_another_review_are_refused(api: Api, world: World, alice: User, dave: User) -> None:
    for body in ({"label": "New", "criterion": 10**15},):
        assert api(alice).post(world.path("exclusion-reasons/"), body).status_code == 422
    vote = {"stage": "title_abstract", "verdict": "exclude", "reason": 10**15}
    assert api(alice).post(world.path(f"records/{world.waiting.pk}/decisions/"), vote).status_code == 422
