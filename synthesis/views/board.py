"""The theme board and the page of a theme."""

from collections import defaultdict
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from reviewapp.lib.errors import DomainError, Invalid
from reviewapp.reviews.permissions import Can, ReviewRequest, can, review_view
from screening.models import Study
from synthesis.choices import Level
from synthesis.models import Code, Theme
from synthesis.queries.quotes import Quote, quotes_of
from synthesis.queries.themes import ThemeLine, ThemeTree, history_of, theme_tree
from synthesis.services import journal
from synthesis.services import themes as services
from synthesis.visibility import codes_visible_to

SHOWN = 4  # passages of each study on a theme's page; the study's own list holds them all


@require_safe
@review_view(Can.READ)
def board(request: ReviewRequest) -> HttpResponse:
    return _board(request)


def _board(request: ReviewRequest, error: DomainError | None = None) -> HttpResponse:
    tree = theme_tree(request.review)
    query = request.GET.get("q", "").strip()
    lone = {line.code.pk for line in tree.unassigned}
    found = [line for line in tree.codes if query.casefold() in line.code.name.casefold()]
    context = {
        "page_title": "Themes",
        "tree": tree,
        "query": query,
        "found": len(found),
        "unassigned": [line for line in found if line.code.pk in lone],
        "assigned": [line for line in found if line.code.pk not in lone],
        "may_build": can(request.membership, Can.SYNTHESISE),
        "error": error,
    }
    return render(request, "synthesis/board.html", context, status=error.status if error else 200)


@require_POST
@review_view(Can.SYNTHESISE)
def board_put(request: ReviewRequest) -> HttpResponse:
    """Put the chosen codes, or descriptive themes, into a theme: one that is there, or a new one of the name given."""
    level = request.POST.get("level", "")
    try:
        members = _chosen(request, level)
        if name := request.POST.get("name", "").strip():
            theme = services.create_theme(
                actor=request.user, review=request.review, level=level, name=name, members=members
            )
        else:
            theme = _into(request, level)
            services.put_into(actor=request.user, theme=theme, members=members, out_of=_out_of(request))
    except DomainError as error:
        return _board(request, error)
    messages.success(request, f"“{theme}”: {len(members)} put in." if members else f"“{theme}” is there.")
    return redirect("synthesis:board", request.review.pk)


def _chosen(request: ReviewRequest, level: str) -> list[Code | Theme]:
    """The members ticked, in the order of the page. Raises Invalid when one is not there (any more)."""
    if level == Level.DESCRIPTIVE:
        asked: list[Any] = [_uuid(value) for value in request.POST.getlist("member")]
        there = codes_visible_to(request.user, request.review).filter(removed_at=None)
        found: dict[Any, Any] = {code.pk: code for code in there.filter(pk__in=asked)}
    elif level == Level.ANALYTICAL:
        asked = [_number(value) for value in request.POST.getlist("member")]
        found = {theme.pk: theme for theme in _themes(request).filter(pk__in=asked)}
    else:
        raise Invalid("A theme is descriptive or analytical.")
    if len(found) < len(set(asked)):
        raise Invalid("One of these is not there any more. Nothing was changed.")
    return [found[pk] for pk in dict.fromkeys(asked)]


def _into(request: ReviewRequest, level: str) -> Theme:
    theme = _themes(request).filter(level=level, pk=_number(request.POST.get("into") or "0")).first()
    if theme is None:
        raise Invalid("Choose a theme to put them into, or name a new one.")
    return theme


def _out_of(request: ReviewRequest) -> Theme | None:
    asked = request.POST.get("out_of", "")
    return get_object_or_404(_themes(request), pk=_number(asked)) if asked else None


def _themes(request: ReviewRequest) -> QuerySet[Theme]:
    return Theme.objects.filter(review=request.review, removed_at=None).select_related("review")


def _theme(request: ReviewRequest, theme_id: int) -> Theme:
    return get_object_or_404(_themes(request), pk=theme_id)


def _uuid(value: str) -> UUID:
    try:
        return UUID(value)
    except ValueError:
        raise Invalid("This is not a code.") from None


def _number(value: str) -> int:
    if not (value.isascii() and value.isdigit() and len(value) < 18):
        raise Invalid("This is not a theme.")
    return int(value)


@require_POST
@review_view(Can.SYNTHESISE)
def board_undo(request: ReviewRequest) -> HttpResponse:
    return _walked(request, "Undone", journal.undo(actor=request.user, review=request.review))


@require_POST
@review_view(Can.SYNTHESISE)
def board_redo(request: ReviewRequest) -> HttpResponse:
    return _walked(request, "Done again", journal.redo(actor=request.user, review=request.review))


def _walked(request: ReviewRequest, what: str, walked: journal.Walked | None) -> HttpResponse:
    if walked is None:
        messages.info(request, "There is nothing of yours left to do that with.")
    elif walked.why_not:
        messages.warning(request, f"“{walked.act.label}” was left as it is. {walked.why_not}")
    else:
        messages.success(request, f"{what}: {walked.act.label}")
    return redirect("synthesis:board", request.review.pk)


# --- One theme --------------------------------------------------------------------------------------------------------


@require_safe
@review_view(Can.READ)
def theme_detail(request: ReviewRequest, theme_id: int) -> HttpResponse:
    return _detail(request, _theme(request, theme_id))


