"""Reads of documents: the reader's page, the words found in a document."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from reviewapp.accounts.models import User
from screening.documents import Document, DocumentPage, ReadingPlace
from screening.fulltext.passages import around, find, folded

MOST_FOUND = 500


@dataclass(frozen=True)
class Found:
    page: int
    start: int
    end: int
    before: str
    words: str
    after: str


def found_in(document: Document, words: str) -> tuple[list[Found], bool]:
    """Where the words stand, in the order of the text, and whether there are more than are told."""
    wanted = folded(words)
    hits: list[Found] = []
    for number, text in document.texts.exclude(text="").order_by("number").values_list("number", "text").iterator():
        for start, end in find(folded(text), wanted):
            if len(hits) == MOST_FOUND:
                return hits, True
            hits.append(Found(number, start, end, *around(text, start, end)))
    return hits, False


@dataclass(frozen=True)
class Reader:
    """A document as the reader opens it: every page's size, so that its place is kept before it is drawn, and where to begin."""

    document: Document
    pages: list[dict[str, Any]]
    place: ReadingPlace

    @property
    def unread(self) -> int:
        return sum(not page["is_read"] for page in self.pages)


def readers_of(reader: User, documents: Collection[Document]) -> dict[int, Reader]:
    """The documents as this reader opens them, by id; the number of queries does not depend on how many there are."""
    pages: dict[int, list[dict[str, Any]]] = {document.pk: [] for document in documents}
    for page in (
        DocumentPage.objects.filter(document__in=pages)
        .order_by("document", "number")
        .values("document", "number", "width", "height", "is_read")
    ):
        pages[page["document"]].append(dict(page))
    places = {place.document_id: place for place in ReadingPlace.objects.filter(reader=reader, document__in=pages)}
    return {
        document.pk: Reader(
            document=document,
            pages=pages[document.pk],
            place=places.get(document.pk) or ReadingPlace(reader=reader, document=document),
        )
        for document in documents
    }
