"""Choosing the order of reading, and laying it as a job. No record is ever left out, and nothing here stops anybody from reading."""

import secrets
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.urls import reverse

from reviewapp.accounts.models import User
from reviewapp.audit import services as audit
from reviewapp.jobs import services as jobs
from reviewapp.jobs.models import Job
from reviewapp.lib.errors import Invalid, require_clean_text
from reviewapp.reviews.models import Review
from reviewapp.reviews.permissions import Can
from screening.choices import ReadingOrderKind, Stage, TermKind
from screening.models import (
    HighlightTerm,
    RankedRecord,
    RankingRun,
    RankingSimulation,
    ReadingOrder,
    Record,
    ScreeningOutcome,
)
from screening.queries.ranking import Settled, is_due, is_finished, reading_order, settled_at, waiting_ids
from screening.ranking import (
    DESCRIPTION,
    NAME,
    Features,
    Order,
    after_head,
    bands_of,
    by_score,
    doubtful_exclusions,
    head_length,
    is_early,
    likeness,
    shuffled,
    simulate,
    telling_terms,
    train,
)
from screening.services.bulk import copy_in
from screening.services.corpus import corpus_of
from screening.services.locks import act, acting_member, own_review

LARGEST_SEED = 2**31 - 1
SECONDS_BETWEEN_REPORTS = 1.0
FEWEST_TO_DOUBT = 5  # of each kind


# --- What a lead does -------------------------------------------------------------------------------------------------


@act
def choose_order(*, actor: User, review: Review, stage: str, order: str, seed: int | None = None) -> ReadingOrder:
    """Choose in which order unread records are served. The seed is drawn once and kept, unless another is given."""
    own_review(review)
    acting_member(actor, review, Can.LEAD)
    if order not in ReadingOrderKind.values:
        raise Invalid("The order is as imported, at random, newest first, or likely includes first.")
    chosen = reading_order(review, stage)
    before = {"order": chosen.order, "seed": chosen.seed}
    if seed is None:
        seed = chosen.seed or secrets.randbelow(LARGEST_SEED) + 1
    if not 0 < seed <= LARGEST_SEED:
        raise Invalid(f"The seed is a whole number from 1 to {LARGEST_SEED}.")
    chosen.order, chosen.seed, chosen.chosen_by = order, seed, actor
    chosen.save()
    after = {"order": order, "seed": seed}
    if after != before:
        audit.log(
            actor=actor,
            review=review,
            action="screening.order.chosen",
            target=chosen,
            before={"stage": stage, **before},
            after={"stage": stage, **after},
        )
    if order == ReadingOrderKind.IMPORT:
        _unplace(review, stage)
    return chosen


@act
def fix_target(
    *, actor: User, review: Review, stage: str, target: float, confidence: float, reason: str = ""
) -> ReadingOrder:
    """Write down beforehand which share of the includes must be found, and how surely. Once records are settled a change needs a reason."""
    own_review(review)
    acting_member(actor, review, Can.LEAD)
    for name, value in (("target", target), ("confidence", confidence)):
        if not 0.5 <= value < 1:
            raise Invalid(f"The {name} lies between 50 % and 99.9 %.")
    chosen = reading_order(review, stage)
    before = {"target": chosen.target, "confidence": chosen.confidence}
    after = {"target": target, "confidence": confidence}
    if after == before:
        return chosen
    reason = require_clean_text(reason, what="reason").strip()
    if not reason and settled_at(review, stage).records:
        raise Invalid("Screening has begun, so say why the target changes: the methods section must tell.")
    chosen.target, chosen.confidence, chosen.chosen_by = target, confidence, actor
    chosen.save()
    audit.log(
        actor=actor,
        review=review,
        action="screening.target.fixed",
        target=chosen,
        before={"stage": stage, **before},
        after={"stage": stage, **after},
        reason=reason,
    )
    return chosen


@act
def accept_term(*, actor: User, review: Review, term: str, kind: str) -> HighlightTerm:
    """Put a suggested term on the team's list of highlighted terms."""
    own_review(review)
    acting_member(actor, review, Can.LEAD)
    term = " ".join(require_clean_text(term, what="term").split()).lower()
    if kind not in TermKind.values or not 0 < len(term) <= 100:
        raise Invalid("A term has 1 to 100 characters and speaks for or against.")
    row, is_new = HighlightTerm.objects.get_or_create(review=review, term=term, defaults={"kind": kind})
    if is_new:
        audit.log(
            actor=actor,
            review=review,
            action="screening.terms.changed",
            target=review,
            after={"added": term, "kind": kind},
        )
    return row


