"""Views of the record list that people keep under a name."""

from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from reviewapp.lib.errors import Invalid
from reviewapp.reviews.permissions import Can, ReviewRequest, review_view
from screening.models import SavedView
from screening.services.views import FILTERS, remove_view, save_view


@require_POST
@review_view(Can.READ)
def view_create(request: ReviewRequest) -> HttpResponse:
    asked = {name: request.POST.get(name, "") for name in FILTERS}
    home = reverse("screening:record-list", args=[request.review.pk])
    try:
        view = save_view(
            actor=request.user,
            review=request.review,
            name=request.POST.get("name", ""),
            query=asked,
            shared="shared" in request.POST,
        )
    except Invalid as error:
        messages.error(request, error.message)
        return redirect(f"{home}?{urlencode({name: value for name, value in asked.items() if value})}")
    messages.success(request, f"The view “{view.name}” is kept.")
    return redirect(f"{home}?{urlencode(view.query)}")


@require_POST
@review_view(Can.READ)
def view_remove(request: ReviewRequest, view_id: int) -> HttpResponse:
    view = get_object_or_404(SavedView, review=request.review, owner=request.user, pk=view_id)
    remove_view(actor=request.user, view=view)
    messages.success(request, f"The view “{view.name}” is removed.")
    return redirect("screening:record-list", request.review.pk)
