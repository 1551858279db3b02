"""Every page a person can reach by links from the frame of a review, one address for each kind of page."""

import re
from urllib.parse import urlsplit

from tests.browser.conftest import Person

# Downloads, the documentation of the API, and leaving.
LEFT_OUT = re.compile(
    r"/(file|problems|logout|api|static|admin|pages/\d+)(/|$)|prisma\.|\.csv|/accounts/(?!login|signup)"
)


def kind_of(path: str) -> str:
    return re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "R", re.sub(r"/\d+(?=/)", "/N", path))


def walk(person: Person, start: str) -> list[str]:
    """Addresses of one page of each kind, in the order in which a person finds them; each answers with 200."""
    waiting, found = [start], dict[str, str]()
    while waiting:
        path = waiting.pop(0)
        if kind_of(path) in found:
            continue
        found[kind_of(path)] = path
        page = person.go(path)
        links = page.locator("a[href]").evaluate_all(
            "links => links.map(link => new URL(link.getAttribute('href'), document.baseURI))"
            ".filter(url => url.origin === location.origin).map(url => url.pathname + (url.search.includes('box=') ? url.search : ''))"
        )
        waiting += [link for link in links if not LEFT_OUT.search(urlsplit(link).path)]
    return list(found.values())
