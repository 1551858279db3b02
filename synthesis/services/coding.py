"""Coding: putting codes on stretches of a text, taking them off, moving them, and saying that there is nothing to code.

While the person's reading of the study is open this touches their own independent layer; once the study was compared, the
layer that the team agrees on.
"""

from dataclasses import dataclass

from reviewapp.accounts.models import User
from reviewapp.lib.errors import AlreadyDone, Invalid, NotAllowed
from reviewapp.reviews.permissions import Can
from screening.models import Study
from screening.services.locks import act
from synthesis.choices import Layer, Origin
from synthesis.models import Code, Coding, SetAside, TextVersion
from synthesis.services.codes import code_for, recode
from synthesis.services.journal import Changes, acting, enter
from synthesis.services.texts import hold_current
from synthesis.visibility import codes_visible_to, is_own_reading_open, is_revealed, plan_of


@dataclass(frozen=True)
class Place:
    """Where an act of coding happens: the study, in which layer, and whether colleagues must not learn of it yet."""

    study: Study
    layer: Layer
    hidden: bool


def place_for(actor: User, study: Study) -> Place:
    """The layer that the actor may change now. Raises NotAllowed when the reading is finished or nobody asked for it."""
    if is_revealed(study):
        return Place(study, Layer.AGREED, hidden=False)
    if is_own_reading_open(actor, study):
        return Place(study, Layer.OWN, hidden=not plan_of(study.review).is_open)
    raise NotAllowed(
        f"You cannot code {study} now: your reading of it is finished, or the study was not given to you. Nothing was changed."
    )


@act
def code_stretch(
    *,
    actor: User,
    version: TextVersion,
    start: int,
    end: int,
    code: Code | None = None,
    name: str = "",
    origin: str = Origin.INDUCTIVE,
) -> Coding:
    """Put a code on [start, end) of a text: an existing one, or one of that name, which is made if there is none.

    Coding the same stretch with the same code again changes nothing. Raises Invalid outside the text.
    """
    text = version.text
    enter(actor, text.review, Can.CODE)
    place = place_for(actor, text.study)
    hold_current(version)
    quote = _quote(version, start, end)
    label = f"Coded “{_short(quote)}”"
    with acting(
        actor,
        text.review,
        "synthesis.coding.made",
        label,
        study=_own(place),
        hidden=place.hidden,
        after={"quote": _short(quote)},
    ) as changes:
        code = _code(changes, actor, text.study, code, name, origin)
        return _put(changes, actor, place, version, code, start, end, quote)


def _code(changes: Changes, actor: User, study: Study, code: Code | None, name: str, origin: str) -> Code:
    if code is None:
        return code_for(changes, actor, study, name, origin=origin)
    if code.review_id != study.review_id or not codes_visible_to(actor, study.review).filter(pk=code.pk).exists():
        raise Invalid("There is no such code any more.")
    return code


def _put(
    changes: Changes, actor: User, place: Place, version: TextVersion, code: Code, start: int, end: int, quote: str
) -> Coding:
    same = {"version": version, "code": code, "layer": place.layer, "start": start, "end": end, "removed_at": None}
    if place.layer == Layer.OWN:
        same["coder"] = actor
    if found := Coding.objects.filter(**same).first():
        return found
    made = Coding.objects.create(
        study=place.study, version=version, code=code, coder=actor, layer=place.layer, start=start, end=end, quote=quote
    )
    changes.made(made)
    return made


@act
def remove_coding(*, actor: User, coding: Coding) -> None:
    """Take a code off a stretch."""
    coding, place = _changeable(actor, coding)
    with acting(
        actor,
        coding.study.review,
        "synthesis.coding.removed",
        f"Took “{coding.code}” off “{_short(coding.quote)}”",
        study=_own(place),
        hidden=place.hidden,
        after={"code": coding.code.name, "quote": _short(coding.quote)},
    ) as changes:
        changes.remove([coding])


