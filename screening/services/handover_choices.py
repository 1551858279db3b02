"""What a lead says of a handover: whose each name is, what each value means; and what would come of it."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from django.utils import timezone

from reviewapp.accounts.models import User
from reviewapp.audit import services as audit
from reviewapp.jobs import services as jobs
from reviewapp.jobs.models import Job
from reviewapp.lib.errors import AlreadyDone, Invalid, NotAllowed
from reviewapp.reviews.models import Membership, Review
from reviewapp.reviews.permissions import Can
from screening.choices import ImportState, Outcome, Stage, Verdict
from screening.handover.columns import LABEL, REASON, VOTE
from screening.handover.entries import Entry, Meanings, said_in, settled_in
from screening.handover.marks import usual_meaning
from screening.models import EligibilityCriterion, ExclusionReason, Handover, Search, StageRule
from screening.rules import Rule, Vote, result_of
from screening.services.handover_votes import Matcher
from screening.services.handovers import entries_of, plan_of
from screening.services.locks import act, acting_member, own_review
from screening.services.protocol import add_exclusion_reason

LEAVE_OUT, FORMER, NEW_REASON = "", "former", "new-reason"
FORMER_DOMAIN = "former.invalid"  # RFC 2606: no mail ever goes there


@dataclass
class Chosen:
    """Answers of the form, in the order of the names and values that were found."""

    stage: str = Stage.TITLE_ABSTRACT
    people: list[str] = field(default_factory=list)  # "member-12", "former" or ""
    values: list[str] = field(default_factory=list)  # a verdict, "label", "reason-3", "new-reason" or ""
    default_reason: int | None = None
    blind: bool = False
    search: int | None = None  # entries that the review does not have are added as found by it

    @classmethod
    def of(cls, handover: Handover) -> "Chosen":
        """What was chosen before, or what is usually meant."""
        if handover.choices:
            known = {name: handover.choices[name] for name in cls.__dataclass_fields__ if name in handover.choices}
            return cls(**known, blind=handover.blind) if "blind" not in known else cls(**known)
        return cls(people=_usual_people(handover), values=_usual_values(handover))


def _usual_people(handover: Handover) -> list[str]:
    members = Membership.objects.filter(review=handover.review_id).select_related("user")
    by_name = {str(member.user).casefold(): f"member-{member.user_id}" for member in members}
    return [by_name.get(name.casefold(), LEAVE_OUT) for name, _ in handover.found.get("people", [])]


def _usual_values(handover: Handover) -> list[str]:
    reasons = ExclusionReason.objects.filter(review=handover.review_id, retired_at=None)
    by_label = {reason.label.casefold(): f"reason-{reason.pk}" for reason in reasons}
    usual = []
    for kind, _, value, _ in handover.found.get("values", []):
        if kind == VOTE:
            usual.append(usual_meaning(value))
        elif kind == REASON:
            usual.append(by_label.get(value.casefold(), NEW_REASON))
        else:
            usual.append(LEAVE_OUT if handover.found.get("label_fields") else LABEL)
    return usual


def require_own(actor: User, handover: Handover) -> None:
    """What stands in the file is known to who uploaded it; nobody else may look or choose."""
    if handover.created_by_id != actor.pk:
        raise NotAllowed("Only the person who uploaded this file sees what is in it, and takes it over.")


@act
def choose(*, actor: User, handover: Handover, chosen: Chosen) -> Handover:
    """Keep what names and values stand for, with what would come of it. Nothing becomes a judgement yet."""
    own_review(handover.review)
    acting_member(actor, handover.review, Can.IMPORT)
    require_own(actor, handover)
    handover = _locked(handover)
    meanings = meanings_of(handover, chosen, _provisional(handover, chosen))
    effect = _effect(handover, meanings, adds=chosen.search is not None)
    if not effect["votes"] and not effect["notes"]:
        raise Invalid("With these choices nothing would be taken over: say whose the votes are and what they mean.")
    handover.choices = {**chosen.__dict__, "effect": effect}
    handover.blind = chosen.blind
    handover.save(update_fields=["choices", "blind"])
    return handover


def _locked(handover: Handover) -> Handover:
    handover = Handover.objects.select_for_update(of=("self",)).select_related("review").get(pk=handover.pk)
    if handover.state != ImportState.UPLOADED:
        raise AlreadyDone(f"This file is {handover.get_state_display().lower()} already.")
    return handover


# --- Meanings -----------------------------------------------------------------------------------------------------------


@dataclass
class Numbers:
    """People and reasons that do not exist yet, by their place among the names and values."""

    people: Mapping[int, int]
    reasons: Mapping[int, int]


def _provisional(handover: Handover, chosen: Chosen) -> Numbers:
    """Numbers below zero, for counting what would come of it."""
    return Numbers(
        {place: -1 - place for place, choice in enumerate(chosen.people) if choice == FORMER},
        {place: -1 - place for place, choice in enumerate(chosen.values) if choice == NEW_REASON},
    )


def meanings_of(handover: Handover, chosen: Chosen, numbers: Numbers) -> Meanings:
    """The choices as plain values. Raises Invalid for one that points out of the review."""
    review = handover.review_id
    people, values = handover.found["people"], handover.found["values"]
    if chosen.stage not in Stage.values or len(chosen.people) != len(people) or len(chosen.values) != len(values):
        raise Invalid("The file was read again meanwhile. Look at the choices once more.")
    members = set(Membership.objects.filter(review=review).values_list("user_id", flat=True))
    reasons = dict(ExclusionReason.objects.filter(review=review, retired_at=None).values_list("pk", "position"))
    meanings = Meanings(stage=chosen.stage, people={}, verdicts={}, reasons={}, labels=set(), ranks=reasons)
    meanings.blind, meanings.default_reason = chosen.blind, chosen.default_reason
    meanings.criteria = dict(
        EligibilityCriterion.objects.filter(review=review, retired_at=None).values_list("code", "pk")
    )
    for place, ((name, _), choice) in enumerate(zip(people, chosen.people, strict=True)):
        if choice:
            meanings.people[name] = numbers.people[place] if choice == FORMER else _known(choice, "member", members)
    for place, ((_, where, value, _), choice) in enumerate(zip(values, chosen.values, strict=True)):
        if choice in Verdict.values:
            meanings.verdicts[where, value] = choice
        elif choice == LABEL:
            meanings.labels.add((where, value))
        elif choice:
            number = numbers.reasons[place] if choice == NEW_REASON else _known(choice, "reason", reasons)
            meanings.reasons[where, value] = number
    if chosen.default_reason is not None and chosen.default_reason not in reasons:
        raise Invalid("This exclusion reason is not in the review's list.")
    if chosen.search is not None and not Search.objects.filter(review=review, pk=chosen.search).exists():
        raise Invalid("There is no such search in this review.")
    return meanings


def _known(choice: str, kind: str, numbers: Iterable[int]) -> int:
    name, _, number = choice.partition("-")
    if name != kind or not number.isdigit() or int(number) not in numbers:
        raise Invalid(f"There is no such {kind} in this review.")
    return int(number)


def _effect(handover: Handover, meanings: Meanings, *, adds: bool) -> dict[str, Any]:
    """What the file's judgements alone would give, under the rules of now. Votes given here are not looked at: they may be hidden."""
    rules = {row.stage: row.rule for row in StageRule.objects.filter(review=handover.review_id)}
    matcher = Matcher(handover)
    votes = notes = records = 0
    outcomes: Counter[tuple[str, str]] = Counter()
    for entry in entries_of(handover, plan_of(handover)):
        if matcher.record_of(entry) is None and not adds:
            continue
        said = said_in(entry, meanings)
        records += bool(said)
        votes += sum(1 for one in said if one.verdict)
        notes += sum(1 for one in said if one.note or one.labels)
        outcomes.update(_outcomes(entry, meanings, rules))
    return {
        "votes": votes,
        "notes": notes,
        "records": records,
        "outcomes": [
            [stage, outcome, outcomes[stage, outcome]] for stage in Stage.values for outcome in Outcome.values
        ],
    }


