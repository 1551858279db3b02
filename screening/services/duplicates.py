"""Linking references under one record, and undoing any link. Nothing is deleted; a person's ruling stands above the machine's."""

from collections.abc import Callable, Iterable, Sequence

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from reviewapp.accounts.models import User
from reviewapp.audit import services as audit
from reviewapp.jobs import services as jobs
from reviewapp.jobs.models import Job
from reviewapp.lib.errors import AlreadyDone, Invalid
from reviewapp.reviews.models import Review
from reviewapp.reviews.permissions import Can
from screening.choices import PairState, Stage
from screening.duplicates import Entry, Result, Verdict, find_duplicates
from screening.models import DuplicatePair, Record, Reference
from screening.queries.duplicates import uncertain_pairs
from screening.services.locks import acting_member, lock_records, own_review, share_review
from screening.services.outcomes import recompute, votes_on
from screening.services.records import show_best_of
from screening.visibility import is_complete

RULED = (PairState.SAME, PairState.DIFFERENT)
GROUPS_A_BATCH = 50


@transaction.atomic
def start_detection(*, actor: User, review: Review) -> Job:
    """Look for duplicates among all live references, as a job; a second click finds the first one."""
    share_review(review)
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


def entry_of(reference: Reference) -> Entry:
    return Entry(
        key=reference.pk,
        title=reference.title,
        abstract=reference.abstract,
        authors=[str(name) for name in reference.authors],
        year=reference.year,
        journal=reference.journal,
        volume=reference.volume,
        issue=reference.issue,
        pages=reference.pages or reference.details.get("article_no", ""),
        doi=reference.doi,
        pmid=reference.pmid,
        isbn=" ".join(reference.details.get("isbns", [])),
        url=reference.url,
        type=reference.type,
        language=reference.language,
        database=reference.details.get("database", ""),
        trial_ids=tuple(reference.details.get("trial_ids", ())),
    )


def detect(job: Job, review: Review) -> None:
    """Compare, then link in batches. Running it again, or going on after a crash, gives the same links."""
    references = Reference.objects.filter(review=review, withdrawn_at=None).defer("raw", "raw_fields").order_by("pk")
    entries = [entry_of(reference) for reference in references.iterator(chunk_size=2000)]
    with transaction.atomic():
        jobs.advance(job, done=0, total=len(entries), message=f"Comparing {len(entries):,} references")
    result = find_duplicates(
        entries,
        same=_ruled(review, PairState.SAME),
        different=_ruled(review, PairState.DIFFERENT),
        on_progress=_renew(job),
    )
    groups = [sorted(int(key) for key in group) for group in result.groups]
    for start in range(0, len(groups), GROUPS_A_BATCH):
        with transaction.atomic():
            own_review(review)
            jobs.advance(job, done=start, total=len(groups), message="Linking duplicates")
            for group in groups[start : start + GROUPS_A_BATCH]:
                link(group)
    with transaction.atomic():
        own_review(review)
        _keep_pairs(review, result)
        summary = _summary(review)
        jobs.advance(job, done=len(groups), total=len(groups), message=str(summary["words"]))
        audit.log(
            actor=job.requested_by, review=review, action="screening.duplicates.detected", target=job, after=summary
        )


def _renew(job: Job) -> Callable[[int, int], None]:
    last = [timezone.now()]

    def report(done: int, total: int) -> None:
        if (timezone.now() - last[0]).total_seconds() > 1:
            last[0] = timezone.now()
            with transaction.atomic():
                jobs.advance(job, done=done, total=total)

    return report


def _ruled(review: Review, state: str) -> list[tuple[int, int]]:
    rows = DuplicatePair.objects.filter(review=review, state=state, first__withdrawn_at=None, second__withdrawn_at=None)
    return list(rows.values_list("first_id", "second_id"))


def _keep_pairs(review: Review, result: Result) -> None:
    """Write down what was found; pairs a person ruled on stay as they are, stale findings of the machine go."""
    found: dict[tuple[int, int], tuple[str, Verdict]] = {}
    for state, rows in (
        (PairState.RELATED, result.related),
        (PairState.UNCERTAIN, result.uncertain),
        (PairState.LINKED, result.links),
    ):
        for one, other, verdict in rows:
            first, second = sorted((int(one), int(other)))
            found[first, second] = (state, verdict)
    machine = DuplicatePair.objects.filter(review=review).exclude(state__in=RULED)
    stale = [
        pk for pk, first, second in machine.values_list("pk", "first_id", "second_id") if (first, second) not in found
    ]
    DuplicatePair.objects.filter(pk__in=stale).delete()
    ruled = set(DuplicatePair.objects.filter(review=review, state__in=RULED).values_list("first_id", "second_id"))
    DuplicatePair.objects.bulk_create(
        [
            DuplicatePair(
                review=review,
                first_id=first,
                second_id=second,
                state=state,
                likelihood=verdict.likelihood,
                evidence=[*verdict.evidence, *verdict.vetoes],
                found_at=timezone.now(),
            )
            for (first, second), (state, verdict) in found.items()
            if (first, second) not in ruled
        ],
        update_conflicts=True,
        unique_fields=["first", "second"],
        update_fields=["state", "likelihood", "evidence", "found_at"],
        batch_size=1000,
    )


def _summary(review: Review) -> dict[str, object]:
    references = Reference.objects.filter(review=review, withdrawn_at=None).count()
    records = Record.objects.filter(review=review).live().count()
    waiting = uncertain_pairs(review).count()
    words = f"{references - records:,} of {references:,} references are duplicates" + (
        f"; {waiting} pairs to judge" if waiting else ""
    )
    return {"references": references, "records": records, "uncertain": waiting, "words": words}


