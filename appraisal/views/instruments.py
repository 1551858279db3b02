"""The two parts of the review that instruments serve, and building the instruments."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from appraisal.choices import Use
from appraisal.forms import AdoptForm, InstrumentForm, ItemForm, NewInstrumentForm, first_error
from appraisal.instruments import shipped
from appraisal.models import Instrument, Item
from appraisal.queries.fit import fits, unclear_studies
from appraisal.queries.work import (
    instrument_totals,
    instruments_of,
    next_study,
    open_comparisons,
    own_studies,
    totals,
)
from appraisal.services import instruments as services
from appraisal.services import studies as study_services
from appraisal.services.ratings import DEMO_RULE_LEVELS, rule_in_words
from appraisal.views.common import FILLS_IN, instrument_or_404, item_or_404, use_or_404
from reviewapp.lib.errors import DomainError, Invalid
from reviewapp.reviews.permissions import Can, ReviewRequest, can, review_view
from screening.queries.included import included_studies

TITLES = {Use.APPRAISAL: "Appraisal", Use.EXTRACTION: "Extraction"}
LEADS = {
    Use.APPRAISAL: "How trustworthy each included study is, read by people apart and settled together.",
    Use.EXTRACTION: "What each included study is like and says, filled in by people apart and settled together.",
}


@require_safe
@review_view(Can.READ)
def work(request: ReviewRequest, use: str) -> HttpResponse:
    """What waits for the reader, where the studies stand, and for leads who has done how much."""
    of = use_or_404(use)
    leads = can(request.membership, Can.LEAD)
    instruments = list(instruments_of(request.review, of))
    found = fits(request.review, instruments)
    studies = list(included_studies(request.review).values_list("pk", flat=True))
    context = {
        "page_title": TITLES[of],
        "lead_text": LEADS[of],
        "use": of,
        "instruments": [
            _part(request, instrument, leads) | {"totals": instrument_totals(instrument, studies, found)}
            for instrument in instruments
        ],
        "unclear": unclear_studies(request.review, instruments, found) if leads else [],
        "to_settle": list(open_comparisons(request.membership, of)[:50]),
        "shipped": [one for one in shipped().values() if one.use == of],
        "leads": leads,
        "new_form": NewInstrumentForm(initial={"use": of, "people": 2}),
    }
    return render(request, "appraisal/work.html", context)


def _part(request: ReviewRequest, instrument: Instrument, leads: bool) -> dict[str, Any]:
    fills_in = can(request.membership, FILLS_IN[Use(instrument.use)])
    return {
        "instrument": instrument,
        "mine": own_studies(request.user, instrument) if fills_in else [],
        "next": next_study(request.user, instrument) if fills_in else None,
        "people": totals(instrument) if leads else [],
    }


# --- Building ---------------------------------------------------------------------------------------------------------


@require_POST
@review_view(Can.LEAD)
def instrument_adopt(request: ReviewRequest, key: str) -> HttpResponse:
    """Copy a shipped instrument into the review."""
    chosen, form = shipped().get(key), AdoptForm(request.POST)
    if chosen is None:
        raise Http404("No such instrument.")
    if not form.is_valid():
        raise Invalid(first_error(form))
    made = services.adopt(actor=request.user, review=request.review, shipped=chosen, people=form.cleaned_data["people"])
    messages.success(request, f"{made.title} is ready. Next: say who fills in which study.")
    return redirect("appraisal:assignments", request.review.pk, made.pk)


@require_POST
@review_view(Can.LEAD)
def instrument_create(request: ReviewRequest) -> HttpResponse:
    form = NewInstrumentForm(request.POST)
    if not form.is_valid():
        raise Invalid(first_error(form))
    made = services.create(actor=request.user, review=request.review, **form.cleaned_data)
    return redirect("appraisal:instrument-detail", request.review.pk, made.pk)


@require_safe
@review_view(Can.READ)
def instrument_detail(request: ReviewRequest, instrument_id: int) -> HttpResponse:
    """The questions as they are asked; for leads, what can be changed."""
    return _page(request, instrument_or_404(request, instrument_id))


def _page(
    request: ReviewRequest,
    instrument: Instrument,
    *,
    error: DomainError | None = None,
    form: ItemForm | None = None,
    item: Item | None = None,
) -> HttpResponse:
    items = list(instrument.items.all())
    for one in items:
        one.instrument = instrument
    leads = can(request.membership, Can.LEAD) and instrument.retired_at is None
    context = {
        "page_title": instrument.title,
        "instrument": instrument,
        "items": [one for one in items if one.retired_at is None],
        "retired": [one for one in items if one.retired_at],
        "leads": leads,
        "settings_form": InstrumentForm(
            initial={"title": instrument.title, "people": instrument.people, "note": instrument.note}
        ),
        "item_form": form or ItemForm(instrument=instrument, item=item),
        "drafted": _drafted(instrument, form.cleaned_data) if form and form.is_bound and form.is_valid() else item,
        "item": item,
        "answer_sets": [{"key": key, "answers": answers} for key, answers in instrument.answer_sets.items()],
        "rule_sentences": rule_in_words(instrument),
        "rule_levels": DEMO_RULE_LEVELS,
        "levels": [level.label for level in instrument.levels],
        "has_gates": any(one.passes for one in items if one.retired_at is None),
        "error": error,
    }
    return render(request, "appraisal/instrument_detail.html", context, status=error.status if error else 200)


@require_POST
@review_view(Can.LEAD)
def instrument_change(request: ReviewRequest, instrument_id: int) -> HttpResponse:
    instrument, form = instrument_or_404(request, instrument_id), InstrumentForm(request.POST)
    try:
        if not form.is_valid():
            raise Invalid(first_error(form))
        services.change(actor=request.user, instrument=instrument, **form.cleaned_data)
    except DomainError as error:
        return _page(request, instrument, error=error)
    messages.success(request, "The instrument is changed.")
    return redirect("appraisal:instrument-detail", request.review.pk, instrument.pk)


@require_POST
@review_view(Can.LEAD)
def instrument_relabel(request: ReviewRequest, instrument_id: int) -> HttpResponse:
    instrument, key = instrument_or_404(request, instrument_id), request.POST.get("answers", "")
    labels = {name[6:]: value for name, value in request.POST.items() if name.startswith("label-")}
    try:
        services.relabel(actor=request.user, instrument=instrument, answers=key, labels=labels)  # type: ignore[arg-type]
    except DomainError as error:
        return _page(request, instrument, error=error)
    messages.success(request, "The answers are shown under the new words.")
    return redirect("appraisal:instrument-detail", request.review.pk, instrument.pk)


@require_POST
@review_view(Can.LEAD)
def instrument_retire(request: ReviewRequest, instrument_id: int) -> HttpResponse:
    instrument = services.retire(actor=request.user, instrument=instrument_or_404(request, instrument_id))
    messages.success(request, f"{instrument.title} is out of use. What was answered is kept.")
    return redirect("appraisal:work", request.review.pk, instrument.use)


@require_POST
@review_view(Can.LEAD)
def rating_rule_set(request: ReviewRequest, instrument_id: int) -> HttpResponse:
    """Three levels by how many answers may be no or can't tell; an empty name takes the rule away."""
    instrument = instrument_or_404(request, instrument_id)
    try:
        services.set_rating_rule(actor=request.user, instrument=instrument, rule=_rule_in(request))
    except DomainError as error:
        return _page(request, instrument, error=error)
    messages.success(request, "The rating rule is saved. It is printed wherever a rating is shown.")
    return redirect("appraisal:instrument-detail", request.review.pk, instrument.pk)


