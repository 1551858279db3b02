"""PDFs: read once in a limited child, kept by their content, shown page by page to members only."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from reviewapp.accounts.models import User
from reviewapp.lib.errors import Invalid
from reviewapp.reviews.models import Review
from screening import pdf_child
from screening.choices import Verdict
from screening.documents import Document, DocumentPage, ReadingPlace
from screening.models import Record, Report
from screening.services import documents, reports
from tests.api.conftest import content_of
from tests.factories import RecordFactory, ReviewFactory
from tests.screening.fulltext.pdfs import HOSTILE, made_of, pdf_of, scan
from tests.screening.helpers import FT, page, to_full_text, url, vote

Login = Callable[[User], Client]


@pytest.fixture(autouse=True)
def files(settings: LazySettings, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


@pytest.fixture
def report(bob: User, carol: User, record: Record) -> Report:
    return to_full_text(record, bob, carol)


def attach(who: User, report: Report, content: bytes, name: str = "okello.pdf") -> Document:
    file = SimpleUploadedFile(name, content, "application/pdf")
    kept = reports.attach_file(actor=who, report=report, file=file).document
    assert kept is not None
    return kept


@pytest.fixture
def document(bob: User, report: Report) -> Document:
    return attach(bob, report, pdf_of("Hope and fear\nin company", "The zoë said", "Fear again"))


# --- Reading ----------------------------------------------------------------------------------------------------------


def test_text_is_kept_with_the_places_of_its_lines_and_words(document: Document) -> None:
    first = document.texts.get(number=1)
    assert first.text == "Hope and fear\nin company"
    (start, end, left, top, right, bottom, words), second = first.lines
    assert first.text[start:end] == "Hope and fear"
    assert [first.text[start + at :].split()[0] for at in words[::3]] == ["Hope", "and", "fear"]
    assert 0 < left < right < 10_000
    assert 0 < top < bottom < second[3] + 200 < 10_000
    assert (round(first.width), round(first.height)) == (595, 842)
    assert not document.is_scan


def test_the_same_content_is_one_document(bob: User, carol: User, document: Document, files: Path) -> None:
    with document.file.open("rb") as file:
        content = file.read()
    reading = documents.read_pdf(content)
    again = documents.keep_document(document.review, content, reading, filename="other name.pdf")
    assert (again, Document.objects.count()) == (document, 1)
    assert len(list(files.glob("documents/*/*"))) == 1
    elsewhere = documents.keep_document(ReviewFactory(), content, reading, filename="theirs.pdf")
    assert elsewhere != document


def test_a_scan_is_said_to_have_no_text(bob: User, report: Report, as_user: Login) -> None:
    document = attach(bob, report, scan(2))
    assert document.is_scan
    seen = as_user(bob).get(url("document-detail", report.review, document.pk)).content.decode()
    assert "scanned" in seen


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (pdf_of("Secret", password="locked"), "password"),
        (pdf_of("Hope")[:300], "damaged"),
        (b"PK\x03\x04 a document of another program", "not a PDF"),
        (b"", "empty"),
    ],
)
def test_what_cannot_be_read_is_refused_in_clear_words(content: bytes, words: str) -> None:
    with pytest.raises(Invalid, match=words):
        documents.read_pdf(content)


def test_too_many_pages_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "ask_child", lambda arguments, content: (pdf_child.TOO_LONG, b""))
    with pytest.raises(Invalid, match="Split it"):
        documents.read_pdf(pdf_of("Hope"))
    monkeypatch.setattr(documents, "ask_child", lambda arguments, content: (None, b""))
    with pytest.raises(Invalid, match="too large or too intricate"):
        documents.read_pdf(pdf_of("Hope"))


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_pdf_is_refused_or_kept_and_harms_nobody(name: str, bob: User, report: Report) -> None:
    try:
        document = attach(bob, report, HOSTILE[name])
    except Invalid:
        assert not Document.objects.exists()
        return
    for number in (1, document.pages):
        picture = documents.page_picture(document, number, 160)
        assert picture is None or len(picture) < 20 * 2**20
    assert all(len(page.text) <= pdf_child.MOST_LETTERS for page in document.texts.all())


def test_letters_that_no_database_keeps_are_left_out(bob: User, report: Report) -> None:
    document = attach(bob, report, made_of(b"BT /F 12 Tf 10 10 Td (a\\000b\\001c) Tj ET"))
    assert document.texts.get().text in {"abc", "a b c"}


def test_a_page_that_took_too_long_is_listed_without_text(monkeypatch: pytest.MonkeyPatch) -> None:
    import pypdfium2

    monkeypatch.setattr(pdf_child, "READING_SECONDS", 0)
    facts, first = pdf_child.read(pypdfium2.PdfDocument(pdf_of("Hope")))
    assert '"pages": 1' in facts
    assert '"text"' not in first


# --- Who may see ------------------------------------------------------------------------------------------------------


def status_of(client: Client, address: str) -> int:
    answer = client.get(address)
    content_of(answer)
    return answer.status_code


def addresses(document: Document) -> list[str]:
    review = document.review
    return [
        url("document-detail", review, document.pk),
        url("document-file", review, document.pk),
        url("document-page", review, document.pk, 1) + "?w=160",
        url("document-text", review, document.pk, 1),
        url("document-search", review, document.pk) + "?q=hope",
    ]


@pytest.mark.parametrize(("who", "status"), [("bob", 200), ("olga", 200), ("tess", 200), ("dave", 404)])
def test_members_read_and_outsiders_find_nothing(
    who: str, status: int, document: Document, as_user: Login, request: pytest.FixtureRequest
) -> None:
    client = as_user(request.getfixturevalue(who))
    assert {status_of(client, address) for address in addresses(document)} == {status}
    kept = client.post(url("document-place", document.review, document.pk), {"page": 2})
    assert kept.status_code == (204 if status == 200 else 404)


def test_a_document_of_another_review_is_not_found(bob: User, document: Document, as_user: Login) -> None:
    theirs = ReviewFactory()
    foreign = documents.keep_document(
        theirs, content := pdf_of("Theirs"), documents.read_pdf(content), filename="t.pdf"
    )
    client, review = as_user(bob), document.review
    foreign.review = review  # the address of one's own review with the id of the foreign document
    assert {status_of(client, address) for address in addresses(foreign)} == {404}
    assert client.post(url("document-place", review, foreign.pk), {"page": 1}).status_code == 404


def test_pages_are_private_revalidated_and_drawn_once(
    bob: User, document: Document, files: Path, as_user: Login
) -> None:
    client, review = as_user(bob), document.review
    drawn = client.get(url("document-page", review, document.pk, 2) + "?w=700")
    assert drawn.content.startswith(b"\x89PNG")
    assert drawn.headers["Cache-Control"] == "private, no-cache"
    assert drawn.headers["X-Content-Type-Options"] == "nosniff"
    assert len(list(files.glob("pages/*/*-700"))) == 3  # its neighbours with it
    again = client.get(
        url("document-page", review, document.pk, 2) + "?w=700", headers={"If-None-Match": drawn["ETag"]}
    )
    assert (again.status_code, again.headers["Cache-Control"]) == (304, "private, no-cache")
    for number in (0, 4, 10**30):
        assert client.get(url("document-page", review, document.pk, number)).status_code == 404
    for width in ("99999", "x", "-1", ""):
        assert client.get(url("document-page", review, document.pk, 1) + f"?w={width}").status_code == 400
    assert client.get(url("document-text", review, document.pk, 4)).status_code == 404


def test_a_file_that_the_store_has_lost_is_said(bob: User, document: Document, as_user: Login) -> None:
    Path(document.file.path).unlink()
    client, review = as_user(bob), document.review
    for name, ids in (("document-file", [document.pk]), ("document-page", [document.pk, 1])):
        assert client.get(url(name, review, *ids)).status_code == 410
    assert client.get(url("document-text", review, document.pk, 1)).status_code == 200


# --- Search and place -------------------------------------------------------------------------------------------------


def test_words_are_found_with_page_and_offsets(bob: User, document: Document, as_user: Login) -> None:
    client, address = as_user(bob), url("document-search", document.review, document.pk)
    found = client.get(address, {"q": "FEAR"}).json()
    assert [(hit["page"], hit["start"], hit["end"]) for hit in found["hits"]] == [(1, 9, 13), (3, 0, 4)]
    assert (found["hits"][0]["before"], found["hits"][0]["after"], found["more"]) == ("Hope and ", " in company", False)
    assert len(client.get(address, {"q": "zoe"}).json()["hits"]) == 1
    assert client.get(address, {"q": ""}).json()["hits"] == []
    assert len(client.get(address, {"q": "fear in company"}).json()["hits"]) == 1


def test_finds_are_cut_off_and_it_is_said(bob: User, document: Document, as_user: Login) -> None:
    DocumentPage.objects.filter(document=document, number=1).update(text="a " * 600)
    found = as_user(bob).get(url("document-search", document.review, document.pk), {"q": "a"}).json()
    assert (len(found["hits"]), found["more"]) == (500, True)


def test_everybody_has_their_own_place(bob: User, carol: User, document: Document, as_user: Login) -> None:
    client, address = as_user(bob), url("document-place", document.review, document.pk)
    for said in ({"page": 1}, {"page": 3, "part": 250, "zoom": 150, "turned": 90}):
        assert client.post(address, said).status_code == 204
    place = ReadingPlace.objects.get()
    assert (place.reader, place.page, place.part, place.zoom, place.turned) == (bob, 3, 250, 150, 90)
    detail = url("document-detail", document.review, document.pk)
    assert 'data-page="3" data-part="250" data-zoom="150" data-turned="90"' in client.get(detail).content.decode()
    assert 'data-page="1"' in as_user(carol).get(detail).content.decode()
    for said in (
        {"page": 4},
        {"page": 0},
        {"page": 1, "part": 1001},
        {"page": 1, "turned": 45},
        {"page": 1, "zoom": 9999},
        {},
    ):
        assert client.post(address, said).status_code == 422


def test_a_file_from_before_is_read_when_asked(bob: User, document: Document, as_user: Login) -> None:
    report = document.reports.get()
    Report.objects.update(document=None)
    document.delete()
    client = as_user(bob)
    assert "Read it now" in client.get(url("desk", report.review, FT)).content.decode()
    assert client.post(url("report-read", report.review, report.pk)).status_code == 302
    report.refresh_from_db()
    assert report.document is not None
    assert report.document.file.name == report.file.name
    assert client.post(url("report-read", report.review, report.pk)).status_code == 302


# --- What nobody must see, and what it costs ----------------------------------------------------------------------------


def test_a_colleagues_reading_and_hidden_vote_change_no_byte(
    bob: User, carol: User, olga: User, document: Document, client: Client
) -> None:
    pages = [
        url("document-detail", document.review, document.pk),
        url("report-detail", document.review, document.reports.get().pk),
    ]
    before = [page(client, who, address) for who in (bob, olga) for address in pages]
    documents.keep_place(actor=carol, document=document, page=3, part=0, zoom=0, turned=0)
    vote(carol, document.reports.get().record, Verdict.INCLUDE, FT)
    assert [page(client, who, address) for who in (bob, olga) for address in pages] == before


def test_as_many_queries_for_three_documents_ahead_as_for_one(
    bob: User, carol: User, review: Review, as_user: Login
) -> None:
    client, counts = as_user(bob), []
    address = url("desk-cards", review, FT)
    for number in range(3):
        attach(bob, to_full_text(RecordFactory(review=review), bob, carol), pdf_of(f"Report {number}"))
        client.get(address)
        with CaptureQueriesContext(connection) as asked:
            client.get(address)
        counts.append(len(asked))
    assert len(set(counts)) == 1