# --- The model's two moves --------------------------------------------------------------------------------------------


def link(reference_ids: Sequence[int]) -> Record | None:
    """Bring references, with everything already linked to them, under the earliest of their records."""
    ids = list(Reference.objects.filter(pk__in=reference_ids).values_list("record_id", flat=True).distinct())
    if len(ids) < 2:
        return None
    records = lock_records(ids)
    kept, absorbed = records[0], [record.pk for record in records[1:]]
    Reference.objects.filter(record__in=absorbed).update(record=kept)
    Record.objects.filter(Q(pk__in=absorbed) | Q(merged_into__in=absorbed)).update(merged_into=kept)
    show_best_of(kept)
    _recompute_all([kept])
    return kept


def part(reference: Reference) -> Record:
    """Take one reference out of its record; it gets back the record, and the votes, it came with."""
    record = Record.objects.select_for_update(of=("self",)).get(pk=reference.record_id)
    if reference.own_record_id == record.pk:
        # The record stays with the others, since votes given after the merge were given on them too.
        fresh = Record.objects.create(review_id=reference.review_id)
        reference.own_record = fresh
    else:
        fresh = Record.objects.select_for_update(of=("self",)).get(pk=reference.own_record_id)
        fresh.merged_into = None
        fresh.save(update_fields=["merged_into"])
    reference.record = fresh
    reference.save(update_fields=["record", "own_record"])
    for each in (record, fresh):
        show_best_of(each)
    _recompute_all([record, fresh])
    return fresh


def _recompute_all(records: Iterable[Record]) -> None:
    """Votes follow their records, so outcomes may change; without votes there is nothing to work out."""
    for record in records:
        for stage in Stage:
            if votes_on(record, stage) or is_complete(record, stage):
                recompute(record, stage)


# --- A person's rulings -----------------------------------------------------------------------------------------------


@transaction.atomic
def rule_on_pair(*, actor: User, pair: DuplicatePair, same: bool) -> DuplicatePair:
    """Judge whether two references are the same report. Raises AlreadyDone when a colleague ruled meanwhile."""
    own_review(pair.review)
    acting_member(actor, pair.review, Can.RULE_DUPLICATES)
    pair = DuplicatePair.objects.select_for_update(of=("self",)).select_related("first", "second").get(pk=pair.pk)
    if pair.state in RULED:
        raise AlreadyDone(f"{pair.ruled_by} judged this pair a moment ago: {pair.get_state_display().lower()}.")
    before = pair.state
    if same:
        link([pair.first_id, pair.second_id])
    elif pair.first.record_id == pair.second.record_id:
        part(pair.second)
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


@transaction.atomic
def undo_ruling(*, actor: User, pair: DuplicatePair) -> DuplicatePair:
    """Set a ruling aside: the pair is as it was before, and a link that rested on it is parted."""
    own_review(pair.review)
    acting_member(actor, pair.review, Can.RULE_DUPLICATES)
    pair = DuplicatePair.objects.select_for_update(of=("self",)).select_related("first", "second").get(pk=pair.pk)
    if pair.state not in RULED:
        raise AlreadyDone("There is no ruling on this pair to take back.")
    before, was_linked = pair.state, pair.state_before_ruling == PairState.LINKED
    together = pair.first.record_id == pair.second.record_id
    if before == PairState.SAME and together and not was_linked:
        part(pair.second)
    elif before == PairState.DIFFERENT and not together and was_linked:
        link([pair.first_id, pair.second_id])
    pair.state, pair.ruled_by, pair.ruled_at = pair.state_before_ruling or PairState.UNCERTAIN, None, None
    pair.state_before_ruling = ""
    pair.save()
    audit.log(
        actor=actor,
        review=pair.review,
        action="screening.duplicates.ruling_undone",
        target=pair,
        before={"state": before},
        after={"state": pair.state},
    )
    return pair


@transaction.atomic
def link_by_hand(*, actor: User, first: Reference, second: Reference) -> DuplicatePair:
    """Link two references that the machine did not bring together."""
    own_review(first.review)
    acting_member(actor, first.review, Can.RULE_DUPLICATES)
    if first.review_id != second.review_id:
        raise Invalid("The two references belong to different reviews.")
    if first.record_id == second.record_id:
        raise AlreadyDone("These two are linked already.")
    one, other = sorted((first.pk, second.pk))
    pair, _ = DuplicatePair.objects.get_or_create(
        first_id=one,
        second_id=other,
        defaults={"review": first.review, "state": PairState.UNCERTAIN, "evidence": ["linked by hand"]},
    )
    if pair.state == PairState.DIFFERENT:
        undo_ruling(actor=actor, pair=pair)
    return rule_on_pair(actor=actor, pair=pair, same=True)


@transaction.atomic
def split(*, actor: User, reference: Reference) -> Record:
    """Take one reference out of its record and remember that it is different from the others. Returns its record."""
    own_review(reference.review)
    acting_member(actor, reference.review, Can.RULE_DUPLICATES)
    reference = Reference.objects.select_for_update(of=("self",)).get(pk=reference.pk)
    others = list(
        Reference.objects.filter(record=reference.record_id).exclude(pk=reference.pk).values_list("pk", flat=True)
    )
    if not others:
        raise AlreadyDone("This reference stands alone already.")
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
