"""Small marks that templates use everywhere: icons, progress rings, verdicts, people, sortable headings."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from django.http import HttpRequest
from django.template import Library
from django.template.context import Context
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = Library()

# Meaning: icon and word. Colour comes from the class of the same name, so the three always travel together.
VERDICTS: Mapping[str, tuple[str, str, str]] = {
    "include": ("include", "check", "Include"),
    "exclude": ("exclude", "cross", "Exclude"),
    "maybe": ("maybe", "question", "Maybe"),
    "included": ("include", "check", "Included"),
    "excluded": ("exclude", "cross", "Excluded"),
    "conflict": ("conflict", "conflict", "In conflict"),
    "pending": ("pending", "pending", "Waiting for votes"),
}
# These point along the line of reading and turn round where it runs from right to left.
TURNING_ICONS = frozenset({"next", "previous", "undo", "logout"})


class PersonLike(Protocol):
    name: str
    initials: str


@register.filter
def number(value: int | None) -> str:
    """A count as a reader sets it: 1956 gives "1,956"; nothing counted gives a dash."""
    return "–" if value is None else f"{value:,}"


@register.filter
def as_lines(entries: Sequence[object] | None) -> str:
    """A list as a text field takes it: one entry a line."""
    return "\n".join(map(str, entries or ()))


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """A drawing of the sprite; without a label it is decoration and assistive technology passes over it."""
    href = f"{static('img/icons.svg')}#{name}"
    turns = " turns" if name in TURNING_ICONS else ""
    if label:
        return format_html('<svg class="icon{}" role="img" aria-label="{}"><use href="{}"/></svg>', turns, label, href)
    return format_html('<svg class="icon{}" aria-hidden="true"><use href="{}"/></svg>', turns, href)


@register.simple_tag
def ring(percent: int | None, icon_name: str) -> SafeString:
    """A stage's icon within its progress (0 to 100; None draws the track only)."""
    href = f"{static('img/icons.svg')}#{icon_name}"
    arc = ""
    if percent:
        arc = format_html(
            '<circle class="arc" cx="16" cy="16" r="14.5" pathLength="100" stroke-dasharray="{} 100"/>',
            max(0, min(100, percent)),
        )
    return format_html(
        '<svg class="ring" viewBox="0 0 32 32" aria-hidden="true"><circle class="track" cx="16" cy="16" r="14.5"/>{}'
        '<use href="{}" x="8" y="8" width="16" height="16"/></svg>',
        arc,
        href,
    )


@register.simple_tag
def verdict(value: str, word: str = "") -> SafeString:
    """Badge of a verdict or an outcome; `word` replaces the usual word."""
    css, icon_name, usual = VERDICTS.get(value, VERDICTS["pending"])
    return format_html('<span class="verdict {}">{} {}</span>', css, icon(icon_name), word or usual)


@register.simple_tag
def person(user: PersonLike, you: PersonLike | None = None) -> SafeString:
    """A person's initials in a disc, with the name for those who hover or listen."""
    css = " you" if you is not None and user == you else ""
    name = f"{user.name}, you" if css else user.name
    return format_html(
        '<span class="person{}" role="img" aria-label="{}" title="{}">{}</span>', css, name, name, user.initials
    )


@register.inclusion_tag("components/_sort_header.html", takes_context=True)
def sort_header(context: Context, key: str, label: str, css: str = "") -> dict[str, Any]:
    """A heading that sorts by `key` (`?sort=key`, again: `?sort=-key`) and keeps every other filter of the URL."""
    request: HttpRequest = context["request"]
    current = request.GET.get("sort") or context.get("sort", "")
    query = request.GET.copy()
    for cursor in ("after", "before", "cursor", "page"):
        query.pop(cursor, None)
    query["sort"] = f"-{key}" if current == key else key
    direction = {key: "ascending", f"-{key}": "descending"}.get(str(current), "")
    return {"url": f"?{query.urlencode()}", "label": label, "direction": direction, "css": css}