def _outcomes(entry: Entry, meanings: Meanings, rules: Mapping[str, Rule]) -> list[tuple[str, str]]:
    """Where the entry's own votes and settlements would put its record."""
    standing: dict[str, dict[int, Vote]] = {}
    for said in said_in(entry, meanings):
        if said.verdict and said.superseded_at is None:
            rank = meanings.ranks.get(said.reason or 0, 0)
            votes = standing.setdefault(said.stage, {})
            votes.setdefault(said.reviewer, Vote(said.reviewer, said.verdict, said.reason, rank))
    ruled = {one.stage: one.verdict for one in settled_in(entry, meanings) if one.how and one.reopened_at is None}
    found = []
    for stage, cast in standing.items():
        outcome = result_of(list(cast.values()), rules[stage], stage).outcome
        if outcome == Outcome.CONFLICT and stage in ruled:
            outcome = Outcome.INCLUDED if ruled[stage] == Verdict.INCLUDE else Outcome.EXCLUDED
        found.append((stage, str(outcome)))
    return found


# --- Confirm ------------------------------------------------------------------------------------------------------------


@act
def confirm(*, actor: User, handover: Handover) -> Job:
    """Let the judgements in as a job. People who are not in the review any more get a place nobody can log in to."""
    own_review(handover.review)
    acting_member(actor, handover.review, Can.IMPORT)
    require_own(actor, handover)
    handover = _locked(handover)
    if not handover.choices:
        raise Invalid("First say whose the names are and what the labels mean.")
    chosen = Chosen.of(handover)
    meanings_of(handover, chosen, _provisional(handover, chosen))  # members and reasons may have gone meanwhile
    names, values = handover.found["people"], handover.found["values"]
    handover.choices |= {
        "former": {
            str(place): _former(actor, handover.review, names[place][0]).pk
            for place, choice in enumerate(chosen.people)
            if choice == FORMER
        },
        "reasons": {
            str(place): _reason(actor, handover.review, values[place][2]).pk
            for place, choice in enumerate(chosen.values)
            if choice == NEW_REASON
        },
    }
    handover.state = ImportState.QUEUED
    handover.job = jobs.enqueue(
        "screening.take_over_judgements",
        review=handover.review,
        key=f"handover:{handover.pk}",
        title=f"Taking over {handover.filename}",
        requested_by=actor,
        url=f"/reviews/{handover.review_id}/handovers/{handover.pk}/",
        arguments={"handover": handover.pk},
    )
    handover.save()
    audit.log(
        actor=actor,
        review=handover.review,
        action="screening.handover.confirmed",
        target=handover,
        after={"filename": handover.filename, "given blind": handover.blind},
    )
    return handover.job


