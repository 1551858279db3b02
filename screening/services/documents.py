"""PDFs: read once in a limited child, kept by their content, drawn page by page; and where each reader stopped."""

import hashlib
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction

from reviewapp.accounts.models import User
from reviewapp.lib.errors import Invalid
from reviewapp.lib.stored import content_of
from reviewapp.reviews.models import Review
from reviewapp.reviews.permissions import Can
from screening.documents import Document, DocumentPage, ReadingPlace
from screening.fulltext.likeness import registration_numbers
from screening.pdf_child import LOCKED, MOST_PAGES, TOO_LONG
from screening.services.locks import acting_member

LIMIT_BYTES = 100 * 2**20
LIMIT_SECONDS = 40  # less than the lease of a job
WIDTHS = {160: 24, 700: 4, 1000: 4, 1500: 4, 2200: 2}  # pixels: pages drawn together, since readers go on to the next
UNCHANGED = "Nothing was changed."
PAGES_AT_ONCE = 200
FIRST_PAGES = 3  # where a report names the study it tells of; later pages cite others


@dataclass(frozen=True)
class Reading:
    """What the child said of a PDF."""

    pages: int
    title: str
    subject: str
    texts: list[dict[str, Any]]


def read_pdf(content: bytes) -> Reading:
    """Pages, text and the places of its lines. Raises Invalid for what is empty, too large or not a readable PDF."""
    if not content:
        raise Invalid(f"The file is empty (0 bytes). {UNCHANGED}")
    if len(content) > LIMIT_BYTES:
        raise Invalid(f"The file is larger than {LIMIT_BYTES // 2**20} MB. {UNCHANGED}")
    if not content[:1024].lstrip().startswith(b"%PDF-"):
        raise Invalid(f"This is not a PDF. {UNCHANGED}")
    status, said = ask_child(["read"], content)
    if status == LOCKED:
        raise Invalid(f"This PDF is protected by a password. Save it without one and upload it again. {UNCHANGED}")
    if status == TOO_LONG:
        raise Invalid(f"This PDF has more than {MOST_PAGES:,} pages. Split it. {UNCHANGED}")
    if status is None:
        raise Invalid(f"This PDF is too large or too intricate to be read here. {UNCHANGED}")
    if status:
        raise Invalid(f"This PDF cannot be opened: it is damaged. Save it again with a PDF program. {UNCHANGED}")
    facts, *texts = [json.loads(line) for line in said.decode().splitlines()]
    return Reading(facts["pages"], facts["title"], facts["subject"], texts)


def ask_child(arguments: list[str], content: bytes) -> tuple[int | None, bytes]:
    """Run screening.pdf_child with limits on memory and time: its exit status, None when it was stopped, and its words."""
    try:
        done = subprocess.run(  # noqa: S603  # our own module, fixed arguments
            [sys.executable, "-m", "screening.pdf_child", *arguments],
            input=content,
            capture_output=True,
            timeout=LIMIT_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return None, b""
    return (done.returncode if done.returncode >= 0 else None), done.stdout


def keep_document(review: Review, content: bytes, reading: Reading, *, filename: str, stored: str = "") -> Document:
    """The review's document of this content, made now when it is new. `stored` names a file that is kept already."""
    digest = hashlib.sha256(content).hexdigest()
    same = Document.objects.filter(review=review, sha256=digest)
    if found := same.first():
        return found
    document = Document(
        review=review,
        sha256=digest,
        filename=filename,
        size=len(content),
        pages=reading.pages,
        letters=sum(len(text.get("text", "")) for text in reading.texts),
        title=reading.title,
        subject=reading.subject,
        registrations=registration_numbers("\n".join(text.get("text", "") for text in reading.texts[:FIRST_PAGES])),
    )
    document.file = stored or ContentFile(content, name=filename)
    try:
        with transaction.atomic():
            document.save()
            DocumentPage.objects.bulk_create(_pages(document, reading), batch_size=PAGES_AT_ONCE)
    except IntegrityError:  # the same file came twice in one moment, and the other was faster
        return same.get()
    return document


def _pages(document: Document, reading: Reading) -> Iterator[DocumentPage]:
    for number, told in enumerate(reading.texts, 1):
        width, height = told["size"]
        text, lines = told.get("text", ""), told.get("lines", [])
        yield DocumentPage(
            document=document,
            number=number,
            width=width,
            height=height,
            text=text,
            lines=lines,
            is_read="text" in told,
        )


def clean_filename(name: str) -> str:
    """The last part of a path, printable, at most 255 characters."""
    last = PurePath(name.replace("\\", "/")).name
    printable = "".join(c for c in last if c.isprintable() and not 0xD800 <= ord(c) <= 0xDFFF)
    return printable[-255:] or "document.pdf"


# --- Pages as pictures ------------------------------------------------------------------------------------------------


def page_picture(document: Document, number: int, width: int) -> bytes | None:
    """One page, drawn with its neighbours in a limited child and kept; None when there is no such page or it cannot be drawn."""
    if not 1 <= number <= document.pages:
        return None
    if (kept := _kept(document, number, width)) is not None:
        return kept
    content = content_of(document.file, filename=document.filename)
    together = WIDTHS[width]
    first = (number - 1) // together * together + 1
    drawn = _drawn(content, width, first, min(first + together - 1, document.pages))
    if number not in drawn:  # a neighbour was too much for the child
        drawn |= _drawn(content, width, number, number)
    for page, picture in drawn.items():
        if not default_storage.exists(name := _picture_name(document, page, width)):
            default_storage.save(name, ContentFile(picture))
    return drawn.get(number)


def is_png(picture: bytes) -> bool:
    """Pages come as PNG or WebP, whichever is smaller."""
    return picture.startswith(b"\x89PNG")


def _kept(document: Document, number: int, width: int) -> bytes | None:
    if not default_storage.exists(name := _picture_name(document, number, width)):
        return None
    with default_storage.open(name) as file:
        return bytes(file.read())


def _picture_name(document: Document, number: int, width: int) -> str:
    return f"pages/{document.review_id}/{document.sha256}-{number}-{width}"


def _drawn(content: bytes, width: int, first: int, last: int) -> dict[int, bytes]:
    _, said = ask_child(["draw", str(width), str(first), str(last)], content)
    return dict(enumerate(_pictures(said), first))


def _pictures(said: bytes) -> Iterator[bytes]:
    at = 0
    while at + 4 <= len(said):
        length = int.from_bytes(said[at : at + 4], "big")
        picture = said[at + 4 : at + 4 + length]
        if len(picture) < length:
            return  # the child was stopped in the middle of it
        yield picture
        at += 4 + length


# --- Where somebody stopped -------------------------------------------------------------------------------------------


def keep_place(*, actor: User, document: Document, page: int, part: int, zoom: int, turned: int) -> ReadingPlace:
    """Remember where one stopped reading and how large; no event tells of it, since it is nobody else's."""
    acting_member(actor, document.review, Can.READ)
    if not (1 <= page <= document.pages and 0 <= part <= 1000 and turned in {0, 90, 180, 270}):
        raise Invalid("There is no such place in this document.")
    if zoom and not 25 <= zoom <= 500:
        raise Invalid("Pages are shown at 25 to 500 percent, or as wide as the window (0).")
    place, _ = ReadingPlace.objects.update_or_create(
        document=document, reader=actor, defaults={"page": page, "part": part, "zoom": zoom, "turned": turned}
    )
    return place
