"""The settling table of appraisal and extraction: a row a question, a column a person."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from appraisal.choices import ItemKind, Use
from appraisal.forms import value_in
from appraisal.models import Answer, Comparison, Item
from appraisal.queries.comparison import Compared, Row, compared
from appraisal.queries.wording import lines_of
from appraisal.queries.work import open_comparisons
from appraisal.rules import same
from appraisal.services import settling as services
from appraisal.services.ratings import rule_in_words
from appraisal.views.common import item_or_404
from appraisal.visibility import comparisons_of, names_of
from reviewapp.accounts.models import User
from reviewapp.lib.errors import DomainError
from reviewapp.reviews.permissions import Can, ReviewRequest, can, review_view
from screening.models import Report


def _comparison(request: ReviewRequest, comparison_id: int) -> Comparison:
    found = comparisons_of(request.review).select_related("instrument__review")
    return get_object_or_404(found, pk=comparison_id)


@dataclass(frozen=True)
class Shown:
    """One person's answer: under which name the reader sees it, and what is printed."""

    name: str
    answer: Answer | None
    lines: list[str]


@dataclass(frozen=True)
class ShownRow:
    """One question as one reader sees it."""

    row: Row
    answers: list[Shown]
    stands: list[str]
    proposed_by: str
    is_own_proposal: bool
    confirmed: bool

    @property
    def item(self) -> Item:
        return self.row.item

    @property
    def state(self) -> str:
        return self.row.state

    @property
    def entries(self) -> list[tuple[str, list[str]]]:
        """For a list of entries: every entry given, with the names of those who gave it, in the order of the answers."""
        if self.row.item.kind != ItemKind.ENTRIES:
            return []
        found: list[tuple[str, list[str]]] = []
        for shown in self.answers:
            for text in shown.lines:
                names = next((names for known, names in found if same(known, text)), None)
                if names is None:
                    found.append((text, [shown.name]))
                elif shown.name not in names:
                    names.append(shown.name)
        return found

    @property
    def begun(self) -> list[str] | None:
        """What stands in the field at first: of a list, the entries that all gave."""
        return [text for text, names in self.entries if len(names) == len(self.answers)] or None

    @property
    def distinct(self) -> list[str]:
        """The different answers given, as a text field takes them, to choose one with a click."""
        given = [shown.answer.value for shown in self.answers if shown.answer and shown.answer.value is not None]
        return list(
            dict.fromkeys("\n".join(map(str, value)) if isinstance(value, list) else str(value) for value in given)
        )


def shown_rows(reader: User, found: Compared, names: dict[int, str]) -> list[ShownRow]:
    order = sorted(range(len(found.people)), key=lambda place: names[found.people[place].pk])
    rows = []
    for row in found.rows:
        standing = row.settlement
        confirmed = {user.pk for user in standing.confirmed_by.all()} if standing and row.is_open else set()
        answers = [
            Shown(names[found.people[place].pk], answer, lines_of(row.item, answer.value if answer else None))
            for place, answer in ((place, row.answers[place]) for place in order)
        ]
        rows.append(
            ShownRow(
                row,
                answers,
                lines_of(row.item, standing.value if standing else row.value),
                names.get(standing.proposed_by_id, str(standing.proposed_by)) if standing else "",
                bool(standing and standing.proposed_by_id == reader.pk),
                reader.pk in confirmed,
            )
        )
    return rows


@require_safe
@review_view(Can.READ)
def comparison(request: ReviewRequest, comparison_id: int) -> HttpResponse:
    return _page(request, _comparison(request, comparison_id))


