"""Which open conflicts nobody may settle as the team and the rules are now."""

from collections import defaultdict
from collections.abc import Collection, Mapping

from reviewapp.reviews.models import Membership, Review
from reviewapp.reviews.permissions import Can, may
from screening.choices import SettledBy
from screening.models import Conflict, ScreeningDecision, StageRule
from screening.queries.desk import open_conflicts
from screening.visibility import ROOT


def voters_of(conflicts: list[Conflict]) -> dict[int, set[int]]:
    """Ids of the people whose votes stand, for each conflict."""
    roots = {conflict.record.merged_into_id or conflict.record_id for conflict in conflicts}
    votes: dict[tuple[int, str], set[int]] = defaultdict(set)
    standing = ScreeningDecision.objects.filter(superseded_at=None).annotate(root=ROOT).filter(root__in=roots)
    for root, stage, reviewer in standing.values_list("root", "stage", "reviewer_id"):
        votes[root, stage].add(reviewer)
    return {
        conflict.pk: votes[conflict.record.merged_into_id or conflict.record_id, conflict.stage]
        for conflict in conflicts
    }


def without_settler(
    review: Review,
    rules_before: Mapping[str, str] | None = None,
    as_before: tuple[int, Collection[str]] | None = None,
) -> int:
    """Open conflicts that nobody can settle; `rules_before`, `as_before`: if a stage still had that rule of who settles, or this
    person these tasks.
    """
    conflicts = list(open_conflicts(review))
    if not conflicts:
        return 0
    here = dict(Membership.objects.filter(review=review, left_at=None).values_list("user_id", "tasks"))
    here |= {as_before[0]: list(as_before[1])} if as_before else {}
    talk = {person for person, tasks in here.items() if may(tasks, Can.DISCUSS)}
    settle = {person for person, tasks in here.items() if may(tasks, Can.SETTLE)}
    rules = dict(StageRule.objects.filter(review=review).values_list("stage", "settled_by"))
    rules |= rules_before or {}
    voters = voters_of(conflicts)
    return sum(not _can_be_settled(rules[c.stage], voters[c.pk], talk, settle) for c in conflicts)


def _can_be_settled(rule: str, voters: set[int], talk: set[int], settle: set[int]) -> bool:
    may_agree = rule != SettledBy.THIRD_ASSESSOR and _enough(voters & talk, voters)
    # A rule of agreement gives way to a ruling once there are not two voters left to agree.
    may_rule = rule != SettledBy.AGREEMENT or not may_agree
    return may_agree or (may_rule and bool(settle - voters))


def _enough(agreeing: set[int], voters: set[int]) -> bool:
    return len(agreeing) >= min(2, len(voters))


def who_can_agree(conflict: Conflict) -> set[int]:
    """The voters whose word a settlement by agreement needs: those still here to discuss. Empty when they are too few."""
    voters = voters_of([conflict])[conflict.pk]
    here = Membership.objects.filter(review=conflict.review_id, user__in=voters, left_at=None)
    found = {user for user, tasks in here.values_list("user_id", "tasks") if may(tasks, Can.DISCUSS)}
    return found if _enough(found, voters) else set()
