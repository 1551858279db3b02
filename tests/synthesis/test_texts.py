"""Findings texts: taken in word for word, prepared, corrected without losing a coding."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from docx import Document as Word

from reviewapp.accounts.models import User
from reviewapp.lib.errors import AlreadyDone, Invalid
from reviewapp.reviews.models import Review
from screening.documents import Document, DocumentPage
from screening.models import Report, Study
from synthesis.models import Coding, Finding, FindingsText, Quotation, TextVersion
from synthesis.queries.texts import lost_codings
from synthesis.services import coding, texts
from synthesis.services.taking import text_of_file
from tests.synthesis.conftest import CONTENT, span


def test_what_was_brought_in_is_kept_and_marked(version: TextVersion) -> None:
    assert version.content == CONTENT
    said = Quotation.objects.get()
    assert version.content[said.start : said.end].startswith("“I walked in")
    assert (said.speaker, said.is_suggested) == ("P7, woman, 34", True)
    assert {finding.section for finding in Finding.objects.all()} == {"Belonging and being seen"}


def test_a_version_never_changes(version: TextVersion) -> None:
    from django.db import ProgrammingError, transaction

    with pytest.raises(ProgrammingError), transaction.atomic():
        TextVersion.objects.update(content="other")


@pytest.mark.parametrize("content", ["", " \n ", "[page 3]\n", "x" * 2_000_001])
def test_a_text_without_words_or_too_long_is_refused(study: Study, alice: User, content: str) -> None:
    with pytest.raises(Invalid):
        texts.add_text(actor=alice, study=study, title="x", content=content)
    assert not FindingsText.objects.exists()


def test_only_included_studies_have_findings(review: Review, alice: User) -> None:
    with pytest.raises(Invalid):
        texts.add_text(actor=alice, study=Study.objects.create(review=review, label="Out"), title="x", content="words")


def test_a_correction_carries_codings_over_and_lists_what_it_could_not(
    version: TextVersion, apart: None, alice: User, bob: User, carol: User
) -> None:
    text = version.text
    for person, words in (
        (bob, "stopped feeling alone"),
        (bob, "told nobody"),
        (carol, "told nobody"),
        (carol, "clinic 😀"),
    ):
        start, end = span(version, words)
        coding.code_stretch(actor=person, version=version, start=start, end=end, name=f"{words} by {person}")
    coding.set_aside(actor=bob, version=version, start=0, end=9)
    corrected = "A new first line.\n" + version.content.replace("told nobody", "told no one")
    done = texts.correct_text(actor=alice, text=text, content=corrected, why="Misread", number=1)
    assert (done.version.number, done.quotations_lost) == (2, 0)
    moved = {coding.code.name: coding for coding in Coding.objects.select_related("code", "version")}
    for name in ("stopped feeling alone by Bob", "clinic 😀 by Carol"):
        row = moved[name]
        assert row.version == done.version
        assert done.version.content[row.start : row.end] == row.quote
    assert moved["told nobody by Bob"].version == version
    assert [c.code.name for c in lost_codings(bob, text)] == ["told nobody by Bob"]
    assert not lost_codings(alice, text)
    with pytest.raises(AlreadyDone):
        texts.correct_text(actor=alice, text=text, content="other", why="x", number=1)
    start, end = span(done.version, "told no one")
    coding.place_again(actor=bob, coding=moved["told nobody by Bob"], start=start, end=end)
    assert not lost_codings(bob, text)


def test_a_coding_of_a_page_from_before_a_correction_is_refused(
    version: TextVersion, apart: None, alice: User, bob: User
) -> None:
    """Also when the text was corrected after the coder's request had read it."""
    texts.correct_text(actor=alice, text=version.text, content=version.content + "More.", why="Cut off", number=1)
    assert version.text.current_id == version.pk  # as the coder's request still holds it
    with pytest.raises(AlreadyDone):
        coding.code_stretch(actor=bob, version=version, start=0, end=9, name="x")
    with pytest.raises(AlreadyDone):
        coding.set_aside(actor=bob, version=version, start=0, end=9)
    assert not Coding.objects.exists()


def test_a_text_that_was_given_to_be_coded_stays(version: TextVersion, apart: None, alice: User) -> None:
    with pytest.raises(AlreadyDone):
        texts.remove_text(actor=alice, text=version.text)


