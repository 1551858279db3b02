"""The protocol: criteria, exclusion reasons, highlighted terms and the rule of each stage."""

from collections import Counter
from itertools import count
from typing import Any

from django.db.models import Max
from django.db.models.functions import Coalesce
from django.utils import timezone

from reviewapp.accounts.models import User
from reviewapp.audit import services as audit
from reviewapp.lib.errors import AlreadyDone, Invalid, require_clean_text
from reviewapp.reviews.models import Review
from reviewapp.reviews.permissions import Can
from screening.choices import CriterionKind, ReasonConflict, Stage, TermKind
from screening.models import (
    CriteriaVersion,
    EligibilityCriterion,
    ExclusionReason,
    HighlightTerm,
    Record,
    ScreeningDecision,
    ScreeningOutcome,
    StageRule,
    TeamLabel,
)
from screening.queries.rounds import current_version
from screening.queries.settlers import without_settler
from screening.rules import Rule
from screening.services.allocation import share_out_again
from screening.services.locks import act, acting_member, own_review
from screening.services.outcomes import recompute, results_under

RULE_FIELDS = ("votes_required", "maybe_means", "agreement", "reason_conflict", "settled_by", "settler_sees")


def lay_default_protocol(review: Review) -> None:
    """Two independent votes at both stages, maybe as include, settled by agreement or a third assessor (METHODS 3.1)."""
    for stage in Stage:
        StageRule.objects.get_or_create(review=review, stage=stage)


def _text(value: str, what: str, longest: int = 5000) -> str:
    text = require_clean_text(value, what=what).strip()
    if not text:
        raise Invalid(f"The {what} is empty.")
    if len(text) > longest:
        raise Invalid(f"The {what} may have up to {longest} characters; this one has {len(text)}.")
    return text


def _last_position(rows: Any) -> int:
    return int(rows.aggregate(last=Max("position"))["last"] or 0)


@act
def add_criterion(*, actor: User, review: Review, kind: str, text: str, code: str = "") -> EligibilityCriterion:
    """Add a criterion; without a code it gets the next free one (I1, I2, … E1, …)."""
    own_review(review)
    acting_member(actor, review, Can.LEAD)
    if kind not in CriterionKind.values:
        raise Invalid("A criterion is for inclusion or for exclusion.")
    rows = EligibilityCriterion.objects.filter(review=review, kind=kind)
    code = _text(code, "code", 10) if code else _next_code(review, kind)
    if EligibilityCriterion.objects.filter(review=review, code=code, retired_at=None).exists():
        raise AlreadyDone(f"There is a criterion {code} already.")
    criterion = EligibilityCriterion.objects.create(
        review=review, kind=kind, code=code, text=_text(text, "criterion"), position=_last_position(rows) + 1
    )
    audit.log(
        actor=actor,
        review=review,
        action="screening.criterion.added",
        target=criterion,
        after={"code": code, "text": text},
    )
    _keep_version(actor, review, f"{code} was added.")
    return criterion


def _next_code(review: Review, kind: str) -> str:
    """The first code that no criterion has had yet."""
    taken = set(EligibilityCriterion.objects.filter(review=review).values_list("code", flat=True))
    return next(code for n in count(1) if (code := f"{kind[0].upper()}{n}") not in taken)


@act
def change_criterion(
    *, actor: User, criterion: EligibilityCriterion, text: str, reason: str = ""
) -> EligibilityCriterion:
    own_review(criterion.review)
    acting_member(actor, criterion.review, Can.LEAD)
    before, criterion.text = {"text": criterion.text}, _text(text, "criterion")
    criterion.save(update_fields=["text"])
    audit.log(
        actor=actor,
        review=criterion.review,
        action="screening.criterion.changed",
        target=criterion,
        before=before,
        after={"text": criterion.text},
        reason=reason,
    )
    if before["text"] != criterion.text:
        _keep_version(actor, criterion.review, reason or f"{criterion.code} was reworded.")
    return criterion


def _keep_version(actor: User, review: Review, why: str) -> None:
    """The criteria as they read from now on; a vote knows under which version it was given."""
    rows = EligibilityCriterion.objects.filter(review=review, retired_at=None)
    CriteriaVersion.objects.create(
        review=review,
        number=current_version(review) + 1,
        criteria=[{"code": row.code, "kind": row.kind, "text": row.text} for row in rows],
        why=why,
        created_by=actor,
    )