@act
def change_coding(
    *,
    actor: User,
    coding: Coding,
    code: Code | None = None,
    name: str = "",
    start: int | None = None,
    end: int | None = None,
    is_contrary: bool | None = None,
) -> Coding:
    """Give a coding another code, other ends, or say whether it speaks against its themes."""
    coding, place = _changeable(actor, coding)
    first = coding.start if start is None else start
    last = coding.end if end is None else end
    quote = _quote(coding.version, first, last)
    with acting(
        actor,
        coding.study.review,
        "synthesis.coding.changed",
        f"Changed the coding of “{_short(coding.quote)}”",
        study=_own(place),
        hidden=place.hidden,
        after={"was": coding.code.name, "quote": _short(quote)},
    ) as changes:
        if (first, last) != (coding.start, coding.end):
            hold_current(coding.version)
            changes.set([coding], start=first, end=last, quote=quote)
        if is_contrary is not None:
            changes.set([coding], is_contrary=is_contrary)
        if code is not None or name:
            recode(changes, [coding], _code(changes, actor, coding.study, code, name, Origin.INDUCTIVE))
    coding.refresh_from_db()
    return coding


@act
def set_aside(*, actor: User, version: TextVersion, start: int, end: int) -> SetAside:
    """Say that a stretch was read and holds nothing to code."""
    text = version.text
    enter(actor, text.review, Can.CODE)
    place = place_for(actor, text.study)
    hold_current(version)
    quote = _quote(version, start, end)
    same = SetAside.objects.filter(version=version, coder=actor, start=start, end=end, removed_at=None).first()
    if same:
        return same
    with acting(
        actor,
        text.review,
        "synthesis.stretch.set_aside",
        f"Nothing to code in “{_short(quote)}”",
        study=_own(place),
        hidden=place.hidden,
    ) as changes:
        made = SetAside.objects.create(study=text.study, version=version, coder=actor, start=start, end=end)
        changes.made(made)
    return made


@act
def take_up(*, actor: User, aside: SetAside) -> None:
    """Take a stretch that was set aside up again."""
    review = aside.study.review
    enter(actor, review, Can.CODE)
    aside = SetAside.objects.select_for_update(of=("self",)).select_related("study__review").get(pk=aside.pk)
    place = place_for(actor, aside.study)
    if aside.coder_id != actor.pk and place.layer == Layer.OWN:
        raise NotAllowed("Only the person who set it aside can take it up again.")
    if aside.removed_at:
        raise AlreadyDone("It was taken up again a moment ago.")
    with acting(
        actor, review, "synthesis.stretch.taken_up", "Took a stretch up again", study=_own(place), hidden=place.hidden
    ) as changes:
        changes.remove([aside])


def _changeable(actor: User, coding: Coding) -> tuple[Coding, Place]:
    """The coding, locked, where the actor may change it: their own open reading, or the agreed layer."""
    enter(actor, coding.study.review, Can.CODE)
    locked = (
        Coding.objects.select_for_update(of=("self",))
        .select_related("study__review", "version__text", "code")
        .get(pk=coding.pk)
    )
    place = place_for(actor, locked.study)
    if locked.layer != place.layer or (place.layer == Layer.OWN and locked.coder_id != actor.pk):
        raise NotAllowed("Independent codings stay as they were given. Nothing was changed.")
    if locked.removed_at:
        raise AlreadyDone("This coding was taken away a moment ago.")
    return locked, place


def _own(place: Place) -> Study | None:
    return place.study if place.layer == Layer.OWN else None


def _quote(version: TextVersion, start: int, end: int) -> str:
    if not 0 <= start < end <= len(version.content):
        raise Invalid("The selection lies outside the text. Nothing was saved.")
    quote = version.content[start:end]
    if not quote.strip():
        raise Invalid("The selection holds no words.")
    return quote


def _short(quote: str) -> str:
    quote = " ".join(quote.split())
    return quote if len(quote) <= 60 else quote[:59] + "…"


@act
def place_again(*, actor: User, coding: Coding, start: int, end: int) -> Coding:
    """Put a coding whose words a correction changed on a stretch of the text as it stands now."""
    coding, place = _changeable(actor, coding)
    version = coding.version.text.current
    if version is None:
        raise AlreadyDone("This text was taken away meanwhile.")
    hold_current(version)
    quote = _quote(version, start, end)
    with acting(
        actor,
        coding.study.review,
        "synthesis.coding.placed_again",
        f"Placed “{coding.code}” again on “{_short(quote)}”",
        study=_own(place),
        hidden=place.hidden,
        after={"code": coding.code.name, "quote": _short(quote)},
    ) as changes:
        changes.set([coding], version=version, start=start, end=end, quote=quote)
    return coding
