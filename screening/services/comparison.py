"""Comparing what is new in a review with everything in it, by equality of block keys in Postgres.

Each reference's keys are written once. A later search for duplicates reads only the blocks that new references stand in, so its
time depends on what is new. A raised NORMALISATION_VERSION makes every reference new again.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import Left
from django.utils import timezone

from reviewapp.reviews.models import Review
from screening.choices import PairState
from screening.duplicates import NORMALISATION_VERSION, Entry, Fingerprint, Result, fingerprint
from screening.duplicates.engine import Verdicts, assemble, in_order, judge
from screening.duplicates.keys import LARGEST, candidate_positions, pairs_in
from screening.duplicates.normalise import ABSTRACT_READ
from screening.models import BlockKey, DuplicatePair, Reference, ReferenceComparison
from screening.services.bulk import batched, copy_values

Prints = dict[int, Fingerprint]
Progress = Callable[[int, int], None]

KEYED_A_BATCH = 2000
KEYS_A_QUERY = 20_000
# Through these a change in one pair can change the groups of other references.
HANGS_TOGETHER = (PairState.LINKED, PairState.UNCERTAIN, PairState.SAME)

BLOCKS = """
    SELECT array_agg(reference_id) FROM screening_blockkey
    WHERE key = ANY(%s) GROUP BY key HAVING count(*) BETWEEN 2 AND %s
"""
AROUND = """
    WITH RECURSIVE around(id) AS (
        SELECT unnest(%(seeds)s::bigint[])
        UNION
        SELECT next.id FROM around CROSS JOIN LATERAL (
            SELECT second_id AS id FROM screening_duplicatepair WHERE first_id = around.id AND state = ANY(%(states)s)
            UNION ALL
            SELECT first_id FROM screening_duplicatepair WHERE second_id = around.id AND state = ANY(%(states)s)
            UNION ALL
            SELECT mate.id FROM screening_reference own JOIN screening_reference mate USING (record_id) WHERE own.id = around.id
        ) AS next
    )
    SELECT id FROM around JOIN screening_reference USING (id) WHERE withdrawn_at IS NULL
