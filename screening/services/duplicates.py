"""Linking references under one record, and undoing any link. Nothing is deleted; a person's ruling stands above the machine's."""

from collections.abc import Iterable, Sequence

from django.db import connection
from django.db.models import F
from django.utils import timezone

from reviewapp.accounts.models import User
from reviewapp.audit import services as audit
from reviewapp.jobs import services as jobs
from reviewapp.jobs.models import Job
from reviewapp.lib.errors import AlreadyDone, Invalid
from reviewapp.reviews.models import Review
from reviewapp.reviews.permissions import Can
from screening.choices import PairState, Stage
from screening.models import Conflict, DuplicatePair, Record, Reference, ScreeningOutcome
from screening.queries.duplicates import TOGETHER
from screening.services.locks import act, acting_member, lock_records, own_review
from screening.services.outcomes import judged_among, recompute, votes_on
from screening.services.records import refresh, show_best_of_all
from screening.visibility import is_complete

RULED = (PairState.SAME, PairState.DIFFERENT)
ABSORB = (
    """UPDATE screening_reference SET record_id = kept
       FROM unnest(%s::bigint[], %s::bigint[]) AS move(absorbed, kept) WHERE record_id = absorbed""",
    """UPDATE screening_record SET merged_into_id = kept
       FROM unnest(%s::bigint[], %s::bigint[]) AS move(absorbed, kept) WHERE screening_record.id = absorbed""",
    """UPDATE screening_record SET merged_into_id = kept
       FROM unnest(%s::bigint[], %s::bigint[]) AS move(absorbed, kept) WHERE merged_into_id = absorbed""",
)
BY_HAND = ["linked by hand"]  # the evidence of a pair that no rule found


@act
def start_detection(*, actor: User, review: Review) -> Job:
    """Look for duplicates among all live references, as a job; a second click finds the first one."""
    own_review(review)
    acting_member(actor, review, Can.RULE_DUPLICATES)
    if not Reference.objects.filter(review=review, withdrawn_at=None).exists():
        raise Invalid("There are no references yet. Import a file first.")
    return jobs.enqueue(
        "screening.detect_duplicates",
        review=review,
        key="duplicates",
        title="Looking for duplicates",
        requested_by=actor,
        url=f"/reviews/{review.pk}/duplicates/",
    )


# --- The model's two moves --------------------------------------------------------------------------------------------


def link(reference_ids: Sequence[int]) -> Record | None:
    """Bring live references, with everything linked to them already, under the earliest of their records.

    None when there is nothing to link, or when a person judged some of what would come together to be different.
    """
    records = _records_of(reference_ids)
    if len(set(records.values())) < 2 or link_all([reference_ids]):
        return None
    return Record.objects.get(pk=min(records.values()))


def link_all(groups: Sequence[Sequence[int]]) -> list[Sequence[int]]:
    """As `link`, for many groups at once; returns those that people's rulings keep apart."""
    record_of = _records_of([pk for group in groups for pk in group])
    chains = [sorted({record_of[pk] for pk in group if pk in record_of}) for group in groups]
    joined = _joined(chain for chain in chains if len(chain) > 1)
    apart = {root for one, other in _kept_apart(joined) if (root := joined[one]) == joined[other]}
    moves = {record: root for record, root in joined.items() if record != root and root not in apart}
    if moves:
        _lock({*moves, *moves.values()})
        _absorb(moves)
    return [group for group, chain in zip(groups, chains, strict=True) if chain and joined.get(chain[0]) in apart]


def _records_of(reference_ids: Sequence[int]) -> dict[int, int]:
    live = Reference.objects.filter(pk__in=reference_ids, withdrawn_at=None)
    return dict(live.values_list("pk", "record_id"))


def _joined(chains: Iterable[Sequence[int]]) -> dict[int, int]:
    """The earliest record that each record of the chains hangs together with."""
    joined: dict[int, int] = {}
    members: dict[int, set[int]] = {}
    for chain in chains:
        together = {record for one in chain for record in members.get(joined.get(one, one), {one})}
        root = min(together)
        members[root] = together
        joined.update(dict.fromkeys(together, root))
    return joined


def _kept_apart(record_ids: Iterable[int]) -> list[tuple[int, int]]:
    """Pairs of these records that hold references which a person judged to be different."""
    ids = list(record_ids)
    ruled = DuplicatePair.objects.filter(state=PairState.DIFFERENT, first__record__in=ids, second__record__in=ids)
    return list(ruled.exclude(first__record=F("second__record")).values_list("first__record", "second__record"))


def _lock(record_ids: Iterable[int]) -> None:
    list(Record.objects.select_for_update(of=("self",)).filter(pk__in=set(record_ids)).order_by("pk").values("pk"))


