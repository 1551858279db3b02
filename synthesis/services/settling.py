"""Settling differences between independent codings: coders propose and confirm, or the third assessor rules.

The independent codings stay as they were given; what follows from a settlement are codings of the agreed layer.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from reviewapp.accounts.models import User
from reviewapp.audit import services as audit
from reviewapp.lib.errors import AlreadyDone, Invalid, NotAllowed, require_clean_text
from reviewapp.reviews.models import Membership
from reviewapp.reviews.permissions import Can, can
from screening.services.locks import act, acting_member, share_review
from synthesis.choices import Ruling, SettledHow
from synthesis.models import Code, Coding, CodingComparison, CodingSettlement
from synthesis.queries.comparing import Case, SideBySide, side_by_side
from synthesis.services.codes import code_for
from synthesis.services.finishing import note_whether_settled, settle_cases, write_agreed
from synthesis.services.journal import Changes


@dataclass(frozen=True)
class Wanted:
    """One agreed coding that shall follow: a code that is there or a name, and other ends than the case's, if any."""

    code: Code | None = None
    name: str = ""
    start: int | None = None
    end: int | None = None


@act
def propose(
    *,
    actor: User,
    comparison: CodingComparison,
    keys: Sequence[str],
    ruling: str,
    wanted: Sequence[Wanted] = (),
    reason: str,
) -> list[CodingSettlement]:
    """Propose how cases are settled, one or several of the same pattern; it stands once all coders still here agree.

    ruling: keep (what each coder gave), merge (one coding instead), split (several instead), rename (another code), drop (none).
    """
    _, comparison, found = _enter(actor, comparison)
    if actor.pk not in {person.pk for person in found.people}:
        raise NotAllowed("Only those who coded the study can agree; a third assessor gives a ruling instead.")
    reason = _reason(reason)
    made = []
    for case in _open_cases(found, keys):
        _set_aside(case.settlement)
        settlement = _write(actor, comparison, case, ruling, wanted, SettledHow.DISCUSSION, reason)
        _log(actor, comparison, "synthesis.difference.proposed", settlement)
        made.append(settlement)
    _agree(actor, found, made)
    note_whether_settled(comparison)
    return made


@act
def confirm(*, actor: User, comparison: CodingComparison, proposal: int) -> CodingSettlement:
    """Agree to the proposal that was seen. Raises AlreadyDone when it was withdrawn, replaced or settled meanwhile."""
    _, comparison, found = _enter(actor, comparison)
    if actor.pk not in {person.pk for person in found.people}:
        raise NotAllowed("Only those who coded the study can agree.")
    standing = _standing(comparison, proposal)
    if standing is None or standing.settled_at:
        raise AlreadyDone(
            "This proposal was withdrawn, replaced or settled meanwhile. Look at what stands now; nothing was confirmed."
        )
    _agree(actor, found, [standing])
    note_whether_settled(comparison)
    return standing


@act
def withdraw(*, actor: User, comparison: CodingComparison, proposal: int) -> None:
    """Take one's own proposal back."""
    _, comparison, _ = _enter(actor, comparison)
    standing = _standing(comparison, proposal)
    if standing is None or standing.settled_at:
        raise AlreadyDone("This proposal was settled or replaced meanwhile.")
    if standing.proposed_by_id != actor.pk:
        raise NotAllowed("Only the person who proposed it can withdraw it.")
    _set_aside(standing)
    _log(actor, comparison, "synthesis.difference.proposal_withdrawn", standing)