@act
def start_ranking(*, actor: User, review: Review, stage: str) -> Job | None:
    """Lay the chosen order now, as a job; None when records come as imported."""
    acting_member(actor, review, Can.LEAD)
    chosen = reading_order(review, stage)
    return None if chosen.order == ReadingOrderKind.IMPORT else _enqueue(chosen, actor)


@act
def start_simulation(*, actor: User, review: Review, stage: str) -> Job:
    """Find out what ranking would have saved on a finished stage, as a job."""
    acting_member(actor, review, Can.LEAD)
    if not is_finished(review, stage):
        raise Invalid("The simulation needs the whole truth: every record of the stage settled.")
    return jobs.enqueue(
        "screening.simulate_ranking",
        review=review,
        key=f"simulation:{stage}",
        title="Finding out what ranking would have saved",
        requested_by=actor,
        url=reverse("screening:ranking", args=[review.pk, stage]),
        arguments={"stage": stage},
    )


def _enqueue(chosen: ReadingOrder, actor: User) -> Job:
    return jobs.enqueue(
        "screening.rank_records",
        review=chosen.review,
        key=f"ranking:{chosen.stage}",
        title=f"Laying the order of reading: {Stage(chosen.stage).label.lower()}",
        requested_by=actor,
        url=reverse("screening:ranking", args=[chosen.review_id, chosen.stage]),
        arguments={"stage": chosen.stage},
    )


def enqueue_due() -> int:
    """Lay every order again that new records or newly settled ones have outdated. Returns how many jobs wait or run for it."""
    chosen = ReadingOrder.objects.exclude(order=ReadingOrderKind.IMPORT).select_related("review", "chosen_by")
    return len([_enqueue(each, each.chosen_by) for each in chosen if is_due(each)])


# --- The job ----------------------------------------------------------------------------------------------------------


def lay_order(job: Job, review: Review, stage: str) -> RankingRun | None:
    """Place every unread record of the stage. It learns from outcomes alone, so no place can tell of a hidden vote."""
    chosen = reading_order(review, stage)
    if chosen.order == ReadingOrderKind.IMPORT:
        return None
    settled = settled_at(review, stage)
    run = RankingRun(
        review=review,
        stage=stage,
        order=chosen.order,
        version=settings.VERSION,
        seed=chosen.seed,
        training_hash=settled.hash,
        includes=settled.includes,
        excludes=settled.excludes,
    )
    if chosen.order == ReadingOrderKind.RANKED:
        places = _ranked(job, run, settled)
    else:
        waiting = waiting_ids(review, stage, chosen.order)
        run.records, run.milliseconds = len(waiting) + _with_outcome(review, stage), 0
        by_lot = chosen.order == ReadingOrderKind.RANDOM
        rows = shuffled(waiting, chosen.seed) if by_lot else waiting
        places = [RankedRecord(record_id=pk, drawn=by_lot) for pk in rows]
    _write(job, run, places)
    return run


def _with_outcome(review: Review, stage: str) -> int:
    at_stage = Record.objects.in_review(review).at_stage(stage)
    return at_stage.filter(Exists(ScreeningOutcome.objects.filter(record=OuterRef("pk"), stage=stage))).count()


def _ranked(job: Job, run: RankingRun, settled: Settled) -> list[RankedRecord]:
    ids, features = corpus_of(run.review, run.stage, _heard(job, "Reading titles and abstracts"))
    began = time.process_time()
    row_of = {pk: row for row, pk in enumerate(ids)}
    known = [(row_of[pk], label) for pk, label in zip(settled.records, settled.included, strict=True) if pk in row_of]
    waiting = np.array(
        [row_of[pk] for pk in waiting_ids(run.review, run.stage, run.order) if pk in row_of], dtype=np.int64
    )
    run.records, run.features = len(ids), DESCRIPTION
    scores = _scores(job, run, features, known, waiting)
    order = by_score(waiting, scores, run.seed + len(known))
    head = _head(run, row_of, set(waiting.tolist()), head_length(len(known)))
    order = after_head(head, order)
    band_of = dict(zip(waiting.tolist(), bands_of(scores[waiting]).tolist(), strict=True))
    run.milliseconds = round(1000 * (time.process_time() - began))
    return [
        RankedRecord(record_id=ids[row], band=band_of[row], drawn=bool(drawn))
        for row, drawn in zip(order.rows.tolist(), order.drawn, strict=True)
    ]


def _scores(job: Job, run: RankingRun, features: Features, known: Sequence[tuple[int, bool]], waiting: Any) -> Any:
    """By what the settled records teach; by the question alone as long as they hold only one kind."""
    rows, labels = [row for row, _ in known], [label for _, label in known]
    if len(set(labels)) < 2:
        return likeness(features)
    run.model = NAME
    model = train(features, rows, np.array(labels, dtype=np.int64), unread=waiting, seed=run.seed)
    if not is_early(run.includes, run.excludes):
        speaks_for, speaks_against = telling_terms(model, features, rows)
        run.words = {TermKind.FOR.value: speaks_for, TermKind.AGAINST.value: speaks_against}
    return model.scores(features)