def _absorb(moves: dict[int, int]) -> None:
    """Put each record, with its references and all merged into it, under another."""
    columns = [list(moves), list(moves.values())]
    with connection.cursor() as cursor:
        for statement in ABSORB:
            cursor.execute(statement, columns)
    # What the absorbed records came to is worked out anew for the one that stays.
    ScreeningOutcome.objects.filter(record__in=moves).delete()
    kept = set(moves.values())
    show_best_of_all(kept)
    _recompute_all(Record.objects.filter(pk__in=judged_among(kept)))


def part(reference: Reference, *companions: Reference) -> Record:
    """Take a reference, with companions, out of their record; they get back the records, and the votes, they came with."""
    record = Record.objects.select_for_update(of=("self",)).get(pk=reference.record_id)
    leaving = [reference, *companions]
    for one in leaving:
        if one.own_record_id == record.pk:
            # The record stays with the others, since votes given after the merge were given on them too.
            one.own_record = Record.objects.create(review_id=one.review_id)
            one.save(update_fields=["own_record"])
    homes = lock_records(one.own_record_id for one in leaving)
    fresh, others = homes[0], homes[1:]
    Record.objects.filter(pk__in=[other.pk for other in others]).update(merged_into=fresh)
    Record.objects.filter(pk=fresh.pk).update(merged_into=None)
    Reference.objects.filter(pk__in=[one.pk for one in leaving]).update(record=fresh)
    refresh([record.pk, fresh.pk])
    fresh.refresh_from_db()
    record.refresh_from_db()
    reference.refresh_from_db()
    _recompute_all([record, fresh])
    return fresh


def _recompute_all(records: Iterable[Record]) -> None:
    """Votes follow their records, so outcomes may change; where nobody voted there is nothing to work out."""
    for record in records:
        for stage in Stage:
            judged = votes_on(record, stage) or is_complete(record, stage)
            if judged or Conflict.objects.filter(record=record, stage=stage, closed_at=None).exists():
                recompute(record, stage, moved=True)


def _with(reference: Reference, *, without: Reference, but: DuplicatePair, strictly: bool) -> list[Reference]:
    """What hangs together with a reference in its record, the link `but` set aside.

    `strictly`: whatever hangs on both goes with the one it is more surely linked to. Without it the result holds
    `without` when other links still bind the two. Raises Invalid when people's own rulings bind them.
    """
    inside = {one.pk: one for one in Reference.objects.filter(record=reference.record_id)}
    links = DuplicatePair.objects.filter(
        first__in=inside, second__in=inside, state__in=[PairState.SAME, PairState.LINKED]
    )
    groups = {pk: {pk} for pk in inside}
    by_people_first = sorted(links.exclude(pk=but.pk), key=lambda p: (p.state != PairState.SAME, -p.likelihood, p.pk))
    for pair in by_people_first:
        joined = groups[pair.first_id] | groups[pair.second_id]
        if strictly and {reference.pk, without.pk} <= joined:
            if pair.state == PairState.SAME:
                raise Invalid(
                    "Other rulings say that both are the same as a third reference. Take one of those back first."
                )
            continue
        groups.update(dict.fromkeys(joined, joined))
    return [inside[pk] for pk in sorted(groups[reference.pk])]


# --- A person's rulings -----------------------------------------------------------------------------------------------


def _locked(pair: DuplicatePair) -> DuplicatePair:
    return DuplicatePair.objects.select_for_update(of=("self",)).select_related("first", "second").get(pk=pair.pk)


@act
def rule_on_pair(*, actor: User, pair: DuplicatePair, same: bool) -> DuplicatePair:
    """Judge whether two references are the same report. Raises AlreadyDone when a colleague ruled meanwhile, and Invalid
    when it contradicts rulings on other references of the two records."""
    own_review(pair.review)
    acting_member(actor, pair.review, Can.RULE_DUPLICATES)
    pair = _locked(pair)
    if pair.state in RULED:
        raise AlreadyDone(f"{pair.ruled_by} judged this pair a moment ago: {pair.get_state_display().lower()}.")
    if pair.first.withdrawn_at or pair.second.withdrawn_at:
        raise AlreadyDone("The import that brought one of these references was undone. Nothing was changed.")
    before = pair.state
    together = pair.first.record_id == pair.second.record_id
    if same and not together and link([pair.first_id, pair.second_id]) is None:
        raise Invalid(
            "References linked to these two were judged to be different. Take that ruling back first; nothing was changed."
        )
    if together and not same:
        _take_apart(pair, strictly=True)
    pair.state_before_ruling, pair.state = before, PairState.SAME if same else PairState.DIFFERENT
    pair.ruled_by, pair.ruled_at = actor, timezone.now()
    pair.save()
    audit.log(
        actor=actor,
        review=pair.review,
        action="screening.duplicates.ruled",
        target=pair,
        before={"state": before},
        after={"state": pair.state, "references": [pair.first_id, pair.second_id]},
    )
    return pair


