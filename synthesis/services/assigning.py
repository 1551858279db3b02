"""Who codes what, and how: the plan of a review's coding. Nobody's codings are lost when a study changes hands."""

from collections import Counter
from collections.abc import Collection, Sequence

from django.utils import timezone

from reviewapp.accounts.models import User
from reviewapp.audit import services as audit
from reviewapp.lib.errors import AlreadyDone, Invalid, require_clean_text
from reviewapp.reviews.choices import Task
from reviewapp.reviews.models import Membership, Review
from reviewapp.reviews.permissions import Can
from screening.models import Study
from screening.queries.included import included_studies
from screening.services.locks import act, acting_member, own_review
from synthesis.models import CodingAssignment, CodingComparison, CodingPlan
from synthesis.services.finishing import reveal_when_all_are_done, share_codes
from synthesis.visibility import plan_of

MOST_PEOPLE = 3


def coders(review: Review) -> list[User]:
    """Members whose tasks let them code, in the order in which they joined."""
    members = Membership.objects.filter(review=review, left_at=None).select_related("user")
    return [m.user for m in members.order_by("joined_at", "pk") if Task.CODE in m.tasks]


@act
def assign(*, actor: User, study: Study, people: Collection[User]) -> list[CodingAssignment]:
    """Say who codes a study. Who is not named any more has it withdrawn, codings kept; given back, they are there again."""
    review = study.review
    own_review(review)
    acting_member(actor, review, Can.LEAD)
    wanted = {person.pk: person for person in people}
    if CodingComparison.objects.filter(study=study).exists():
        raise AlreadyDone(
            "Everybody has finished this study, and the codings are revealed: it cannot change hands any more."
        )
    if not included_studies(review).filter(pk=study.pk).exists():
        raise Invalid("Only studies that screening included are coded.")
    if len(people) > MOST_PEOPLE or len(wanted) < len(people):
        raise Invalid(f"Up to {MOST_PEOPLE} different people code a study.")
    able = {person.pk for person in coders(review)}
    standing = {a.person_id: a for a in _standing(study)}
    # Who has the study keeps it also without the task, until the lead takes it away.
    if strangers := [str(person) for pk, person in wanted.items() if pk not in able and pk not in standing]:
        raise Invalid(f"{', '.join(strangers)} does not have the task “Code”.")
    leaving = [a.pk for pk, a in standing.items() if pk not in wanted]
    coming = [person for pk, person in wanted.items() if pk not in standing]
    if leaving or coming:
        CodingAssignment.objects.filter(pk__in=leaving).update(withdrawn_at=timezone.now())
        for person in coming:
            _give(study, person)
        audit.log(
            actor=actor,
            review=review,
            action="synthesis.study.assigned",
            target=study,
            before={"people": sorted(standing)},
            after={"study": study.label, "people": sorted(wanted)},
        )
        reveal_when_all_are_done(actor, study)
    return _standing(study)


def _standing(study: Study) -> list[CodingAssignment]:
    return list(CodingAssignment.objects.filter(study=study, withdrawn_at=None).order_by("pk"))


def _give(study: Study, person: User) -> None:
    earlier = CodingAssignment.objects.filter(study=study, person=person).order_by("-pk").first()
    if earlier:
        CodingAssignment.objects.filter(pk=earlier.pk).update(withdrawn_at=None)
    else:
        CodingAssignment.objects.create(study=study, person=person)


@act
def spread(*, actor: User, review: Review, people: Sequence[User]) -> int:
    """Fill up every included study to the number of people the plan asks for, those with the fewest first. Returns how many
    assignments were added; what is assigned already stays."""
    own_review(review)
    acting_member(actor, review, Can.LEAD)
    plan = plan_of(review)
    able = {person.pk for person in coders(review)}
    chosen = sorted({person for person in people if person.pk in able}, key=lambda person: person.pk)
    if len(chosen) < plan.people:
        raise Invalid(f"Choose at least {plan.people} people: so many code each study.")
    standing = CodingAssignment.objects.filter(study__review=review, withdrawn_at=None)
    pairs = list(standing.values_list("study_id", "person_id"))
    load = Counter(person for _, person in pairs)
    compared = set(CodingComparison.objects.filter(study__review=review).values_list("study_id", flat=True))
    added = 0
    for study in included_studies(review).exclude(pk__in=compared):
        has = {person for of, person in pairs if of == study.pk}
        free = sorted((p for p in chosen if p.pk not in has), key=lambda p: (load[p.pk], p.pk))
        for person in free[: max(0, plan.people - len(has))]:
            _give(study, person)
            load[person.pk] += 1
            added += 1
    audit.log(
        actor=actor,
        review=review,
        action="synthesis.studies.spread",
        target=review,
        after={"people": [person.pk for person in chosen], "added": added},
    )
    return added


@act
def change_plan(*, actor: User, review: Review, people: int | None = None, overlap: float | None = None) -> CodingPlan:
    """How many people code each study, and from which overlap on two codings count as one."""
    own_review(review)
    acting_member(actor, review, Can.LEAD)
    plan = plan_of(review)
    before = {"people": plan.people, "overlap": plan.overlap}
    plan.people = plan.people if people is None else people
    plan.overlap = plan.overlap if overlap is None else overlap
    if not 1 <= plan.people <= MOST_PEOPLE:
        raise Invalid(f"One to {MOST_PEOPLE} people code each study.")
    if not 0 < plan.overlap <= 1:
        raise Invalid("The overlap is a share above 0 and up to 1.")
    after = {"people": plan.people, "overlap": plan.overlap}
    if after == before:
        return plan
    plan.save()
    audit.log(actor=actor, review=review, action="synthesis.plan.changed", target=review, before=before, after=after)
    # Fewer people may mean that some studies wait for nobody any more.
    waiting = CodingAssignment.objects.filter(study__review=review, withdrawn_at=None, study__coding_comparison=None)
    for study in Study.objects.filter(pk__in=waiting.values("study")).select_related("review"):
        reveal_when_all_are_done(actor, study)
    return plan


@act
def set_open(*, actor: User, review: Review, is_open: bool, reason: str = "") -> CodingPlan:
    """Let people see each other's codings while they code (not independent any more), or close what is not compared yet again."""
    own_review(review)
    acting_member(actor, review, Can.LEAD)
    reason = require_clean_text(reason, what="reason").strip()
    plan = plan_of(review)
    if plan.is_open == is_open:
        raise AlreadyDone("Coding is open already." if is_open else "Coding is not open.")
    if is_open and not reason:
        raise Invalid("Say why everybody may see everybody's codings: the report will say so.")
    plan.is_open = is_open
    plan.save()
    if is_open:
        for study in Study.objects.filter(
            review=review, coding_comparison=None, coding_assignments__isnull=False
        ).distinct():
            share_codes(study)
    audit.log(
        actor=actor,
        review=review,
        action="synthesis.coding.opened" if is_open else "synthesis.coding.closed",
        target=review,
        after={"is_open": is_open},
        reason=reason,
    )
    return plan
