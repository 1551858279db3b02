"""The small marks of the design: what they say to eyes and to ears."""

from types import SimpleNamespace

import pytest
from django.template import Context, Template
from django.template.loader import render_to_string
from django.test import RequestFactory


def draw(source: str, **context: object) -> str:
    return Template("{% load design %}" + source).render(Context(context))


def test_a_decorating_icon_is_silent_and_a_named_one_speaks():
    assert 'aria-hidden="true"' in draw('{% icon "lock" %}')
    assert 'role="img" aria-label="Locked"' in draw('{% icon "lock" "Locked" %}')


def test_arrows_turn_where_reading_runs_from_right_to_left():
    assert 'class="icon turns"' in draw('{% icon "next" %}')
    assert 'class="icon"' in draw('{% icon "check" %}')


@pytest.mark.parametrize(
    ("value", "css", "word"),
    [("include", "include", "Include"), ("excluded", "exclude", "Excluded"), ("conflict", "conflict", "In conflict")],
)
def test_a_verdict_is_colour_icon_and_word(value, css, word):
    badge = draw("{% verdict value %}", value=value)
    assert f'class="verdict {css}"' in badge
    assert "<svg" in badge
    assert word in badge


def test_a_word_of_ones_own_is_escaped():
    assert "&lt;b&gt;" in draw('{% verdict "maybe" word %}', word="<b>")


@pytest.mark.parametrize(("percent", "arc"), [(None, None), (0, None), (33, "33 100"), (140, "100 100")])
def test_a_ring_shows_honest_progress(percent, arc):
    ring = draw('{% ring percent "report" %}', percent=percent)
    assert ("stroke-dasharray" in ring) is bool(arc)
    assert arc is None or arc in ring


def test_you_are_marked_among_people():
    alice, bob = SimpleNamespace(name="Alice", initials="A"), SimpleNamespace(name="Bob", initials="B")
    assert 'aria-label="Alice, you"' in draw("{% person one you %}", one=alice, you=alice)
    assert 'aria-label="Bob"' in draw("{% person one you %}", one=bob, you=alice)


@pytest.mark.parametrize(("value", "shown"), [(1956, "1,956"), (0, "0"), (None, "–")])
def test_counts_are_set_for_reading(value, shown):
    assert draw("{{ value|number }}", value=value) == shown


@pytest.mark.parametrize(
    ("query", "url", "aria"),
    [
        ("?state=conflict&after=9", "?state=conflict&amp;sort=year", None),
        ("?sort=year", "?sort=-year", "ascending"),
        ("?sort=-year&q=peer", "?sort=year&amp;q=peer", "descending"),
    ],
)
def test_a_heading_sorts_and_keeps_the_filters(query, url, aria):
    heading = draw('{% sort_header "year" "Year" "num" %}', request=RequestFactory().get(f"/{query}"))
    assert f'href="{url}"' in heading
    assert (f'aria-sort="{aria}"' in heading) if aria else ("aria-sort" not in heading)


def test_an_error_for_htmx_is_a_fragment_that_names_itself():
    fragment = render_to_string(
        "error.html#error", {"title": "A colleague was faster", "message": "<i>Nothing</i> was lost."}
    )
    assert "<html" not in fragment
    assert "<strong data-error-title>A colleague was faster</strong>" in fragment
    assert "&lt;i&gt;Nothing" in fragment


def job(**changes: object) -> SimpleNamespace:
    usual = {
        "pk": "7",
        "title": "Import of scopus.ris",
        "state": "running",
        "get_state_display": "Running",
        "is_open": True,
        "done": 312,
        "total": 1956,
        "percent": 15,
        "message": "",
        "url": "/result/",
        "cancel_requested_at": None,
    }
    return SimpleNamespace(**(usual | changes))


def test_an_open_job_polls_counts_and_can_be_cancelled():
    card = render_to_string("components/_progress.html", {"job": job(), "poll_url": "/poll/", "cancel_url": "/cancel/"})
    assert 'id="job-7"' in card
    assert 'hx-get="/poll/"' in card
    assert 'hx-post="/cancel/"' in card
    assert "312 of 1,956" in card


def test_a_finished_job_stops_polling_and_leads_to_its_result():
    done = job(state="done", is_open=False, done=1956)
    card = render_to_string("components/_progress.html", {"job": done, "poll_url": "/poll/", "cancel_url": "/cancel/"})
    assert "hx-get" not in card
    assert "hx-post" not in card
    assert 'href="/result/"' in card