@act
def rule(
    *,
    actor: User,
    comparison: CodingComparison,
    keys: Sequence[str],
    ruling: str,
    wanted: Sequence[Wanted] = (),
    reason: str,
) -> list[CodingSettlement]:
    """The third assessor's ruling on cases, with a reason."""
    membership, comparison, found = _enter(actor, comparison)
    if not can(membership, Can.SETTLE):
        raise NotAllowed("A ruling needs the task “Settle conflicts”. A lead of the review can give it to you.")
    if actor.pk in {person.pk for person in found.people}:
        raise NotAllowed("You coded this study, so somebody else must be the third assessor.")
    reason = _reason(reason)
    made = []
    for case in _open_cases(found, keys):
        _set_aside(case.settlement)
        made.append(_write(actor, comparison, case, ruling, wanted, SettledHow.THIRD_ASSESSOR, reason))
    _settle(actor, comparison, made)
    note_whether_settled(comparison)
    return made


@act
def take_matches(*, actor: User, comparison: CodingComparison) -> int:
    """Agree on all cases that match since codes were merged; how many."""
    membership, comparison, found = _enter(actor, comparison)
    if not (can(membership, Can.SETTLE) or actor.pk in {person.pk for person in found.people}):
        raise NotAllowed("Only those who coded the study or settle conflicts can do this.")
    matching = [case for case in found.cases if case.matches]
    if not matching:
        raise AlreadyDone("Nothing more matches: somebody may have taken it a moment ago.")
    audit.log(
        actor=actor,
        review=comparison.study.review,
        action="synthesis.differences.matched",
        target=comparison,
        after={"study": comparison.study.label, "cases": len(matching)},
    )
    return settle_cases(comparison, matching)


@act
def reopen(*, actor: User, comparison: CodingComparison, settlement: int, why: str) -> None:
    """Set a settlement aside, with a reason; the agreed codings that it made are taken away again."""
    membership, comparison, _ = _enter(actor, comparison)
    if not (can(membership, Can.LEAD) or can(membership, Can.SETTLE)):
        raise NotAllowed("Only a lead or a person who settles conflicts can re-open a difference.")
    standing = _standing(comparison, settlement)
    if standing is None or not standing.settled_at:
        raise AlreadyDone("This difference is not settled, or was re-opened before.")
    why = _reason(why, "Say why it has to be looked at again.")
    _set_aside(standing)
    Changes().remove(list(Coding.objects.filter(settlement=standing, removed_at=None)))
    _log(actor, comparison, "synthesis.difference.reopened", standing, reason=why)
    note_whether_settled(comparison)


def _enter(actor: User, comparison: CodingComparison) -> tuple[Membership, CodingComparison, SideBySide]:
    """The comparison, locked, with its cases as they stand now."""
    share_review(comparison.study.review)
    membership = acting_member(actor, comparison.study.review, Can.READ)
    locked = CodingComparison.objects.select_for_update(of=("self",)).select_related("study__review")
    comparison = locked.get(pk=comparison.pk)
    return membership, comparison, side_by_side(comparison)


def _open_cases(found: SideBySide, keys: Sequence[str]) -> list[Case]:
    cases = [found.case(key) for key in dict.fromkeys(keys)]
    if not cases:
        raise Invalid("Choose at least one difference.")
    if any(case is None or not case.is_open for case in cases):
        raise AlreadyDone("One of these was settled a moment ago, or codes were merged meanwhile. Nothing was changed.")
    return [case for case in cases if case is not None]


def _standing(comparison: CodingComparison, pk: int) -> CodingSettlement | None:
    return comparison.settlements.filter(pk=pk, set_aside_at=None).first()


def _write(
    actor: User,
    comparison: CodingComparison,
    case: Case,
    ruling: str,
    wanted: Sequence[Wanted],
    how: SettledHow,
    reason: str,
) -> CodingSettlement:
    settlement = CodingSettlement.objects.create(
        comparison=comparison,
        ruling=ruling,
        how=how,
        rationale=reason,
        wanted=_what_follows(actor, comparison, case, ruling, wanted),
        proposed_by=actor,
    )
    settlement.codings.set(case.codings)
    return settlement