@act
def retire_criterion(*, actor: User, criterion: EligibilityCriterion) -> None:
    """Take a criterion out of the protocol; it stays in the history."""
    own_review(criterion.review)
    acting_member(actor, criterion.review, Can.LEAD)
    if criterion.retired_at:
        raise AlreadyDone("This criterion was removed before.")
    criterion.retired_at = timezone.now()
    criterion.save(update_fields=["retired_at"])
    audit.log(
        actor=actor,
        review=criterion.review,
        action="screening.criterion.retired",
        target=criterion,
        before={"text": criterion.text},
    )
    _keep_version(actor, criterion.review, f"{criterion.code} was removed.")


@act
def add_exclusion_reason(
    *, actor: User, review: Review, label: str, criterion: EligibilityCriterion | None = None
) -> ExclusionReason:
    """Add a reason at the end of the list, optionally linked to the criterion it stands for."""
    own_review(review)
    acting_member(actor, review, Can.LEAD)
    label = _text(label, "reason", 200)
    if criterion and criterion.review_id != review.pk:
        raise Invalid("That criterion belongs to another review.")
    rows = ExclusionReason.objects.filter(review=review)
    if rows.filter(label__iexact=label, retired_at=None).exists():
        raise AlreadyDone(f"The reason “{label}” is in the list already.")
    reason = ExclusionReason.objects.create(
        review=review, label=label, criterion=criterion, position=_last_position(rows) + 1
    )
    audit.log(actor=actor, review=review, action="screening.reason.added", target=reason, after={"label": label})
    return reason


@act
def change_exclusion_reason(
    *, actor: User, reason: ExclusionReason, label: str, criterion: EligibilityCriterion | None = None
) -> ExclusionReason:
    own_review(reason.review)
    acting_member(actor, reason.review, Can.LEAD)
    label = _text(label, "reason", 200)
    if (
        ExclusionReason.objects.filter(review=reason.review, label__iexact=label, retired_at=None)
        .exclude(pk=reason.pk)
        .exists()
    ):
        raise AlreadyDone(f"The reason “{label}” is in the list already.")
    if criterion and criterion.review_id != reason.review_id:
        raise Invalid("That criterion belongs to another review.")
    before = {"label": reason.label, "criterion": reason.criterion_id}
    reason.label, reason.criterion = label, criterion
    reason.save(update_fields=["label", "criterion"])
    audit.log(
        actor=actor,
        review=reason.review,
        action="screening.reason.changed",
        target=reason,
        before=before,
        after={"label": label, "criterion": criterion.pk if criterion else None},
    )
    return reason


@act
def move_exclusion_reason(*, actor: User, reason: ExclusionReason, up: bool) -> None:
    """Change places with the neighbour: the order is the priority in which reasons are applied."""
    own_review(reason.review)
    acting_member(actor, reason.review, Can.LEAD)
    rows = list(ExclusionReason.objects.filter(review=reason.review, retired_at=None).order_by("position", "id"))
    if reason not in rows:
        raise AlreadyDone("This reason was removed from the list.")
    at = rows.index(reason)
    to = at - 1 if up else at + 1
    if not 0 <= to < len(rows):
        return
    rows[at], rows[to] = rows[to], rows[at]
    for position, row in enumerate(rows, start=1):
        ExclusionReason.objects.filter(pk=row.pk).update(position=position)
    audit.log(
        actor=actor,
        review=reason.review,
        action="screening.reason.moved",
        target=reason,
        after={"order": [row.label for row in rows]},
    )
    rule = StageRule.objects.get(review=reason.review, stage=Stage.FULL_TEXT)
    if rule.reason_conflict == ReasonConflict.HIGHEST_PRIORITY:
        _recompute_judged(reason.review, Stage.FULL_TEXT)


@act
def retire_exclusion_reason(*, actor: User, reason: ExclusionReason) -> None:
    """Take a reason off the list for new decisions; decisions that used it keep it."""
    own_review(reason.review)
    acting_member(actor, reason.review, Can.LEAD)
    if reason.retired_at:
        raise AlreadyDone("This reason was removed before.")
    reason.retired_at = timezone.now()
    reason.save(update_fields=["retired_at"])
    audit.log(
        actor=actor,
        review=reason.review,
        action="screening.reason.retired",
        target=reason,
        before={"label": reason.label},
    )


