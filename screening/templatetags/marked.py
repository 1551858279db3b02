"""Sets a text whose terms were found by screening.highlights; every letter is escaped."""

from collections.abc import Iterable

from django.template import Library
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString

from screening.highlights import Segment

register = Library()


@register.filter
def marked(segments: Iterable[Segment]) -> SafeString:
    return format_html_join(
        "",
        "{}",
        (
            (format_html('<mark class="{}">{}</mark>', s.kind, s.text) if s.kind else conditional_escape(s.text),)
            for s in segments
        ),
    )


@register.filter
def web_link(url: str) -> str:
    """The address when a browser may follow it, otherwise nothing."""
    return url if url.startswith(("https://", "http://")) else ""