def test_files_are_read_by_what_they_are(study: Study) -> None:
    word = Word()
    word.add_heading("Findings")
    word.add_paragraph("They met weekly 😀.")
    stored = io.BytesIO()
    word.save(stored)
    assert text_of_file(stored.getvalue(), "x.txt").split("\n") == ["Findings", "They met weekly 😀."]
    html = "<html><head><style>p{}</style></head><body><p>They&nbsp;met<br>weekly.</p><script>x</script></body></html>"
    assert text_of_file(html.encode(), "x.docx") == "They met\nweekly."
    assert text_of_file("Sie trafen sich wöchentlich.".encode("cp1252"), "x") == "Sie trafen sich wöchentlich."
    for bad in (b"", b"%PDF-1.7", b"PK\x03\x04broken", stored.getvalue()[:300], b"words\x00 and more words"):
        with pytest.raises(Invalid):
            text_of_file(bad, "x")


def page(name: str, text: FindingsText | Study, **more: object) -> str:
    ids = {"study_id": text.pk} if isinstance(text, Study) else {"text_id": text.pk}
    return reverse(f"synthesis:{name}", kwargs={"review_id": text.review_id, **ids, **more})


def test_the_pdfs_results_are_put_into_the_field(study: Study, alice: User, client: Client) -> None:
    client.force_login(alice)
    report = Report.objects.get(study=study)
    document = Document.objects.create(
        review=study.review, sha256="a" * 64, file="x", filename="x.pdf", size=1, pages=2
    )
    DocumentPage.objects.create(
        document=document, number=1, width=1, height=1, text="Methods\nWe asked.\nResults\nThey met"
    )
    DocumentPage.objects.create(
        document=document, number=2, width=1, height=1, text="every week.\nDiscussion\nWe think."
    )
    report.document = document
    report.save()
    shown = client.get(page("text-create", study), {"report": report.pk}).content.decode()
    assert "[page 1]\nResults\nThey met\n[page 2]\nevery week.\n" in shown
    assert "We asked" not in shown
    sent = client.post(
        page("text-create", study), {"report": report.pk, "title": "F", "content": "[page 1]\r\nThey met\r\n[page 2]\r\nevery week."}
    )  # fmt: skip
    made = FindingsText.objects.get()
    assert sent.url == page("text-detail", made)
    assert made.current is not None
    assert (made.current.content, made.current.pages, made.current.source) == (
        "They met every week.",
        [[0, 1], [9, 2]],
        "pdf",
    )


def test_pages_of_a_text(text: FindingsText, study: Study, alice: User, olga: User, client: Client) -> None:
    client.force_login(olga)
    assert client.get(page("text-detail", text)).status_code == 200
    assert client.get(page("text-create", study)).status_code == 403
    assert client.post(page("quotation-mark", text), {"words": "told nobody"}).status_code == 403
    client.force_login(alice)
    assert "Okello 2021" in client.get(reverse("synthesis:text-list", args=[text.review_id])).content.decode()
    client.post(page("quotation-mark", text), {"words": "told nobody", "speaker": "narrator"})
    assert Quotation.objects.filter(speaker="narrator", is_suggested=False).count() == 1
    assert client.post(page("quotation-mark", text), {"words": "told nobody"}).status_code == 422
    client.post(page("quotation-keep-all", text))
    assert not Quotation.objects.filter(is_suggested=True).exists()
    quotation = Quotation.objects.get(speaker="narrator")
    client.post(page("quotation-keep", text, quotation_id=quotation.pk), {"act": "remove"})
    quotation.refresh_from_db()
    assert quotation.removed_at
    finding = Finding.objects.first()
    assert finding
    client.post(page("finding-place", text, finding_id=finding.pk), {"section": "Theme 1", "page": "12"})
    finding.refresh_from_db()
    assert (finding.section, finding.page) == ("Theme 1", "12")
    refused = client.post(page("text-correct", text), {"content": "Other words", "why": "", "number": 1})
    assert refused.status_code == 422
    assert "Other words" in refused.content.decode()
    file = SimpleUploadedFile("t.txt", "مرحبا بالعالم".encode())
    client.post(
        f"{page('text-create', study)}", {"translation_of": text.pk, "title": "Arabic", "file": file, "language": "ar"}
    )
    translation = FindingsText.objects.get(language="ar")
    shown = client.get(page("text-parallel", translation)).content.decode()
    assert "مرحبا" in shown
    assert "Belonging and being seen" in shown
