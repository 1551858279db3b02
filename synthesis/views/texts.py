"""Findings texts: brought in, prepared (passages, participants' words), corrected, read beside a translation."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from reviewapp.lib.errors import DomainError, Invalid
from reviewapp.reviews.permissions import Can, ReviewRequest, can, review_view
from screening.models import Report, Study
from synthesis.choices import TextSource
from synthesis.forms import CorrectionForm, DescriptionForm, QuotationForm, TextForm
from synthesis.models import Finding, FindingsText, Quotation
from synthesis.queries.texts import laid_out, lost_codings, reports_of, side_by_side, standing_texts, texts_of
from synthesis.rules.source import page_mark
from synthesis.services import texts as services
from synthesis.services.taking import text_of_file, text_of_pdf
from synthesis.views.common import study_or_404


def _text(request: ReviewRequest, text_id: int) -> FindingsText:
    return get_object_or_404(standing_texts(request.review).select_related("review", "translation_of"), pk=text_id)


@require_safe
@review_view(Can.READ)
def text_list(request: ReviewRequest) -> HttpResponse:
    studies = texts_of(request.review)
    context = {
        "page_title": "Findings texts",
        "studies": studies,
        "without": sum(not row.texts for row in studies),
        "may_prepare": can(request.membership, Can.SYNTHESISE),
    }
    return render(request, "synthesis/text_list.html", context)


@review_view(Can.SYNTHESISE)
def text_create(request: ReviewRequest, study_id: int) -> HttpResponse:
    """Bring in a text: from the PDF (which fills the field to look through), pasted, or as a file."""
    study = study_or_404(request, study_id)
    original = None
    if asked := request.GET.get("translation_of") or request.POST.get("translation_of"):
        original = _text(request, int(asked)) if asked.isascii() and asked.isdigit() and len(asked) < 18 else None
    error: DomainError | None = None
    form = TextForm(request.POST or None, request.FILES or None, initial={"title": f"Findings of {study}"})
    report = _report(study, request.GET.get("report") or request.POST.get("report"))
    if request.method == "POST" and form.is_valid():
        try:
            made = _add(request, study, form.cleaned_data, report, original)
        except DomainError as refused:
            error = refused
        else:
            messages.success(request, f"The findings of {study} are here. Look through what was marked in them.")
            return redirect("synthesis:text-detail", request.review.pk, made.pk)
    elif request.method == "POST":
        error = Invalid(str(next(iter(form.errors.values()))[0]))
    elif report is not None and original is None:
        try:
            form.initial["content"] = text_of_pdf(report)
        except DomainError as refused:
            error = refused
    context = {
        "page_title": f"Findings of {study}" if original is None else f"Translation of {original}",
        "study": study,
        "form": form,
        "report": report,
        "reports": reports_of(study),
        "original": original,
        "error": error,
    }
    return render(request, "synthesis/text_create.html", context, status=error.status if error else 200)


def _report(study: Study, asked: str | None) -> Report | None:
    return next((report for report in reports_of(study) if str(report.pk) == asked), None)


def _add(
    request: ReviewRequest, study: Study, given: dict[str, Any], report: Report | None, original: FindingsText | None
) -> FindingsText:
    source, content, filename = TextSource.PASTED, given["content"], ""
    if given["file"]:
        source, filename = TextSource.FILE, given["file"].name
        content = text_of_file(given["file"].read(), filename)
    elif report is not None:
        source = TextSource.PDF
    return services.add_text(
        actor=request.user,
        study=study,
        title=given["title"],
        content=content,
        source=source,
        report=report,
        language=given["language"],
        direction=given["direction"],
        filename=filename,
        translation_of=original,
        translated_by=given["translated_by"],
    )


@require_safe
@review_view(Can.READ)
def text_detail(request: ReviewRequest, text_id: int) -> HttpResponse:
    return _page(request, _text(request, text_id))


def _page(request: ReviewRequest, text: FindingsText, error: DomainError | None = None, **typed: Any) -> HttpResponse:
    context = {
        "page_title": text.title,
        "text": text,
        "version": text.current,
        "laid": laid_out(text),
        "versions": text.versions.select_related("created_by").order_by("-number"),
        "translations": standing_texts(request.review).filter(translation_of=text),
        "lost": lost_codings(request.user, text),
        "may_prepare": can(request.membership, Can.SYNTHESISE),
        "to_correct": typed.get("content") or _with_marks(text),
        "typed_why": typed.get("why", ""),
        "error": error,
    }
    return render(request, "synthesis/text_detail.html", context, status=error.status if error else 200)


def _with_marks(text: FindingsText) -> str:
    """The content to correct, its pages marked again."""
    if text.current is None:
        return ""
    content, at, pieces = text.current.content, 0, []
    for start, number in text.current.pages:
        piece = content[at:start]
        pieces += [piece, "\n" if piece and not piece.endswith("\n") else "", page_mark(number)]
        at = start
    return "".join([*pieces, content[at:]])


@require_POST
@review_view(Can.SYNTHESISE)
def text_correct(request: ReviewRequest, text_id: int) -> HttpResponse:
    text = _text(request, text_id)
    form = CorrectionForm(request.POST)
    try:
        if not form.is_valid():
            raise Invalid("A correction needs the text and the reason for it.")
        done = services.correct_text(actor=request.user, text=text, **form.cleaned_data)
    except DomainError as error:
        return _page(request, text, error, content=request.POST.get("content", ""), why=request.POST.get("why", ""))
    text.refresh_from_db()
    mine = lost_codings(request.user, text).count()
    lost = [f"{mine} of the codings you see"] if mine else []
    lost += [f"{done.quotations_lost} marks of participants' words"] if done.quotations_lost else []
    told = f" Not found again: {' and '.join(lost)}; see below." if lost else " Everything you see was found again."
    messages.success(request, f"This is version {done.version.number} of the text.{told}")
    return redirect("synthesis:text-detail", request.review.pk, text.pk)


@require_POST
@review_view(Can.SYNTHESISE)
def text_describe(request: ReviewRequest, text_id: int) -> HttpResponse:
    text = _text(request, text_id)
    form = DescriptionForm(request.POST)
    try:
        if not form.is_valid():
            raise Invalid("A text needs a name of at most 200 characters.")
        services.describe_text(actor=request.user, text=text, **form.cleaned_data)
    except DomainError as error:
        return _page(request, text, error)
    return redirect("synthesis:text-detail", request.review.pk, text.pk)


@require_POST
@review_view(Can.SYNTHESISE)
def text_remove(request: ReviewRequest, text_id: int) -> HttpResponse:
    text = _text(request, text_id)
    try:
        services.remove_text(actor=request.user, text=text, reason=request.POST.get("reason", "")[:2000])
    except DomainError as error:
        return _page(request, text, error)
    messages.success(request, f"“{text}” was taken away.")
    return redirect("synthesis:text-list", request.review.pk)


@require_POST
@review_view(Can.SYNTHESISE)
def finding_place(request: ReviewRequest, text_id: int, finding_id: int) -> HttpResponse:
    text = _text(request, text_id)
    finding = get_object_or_404(
        Finding.objects.select_related("version__text__review"), pk=finding_id, version=text.current
    )
    try:
        services.place_finding(
            actor=request.user,
            finding=finding,
            section=request.POST.get("section", ""),
            page=request.POST.get("page", ""),
        )
    except DomainError as error:
        return _page(request, text, error)
    return redirect(f"{request.path.split('/findings/')[0]}/#finding-{finding.pk}")


@require_POST
@review_view(Can.SYNTHESISE)
def quotation_mark(request: ReviewRequest, text_id: int) -> HttpResponse:
    """Mark the words that were selected, or typed: the first place where they stand unmarked."""
    text = _text(request, text_id)
    form = QuotationForm(request.POST)
    try:
        if not form.is_valid() or text.current is None:
            raise Invalid("Select or type the words that a participant said.")
        given = form.cleaned_data
        start, end = _place(text, given)
        services.mark_quotation(
            actor=request.user, version=text.current, start=start, end=end, speaker=given["speaker"]
        )
    except DomainError as error:
        return _page(request, text, error)
    return redirect(f"{request.path.split('/quotations/')[0]}/#quotations")


def _place(text: FindingsText, given: dict[str, Any]) -> tuple[int, int]:
    if given["start"] is not None and given["end"] is not None:
        return given["start"], given["end"]
    words = given["words"].replace("\r\n", "\n").strip()
    taken = [(quotation.start, quotation.end) for quotation in laid_out(text).quotations]
    content = text.current.content if text.current else ""
    at = content.find(words) if words else -1
    while at >= 0 and any(start < at + len(words) and end > at for start, end in taken):
        at = content.find(words, at + 1)
    if at < 0:
        raise Invalid("These words do not stand in the text, or are marked already. Nothing was saved.")
    return at, at + len(words)


@require_POST
@review_view(Can.SYNTHESISE)
def quotation_keep(request: ReviewRequest, text_id: int, quotation_id: int) -> HttpResponse:
    text = _text(request, text_id)
    quotation = get_object_or_404(
        Quotation.objects.select_related("version__text__review"), pk=quotation_id, version=text.current
    )
    try:
        if request.POST.get("act") == "remove":
            services.unmark_quotation(actor=request.user, quotation=quotation)
        else:
            services.keep_quotation(actor=request.user, quotation=quotation, speaker=request.POST.get("speaker", ""))
    except DomainError as error:
        return _page(request, text, error)
    return redirect(f"{request.path.split('/quotations/')[0]}/#quotations")


@require_POST
@review_view(Can.SYNTHESISE)
def quotation_keep_all(request: ReviewRequest, text_id: int) -> HttpResponse:
    text = _text(request, text_id)
    try:
        if text.current is None:
            raise Invalid("There is no text yet.")
        services.keep_all_quotations(actor=request.user, version=text.current)
    except DomainError as error:
        return _page(request, text, error)
    return redirect(f"{request.path.split('/quotations/')[0]}/#quotations")


@require_safe
@review_view(Can.READ)
def text_parallel(request: ReviewRequest, text_id: int) -> HttpResponse:
    """A translation beside its original, paragraph by paragraph; coding stays anchored in the original."""
    translation = get_object_or_404(
        standing_texts(request.review).exclude(translation_of=None).select_related("translation_of__current"),
        pk=text_id,
    )
    original = translation.translation_of
    if original is None:
        raise Invalid("This text is no translation.")
    context = {
        "page_title": f"{original} beside its translation",
        "original": original,
        "translation": translation,
        "pairs": side_by_side(original, translation),
    }
    return render(request, "synthesis/text_parallel.html", context)
