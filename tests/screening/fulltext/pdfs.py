"""PDFs for tests, written here: with words, scanned, locked, damaged, hostile."""

import zlib
from io import BytesIO

from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas


def pdf_of(*pages: str, title: str = "", password: str = "") -> bytes:
    """A PDF with these pages; a new line in a page is a new line in the PDF."""
    file = BytesIO()
    canvas = Canvas(file, invariant=1, encrypt=StandardEncryption(password) if password else None)
    if title:
        canvas.setTitle(title)
    for page in pages:
        for number, line in enumerate(page.splitlines()):
            canvas.drawString(72, 760 - 14 * number, line)
        canvas.showPage()
    canvas.save()
    return file.getvalue()


def scan(pages: int = 1) -> bytes:
    """Pages that are pictures only."""
    file = BytesIO()
    canvas = Canvas(file)
    for _ in range(pages):
        canvas.rect(72, 72, 400, 600, fill=1)
        canvas.showPage()
    canvas.save()
    return file.getvalue()


def made_of(body: bytes, media_box: bytes = b"0 0 612 792") -> bytes:
    """A PDF of one page with this content stream, without a table of its parts: PDF programs mend that."""
    packed = zlib.compress(body)
    return (
        b"%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
        b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[" + media_box + b"]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>endobj\n"
        b"4 0 obj<</Length " + str(len(packed)).encode() + b"/Filter/FlateDecode>>stream\n" + packed + b"\nendstream endobj\n"
        b"5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
    )  # fmt: skip


HOSTILE = {
    "cut off": pdf_of("Words that end too", "early")[:700],
    "pages that are their own parents": (
        b"%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[2 0 R 2 0 R]/Count 99999999>>endobj\n"
        b"trailer<</Root 1 0 R>>\n%%EOF\n"
    ),
    "a page as large as a country": made_of(b"BT /F 12 Tf 10 10 Td (here) Tj ET", b"0 0 9999999 9999999"),
    "a page without an extent": made_of(b"BT /F 12 Tf 10 10 Td (here) Tj ET", b"0 0 0 0"),
    "a bomb of letters": made_of(b"BT /F 1 Tf 10 10 Td " + b"(" + b"a" * 3000 + b") Tj " * 100 + b" ET"),
    "a bomb of lines": made_of(b"0 0 m 600 700 l S\n" * 100_000),
    "a script": pdf_of("Innocent").replace(b"/Type /Catalog", b"/Type /Catalog /OpenAction << /S /JavaScript /JS (app.alert(1)) >>"),
}  # fmt: skip