def _head(run: RankingRun, row_of: dict[int, int], waiting: set[int], length: int) -> Order:
    """The first places of the run before, as far as those records are still unread."""
    before = RankedRecord.objects.filter(review=run.review, stage=run.stage, run__order=run.order, run__seed=run.seed)
    pending = ~Exists(ScreeningOutcome.objects.filter(record=OuterRef("record"), stage=run.stage))
    rows = before.filter(pending).order_by("position").values_list("record_id", "drawn")[:length]
    kept = [(row_of[pk], drawn) for pk, drawn in rows if row_of.get(pk) in waiting]
    return Order(np.array([row for row, _ in kept], dtype=np.int64), np.array([drawn for _, drawn in kept], dtype=bool))


def _write(job: Job, run: RankingRun, places: list[RankedRecord]) -> None:
    """Replace the places of unread records at once: whoever asks for the next record meets the old order or the new one."""
    with transaction.atomic():
        jobs.advance(job, done=len(places), total=len(places), message=f"{len(places):,} records placed.")
        run.save()
        _unplace(run.review, run.stage)
        kept = RankedRecord.objects.filter(review=run.review, stage=run.stage)
        kept.filter(position__gt=0).update(position=0)  # out of the way of whoever walks along the places
        settled = set(kept.values_list("record_id", flat=True))
        rows = [place for place in places if place.record_id not in settled]
        for position, place in enumerate(rows, start=1):
            place.review, place.stage, place.run, place.position = run.review, run.stage, run, position
        copy_in(rows)
        audit.log(
            actor=None,
            review=run.review,
            action="screening.order.laid",
            target=run,
            after={
                "stage": run.stage,
                "order": run.order,
                "model": run.model,
                "features": run.features,
                "seed": run.seed,
                "training_hash": run.training_hash,
                "includes": run.includes,
                "excludes": run.excludes,
                "placed": len(rows),
            },
        )


def _unplace(review: Review, stage: str) -> None:
    """Forget the places of records without an outcome; a settled record keeps the place it was read from."""
    settled = ScreeningOutcome.objects.filter(record=OuterRef("record"), stage=stage)
    RankedRecord.objects.filter(~Exists(settled), review=review, stage=stage).delete()


def look_again(job: Job, run: RankingRun) -> None:
    """Find the settled exclusions that look most like includes, for the run's page."""
    settled = settled_at(run.review, run.stage)
    if min(settled.includes, settled.excludes) < FEWEST_TO_DOUBT:
        return
    ids, features = corpus_of(run.review, run.stage, _heard(job, "Reading titles and abstracts"))
    row_of = {pk: row for row, pk in enumerate(ids)}
    known = [(row_of[pk], label) for pk, label in zip(settled.records, settled.included, strict=True) if pk in row_of]
    found = doubtful_exclusions(
        features,
        [row for row, _ in known],
        [label for _, label in known],
        run.seed,
        heard=_heard(job, "Looking again at exclusions"),
    )
    run.second_look = [[ids[row], above] for row, above in found]
    run.save(update_fields=["second_look"])


def simulate_ranking(job: Job, review: Review, stage: str) -> RankingSimulation:
    """Screen the settled records once more, in memory, and keep the figures beside those of the order that was read."""
    settled = settled_at(review, stage)
    ids, features = corpus_of(review, stage, _heard(job, "Reading titles and abstracts"))
    row_of = {pk: row for row, pk in enumerate(ids)}
    labels = [0] * len(ids)
    for pk, label in zip(settled.records, settled.included, strict=True):
        if pk in row_of:
            labels[row_of[pk]] = int(label)
    seed = reading_order(review, stage).seed or 1
    told = simulate(features.without_last(), labels, seed, heard=_heard(job, "Screening once more", total=len(ids)))
    with transaction.atomic():
        jobs.advance(job, message="The simulation is done.")
        return RankingSimulation.objects.create(
            review=review,
            stage=stage,
            seed=seed,
            records=len(ids),
            includes=settled.includes,
            figures=told.as_dict(),
            requested_by=job.requested_by,
        )


def _heard(job: Job, message: str, *, total: int = 0) -> Callable[[int], None]:
    """Tell how far a step has come and renew the lease, about once a second."""
    last = [0.0]

    def heard(done: int) -> None:
        now = time.monotonic()
        if now - last[0] > SECONDS_BETWEEN_REPORTS:
            last[0] = now
            with transaction.atomic():
                jobs.advance(job, done=done, total=total or done, message=f"{message}: {done:,}")

    return heard