def _page(request: ReviewRequest, one: Comparison, error: DomainError | None = None) -> HttpResponse:
    found = compared(one)
    names = names_of(request.user, one, found.people, open_rows=bool(found.open_rows))
    took_part = request.user.pk in {person.pk for person in found.people}
    context = {
        "page_title": f"{one.study}",
        "comparison": one,
        "instrument": one.instrument,
        "found": found,
        "rows": shown_rows(request.user, found, names),
        "open_count": len(found.open_rows),
        "may_agree": took_part,
        "may_rule": can(request.membership, Can.SETTLE) and not took_part,
        "may_reopen": can(request.membership, Can.LEAD) or can(request.membership, Can.SETTLE),
        "may_rate": bool(one.instrument.rating_rule)
        and (took_part or can(request.membership, Can.LEAD) or can(request.membership, Can.SETTLE)),
        "levels": [level.label for level in one.instrument.levels],
        "rule_sentences": rule_in_words(one.instrument),
        "reports": Report.objects.filter(study=one.study_id).select_related("record"),
        "following": _following(request, one),
        "back_label": "Appraisal" if one.instrument.use == Use.APPRAISAL else "Extraction",
        "error": error,
        "typed": request.POST if error else None,
    }
    return render(request, "appraisal/comparison.html", context, status=error.status if error else 200)


def _following(request: ReviewRequest, one: Comparison) -> Comparison | None:
    rows = [row for row in open_comparisons(request.membership, one.instrument.use) if row.pk != one.pk]
    behind = [row for row in rows if row.study.label >= one.study.label]
    return (behind or rows or [None])[0]  # type: ignore[list-item]


# --- Acts -------------------------------------------------------------------------------------------------------------


def _act(
    request: ReviewRequest, comparison_id: int, item_id: int, do: Callable[..., object], **said: Any
) -> HttpResponse:
    """Do something about one question; the answer is the table at that question, or with what stood against it."""
    one = _comparison(request, comparison_id)
    item = item_or_404(one.instrument, item_id)
    if said.pop("with_value", False):
        said["value"] = value_in(item, request.POST)
    try:
        do(actor=request.user, comparison=one, item=item, **said)
    except DomainError as error:
        return _page(request, one, error)
    return redirect(f"{reverse('appraisal:comparison', args=[request.review.pk, one.pk])}#item-{item_id}")


@require_POST
@review_view(Can.READ)
def difference_propose(request: ReviewRequest, comparison_id: int, item_id: int) -> HttpResponse:
    why = request.POST.get("rationale", "")
    return _act(request, comparison_id, item_id, services.propose, with_value=True, rationale=why)


@require_POST
@review_view(Can.READ)
def difference_confirm(request: ReviewRequest, comparison_id: int, item_id: int) -> HttpResponse:
    """Confirm the proposal that was on the page, and no other."""
    seen = request.POST.get("proposal", "")
    return _act(
        request,
        comparison_id,
        item_id,
        services.confirm,
        proposal=int(seen) if re.fullmatch(r"[0-9]{1,18}", seen) else 0,
    )


@require_POST
@review_view(Can.READ)
def difference_withdraw(request: ReviewRequest, comparison_id: int, item_id: int) -> HttpResponse:
    return _act(request, comparison_id, item_id, services.withdraw)


@require_POST
@review_view(Can.SETTLE)
def difference_rule(request: ReviewRequest, comparison_id: int, item_id: int) -> HttpResponse:
    why = request.POST.get("rationale", "")
    return _act(request, comparison_id, item_id, services.rule, with_value=True, rationale=why)


@require_POST
@review_view(Can.READ)
def difference_reopen(request: ReviewRequest, comparison_id: int, item_id: int) -> HttpResponse:
    return _act(request, comparison_id, item_id, services.reopen, why=request.POST.get("why", ""))


@require_POST
@review_view(Can.READ)
def rating_override(request: ReviewRequest, comparison_id: int) -> HttpResponse:
    one = _comparison(request, comparison_id)
    try:
        services.override_rating(
            actor=request.user,
            comparison=one,
            rating=request.POST.get("rating") or None,
            reason=request.POST.get("reason", ""),
        )
    except DomainError as error:
        return _page(request, one, error)
    messages.success(
        request, "The rating is kept." if request.POST.get("rating") else "The rule's rating stands again."
    )
    return redirect("appraisal:comparison", request.review.pk, one.pk)
