"""Every page a person can reach by links from the frame of a review, one address for each kind of page."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from playwright.sync_api import Page

from tests.browser.conftest import Person

MANY = 30  # kinds of pages at least, so that a broken walk does not pass
# Downloads, the documentation of the API, and leaving.
LEFT_OUT = re.compile(
    r"/(files?|download|export|problems|logout|api|static|admin|pages/\d+)(/|$)|\.(csv|xlsx|json|docx|svg|png|pdf|qdpx|qdc)$|/accounts/(?!login|signup)"
)


def kind_of(path: str) -> str:
    return re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "R", re.sub(r"/\d+[a-f]?(?=/)", "/N", path))


def walk(person: Person, start: str) -> Iterator[tuple[str, Page]]:
    """One page of each kind with its address, open before the person, in the order in which links lead there."""
    waiting, seen = [start], set[str]()
    while waiting:
        path = waiting.pop(0)
        if kind_of(path) in seen:
            continue
        seen.add(kind_of(path))
        page = person.go(path)
        links = page.locator("a[href]").evaluate_all(
            "links => links.map(link => new URL(link.getAttribute('href'), document.baseURI))"
            ".filter(url => url.origin === location.origin).map(url => url.pathname + (url.search.includes('box=') ? url.search : ''))"
        )
        waiting += [link for link in links if not LEFT_OUT.search(urlsplit(link).path)]
        yield path, page
    assert len(seen) >= MANY