@act
def set_highlight_terms(*, actor: User, review: Review, for_terms: list[str], against_terms: list[str]) -> None:
    """Replace the team's lists of highlighted terms."""
    own_review(review)
    acting_member(actor, review, Can.LEAD)
    wanted: dict[str, str] = {}
    for kind, terms in ((TermKind.FOR, for_terms), (TermKind.AGAINST, against_terms)):
        for term in terms:
            if term := " ".join(require_clean_text(term, what="term").split()):
                if len(term) > 100:
                    raise Invalid("A term may have up to 100 characters.")
                wanted.setdefault(term.lower(), kind)
    before = dict(HighlightTerm.objects.filter(review=review).values_list("term", "kind"))
    HighlightTerm.objects.filter(review=review).delete()
    HighlightTerm.objects.bulk_create(
        HighlightTerm(review=review, term=term, kind=kind) for term, kind in wanted.items()
    )
    if before != wanted:
        audit.log(
            actor=actor,
            review=review,
            action="screening.terms.changed",
            target=review,
            before=before,
            after=dict(wanted),
        )


@act
def set_team_labels(*, actor: User, review: Review, labels: list[str]) -> None:
    """Replace the labels that are put before the whole team; what stands on records stays there."""
    own_review(review)
    acting_member(actor, review, Can.LEAD)
    tidy = [" ".join(require_clean_text(label, what="label").split()) for label in labels]
    wanted = list(dict.fromkeys(label for label in tidy if label))
    for label in wanted:
        if len(label) > 60 or "," in label:
            raise Invalid("A label may have up to 60 characters, and no comma.")
    before = list(TeamLabel.objects.filter(review=review).values_list("name", flat=True))
    if before == wanted:
        return
    TeamLabel.objects.filter(review=review).delete()
    TeamLabel.objects.bulk_create(TeamLabel(review=review, name=label) for label in wanted)
    audit.log(
        actor=actor,
        review=review,
        action="screening.labels.changed",
        target=review,
        before={"labels": ", ".join(before)},
        after={"labels": ", ".join(wanted)},
    )


# --- Stage rules ------------------------------------------------------------------------------------------------------


def effect_of_rule(review: Review, stage: str, rule: Rule) -> dict[tuple[str, str], int]:
    """How many judged records would stand elsewhere under another rule: {(outcome now, outcome then): number}.

    Only records whose votes are all in now are told apart, so the preview reveals nothing that is hidden; records that wait
    for votes are looked at when the rule changes.
    """
    now = dict(ScreeningOutcome.objects.filter(record__review=review, stage=stage).values_list("record_id", "outcome"))
    then = results_under(rule, review, stage)
    return dict(Counter((now[pk], result.outcome) for pk, result in then.items() if result.outcome != now[pk]))


@act
def change_stage_rule(*, actor: User, review: Review, stage: str, **fields: Any) -> StageRule:
    """Change how votes are counted at a stage. Every vote and settlement stays; outcomes are worked out again."""
    own_review(review)
    acting_member(actor, review, Can.LEAD)
    row = StageRule.objects.select_for_update().get(review=review, stage=stage)
    before = {name: getattr(row, name) for name in RULE_FIELDS}
    for name, value in fields.items():
        if name not in RULE_FIELDS:
            raise Invalid(f"A stage rule has no {name}.")
        setattr(row, name, value)
    if row.votes_required not in (1, 2, 3):
        raise Invalid("One, two or three votes are possible.")
    row.full_clean(exclude=["review"])
    row.save()
    after = {name: getattr(row, name) for name in RULE_FIELDS}
    if after == before:
        return row
    stuck = without_settler(review, {stage: before["settled_by"]})
    audit.log(actor=actor, review=review, action="screening.rule.changed", target=row, before=before, after=after)
    _recompute_judged(review, stage)
    if (left := without_settler(review)) > stuck:
        raise Invalid(
            f"{left} open {'conflict' if left == 1 else 'conflicts'} would have nobody to settle them under this rule. First give "
            "the task “Settle conflicts” to somebody who did not vote there. Nothing was changed."
        )
    share_out_again(actor=actor, review=review)
    return row


def _recompute_judged(review: Review, stage: str) -> None:
    judged = ScreeningDecision.objects.filter(review=review, stage=stage, superseded_at=None).values_list(
        Coalesce("record__merged_into_id", "record_id")
    )
    for record in (
        Record.objects.select_for_update(of=("self",))
        .filter(review=review)
        .filter(pk__in=judged, merged_into=None)
        .order_by("pk")
    ):
        recompute(record, stage)