def _detail(request: ReviewRequest, theme: Theme, error: DomainError | None = None) -> HttpResponse:
    tree = theme_tree(request.review)
    line = tree.line(theme)
    only = request.GET.get("study", "")
    studies, without = _words(request, tree, line, only)
    typed = request.POST if error else {}
    context = {
        "page_title": theme.name,
        "theme": theme,
        "line": line,
        "name": typed.get("name", theme.name),
        "statement": typed.get("statement", theme.statement),
        "narrative": typed.get("narrative", theme.narrative),
        "studies": studies,
        "only": next((study for study, *_ in studies if str(study.pk) == only), None),
        "without": without,
        "by_hand": {said.study_id: said for said in line.by_hand},
        "others": [each for each in tree.themes if each.theme.level == theme.level and each.theme.pk != theme.pk],
        "history": history_of(theme),
        "may_build": can(request.membership, Can.SYNTHESISE),
        "error": error,
    }
    return render(request, "synthesis/theme.html", context, status=error.status if error else 200)


def _words(
    request: ReviewRequest, tree: ThemeTree, line: ThemeLine, only: str
) -> tuple[list[tuple[Study, list[Quote], int, bool]], list[Study]]:
    """Each study with words on the theme: some passages, how many more there are, whether it supports; and studies without any.

    Of each study only some passages stand on the page, so that it shows how far the words are spread.
    """
    families = tree.evidence.families()
    codes = {each for code in line.all_codes() for each in families.get(code.pk, [])}
    by_study: defaultdict[int, list[Quote]] = defaultdict(list)
    for quote in quotes_of(request.review, codes):
        by_study[quote.coding.study_id].append(quote)
    supporting = {study.pk for study in line.studies}
    shown, without = [], []
    for study in tree.studies:
        quotes = by_study[study.pk]
        if not quotes and study.pk not in supporting:
            without.append(study)
        elif not only or only == str(study.pk):
            some = quotes if only else quotes[:SHOWN]
            shown.append((study, some, len(quotes) - len(some), study.pk in supporting))
    return shown, without


@require_POST
@review_view(Can.SYNTHESISE)
def theme_edit(request: ReviewRequest, theme_id: int) -> HttpResponse:
    theme = _theme(request, theme_id)
    values = {key: request.POST[key] for key in ("name", "statement", "narrative") if key in request.POST}
    try:
        seen = _number(request.POST["seen"]) if request.POST.get("seen") else None
        services.edit_theme(actor=request.user, theme=theme, values=values, seen=seen)
    except DomainError as error:
        return _detail(request, theme, error)
    messages.success(request, "What the theme says is kept.")
    return redirect("synthesis:theme-detail", request.review.pk, theme.pk)


@require_POST
@review_view(Can.SYNTHESISE)
def theme_remove(request: ReviewRequest, theme_id: int) -> HttpResponse:
    theme = _theme(request, theme_id)
    services.remove_theme(actor=request.user, theme=theme, reason=request.POST.get("reason", ""))
    messages.success(request, f"“{theme}” was removed; what was in it stays. Undo brings it back.")
    return redirect("synthesis:board", request.review.pk)


@require_POST
@review_view(Can.SYNTHESISE)
def theme_merge(request: ReviewRequest, theme_id: int) -> HttpResponse:
    """Merge another theme of the same level into this one."""
    theme = _theme(request, theme_id)
    try:
        other = _themes(request).filter(pk=_number(request.POST.get("other") or "0")).first()
        if other is None:
            raise Invalid("Choose a theme to merge into this one.")
        services.merge_themes(actor=request.user, kept=theme, merged=[other], reason=request.POST.get("reason", ""))
    except DomainError as error:
        return _detail(request, theme, error)
    messages.success(request, f"“{other}” is part of “{theme}” now. Undo takes them apart.")
    return redirect("synthesis:theme-detail", request.review.pk, theme.pk)


@require_POST
@review_view(Can.SYNTHESISE)
def theme_take_out(request: ReviewRequest, theme_id: int) -> HttpResponse:
    theme = _theme(request, theme_id)
    try:
        value = request.POST.get("member", "")
        found: Code | Theme | None
        if theme.level == Level.DESCRIPTIVE:
            found = Code.objects.filter(review=request.review, pk=_uuid(value)).first()
        else:
            found = _themes(request).filter(pk=_number(value)).first()
        if found is None:
            raise Invalid("There is no such member.")
        services.take_out(actor=request.user, theme=theme, members=[found])
    except DomainError as error:
        return _board(request, error)
    messages.success(request, f"“{found}” is not in “{theme}” any more.")
    return redirect("synthesis:board", request.review.pk)


COUNTS = {"yes": True, "no": False, "codings": None}


@require_POST
@review_view(Can.SYNTHESISE)
def theme_support(request: ReviewRequest, theme_id: int, study_id: int) -> HttpResponse:
    """Count a study to the theme by hand, or not to it, with a note."""
    theme = _theme(request, theme_id)
    study = get_object_or_404(Study, review=request.review, pk=study_id)
    try:
        said = request.POST.get("counts", "")
        if said not in COUNTS:
            raise Invalid("Say whether the study supports the theme.")
        note = request.POST.get("note", "")
        services.say_support(actor=request.user, theme=theme, study=study, counts=COUNTS[said], note=note)
    except DomainError as error:
        return _detail(request, theme, error)
    messages.success(request, f"{study}: kept.")
    return redirect("synthesis:theme-detail", request.review.pk, theme.pk)
