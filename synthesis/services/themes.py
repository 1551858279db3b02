"""Themes: descriptive ones group codes, analytical ones group descriptive ones, many to many. Each act can be undone."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from django.db import models
from django.db.models import Max

from reviewapp.accounts.models import User
from reviewapp.lib.errors import AlreadyDone, Invalid, require_clean_text
from reviewapp.reviews.models import Review
from reviewapp.reviews.permissions import Can
from screening.models import Study
from screening.queries.included import included_studies
from screening.services.locks import act, hold
from synthesis.choices import Level
from synthesis.models import Code, Theme, ThemeCode, ThemePart, ThemeSupport
from synthesis.services.codes import clean_colour
from synthesis.services.journal import Changes, acting, enter

LONGEST_NAME = 200
TEXTS = ("statement", "narrative")
EDITABLE = ("name", "colour", *TEXTS)
Member = ThemeCode | ThemePart


@act
def create_theme(
    *,
    actor: User,
    review: Review,
    level: str,
    name: str,
    statement: str = "",
    narrative: str = "",
    colour: str = "",
    codes: Collection[Code] = (),
    parts: Collection[Theme] = (),
    members: Collection[Code | Theme] = (),
) -> Theme:
    """A new theme at the end of its level; a descriptive one may be born with codes, an analytical one with descriptive ones."""
    _enter(actor, review)
    if level not in Level.values:
        raise Invalid("A theme is descriptive or analytical.")
    name = clean_name(name)
    _require_free(review, level, name)
    last = Theme.objects.filter(review=review, level=level).aggregate(last=Max("position"))["last"]
    with acting(
        actor, review, "synthesis.theme.created", f"Made the theme “{name}”", after={"theme": name, "level": level}
    ) as changes:
        made = Theme.objects.create(
            review=review,
            level=level,
            name=name,
            statement=require_clean_text(statement, what="statement").strip(),
            narrative=require_clean_text(narrative, what="narrative").strip(),
            colour=clean_colour(colour),
            position=0 if last is None else last + 1,
            created_by=actor,
        )
        changes.made(made)
        _put(changes, made, list(dict.fromkeys([*codes, *parts, *members])))
    return made


@act
def edit_theme(*, actor: User, theme: Theme, values: dict[str, Any], seen: int | None = None) -> Theme:
    """Rename a theme or change what it says: `values` holds any of name, statement, narrative, colour.

    seen: the version that the person had before them; AlreadyDone when a colleague has changed the theme since.
    """
    _enter(actor, theme.review)
    theme = _locked(theme)
    if unknown := set(values) - set(EDITABLE):
        raise Invalid(f"A theme has no {', '.join(sorted(unknown))}.")
    if seen is not None and seen != theme.version:
        raise AlreadyDone(
            f"A colleague changed “{theme}” while you wrote. Nothing was overwritten: look at theirs, then save yours."
        )
    new = {key: require_clean_text(str(value), what=key).strip() for key, value in values.items()}
    if "name" in new:
        new["name"] = clean_name(new["name"])
        _require_free(theme.review, theme.level, new["name"], but=theme)
    if "colour" in new:
        new["colour"] = clean_colour(new["colour"])
    new = {key: value for key, value in new.items() if value != getattr(theme, key)}
    if not new:
        return theme
    renamed = "name" in new
    label = f"Renamed “{theme}” to “{new['name']}”" if renamed else f"Changed the theme “{theme}”"
    action = "synthesis.theme.renamed" if renamed else "synthesis.theme.changed"
    with acting(actor, theme.review, action, label, target=theme, after={"theme": theme.name, **new}) as changes:
        changes.set([theme], **new)
        if set(new) - {"colour"}:
            changes.set([theme], version=theme.version + 1)
    return theme


@act
def put_into(*, actor: User, theme: Theme, members: Collection[Code | Theme], out_of: Theme | None = None) -> Theme:
    """Put codes into a descriptive theme, or descriptive themes into an analytical one, several at once.

    out_of: the theme they are moved from; without it they stay wherever else they are. What is in the theme already stays as
    it is. Raises Invalid when a member does not fit the theme's level.
    """
    _enter(actor, theme.review)
    found = _locked_all([theme, *([out_of] if out_of else [])])
    theme = found[theme.pk]
    members = list(dict.fromkeys(members))
    if not members:
        raise Invalid("Choose at least one to put into the theme.")
    what = _named(members)
    with acting(
        actor,
        theme.review,
        "synthesis.theme.filled",
        f"Put {what} into “{theme}”",
        target=theme,
        after={"theme": theme.name, "members": [str(member) for member in members]},
    ) as changes:
        _put(changes, theme, members)
        if out_of is not None and out_of.pk != theme.pk:
            changes.remove(_standing(found[out_of.pk], members))
    return theme


@act
def take_out(*, actor: User, theme: Theme, members: Collection[Code | Theme]) -> Theme:
    """Take codes or descriptive themes out of a theme; they stay wherever else they are."""
    _enter(actor, theme.review)
    theme = _locked(theme)
    rows = _standing(theme, members)
    if not rows:
        raise AlreadyDone(f"This is not in “{theme}” any more.")
    with acting(
        actor,
        theme.review,
        "synthesis.theme.emptied",
        f"Took {_named(members)} out of “{theme}”",
        target=theme,
        after={"theme": theme.name, "members": [str(member) for member in members]},
    ) as changes:
        changes.remove(rows)
    return theme


@act
def order_themes(*, actor: User, review: Review, level: str, themes: Sequence[Theme]) -> None:
    """Give a level's themes an order; those not named follow behind, as they stood."""
    _enter(actor, review)
    standing = list(Theme.objects.select_for_update().filter(review=review, level=level, removed_at=None))
    _order(actor, review, standing, [theme.pk for theme in themes], "Changed the order of the themes", None)


