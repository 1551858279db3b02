"""Who fills in which study: by hand or spread evenly. Nobody's answers are lost when a study changes hands."""

from collections import Counter
from collections.abc import Collection, Sequence

from django.utils import timezone

from appraisal.choices import Use
from appraisal.models import Assignment, Comparison, Instrument
from appraisal.queries.fit import fits
from appraisal.services.settling import reveal_when_all_are_done
from reviewapp.accounts.models import User
from reviewapp.audit import services as audit
from reviewapp.lib.errors import AlreadyDone, Invalid
from reviewapp.reviews.choices import Task
from reviewapp.reviews.models import Membership
from reviewapp.reviews.permissions import Can
from screening.models import Study
from screening.queries.included import included_studies
from screening.services.locks import act, acting_member, own_review

TASKS = {Use.APPRAISAL: Task.APPRAISE, Use.EXTRACTION: Task.EXTRACT}


def people_for(instrument: Instrument) -> list[User]:
    """Members whose tasks let them fill the instrument in, in the order in which they joined."""
    members = Membership.objects.filter(review=instrument.review_id, left_at=None).select_related("user")
    return [m.user for m in members.order_by("joined_at", "pk") if TASKS[Use(instrument.use)] in m.tasks]


@act
def assign(*, actor: User, instrument: Instrument, study: Study, people: Collection[User]) -> list[Assignment]:
    """Say who fills in a study. Who is not named any more has it withdrawn, answers kept; given back, they are there again."""
    own_review(instrument.review)
    acting_member(actor, instrument.review, Can.LEAD)
    return _assign(actor, instrument, study, list(people), {person.pk for person in people_for(instrument)})


def _assign(
    actor: User, instrument: Instrument, study: Study, people: Sequence[User], able: Collection[int]
) -> list[Assignment]:
    review = instrument.review
    if study.review_id != review.pk:
        raise Invalid("This study belongs to another review.")
    if Comparison.objects.filter(instrument=instrument, study=study).exists():
        raise AlreadyDone(
            "Everybody has finished this study, and the answers are revealed: it cannot change hands any more."
        )
    if len(people) > 3 or len({person.pk for person in people}) < len(people):
        raise Invalid("Up to three different people fill in a study.")
    if strangers := [str(person) for person in people if person.pk not in able]:
        raise Invalid(f"{', '.join(strangers)} does not have the task that this needs.")
    standing = {a.person_id: a for a in _standing(instrument, study)}
    wanted = {person.pk for person in people}
    if wanted - set(standing) and fits(review, [instrument]).of(instrument, study.pk).meant is False:
        raise Invalid("The instrument is not meant for this study. Say first that it is.")
    leaving = [a.pk for pk, a in standing.items() if pk not in wanted]
    coming = [person for person in people if person.pk not in standing]
    if leaving:
        Assignment.objects.filter(pk__in=leaving).update(withdrawn_at=timezone.now())
    for person in coming:
        _give(instrument, study, person)
    if leaving or coming:
        audit.log(
            actor=actor,
            review=instrument.review,
            action="appraisal.study.assigned",
            target=study,
            before={"instrument": instrument.title, "people": sorted(standing)},
            after={"instrument": instrument.title, "people": sorted(wanted)},
        )
        reveal_when_all_are_done(instrument, study)
    return list(_standing(instrument, study))


def _standing(instrument: Instrument, study: Study) -> Sequence[Assignment]:
    return list(Assignment.objects.filter(instrument=instrument, study=study, withdrawn_at=None).order_by("pk"))


def _give(instrument: Instrument, study: Study, person: User) -> None:
    earlier = Assignment.objects.filter(instrument=instrument, study=study, person=person).order_by("-pk").first()
    if earlier:
        Assignment.objects.filter(pk=earlier.pk).update(withdrawn_at=None)
    else:
        Assignment.objects.create(instrument=instrument, study=study, person=person)


@act
def spread(*, actor: User, instrument: Instrument, people: Collection[User]) -> int:
    """Fill up every included study that the instrument is meant for to the number of people it asks for, those with the
    fewest first. Returns how many assignments were added; what is assigned already stays."""
    own_review(instrument.review)
    acting_member(actor, instrument.review, Can.LEAD)
    able = {person.pk for person in people_for(instrument)}
    chosen = sorted((person for person in people if person.pk in able), key=lambda person: person.pk)
    if len(chosen) < instrument.people:
        raise Invalid(f"Choose at least {instrument.people} people: so many fill in each study.")
    standing = Assignment.objects.filter(instrument=instrument, withdrawn_at=None)
    load = Counter(standing.values_list("person_id", flat=True))
    compared = set(Comparison.objects.filter(instrument=instrument).values_list("study_id", flat=True))
    found = fits(instrument.review, [instrument])
    added = 0
    for study in included_studies(instrument.review):
        has = {a.person_id for a in standing if a.study_id == study.pk}
        if study.pk in compared or len(has) >= instrument.people or not found.of(instrument, study.pk).meant:
            continue
        free = sorted((p for p in chosen if p.pk not in has), key=lambda p: (load[p.pk], p.pk))
        coming = free[: instrument.people - len(has)]
        for person in coming:
            _give(instrument, study, person)
            load[person.pk] += 1
        added += len(coming)
    audit.log(
        actor=actor,
        review=instrument.review,
        action="appraisal.studies.spread",
        target=instrument,
        after={"people": [person.pk for person in chosen], "added": added},
    )
    return added
