"""All addresses of the API with their methods, read from the URL conf."""

from typing import Any

from django.urls import URLPattern, URLResolver, reverse

from reviewapp.accounts.models import User
from reviewapp.api_urls import urlpatterns
from tests.conftest import person

# What an address cannot be asked without.
QUERIES = {
    "record-next": "?stage=title_abstract",
    "record-queue": "?stage=title_abstract",
    "record-export": "?kind=ris",
    "agreement": "?stage=title_abstract",
    "allocation-preview": "?mode=evenly",
    "conflict-criteria": "?stage=title_abstract",
    "round-list": "?stage=title_abstract&older_than=1",
    "prisma-rows": "?key=records_screened",
    "prisma-changes": "?since=2024-03-01",
}


def patterns(found: list[Any] = urlpatterns) -> list[URLPattern]:
    flat: list[URLPattern] = []
    for each in found:
        flat += patterns(each.url_patterns) if isinstance(each, URLResolver) else [each]
    return flat


METHODS = ("get", "post", "put", "patch", "delete")


def operations() -> list[tuple[str, str]]:
    """(name, METHOD) of everything but the address for what does not exist."""
    views = [(str(pattern.name), getattr(pattern.callback, "view_class", None)) for pattern in patterns()]
    return [(name, method.upper()) for name, view in views for method in METHODS if view and hasattr(view, method)]


SETTLING = {"conflict-adjudicate", "conflict-adjudicate-many", "difference-rule", "coding-ruling"}
FILLING_IN = {
    "sheet",
    "answer",
    "sheet-finish",
    "set-aside",
    "set-aside-list",
    "coding-list",
    "coding-detail",
    "coding-finish",
}


def actor(name: str) -> User:
    """Somebody whom the address lets in: the third assessor settles, Bob fills in, Alice may do everything else."""
    return person("Tess" if name in SETTLING else "Bob" if name in FILLING_IN else "Alice")


def address(name: str, ids: dict[str, Any], method: str = "GET") -> str:
    pattern = next(pattern for pattern in patterns() if pattern.name == name)
    wanted = {key: ids[key] for key in pattern.pattern.converters}
    return reverse(f"api:{name}", kwargs=wanted) + (QUERIES.get(name, "") if method == "GET" else "")


def objects_of(name: str) -> list[str]:
    """The ids in an address, the review's among them; what every review has is no id."""
    found = next(p for p in patterns() if p.name == name).pattern.converters
    return [key for key in found if key not in {"stage", "checklist", "item"}]