def confirmed_meanings(handover: Handover) -> Meanings:
    """The choices with the people and reasons that confirming made."""
    made = handover.choices
    numbers = Numbers(
        {int(place): pk for place, pk in made["former"].items()},
        {int(place): pk for place, pk in made["reasons"].items()},
    )
    return meanings_of(handover, Chosen.of(handover), numbers)


def _former(actor: User, review: Review, name: str) -> User:
    """A former reviewer of this name: a person without a password, whose place in the review has ended."""
    name = (name.strip() or "Former reviewer")[:150]
    known = User.objects.filter(
        memberships__review=review, is_active=False, name=name, email__endswith=f"@{FORMER_DOMAIN}"
    ).first()
    if known:
        return known
    person = User(name=name, email=f"{uuid4().hex}@{FORMER_DOMAIN}", is_active=False)
    person.set_unusable_password()
    person.save()
    membership = Membership.objects.create(review=review, user=person, tasks=[], left_at=timezone.now())
    audit.log(
        actor=actor,
        review=review,
        action="reviews.member.former_added",
        target=membership,
        after={"user": person.pk, "name": name},
    )
    return person


def _reason(actor: User, review: Review, label: str) -> ExclusionReason:
    known = ExclusionReason.objects.filter(review=review, label__iexact=label[:200], retired_at=None).first()
    return known or add_exclusion_reason(actor=actor, review=review, label=label[:200])