@act
def order_members(*, actor: User, theme: Theme, members: Sequence[Code | Theme]) -> None:
    """Give what is in a theme an order; what is not named follows behind, as it stood."""
    _enter(actor, theme.review)
    theme = _locked(theme)
    rows = _rows(theme)
    by_member = {_member_of(row): row.pk for row in rows}
    asked = [by_member[member.pk] for member in members if member.pk in by_member]
    _order(actor, theme.review, rows, asked, f"Changed the order in “{theme}”", theme)


@act
def merge_themes(*, actor: User, kept: Theme, merged: Collection[Theme], reason: str = "") -> Theme:
    """Put everything of some themes of one level into another one of it; undo takes them apart again."""
    _enter(actor, kept.review)
    found = _locked_all([kept, *merged])
    kept = found.pop(kept.pk)
    others = list(found.values())
    if not others:
        raise Invalid("Choose at least two themes to merge.")
    if any(theme.level != kept.level for theme in others):
        raise Invalid("Only themes of one level can be merged.")
    with acting(
        actor,
        kept.review,
        "synthesis.theme.merged",
        f"Merged {_named(others)} into “{kept}”",
        target=kept,
        after={"theme": kept.name, "merged": [theme.name for theme in others]},
        reason=reason,
    ) as changes:
        for theme in others:
            _merge(changes, theme, kept)
    return kept


@act
def remove_theme(*, actor: User, theme: Theme, reason: str = "") -> None:
    """Take a theme away; the codes or themes that were in it stay."""
    _enter(actor, theme.review)
    theme = _locked(theme)
    with acting(
        actor,
        theme.review,
        "synthesis.theme.removed",
        f"Removed the theme “{theme}”",
        target=theme,
        after={"theme": theme.name},
        reason=reason,
    ) as changes:
        changes.remove(_rows(theme))
        changes.remove(theme.wholes.filter(removed_at=None))
        changes.remove(theme.support_by_hand.filter(removed_at=None))
        changes.remove([theme])


@act
def say_support(*, actor: User, theme: Theme, study: Study, counts: bool | None, note: str = "") -> None:
    """Count an included study to a theme by hand (True), or not to it (False), with a note; None leaves it to the codings."""
    _enter(actor, theme.review)
    theme = _locked(theme)
    if not included_studies(theme.review).filter(pk=study.pk).exists():
        raise Invalid("Only an included study can support a theme.")
    note = require_clean_text(note, what="note").strip()
    if counts is not None and not note:
        raise Invalid("Say why, in a few words: support by hand stands in the tables with its note.")
    verdict = {True: "Counted {} to “{}”", False: "Counted {} out of “{}”", None: "Left {} in “{}” to the codings"}
    with acting(
        actor,
        theme.review,
        "synthesis.theme.supported",
        verdict[counts].format(study, theme),
        target=theme,
        after={"theme": theme.name, "study": study.label, "counts": counts},
        reason=note,
    ) as changes:
        changes.remove(theme.support_by_hand.filter(study=study, removed_at=None))
        if counts is not None:
            changes.made(
                ThemeSupport.objects.create(theme=theme, study=study, counts=counts, note=note, created_by=actor)
            )


def clean_name(name: str) -> str:
    """The name as it is kept: one line, no white space around. Raises Invalid."""
    name = " ".join(require_clean_text(name, what="name").split())
    if not name:
        raise Invalid("A theme needs a name.")
    if len(name) > LONGEST_NAME:
        raise Invalid(f"A theme's name has {LONGEST_NAME} characters at most; its statement holds the rest.")
    return name


def _enter(actor: User, review: Review) -> None:
    """Themes are few and everybody's: one person changes them at a time, so that names and places do not collide."""
    enter(actor, review, Can.SYNTHESISE)
    hold(f"themes of {review.pk}")


def _locked(theme: Theme) -> Theme:
    return _locked_all([theme])[theme.pk]


