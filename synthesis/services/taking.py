"""Where a findings text is taken from: the report's PDF as it was read, or a file of text, Word or HTML."""

import json
import subprocess
import sys

from reviewapp.lib.errors import Invalid
from screening.formats.archives import office_kind
from screening.formats.decoding import detect_encoding
from screening.models import Report
from synthesis.rules.source import joined, reflowed, results_in

LIMIT_BYTES = 20 * 2**20
LIMIT_SECONDS = 30
NOTHING = "Nothing was saved."


def text_of_pdf(report: Report) -> str:
    """The results of a report from its PDF, to look through: each page after its mark "[page 5]".

    From the heading of the results to that of the discussion where such headings stand there, otherwise all pages. Raises
    Invalid when there is no PDF, or it is a scan without text.
    """
    if report.document is None:
        raise Invalid("This report has no PDF here. Attach it at full text, or paste the text.")
    rows = report.document.texts.order_by("number").values_list("number", "text")
    pages = [(number, text) for number, text in rows if text.strip()]
    if not pages:
        raise Invalid("This PDF has no text: it was scanned. Paste the text, or upload it.")
    return joined([(number, reflowed(text)) for number, text in results_in(pages)])


def text_of_file(content: bytes, filename: str) -> str:
    """The text of an uploaded file; what it is decides its content, never its name. Raises Invalid."""
    if not content:
        raise Invalid(f"The file is empty (0 bytes). {NOTHING}")
    if len(content) > LIMIT_BYTES:
        raise Invalid(f"The file is larger than {LIMIT_BYTES >> 20} MB. {NOTHING}")
    if content.startswith(b"%PDF-"):
        raise Invalid(f"This is a PDF. Attach it to the report at full text, then take the findings from it. {NOTHING}")
    if content.startswith(b"PK\x03\x04"):
        if office_kind(content) != "document":
            raise Invalid(f"This is no Word document. {NOTHING}")
        return _in_child("docx", content)
    text = content.decode(detect_encoding(content), "replace").lstrip("\ufeff")
    if "\x00" in text:
        raise Invalid(f"“{filename}” is not a text. {NOTHING}")
    head = text[:2000].lower()
    return _in_child("html", text.encode()) if "<html" in head or "<!doctype html" in head or "<body" in head else text


def _in_child(kind: str, content: bytes) -> str:
    try:
        done = subprocess.run(  # noqa: S603  # our own module, fixed arguments
            [sys.executable, "-m", "synthesis.text_child", kind],
            input=content,
            capture_output=True,
            timeout=LIMIT_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise Invalid(f"The file took too long to read. Paste the text instead. {NOTHING}") from None
    if done.returncode:
        raise Invalid(
            f"The file is damaged, or larger unpacked than a report can be. Paste the text instead. {NOTHING}"
        )
    text = json.loads(done.stdout)["text"]
    return str(text)
