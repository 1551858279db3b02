"""What a lead says of single studies: which instrument is meant for them, and whether a sensitivity analysis leaves them out."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils import timezone

from appraisal.choices import Use
from appraisal.models import Assignment, Comparison, Instrument, MeantStudy, SensitivityMark
from appraisal.queries.attributes import attribute_columns
from appraisal.services.instruments import lock_instrument
from reviewapp.accounts.models import User
from reviewapp.audit import services as audit
from reviewapp.lib.errors import AlreadyDone, Invalid, require_clean_text
from reviewapp.reviews.permissions import Can
from screening.models import Study
from screening.services.locks import act, acting_member, own_review

MOST_CONDITIONS, MOST_WORDS = 10, 20


@act
def set_meant_for(*, actor: User, instrument: Instrument, conditions: Sequence[Mapping[str, Any]]) -> Instrument:
    """Which studies an instrument is meant for, by their attributes; without conditions for all. What is assigned stays."""
    instrument = lock_instrument(actor, instrument)
    known = {column.key for column in attribute_columns(instrument.review)}
    before = instrument.meant_for
    if len(conditions) > MOST_CONDITIONS:
        raise Invalid(f"At most {MOST_CONDITIONS} conditions.")
    instrument.meant_for = [_condition(one, known) for one in conditions]
    instrument.save(update_fields=["meant_for"])
    audit.log(
        actor=actor,
        review=instrument.review,
        action="appraisal.instrument.meant_for_set",
        target=instrument,
        before={"conditions": before},
        after={"title": instrument.title, "conditions": instrument.meant_for},
    )
    return instrument


def _condition(given: Mapping[str, Any], known: set[str]) -> dict[str, Any]:
    attribute = str(given.get("attribute", ""))
    words = [require_clean_text(str(word), what="word").strip() for word in given.get("words", ())]
    words = list(dict.fromkeys(word for word in words if word))
    if attribute not in known:
        raise Invalid("Choose an attribute that a question tells of the studies.")
    if not 1 <= len(words) <= MOST_WORDS or any(len(word) > 100 for word in words):
        raise Invalid(f"Write 1 to {MOST_WORDS} words, of which the attribute must say one.")
    return {"attribute": attribute, "words": words}


@act
def say_meant(*, actor: User, instrument: Instrument, study: Study, meant: bool | None) -> MeantStudy | None:
    """Say by hand whether an instrument is meant for a study; None leaves it to the conditions again."""
    instrument = lock_instrument(actor, instrument)
    if study.review_id != instrument.review_id:
        raise Invalid("This study belongs to another review.")
    standing = MeantStudy.objects.filter(instrument=instrument, study=study, set_aside_at=None)
    before = standing.values_list("meant", flat=True).first()
    standing.update(set_aside_at=timezone.now())
    made = (
        None if meant is None else MeantStudy.objects.create(instrument=instrument, study=study, meant=meant, by=actor)
    )
    audit.log(
        actor=actor,
        review=instrument.review,
        action="appraisal.study.meant",
        target=study,
        before={"meant": before},
        after={"instrument": instrument.title, "meant": meant},
    )
    return made


@act
def set_drop_rule(*, actor: User, instrument: Instrument, ratings: Sequence[str], gates: bool) -> Instrument:
    """With which ratings, and whether with a closed gate, a sensitivity analysis leaves a study out; nothing leaves the review."""
    instrument = lock_instrument(actor, instrument)
    if instrument.use != Use.APPRAISAL:
        raise Invalid("Studies are left out by what their appraisal says.")
    levels = [level.label for level in instrument.levels]
    if not set(ratings) <= set(levels):
        raise Invalid("Choose among the levels of the instrument's rating rule.")
    before = instrument.drop_rule
    chosen = [level for level in levels if level in ratings]
    instrument.drop_rule = {"ratings": chosen, "gates": gates} if chosen or gates else None
    instrument.save(update_fields=["drop_rule"])
    audit.log(
        actor=actor,
        review=instrument.review,
        action="appraisal.instrument.drop_rule_set",
        target=instrument,
        before={"rule": before},
        after={"title": instrument.title, "rule": instrument.drop_rule},
    )
    return instrument


@act
def mark_study(*, actor: User, study: Study, drop: bool | None, reason: str = "") -> SensitivityMark | None:
    """Say by hand that a sensitivity analysis leaves a study out, or keeps it; None leaves it to the rules again.

    While people are at work on a study a mark would tell them what its author thinks of it, so it has to wait.
    """
    own_review(study.review)
    acting_member(actor, study.review, Can.LEAD)
    study = Study.objects.select_for_update(of=("self",)).select_related("review").get(pk=study.pk)
    reason = require_clean_text(reason, what="reason").strip()
    if drop is not None and not 1 <= len(reason) <= 2000:
        raise Invalid("Say why in a sentence: at most 2,000 characters.")
    if drop is not None and _is_at_work(study):
        raise AlreadyDone(
            "People are asked to fill in this study and not all have finished. Mark it then: now a mark would tell them "
            "what you think of it."
        )
    standing = SensitivityMark.objects.filter(study=study, set_aside_at=None)
    before: Any = standing.values("drop", "reason").first()
    standing.update(set_aside_at=timezone.now())
    made = None if drop is None else SensitivityMark.objects.create(study=study, drop=drop, reason=reason, by=actor)
    audit.log(
        actor=actor,
        review=study.review,
        action="appraisal.study.marked",
        target=study,
        before=before,
        after={"drop": drop},
        reason=reason,
    )
    return made


def _is_at_work(study: Study) -> bool:
    """Whether somebody is asked about the study whose answers are not revealed; both are known to all members."""
    asked = Assignment.objects.filter(study=study, withdrawn_at=None, instrument__retired_at=None)
    revealed = Comparison.objects.filter(study=study).values("instrument")
    return asked.exclude(instrument__in=revealed).exists()
