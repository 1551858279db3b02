"""What happens around every request, without any page of the product."""

import json
import logging

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import RequestFactory

from reviewapp.lib import middleware
from reviewapp.lib.errors import BadText, DomainError, NotAllowed
from reviewapp.lib.logs import JsonFormatter

FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def shown(monkeypatch):
    """Errors as plain text in place of the designed page, which asks the address book of the whole product."""

    def plain(request, template, context, status):
        return HttpResponse(f"{template} {context['title']}: {context['message']}", status=status)

    monkeypatch.setattr(middleware, "render", plain)


def gate(request):
    return middleware.TextGateMiddleware(lambda passed: HttpResponse("passed"))(request)


@pytest.mark.parametrize("query", ["q=a%00b", "q=%ED%A0%80", "q=%ff", "%00=1", "q=a%C3"])
@pytest.mark.usefixtures("shown")
def test_unreadable_text_in_an_address_is_refused(query):
    response = gate(RequestFactory().get("/records/", QUERY_STRING=query))
    assert response.status_code == 400
    assert b"Nothing was saved" in response.content


@pytest.mark.parametrize("query", ["", "q=%C3%A9t%C3%A9", "q=%F0%9F%93%9A&page=2", "q=100%25", "q=%EF%BF%BD"])
def test_readable_text_passes(query):
    assert gate(RequestFactory().get("/records/", QUERY_STRING=query)).content == b"passed"


@pytest.mark.usefixtures("shown")
def test_a_nul_in_the_path_is_refused():
    assert gate(RequestFactory().get("/records/%00/")).status_code == 400


@pytest.mark.parametrize("body", ["note=a%00b", "note=%ED%BF%BF", "note=%c3%28", b"note=\xff", b"note=a\x00b"])
@pytest.mark.usefixtures("shown")
def test_unreadable_text_in_a_form_is_refused(body):
    assert gate(RequestFactory().post("/notes/", data=body, content_type=FORM)).status_code == 400


def test_a_form_can_still_be_read_behind_the_gate():
    request = RequestFactory().post("/notes/", data="note=%C3%89tude+1&label=a&label=b", content_type=FORM)
    assert gate(request).content == b"passed"
    assert request.POST["note"] == "Étude 1"
    assert request.POST.getlist("label") == ["a", "b"]


def test_files_pass_whatever_they_hold():
    file = SimpleUploadedFile("export.ris", b"TY  - JOUR\x00\xff\xed\xa0\x80")
    request = RequestFactory().post("/imports/", {"file": file, "platform": "EBSCO"})
    assert gate(request).content == b"passed"
    assert request.FILES["file"].read() == b"TY  - JOUR\x00\xff\xed\xa0\x80"


@pytest.mark.parametrize("platform", [b"EBSCO\x00", b"EBSC\xff"])
@pytest.mark.usefixtures("shown")
def test_fields_beside_a_file_are_read_strictly(platform):
    body = b'--B\r\nContent-Disposition: form-data; name="platform"\r\n\r\n' + platform + b"\r\n--B--\r\n"
    request = RequestFactory().post("/imports/", data=body, content_type="multipart/form-data; boundary=B")
    assert gate(request).status_code == 400


def test_an_upload_beyond_the_limit_is_refused_before_it_is_read(settings, shown):
    settings.UPLOAD_LIMIT_BYTES = 1024 * 1024
    request = RequestFactory().post("/imports/", data=b"x" * (3 * 1024 * 1024), content_type="multipart/form-data")
    response = gate(request)
    assert response.status_code == 413
    assert b"At most 1 MB" in response.content
    assert not request._read_started


def test_the_api_answers_with_a_problem_document():
    response = gate(RequestFactory().get("/api/v1/reviews/", QUERY_STRING="q=%00"))
    assert response.status_code == 400
    assert response["Content-Type"] == "application/problem+json"
    assert json.loads(response.content)["title"] == BadText.title


@pytest.mark.usefixtures("shown")
def test_a_domain_error_becomes_a_page_or_for_htmx_a_fragment():
    shows = middleware.DomainErrorMiddleware(lambda request: HttpResponse())
    error = NotAllowed("Bob does not screen here.")
    page = shows.process_exception(RequestFactory().get("/"), error)
    fragment = shows.process_exception(RequestFactory().get("/", headers={"HX-Request": "true"}), error)
    assert (page.status_code, fragment.status_code) == (403, 403)
    assert page.content.startswith(b"error.html Your tasks")
    assert fragment.content.startswith(b"error.html#error Your tasks")
    assert shows.process_exception(RequestFactory().get("/"), ValueError("not ours")) is None


def private(request, response):
    return middleware.PrivatePagesMiddleware(lambda _: response)(request).headers.get("Cache-Control")


def test_pages_of_a_signed_in_person_are_not_stored():
    request = RequestFactory()
    assert private(request.get("/"), HttpResponse()) is None
    assert private(request.get("/", headers={"Authorization": "Bearer x"}), HttpResponse()) == "no-store"
    request.cookies[settings.SESSION_COOKIE_NAME] = "x"
    assert private(request.get("/"), HttpResponse()) == "no-store"
    assert private(request.get("/"), HttpResponse(headers={"Cache-Control": "private"})) == "private"


def test_the_answer_to_a_log_in_is_not_stored():
    response = HttpResponse()
    response.set_cookie(settings.SESSION_COOKIE_NAME, "fresh")
    assert private(RequestFactory().post("/login/"), response) == "no-store"


@pytest.mark.parametrize(("given", "kept"), [("abc-123_X.9", True), ("short", False), ("a b\r\nInjected: 1", False)])
def test_a_request_is_named_and_only_a_harmless_name_is_taken_over(given, kept):
    seen = []

    def view(request):
        seen.append(middleware.current_request_id())
        return HttpResponse()

    response = middleware.RequestIdMiddleware(view)(RequestFactory().get("/", headers={"X-Request-ID": given}))
    assert seen == [response["X-Request-ID"]]
    assert (seen[0] == given) is kept
    assert len(seen[0]) >= 8
    assert middleware.current_request_id() == ""


def test_the_log_names_the_request_but_not_its_secrets(caplog):
    caplog.set_level(logging.INFO, "tandem.request")
    middleware.RequestIdMiddleware(lambda request: HttpResponse())(RequestFactory().get("/invitations/s3cret/?q=name"))
    assert "GET" in caplog.text
    assert "s3cret" not in caplog.text
    assert "name" not in caplog.messages[0]


def test_json_log_lines_carry_the_request_and_the_exception():
    try:
        raise DomainError("“no”")
    except DomainError as error:
        record = logging.LogRecord(
            "x", logging.ERROR, "x.py", 1, "said %s", ("é",), (DomainError, error, error.__traceback__)
        )
    middleware.RequestIdFilter().filter(record)
    line = json.loads(JsonFormatter().format(record))
    assert (line["message"], line["request_id"], line["level"]) == ("said é", "-", "ERROR")
    assert "DomainError: “no”" in line["exception"]
