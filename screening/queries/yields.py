"""What each source brought: overlap between sources, what only one found, and the words for PRISMA-S item 16."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings
from django.db import connection
from django.db.models import Count, F, Q

from reviewapp.reviews.models import Review
from screening.choices import PairState
from screening.duplicates import NORMALISATION_VERSION
from screening.models import DuplicatePair, Reference
from screening.queries.duplicate_audits import latest_result
from screening.queries.duplicates import Figures, linked_pairs

MOST_SETS = 16

_SETS = """
SELECT sources, count(*) FROM (
  SELECT array_agg(DISTINCT search.source ORDER BY search.source) AS sources
  FROM screening_reference reference
  JOIN screening_importbatch batch ON batch.id = reference.batch_id
  JOIN screening_search search ON search.id = batch.search_id
  WHERE reference.review_id = %s AND reference.withdrawn_at IS NULL
  GROUP BY reference.record_id
) AS found GROUP BY sources
"""


@dataclass(frozen=True)
class SourceYield:
    """What one source brought: references in its files, records they stand under, and those that no other source found."""

    source: str
    references: int
    records: int
    unique: int

    @property
    def unique_percent(self) -> float:
        return 100 * self.unique / self.records if self.records else 0.0


@dataclass(frozen=True)
class SourceSet:
    """Records that exactly these sources found."""

    sources: tuple[str, ...]
    records: int


@dataclass(frozen=True)
class Yields:
    sources: list[SourceYield]
    sets: list[SourceSet]

    @property
    def shown(self) -> list[SourceSet]:
        return self.sets[:MOST_SETS]

    @property
    def hidden_records(self) -> int:
        """Records in combinations too rare to be drawn."""
        return sum(one.records for one in self.sets[MOST_SETS:])


def yields(review: Review) -> Yields:
    """Records by the exact combination of sources that found them, the largest first, in two queries."""
    with connection.cursor() as cursor:
        cursor.execute(_SETS, [review.pk])
        sets = [SourceSet(tuple(sources), records) for sources, records in cursor.fetchall()]
    sets.sort(key=lambda one: (-one.records, one.sources))
    live = Reference.objects.filter(review=review, withdrawn_at=None).order_by()
    references = dict(live.values_list(F("batch__search__source")).annotate(n=Count("pk")))
    rows = [_yield_of(source, n, sets) for source, n in references.items()]
    return Yields(sorted(rows, key=lambda row: (-row.records, row.source.casefold())), sets)


def _yield_of(source: str, references: int, sets: Iterable[SourceSet]) -> SourceYield:
    holding = [one for one in sets if source in one.sources]
    unique = sum(one.records for one in holding if len(one.sources) == 1)
    return SourceYield(source, references, sum(one.records for one in holding), unique)


# --- Who removed how many ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Removed:
    """Duplicates by who linked them, and people's rulings on pairs."""

    automatic: int
    by_people: int
    judged_same: int
    judged_different: int


def removed(review: Review, found: Figures) -> Removed:
    """Of all duplicates, how many the rules linked (confirmed ones too) and how many rest on people's rulings alone."""
    machine = Q(state=PairState.LINKED) | Q(state=PairState.SAME, state_before_ruling=PairState.LINKED)
    pairs = linked_pairs(review).order_by()
    groups = _Groups()
    for first, second in pairs.filter(machine).values_list("first_id", "second_id").iterator():
        groups.join(first, second)
    by_people = sum(
        groups.join(first, second) for first, second in pairs.exclude(machine).values_list("first_id", "second_id")
    )
    ruled = DuplicatePair.objects.filter(review=review, first__withdrawn_at=None, second__withdrawn_at=None)
    rulings = dict(ruled.filter(ruled_by__isnull=False).order_by().values_list("state").annotate(n=Count("pk")))
    return Removed(
        found.duplicates - by_people,
        by_people,
        rulings.get(PairState.SAME, 0),
        rulings.get(PairState.DIFFERENT, 0),
    )


class _Groups:
    """Sets that grow together."""

    def __init__(self) -> None:
        self._above: dict[int, int] = {}

    def _root(self, member: int) -> int:
        root = member
        while (above := self._above.get(root, root)) != root:
            root = above
        while member != root:
            self._above[member], member = root, self._above.get(member, root)
        return root

    def join(self, one: int, other: int) -> bool:
        """Put two together; whether they were apart."""
        a, b = self._root(one), self._root(other)
        self._above[max(a, b)] = min(a, b)
        return a != b


# --- PRISMA-S item 16 -------------------------------------------------------------------------------------------------


def deduplication_words(review: Review, found: Figures, who: Removed) -> str:
    """How duplicates were removed, as a methods section says it; in the words of PRISMA, where references are records."""
    sources = review.searches.filter(imports__references__withdrawn_at=None, imports__references__isnull=False)
    n_sources = sources.distinct().count()
    sentences = [
        f"The searches identified {_n(found.references, 'record')} in {_n(n_sources, 'source')}; "
        f"all were imported into Tandem (version {settings.VERSION}) and deduplicated there.",
        "Records were compared by explicit rules on DOI, PubMed identifier, title, authors, year, journal, volume, issue, "
        "pages and abstract, with vetoes for contradicting evidence "
        f"(rules of normalisation version {NORMALISATION_VERSION}); preprints, registrations, errata, conference abstracts "
        "and new versions were kept apart from the reports they belong to.",
        f"{_n(found.duplicates, 'duplicate')} {'was' if found.duplicates == 1 else 'were'} removed: "
        f"{who.automatic:,} automatically and {who.by_people:,} after judgement by the reviewers.",
    ]
    if who.judged_same or who.judged_different:
        judged = who.judged_same + who.judged_different
        sentences.append(
            f"Reviewers judged {_n(judged, 'pair')} of records by hand: "
            f"{who.judged_same:,} as the same report and {who.judged_different:,} as different."
        )
    if found.to_judge:
        sentences.append(f"{_n(found.to_judge, 'uncertain pair')} had not been judged when this was written.")
    if audit := latest_result(review):
        sentences.append(audit.words)
    sentences.append(f"{_n(found.records, 'record')} remained for screening.")
    return " ".join(sentences)


def _n(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 else 's'}"