def _what_follows(
    actor: User, comparison: CodingComparison, case: Case, ruling: str, wanted: Sequence[Wanted]
) -> list[dict[str, Any]]:
    """The agreed codings as they are stored: code, start and end of each."""
    if ruling == Ruling.DROP:
        return []
    if ruling == Ruling.KEEP:
        kept = {(str(c.code_id), c.start, c.end): None for c in case.codings}
        if case.group.has_one_code and case.kind == "stretch":
            # The same code on stretches that overlap: keeping both means from the first to the last word.
            kept = {(str(case.code.pk), case.start, case.end): None}
        return [{"code": code, "start": start, "end": end} for code, start, end in kept]
    if ruling not in (Ruling.MERGE, Ruling.RENAME, Ruling.SPLIT):
        raise Invalid("Choose one of the ways offered.")
    if not wanted or (ruling != Ruling.SPLIT and len(wanted) != 1):
        raise Invalid("Say which code shall stand." if ruling != Ruling.SPLIT else "Say which codes shall stand.")
    length = len(case.codings[0].version.content)
    rows = []
    for want in wanted:
        start = case.start if want.start is None else want.start
        end = case.end if want.end is None else want.end
        if not 0 <= start < end <= length:
            raise Invalid("The stretch lies outside the text. Nothing was saved.")
        rows.append({"code": str(_code(actor, comparison, want).pk), "start": start, "end": end})
    return rows


def _code(actor: User, comparison: CodingComparison, want: Wanted) -> Code:
    if want.code is None:
        return code_for(Changes(), actor, comparison.study, want.name)
    if want.code.review_id != comparison.study.review_id or want.code.removed_at or not want.code.shared_at:
        raise Invalid("There is no such code any more.")
    return want.code


def _agree(actor: User, found: SideBySide, proposals: Sequence[CodingSettlement]) -> None:
    """Count the actor's agreement; with it the proposals may stand: when all coders still here agree."""
    review, people = found.comparison.study.review_id, [person.pk for person in found.people]
    here = set(Membership.objects.filter(review=review, user__in=people, left_at=None).values_list("user", flat=True))
    for proposal in proposals:
        proposal.confirmed_by.add(actor)
    agreed = [one for one in proposals if here <= set(one.confirmed_by.values_list("pk", flat=True))]
    _settle(actor, found.comparison, agreed)


def _settle(actor: User, comparison: CodingComparison, settlements: Sequence[CodingSettlement]) -> None:
    """Let settlements stand, and write the agreed codings that follow from them."""
    wanted = {want["code"] for settlement in settlements for want in settlement.wanted}
    if Code.objects.filter(pk__in=wanted, removed_at__isnull=False).exists():
        raise AlreadyDone(
            "A code of this proposal was merged or taken away meanwhile. Propose anew; nothing was changed."
        )
    rows = []
    for settlement in settlements:
        settlement.settled_at = timezone.now()
        settlement.save(update_fields=["settled_at"])
        first = settlement.codings.first()
        if first is not None:
            rows.append((settlement, first.version_id))
        _log(actor, comparison, "synthesis.difference.settled", settlement)
    write_agreed(rows)


def _set_aside(settlement: CodingSettlement | None) -> None:
    if settlement is not None:
        settlement.set_aside_at = timezone.now()
        settlement.save(update_fields=["set_aside_at"])


def _reason(text: str, message: str = "Say why, in a few words: the record keeps it.") -> str:
    text = require_clean_text(text, what="reason").strip()
    if not text:
        raise Invalid(message)
    return text


def _log(
    actor: User,
    comparison: CodingComparison,
    action: str,
    settlement: CodingSettlement,
    *,
    reason: str = "",
) -> None:
    quote = getattr(settlement.codings.first(), "quote", "")
    audit.log(
        actor=actor,
        review=comparison.study.review,
        action=action,
        target=settlement,
        after={
            "study": comparison.study.label,
            "quote": " ".join(quote.split())[:80],
            "ruling": settlement.ruling,
            "how": settlement.how,
            "wanted": settlement.wanted,
        },
        reason=reason or settlement.rationale,
    )
