"""Narrowing the list of open conflicts by what the votes say, as far as the reader may know it."""

from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q, QuerySet

from reviewapp.accounts.models import User
from reviewapp.reviews.models import Review
from screening.choices import SettlerSees, Verdict
from screening.models import Conflict, StageRule
from screening.visibility import ROOT, decisions_visible_to, notes_visible_to

# Verdicts that stand against each other; a maybe that counts as include is told apart from one.
PATTERNS: dict[str, tuple[str, tuple[str, ...], tuple[str, ...]]] = {
    "include_exclude": ("Include against exclude, no maybe", (Verdict.INCLUDE, Verdict.EXCLUDE), (Verdict.MAYBE,)),
    "maybe_exclude": ("Maybe against exclude, no include", (Verdict.MAYBE, Verdict.EXCLUDE), (Verdict.INCLUDE,)),
    "all_exclude": ("All exclude", (Verdict.EXCLUDE,), (Verdict.INCLUDE, Verdict.MAYBE)),
}


@dataclass(frozen=True)
class ConflictFilter:
    """`voter` is a user id; it narrows only where the rule of the stage shows names."""

    pattern: str = ""
    label: str = ""
    criterion: int = 0
    voter: int = 0

    @property
    def is_empty(self) -> bool:
        return not (self.pattern or self.label or self.criterion or self.voter)


def stages_with_names(review: Review) -> list[str]:
    rules = StageRule.objects.filter(review=review, settler_sees=SettlerSees.NAMES)
    return list(rules.values_list("stage", flat=True))


def narrowed(found: QuerySet[Conflict], reader: User, review: Review, by: ConflictFilter) -> QuerySet[Conflict]:
    """Conflicts, with the alias `root`, whose visible votes, labels and voters are as asked."""
    here = Q(root=OuterRef("root"), stage=OuterRef("stage"))
    votes = decisions_visible_to(reader, review).annotate(root=ROOT).filter(here)
    if by.pattern:
        _, present, absent = PATTERNS[by.pattern]
        for verdict in present:
            found = found.filter(Exists(votes.filter(verdict=verdict)))
        for verdict in absent:
            found = found.exclude(Exists(votes.filter(verdict=verdict)))
    if by.criterion:
        found = found.filter(Exists(votes.filter(criterion=by.criterion)))
    if by.label:
        notes = notes_visible_to(reader, review).annotate(root=ROOT).filter(here, labels__contains=[by.label])
        found = found.filter(Exists(notes))
    if by.voter:
        found = found.filter(Exists(votes.filter(reviewer=by.voter)))
        if by.voter != reader.pk:
            found = found.filter(stage__in=stages_with_names(review))
    return found