def _rule_in(request: ReviewRequest) -> dict[str, Any] | None:
    if not (name := request.POST.get("name", "").strip()):
        return None
    levels: list[dict[str, Any]] = []
    for number in ("1", "2"):
        counts = {
            code: [0, _count(request.POST.get(f"{code}-{number}", ""))]
            for code in ("no", "cant_tell")
            if request.POST.get(f"{code}-{number}", "").strip()
        }
        if not counts:
            raise Invalid("Say for each level but the last how many answers may be no or can't tell.")
        levels.append({"label": request.POST.get(f"level-{number}", ""), "any_of": [{"counts": counts}]})
    levels.append({"label": request.POST.get("level-3", "")})
    return {"name": name, "note": request.POST.get("note", ""), "levels": levels}


def _count(text: str) -> int:
    if not (text.strip().isascii() and text.strip().isdigit() and len(text.strip()) < 4):
        raise Invalid("How many answers may be no or can't tell is a number.")
    return int(text)


@require_POST
@review_view(Can.LEAD)
def drop_rule_set(request: ReviewRequest, instrument_id: int) -> HttpResponse:
    """With which ratings, and whether with a closed gate, a sensitivity analysis leaves a study out."""
    instrument = instrument_or_404(request, instrument_id)
    try:
        study_services.set_drop_rule(
            actor=request.user,
            instrument=instrument,
            ratings=request.POST.getlist("rating"),
            gates=request.POST.get("gates") == "1",
        )
    except DomainError as error:
        return _page(request, instrument, error=error)
    messages.success(request, "The sensitivity rule is saved. No study leaves the review by it.")
    return redirect("appraisal:instrument-detail", request.review.pk, instrument.pk)


