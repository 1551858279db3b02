"""What a lead does with the flow diagram: choose what it shows, enter a number from elsewhere, take it out again."""

from collections.abc import Collection
from typing import Any

from django.utils import timezone

from reviewapp.accounts.models import User
from reviewapp.audit import services as audit
from reviewapp.lib.errors import AlreadyDone, Invalid, require_clean_text
from reviewapp.reporting.flow.shown import BY_HAND, entered, plan_of
from reviewapp.reporting.models import CountByHand, FlowPlan
from reviewapp.reporting.prisma.layout import LAYERS, Template
from reviewapp.reviews.models import Review
from reviewapp.reviews.permissions import Can
from screening.services.locks import act, acting_member, own_review

MOST = 100_000_000
LONGEST_REASON = 300
PLAN = ("template", "each_source", "title_reasons", "without")


@act
def set_plan(
    *,
    actor: User,
    review: Review,
    template: str = "",
    each_source: bool = True,
    title_reasons: bool = False,
    without: Collection[str] = (),
) -> FlowPlan:
    """Choose the template (empty: by the data), the lines and the layers of the diagram, for the whole team."""
    own_review(review)
    acting_member(actor, review, Can.LEAD)
    if template and template not in set(Template):
        raise Invalid("There is no such template.")
    if unknown := [layer for layer in without if layer not in LAYERS]:
        raise Invalid(f"The diagram has no layer “{unknown[0][:40]}”.")
    plan = plan_of(review)
    before = _content(plan)
    plan.template, plan.each_source, plan.title_reasons = template, each_source, title_reasons
    plan.without, plan.changed_by = [layer for layer in LAYERS if layer in without], actor
    if (after := _content(plan)) != before:
        plan.save()
        audit.log(actor=actor, review=review, action="reporting.flow.chosen", target=plan, before=before, after=after)
    return plan


def _content(plan: FlowPlan) -> dict[str, Any]:
    return {name: getattr(plan, name) for name in PLAN}


@act
def enter_count(*, actor: User, review: Review, key: str, value: int | None, reason: str) -> CountByHand:
    """Show this number instead of the counted one, marked, with where it comes from; None is "not reported"."""
    own_review(review)
    acting_member(actor, review, Can.LEAD)
    if key not in BY_HAND:
        raise Invalid("The diagram has no such number to be entered.")
    if value is not None and not 0 <= value <= MOST:
        raise Invalid("Give a whole number from 0, or leave it empty if it is not reported.")
    reason = " ".join(require_clean_text(reason, what="reason").split())
    if not reason or len(reason) > LONGEST_REASON:
        raise Invalid(
            f"Say in up to {LONGEST_REASON} characters where the number comes from: the figure says so below."
        )
    standing = entered(review).filter(key=key).first()
    if standing:
        _end(standing, actor)
    made = CountByHand.objects.create(review=review, key=key, value=value, reason=reason, made_by=actor)
    audit.log(
        actor=actor,
        review=review,
        action="reporting.count.entered",
        target=made,
        before={"value": standing.value} if standing else None,
        after={"key": key, "box": BY_HAND[key], "value": value},
        reason=reason,
    )
    return made


@act
def remove_count(*, actor: User, count: CountByHand) -> None:
    """Show what the rows say again."""
    own_review(count.review)
    acting_member(actor, count.review, Can.LEAD)
    count = CountByHand.objects.select_for_update(of=("self",)).select_related("review").get(pk=count.pk)
    if count.ended_at:
        raise AlreadyDone("This number was taken out before.")
    _end(count, actor)
    audit.log(
        actor=actor,
        review=count.review,
        action="reporting.count.removed",
        target=count,
        before={"key": count.key, "box": BY_HAND[count.key], "value": count.value},
    )


def _end(count: CountByHand, actor: User) -> None:
    count.ended_by, count.ended_at = actor, timezone.now()
    count.save(update_fields=["ended_by", "ended_at"])
