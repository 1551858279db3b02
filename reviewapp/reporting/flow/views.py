"""The pages on which a lead shapes the flow diagram."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from reviewapp.lib.errors import Invalid
from reviewapp.reporting.flow.forms import CountForm, PlanForm
from reviewapp.reporting.flow.services import PLAN, enter_count, remove_count, set_plan
from reviewapp.reporting.flow.shown import BY_HAND, entered, plan_of
from reviewapp.reporting.models import CountByHand
from reviewapp.reviews.permissions import Can, ReviewRequest, review_view


@require_http_methods(["GET", "HEAD", "POST"])
@review_view(Can.LEAD)
def flow_plan(request: ReviewRequest) -> HttpResponse:
    plan = plan_of(request.review)
    form = PlanForm(request.POST if request.method == "POST" else None, initial={n: getattr(plan, n) for n in PLAN})
    if form.is_bound and form.is_valid():
        set_plan(actor=request.user, review=request.review, **form.cleaned_data)
        messages.success(request, "The flow diagram is drawn like this from now on.")
        return redirect("reporting:prisma", request.review.pk)
    context = {"page_title": "What the diagram shows", "form": form}
    return render(request, "reporting/flow_plan.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@review_view(Can.READ)
def counts_by_hand(request: ReviewRequest) -> HttpResponse:
    """Numbers entered by hand, for everybody to see; a lead enters them."""
    form = CountForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            enter_count(actor=request.user, review=request.review, **form.cleaned_data)
            messages.success(request, "The number is in the diagram, marked as entered by hand.")
            return redirect("reporting:counts-by-hand", request.review.pk)
        except Invalid as error:
            form.add_error(None, error.message)
    rows = [(BY_HAND[each.key], each) for each in entered(request.review)]
    context = {"page_title": "Numbers entered by hand", "form": form, "rows": rows}
    return render(request, "reporting/counts_by_hand.html", context, status=422 if form.is_bound else 200)


@require_POST
@review_view(Can.LEAD)
def count_remove(request: ReviewRequest, count_id: int) -> HttpResponse:
    count = get_object_or_404(CountByHand.objects.select_related("review"), review=request.review, pk=count_id)
    remove_count(actor=request.user, count=count)
    messages.success(request, "The diagram shows what the rows say again.")
    return redirect("reporting:counts-by-hand", request.review.pk)