def _take_apart(pair: DuplicatePair, *, strictly: bool) -> None:
    leaving = _with(pair.second, without=pair.first, but=pair, strictly=strictly)
    if pair.first not in leaving:
        part(*leaving)


@act
def undo_ruling(*, actor: User, pair: DuplicatePair) -> DuplicatePair:
    """Set a ruling aside: the pair is as it was before, and what rested on the ruling alone is parted or linked again.

    A pair that only this person saw is forgotten (`pk` is None): nobody asks for another ruling on it.
    """
    own_review(pair.review)
    acting_member(actor, pair.review, Can.RULE_DUPLICATES)
    pair = _locked(pair)
    if pair.state not in RULED:
        raise AlreadyDone("There is no ruling on this pair to take back.")
    before = pair.state
    pair.state, pair.state_before_ruling = pair.state_before_ruling or PairState.UNCERTAIN, ""
    pair.ruled_by, pair.ruled_at = None, None
    pair.save()
    if before == PairState.SAME and pair.state != PairState.LINKED:
        _take_apart(pair, strictly=False)
    elif before == PairState.DIFFERENT and pair.state in TOGETHER:
        _link_again(actor, pair)
    audit.log(
        actor=actor,
        review=pair.review,
        action="screening.duplicates.ruling_undone",
        target=pair,
        before={"state": before},
        after={"state": pair.state},
    )
    if pair.state == PairState.UNCERTAIN and pair.evidence == BY_HAND:
        pair.delete()
    return pair


def _link_again(actor: User, pair: DuplicatePair) -> None:
    """Back to where the pair stood before it was judged different; when other rulings forbid that, it is to be judged."""
    if link([pair.first_id, pair.second_id]) is None:
        pair.state = PairState.UNCERTAIN
    elif pair.state == PairState.SAME:  # an earlier ruling that a split had set aside; now it is this person's
        pair.ruled_by, pair.ruled_at, pair.state_before_ruling = actor, timezone.now(), PairState.UNCERTAIN
    pair.save()


@act
def link_by_hand(*, actor: User, first: Reference, second: Reference) -> DuplicatePair:
    """Link two references that the machine did not bring together."""
    own_review(first.review)
    acting_member(actor, first.review, Can.RULE_DUPLICATES)
    if first.review_id != second.review_id:
        raise Invalid("The two references belong to different reviews.")
    one, other = Reference.objects.filter(pk__in={first.pk, second.pk}).order_by("pk")
    if one.record_id == other.record_id:
        raise AlreadyDone("These two are linked already.")
    pair, _ = DuplicatePair.objects.get_or_create(
        first=one,
        second=other,
        defaults={"review": first.review, "state": PairState.UNCERTAIN, "evidence": BY_HAND},
    )
    if pair.state == PairState.DIFFERENT:
        pair = undo_ruling(actor=actor, pair=pair)
    return pair if pair.state == PairState.SAME else rule_on_pair(actor=actor, pair=pair, same=True)


@act
def split(*, actor: User, reference: Reference) -> Record:
    """Take one reference out of its record and remember that it is different from the others. Returns its record."""
    own_review(reference.review)
    acting_member(actor, reference.review, Can.RULE_DUPLICATES)
    reference = Reference.objects.select_for_update(of=("self",)).get(pk=reference.pk)
    if reference.withdrawn_at:
        raise AlreadyDone("The import that brought this reference was undone. Nothing was changed.")
    inside = Reference.objects.filter(record=reference.record_id).exclude(pk=reference.pk)
    if not inside.filter(withdrawn_at=None).exists():
        raise AlreadyDone("This reference stands alone already.")
    others = list(inside.order_by("pk").values_list("pk", flat=True))
    fresh = part(reference)
    now = timezone.now()
    for other in others:
        first, second = sorted((reference.pk, other))
        pair = DuplicatePair.objects.filter(first_id=first, second_id=second).first() or DuplicatePair(
            review_id=reference.review_id,
            first_id=first,
            second_id=second,
            evidence=["split by hand"],
            state=PairState.LINKED,
        )
        pair.state_before_ruling, pair.state = pair.state, PairState.DIFFERENT
        pair.ruled_by, pair.ruled_at = actor, now
        pair.save()
    audit.log(
        actor=actor,
        review=reference.review,
        action="screening.duplicates.split",
        target=reference,
        after={"record": fresh.pk, "others": others},
    )
    return fresh
