"""The search for duplicates as a job: keys, comparison, links in batches, pairs. It goes on after a crash, and can run again.

A person's ruling stands above whatever is found: such pairs are never rewritten, and a record that holds one is never parted here.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from reviewapp.audit import services as audit
from reviewapp.jobs import services as jobs
from reviewapp.jobs.models import Job
from reviewapp.reviews.models import Review
from screening.choices import PairState
from screening.duplicates import Result, Verdict
from screening.models import DuplicatePair, Record, Reference
from screening.queries.duplicates import uncertain_pairs
from screening.services.bulk import batched, copy_values
from screening.services.comparison import Compared, compare_new, live, note_compared, write_keys
from screening.services.duplicates import RULED, link_all, part
from screening.services.locks import own_review

GROUPS_A_BATCH = 500
PAIRS_A_BATCH = 5000
SECONDS_BETWEEN_REPORTS = 1


def detect(job: Job, review: Review) -> None:
    """Compare what is new with everything, then part and link in batches. Running it again gives the same links."""
    new = write_keys(review, _told(job, "Preparing new references"))
    compared = compare_new(review, new, _told(job, "Comparing"))
    _part(job, review, compared)
    left = _link(job, review, compared.result)
    with transaction.atomic():
        own_review(review)
        jobs.advance(job, message="Writing pairs")  # holds the job, so that no other worker takes it meanwhile
        _keep_pairs(review, compared, left)
        for some in batched((pk for pk in compared.new if pk not in left), PAIRS_A_BATCH):
            note_compared(some)
        summary = _summary(review)
        jobs.advance(job, message=str(summary["words"]))
        audit.log(
            actor=job.requested_by,
            review=review,
            action="screening.duplicates.detected",
            target=job,
            after={**summary, "new": len(compared.new)},
        )


def _told(job: Job, message: str) -> Callable[[int, int], None]:
    """Tell how far the step has come and renew the lease, about once a second."""
    last = [0.0]

    def report(done: int, total: int) -> None:
        now = timezone.now().timestamp()
        if now - last[0] > SECONDS_BETWEEN_REPORTS:
            last[0] = now
            with transaction.atomic():
                jobs.advance(job, done=done, total=total, message=f"{message}: {done:,} of {total:,}")

    return report


# --- Links ------------------------------------------------------------------------------------------------------------


def _part(job: Job, review: Review, compared: Compared) -> None:
    """Take apart what the machine linked before and would not link now that it knows more."""
    group_of = {pk: number for number, group in enumerate(_groups(compared.result)) for pk in group}
    inside: defaultdict[int, list[int]] = defaultdict(list)
    for some in batched(sorted(compared.within), PAIRS_A_BATCH):
        for pk, record in live(review).filter(pk__in=some).order_by("pk").values_list("pk", "record"):
            inside[record].append(pk)
    for record, members in inside.items():
        if len({group_of.get(pk, -pk) for pk in members}) > 1:
            with transaction.atomic():
                own_review(review)
                jobs.advance(job)
                _part_record(record, group_of)


def _part_record(record: int, group_of: dict[int, int]) -> None:
    """The group of the reference the record was born with stays, with the votes; each other group leaves."""
    judged = Q(first__record=record) | Q(second__record=record)
    if DuplicatePair.objects.filter(judged, state=PairState.SAME).exists():
        return
    groups: defaultdict[int, list[Reference]] = defaultdict(list)
    for reference in Reference.objects.filter(record=record, withdrawn_at=None).order_by("pk"):
        groups[group_of.get(reference.pk, -reference.pk)].append(reference)
    staying = next((key for key, members in groups.items() if any(m.own_record_id == record for m in members)), None)
    leaving = [
        members for key, members in groups.items() if key != (next(iter(groups)) if staying is None else staying)
    ]
    for members in leaving:
        part(*members)


def _link(job: Job, review: Review, result: Result) -> set[int]:
    """Link the groups; those that a person's ruling given meanwhile kept apart are returned, to be compared again."""
    groups = list(_groups(result))
    left: set[int] = set()
    for done, some in enumerate(batched(groups, GROUPS_A_BATCH)):
        with transaction.atomic():
            own_review(review)
            jobs.advance(job, done=done * GROUPS_A_BATCH, total=len(groups), message="Linking duplicates")
            left.update(pk for group in link_all(some) for pk in group)
    return left


def _groups(result: Result) -> Iterable[list[int]]:
    return ([int(key) for key in group] for group in result.groups)


# --- Pairs ------------------------------------------------------------------------------------------------------------


def _keep_pairs(review: Review, compared: Compared, left: set[int]) -> None:
    """Write down what was found; pairs a person ruled on stay as they are, the machine's findings that no longer hold go."""
    found = {key: told for key, told in _found(compared.result).items() if not left.issuperset(key)}
    standing = _standing(compared.within)
    machine = {key: pair for key, pair in standing.items() if pair.state not in RULED}
    for stale in batched((pair.pk for key, pair in machine.items() if key not in found), PAIRS_A_BATCH):
        DuplicatePair.objects.filter(pk__in=stale).delete()
    changed = [pair for key, pair in machine.items() if key in found and _take(pair, *found[key])]
    DuplicatePair.objects.bulk_update(changed, ["state", "likelihood", "evidence"], batch_size=500)
    for fresh in batched(found.keys() - standing.keys(), PAIRS_A_BATCH):
        copy_values(DuplicatePair, PAIR, (_row(review, *key, *found[key]) for key in sorted(fresh)))


def _standing(within: frozenset[int]) -> dict[tuple[int, int], DuplicatePair]:
    """The pairs between these references as they are written down."""
    standing = {}
    for some in batched(sorted(within), PAIRS_A_BATCH):
        for pair in DuplicatePair.objects.filter(first__in=some):
            if pair.second_id in within:
                standing[pair.first_id, pair.second_id] = pair
    return standing


Told = tuple[str, Verdict]


def _found(result: Result) -> dict[tuple[int, int], Told]:
    found: dict[tuple[int, int], Told] = {}
    for state, rows in (
        (PairState.RELATED, result.related),
        (PairState.UNCERTAIN, result.uncertain),
        (PairState.LINKED, result.links),
    ):
        for one, other, verdict in rows:
            first, second = sorted((int(one), int(other)))
            found[first, second] = (state, verdict)
    return found


PAIR = ("review_id", "first_id", "second_id", "state", "likelihood", "evidence")


def _row(review: Review, first: int, second: int, state: str, verdict: Verdict) -> tuple[object, ...]:
    return (review.pk, first, second, state, verdict.likelihood, [*verdict.evidence, *verdict.vetoes])


def _take(pair: DuplicatePair, state: str, verdict: Verdict) -> bool:
    """Let the pair say what was found; whether that is something new."""
    before = (pair.state, pair.likelihood, pair.evidence)
    pair.state, pair.likelihood, pair.evidence = state, verdict.likelihood, [*verdict.evidence, *verdict.vetoes]
    return before != (pair.state, pair.likelihood, pair.evidence)


def _summary(review: Review) -> dict[str, object]:
    references = live(review).count()
    records = Record.objects.filter(review=review).live().count()
    waiting = uncertain_pairs(review).count()
    words = f"{references - records:,} of {references:,} references are duplicates" + (
        f"; {waiting} pairs to judge" if waiting else ""
    )
    return {"references": references, "records": records, "uncertain": waiting, "words": words}