def _locked_all(themes: Iterable[Theme]) -> dict[int, Theme]:
    """The themes as they are now, by id in the order asked. Raises AlreadyDone when one was taken away."""
    asked = list(dict.fromkeys(theme.pk for theme in themes))
    locked = Theme.objects.select_for_update(of=("self",)).select_related("review").filter(pk__in=asked)
    found = {theme.pk: theme for theme in locked.order_by("pk")}
    if gone := next((theme for theme in found.values() if theme.removed_at), None):
        raise AlreadyDone(f"“{gone}” was taken away a moment ago. Nothing was changed.")
    if len({theme.review_id for theme in found.values()}) > 1 or len(found) < len(asked):
        raise Invalid("There is no such theme in this review.")
    return {pk: found[pk] for pk in asked}


def _require_free(review: Review, level: str, name: str, *, but: Theme | None = None) -> None:
    twins = Theme.objects.filter(review=review, level=level, name__iexact=name, removed_at=None)
    if (twins.exclude(pk=but.pk) if but else twins).exists():
        raise AlreadyDone(f"There is a theme “{name}” already. Merge the two if they mean the same.")


def _put(changes: Changes, theme: Theme, members: Sequence[Code | Theme]) -> None:
    if not members:
        return
    _require_fitting(theme, members)
    rows = _rows(theme)
    here = {_member_of(row) for row in rows}
    position = max((row.position for row in rows), default=-1) + 1
    made: list[models.Model] = []
    for place, member in enumerate((m for m in members if m.pk not in here), start=position):
        if isinstance(member, Code):
            made.append(ThemeCode.objects.create(theme=theme, code=member, position=place))
        else:
            made.append(ThemePart.objects.create(theme=theme, part=member, position=place))
    changes.made(*made)


def _require_fitting(theme: Theme, members: Sequence[Code | Theme]) -> None:
    if theme.level == Level.DESCRIPTIVE:
        if not all(isinstance(member, Code) for member in members):
            raise Invalid("A descriptive theme holds codes. Put descriptive themes into an analytical one.")
        # Locked, so that a code is not taken away in the moment in which it gets its place.
        locked = Code.objects.select_for_update().filter(pk__in=[member.pk for member in members]).order_by("pk")
        fitting: list[Code | Theme] = [code for code in locked if code.removed_at is None and code.shared_at]
    else:
        if not all(isinstance(member, Theme) for member in members):
            raise Invalid("An analytical theme holds descriptive ones. Put codes into a descriptive theme.")
        found = _locked_all(member for member in members if isinstance(member, Theme))
        if any(part.level != Level.DESCRIPTIVE for part in found.values()):
            raise Invalid("An analytical theme holds descriptive ones, not other analytical ones.")
        fitting = list(found.values())
    if len(fitting) < len(members) or any(each.review_id != theme.review_id for each in fitting):
        raise Invalid("One of these is not in the codebook that everybody sees any more. Nothing was changed.")


def _rows(theme: Theme) -> list[Member]:
    kind: type[Member] = ThemeCode if theme.level == Level.DESCRIPTIVE else ThemePart
    return list(kind._default_manager.filter(theme=theme, removed_at=None).select_for_update())


def _member_of(row: Member) -> Any:
    return row.code_id if isinstance(row, ThemeCode) else row.part_id


def _standing(theme: Theme, members: Collection[Code | Theme]) -> list[Member]:
    asked = {member.pk for member in members}
    return [row for row in _rows(theme) if _member_of(row) in asked]


def _order(
    actor: User, review: Review, rows: Sequence[Any], asked: Sequence[int], label: str, target: Theme | None
) -> None:
    place = {pk: number for number, pk in enumerate(asked)}
    wanted = sorted(rows, key=lambda row: (place.get(row.pk, len(place)), row.position, row.pk))
    after = {"theme": target.name} if target else {}
    with acting(actor, review, "synthesis.themes.ordered", label, target=target, after=after) as changes:
        for number, row in enumerate(wanted):
            changes.set([row], position=number)


def _merge(changes: Changes, theme: Theme, kept: Theme) -> None:
    _carry(changes, _rows(theme), {_member_of(row) for row in _rows(kept)}, _member_of, kept)
    wholes = set(kept.wholes.filter(removed_at=None).values_list("theme", flat=True))
    for row in theme.wholes.filter(removed_at=None):
        if row.theme_id in wholes:
            changes.remove([row])
        else:
            changes.set([row], part=kept)
    said = set(kept.support_by_hand.filter(removed_at=None).values_list("study", flat=True))
    rows = list(theme.support_by_hand.filter(removed_at=None))
    _carry(changes, rows, said, lambda row: row.study_id, kept)
    changes.remove([theme])


def _carry(changes: Changes, rows: Sequence[Any], taken: set[Any], key: Any, kept: Theme) -> None:
    """Give rows to the theme that is kept; what it has already is taken away."""
    changes.remove([row for row in rows if key(row) in taken])
    changes.set([row for row in rows if key(row) not in taken], theme=kept)


def _named(members: Collection[Any]) -> str:
    names = [f"“{member}”" for member in members]
    return ", ".join(names) if len(names) <= 3 else f"{', '.join(names[:2])} and {len(names) - 2} more"