# --- Questions --------------------------------------------------------------------------------------------------------


@require_safe
@review_view(Can.LEAD)
def item_edit(request: ReviewRequest, instrument_id: int, item_id: int) -> HttpResponse:
    """The builder with one question opened."""
    instrument = instrument_or_404(request, instrument_id)
    item = item_or_404(instrument, item_id)
    return _page(request, instrument, item=item)


@require_POST
@review_view(Can.LEAD)
def item_keep(request: ReviewRequest, instrument_id: int, item_id: int | None = None) -> HttpResponse:
    """Add a question or change one."""
    instrument = instrument_or_404(request, instrument_id)
    item = item_or_404(instrument, item_id) if item_id else None
    form = ItemForm(request.POST, instrument=instrument)
    try:
        if not form.is_valid():
            raise Invalid(first_error(form))
        fields = dict(form.cleaned_data)
        fields["passes"] = fields.pop("gate")
        if new := fields.pop("new_options"):
            fields["options"] = services.add_answer_set(
                actor=request.user, instrument=instrument, name=new[0]["label"], answers=new
            )
            instrument.refresh_from_db()
        services.keep_item(actor=request.user, instrument=instrument, item=item, **fields)
    except DomainError as error:
        return _page(request, instrument, error=error, form=form, item=item)
    messages.success(request, "The question is changed." if item else "The question is added.")
    return redirect("appraisal:instrument-detail", request.review.pk, instrument.pk)


@require_POST
@review_view(Can.LEAD)
def item_preview(request: ReviewRequest, instrument_id: int) -> HttpResponse:
    """The question as it stands in the editor, as those who fill it in will see it. Nothing is kept."""
    instrument = instrument_or_404(request, instrument_id)
    form = ItemForm(request.POST, instrument=instrument)
    form.is_valid()
    return render(request, "appraisal/_preview.html", {"item": _drafted(instrument, form.cleaned_data)})


def _drafted(instrument: Instrument, said: dict[str, Any]) -> Item:
    options = said.get("options", "")
    if new := said.get("new_options"):
        options = "drafted"
        drafted = [{"code": str(n), "label": one["label"], "symbol": "", "tone": "none"} for n, one in enumerate(new)]
        instrument.answer_sets = instrument.answer_sets | {options: drafted}
    texts = {name: said.get(name, "") for name in ("text", "number", "hint", "kind")}
    return Item(
        instrument=instrument,
        key="preview",
        options=options,
        columns=said.get("columns", []),
        required=said.get("required", True),
        passes=said.get("gate", []),
        **texts,
    )


@require_POST
@review_view(Can.LEAD)
def item_move(request: ReviewRequest, instrument_id: int, item_id: int) -> HttpResponse:
    """Up or down by one; the button pressed has the focus again, so that pressing on moves on."""
    item, up = item_or_404(instrument_or_404(request, instrument_id), item_id), request.POST.get("to") == "up"
    services.move_item(actor=request.user, item=item, up=up)
    page = reverse("appraisal:instrument-detail", args=[request.review.pk, instrument_id])
    return redirect(f"{page}#{'up' if up else 'down'}-{item.pk}")


@require_POST
@review_view(Can.LEAD)
def item_retire(request: ReviewRequest, instrument_id: int, item_id: int) -> HttpResponse:
    """Ask a question no more, or again."""
    item = item_or_404(instrument_or_404(request, instrument_id), item_id)
    services.retire_item(actor=request.user, item=item, back=request.POST.get("back") == "1")
    return redirect("appraisal:instrument-detail", request.review.pk, instrument_id)
