"""One's own desk: the keys, the timer, and what one did. Nobody else sees this page."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from reviewapp.lib.errors import Invalid
from reviewapp.reviews.permissions import Can, ReviewRequest, can, review_view
from screening.keys import ACTS
from screening.queries.own import own_days, own_work
from screening.services import preferences
from screening.services.decisions import SCREENS, require_a_screener


@require_http_methods(["GET", "HEAD", "POST"])
@review_view(Can.READ)
def own_desk(request: ReviewRequest) -> HttpResponse:
    require_a_screener(request.membership)
    if request.method != "POST":
        return _page(request)
    if "reset" in request.POST:
        preferences.reset_keys(actor=request.user)
        messages.success(request, "Every key is what it came with.")
        return redirect("screening:own-desk", request.review.pk)
    try:
        preferences.choose_keys(
            actor=request.user, keys={act: request.POST[act] for act in ACTS if act in request.POST}
        )
    except Invalid as error:
        return _page(request, error=error)
    preferences.choose_timer(actor=request.user, shown="timer" in request.POST)
    messages.success(request, "Your desk is as you chose.")
    return redirect("screening:own-desk", request.review.pk)


def _page(request: ReviewRequest, error: Invalid | None = None) -> HttpResponse:
    keys = preferences.keys_of(request.user)
    problems: Any = error.details["errors"] if error else {}
    context = {
        "page_title": "My desk",
        "acts": [
            {
                "name": name,
                "words": act.words,
                "key": request.POST.get(name, keys[name]),
                "problem": problems.get(name, [""])[0],
            }
            for name, act in ACTS.items()
        ],
        "refused": error is not None,
        "shows_timer": preferences.shows_timer(request.user),
        "work": [row for row in own_work(request.user, request.review) if row.total],
        "days": own_days(request.user, request.review),
        "desk_stage": next((stage for stage, capability in SCREENS.items() if can(request.membership, capability)), ""),
    }
    return render(request, "screening/own_desk.html", context, status=error.status if error else 200)