"""


@dataclass(slots=True)
class Compared:
    """What a search for duplicates found: the new references, and all whose groups they may change, with the result for these."""

    new: list[int]
    within: frozenset[int]
    result: Result


def new_references(review: Review) -> QuerySet[Reference]:
    """Live references that were not compared yet, or under an earlier version."""
    compared = ReferenceComparison.objects.filter(reference=OuterRef("pk"), version=NORMALISATION_VERSION)
    return live(review).filter(~Exists(compared.exclude(compared_at=None)))


def live(review: Review) -> QuerySet[Reference]:
    return Reference.objects.filter(review=review, withdrawn_at=None)


def write_keys(review: Review, progress: Progress) -> Prints:
    """The fingerprints of all new references; the keys of those that have none are written, batch by batch."""
    _drop_earlier_version(review)
    ids = list(new_references(review).order_by("pk").values_list("pk", flat=True))
    prints: Prints = {}
    for batch in batched(ids, KEYED_A_BATCH):
        made = fingerprints(batch)
        with transaction.atomic():
            progress(len(prints), len(ids))
            _write_missing(review, made)
        prints |= made
    return prints


@transaction.atomic
def _drop_earlier_version(review: Review) -> None:
    stale = ReferenceComparison.objects.filter(reference__review=review).exclude(version=NORMALISATION_VERSION)
    if stale.exists():
        BlockKey.objects.filter(reference__in=stale.values("reference")).delete()
        stale.delete()


def fingerprints(ids: Iterable[int]) -> Prints:
    """Fingerprints of live references by id."""
    rows = Reference.objects.filter(pk__in=list(ids), withdrawn_at=None).annotate(
        beginning=Left("abstract", ABSTRACT_READ)
    )
    return {row.pk: fingerprint(entry_of(row)) for row in rows.defer("abstract", "raw", "raw_fields", "keywords")}


def entry_of(reference: Reference) -> Entry:
    details = reference.details
    return Entry(
        key=reference.pk,
        title=reference.title or details.get("title_original", ""),
        abstract=reference.beginning if hasattr(reference, "beginning") else reference.abstract,
        authors=[str(name) for name in reference.authors],
        year=reference.year,
        journal=reference.journal or details.get("journal_abbr", ""),
        volume=reference.volume,
        issue=reference.issue,
        pages=reference.pages or details.get("article_no", ""),
        doi=reference.doi,
        pmid=reference.pmid,
        isbn=" ".join([*details.get("issns", []), *details.get("isbns", [])]),
        url=" ".join(details.get("urls", [])) or reference.url,
        type=reference.type,
        language=reference.language,
        database=details.get("database", ""),
        trial_ids=tuple(details.get("trial_ids", ())),
    )


def _write_missing(review: Review, made: Prints) -> None:
    """Keys and the note that they are there come in one transaction, so that a run after a crash writes none twice."""
    there = set(ReferenceComparison.objects.filter(reference__in=made).values_list("reference", flat=True))
    missing = [pk for pk in made if pk not in there]
    salt = _salt(review)
    copy_values(ReferenceComparison, ("reference_id", "version"), ((pk, NORMALISATION_VERSION) for pk in missing))
    copy_values(BlockKey, ("key", "reference_id"), ((key ^ salt, pk) for pk in missing for key in made[pk].block_keys))


def _salt(review: Review) -> int:
    """Keeps the keys of reviews apart, and those of versions."""
    text = f"{review.pk} {NORMALISATION_VERSION}".encode()
    return int.from_bytes(blake2b(text, digest_size=8).digest(), "big", signed=True)


def compare_new(review: Review, new: Prints, progress: Progress) -> Compared:
    """Judge every pair with a new reference in it, then group anew whatever hangs together with one."""
    blocks = list(_blocks(review, new))
    prints = new | _others(new, (pk for block in blocks for pk in block))
    ordered = in_order(prints.values())
    verdicts = judge(ordered, _pairs_with(new, ordered, blocks), progress)
    within = _around(new.keys() | {int(pk) for pair in verdicts for pk in pair})
    prints = {pk: print_ for pk, print_ in prints.items() if pk in within} | _others(prints, within)
    verdicts |= _among_known(prints, new)
    same, different = ruled(review, PairState.SAME), ruled(review, PairState.DIFFERENT)
    return Compared(list(new), within, assemble(in_order(prints.values()), verdicts, same=same, different=different))


def _blocks(review: Review, new: Prints) -> Iterator[list[int]]:
    """The references that share a key with a new one, one list for each key."""
    salt = _salt(review)
    keys = sorted({key ^ salt for print_ in new.values() for key in print_.block_keys})
    with connection.cursor() as cursor:
        for some in batched(keys, KEYS_A_QUERY):
            cursor.execute(BLOCKS, [list(some), LARGEST])
            yield from (members for (members,) in cursor.fetchall())


def _others(known: Prints, ids: Iterable[int]) -> Prints:
    """Fingerprints of the live references among these that are not known yet."""
    missing = sorted(set(ids) - known.keys())
    found: Prints = {}
    for some in batched(missing, KEYED_A_BATCH):
        found |= fingerprints(some)
    return found


def _pairs_with(new: Prints, ordered: Sequence[Fingerprint], blocks: Iterable[Sequence[int]]) -> list[tuple[int, int]]:
    """Positions of the candidates of which one at least is new; references that are not live stand in no pair."""
    position = {print_.key: place for place, print_ in enumerate(ordered)}
    is_new = [print_.key in new for print_ in ordered]
    placed = (sorted(position[pk] for pk in block if pk in position) for block in blocks)
    return [(a, b) for a, b in pairs_in(ordered, placed) if is_new[a] or is_new[b]]


def _around(seeds: Iterable[int]) -> frozenset[int]:
    """These references and all that hang together with them through pairs and records."""
    with connection.cursor() as cursor:
        cursor.execute(AROUND, {"seeds": sorted(seeds), "states": [str(state) for state in HANGS_TOGETHER]})
        return frozenset(pk for (pk,) in cursor.fetchall())


def _among_known(prints: Prints, new: Prints) -> Verdicts:
    """Pairs of references compared earlier; what was said of them then is worked out again rather than kept."""
    ordered = in_order(print_ for pk, print_ in prints.items() if pk not in new)
    return judge(ordered, candidate_positions(ordered))


def ruled(review: Review, state: str) -> list[tuple[int, int]]:
    """The pairs of live references that a person ruled on so."""
    rows = DuplicatePair.objects.filter(review=review, state=state, first__withdrawn_at=None, second__withdrawn_at=None)
    return list(rows.values_list("first_id", "second_id"))


def note_compared(ids: Iterable[int]) -> None:
    """These have been compared with all others."""
    ReferenceComparison.objects.filter(reference__in=list(ids)).update(compared_at=timezone.now())


def forget_keys(references: Sequence[Reference]) -> None:
    """Let these be compared as if they were new: what they say of themselves has changed."""
    BlockKey.objects.filter(reference__in=references).delete()
    ReferenceComparison.objects.filter(reference__in=references).delete()


def forget_comparison(references: QuerySet[Reference]) -> None:
    """Let these be compared again: what came in while they were out of the review has not met them."""
    ReferenceComparison.objects.filter(reference__in=references).update(compared_at=None)
