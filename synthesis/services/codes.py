"""The codebook: codes are made, described, moved, merged, split and taken away. Each is an act that can be undone."""

from collections.abc import Collection
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from reviewapp.accounts.models import User
from reviewapp.lib.errors import AlreadyDone, Invalid, require_clean_text
from reviewapp.reviews.models import Review
from reviewapp.reviews.permissions import Can
from screening.models import Study
from screening.services.locks import act
from synthesis.choices import Layer, Origin
from synthesis.models import Act, Code, Coding, ThemeCode
from synthesis.services.journal import Changes, acting, enter, take_back
from synthesis.visibility import codes_visible_to, held_codings, is_own_reading_open, plan_of

LONGEST_NAME = 200
TEXTS = ("definition", "use_when", "not_when", "example")
EDITABLE = ("name", "colour", "origin", *TEXTS)


def clean_name(name: str) -> str:
    """The name as it is kept: one line, no white space around. Raises Invalid."""
    name = " ".join(require_clean_text(name, what="name").split())
    if not name:
        raise Invalid("A code needs a name.")
    if len(name) > LONGEST_NAME:
        raise Invalid(f"A code's name has {LONGEST_NAME} characters at most; its definition holds the rest.")
    return name


@act
def create_code(
    *,
    actor: User,
    review: Review,
    name: str,
    parent: Code | None = None,
    origin: str = Origin.DEDUCTIVE,
    definition: str = "",
    colour: str = "",
    shared: bool = True,
) -> Code:
    """A new code in the codebook that everybody sees, or (not shared) one's own until a study that uses it is compared."""
    enter(actor, review, Can.SYNTHESISE)
    name = clean_name(name)
    if _named(actor, review, name):
        raise AlreadyDone(f"There is a code “{name}” already.")
    shared = shared or plan_of(review).is_open
    with acting(
        actor, review, "synthesis.code.created", f"Made the code “{name}”", hidden=not shared, after={"code": name}
    ) as changes:
        return make_code(
            changes,
            actor,
            review,
            name,
            parent=parent,
            origin=origin,
            definition=definition,
            colour=colour,
            shared=shared,
        )


def make_code(
    changes: Changes,
    actor: User,
    review: Review,
    name: str,
    *,
    parent: Code | None = None,
    origin: str = Origin.INDUCTIVE,
    definition: str = "",
    colour: str = "",
    study: Study | None = None,
    shared: bool,
) -> Code:
    """Inside an act: a code of that name, made."""
    if origin not in Origin.values:
        raise Invalid("Choose one of the origins offered.")
    if parent is not None:
        _require_visible(actor, parent)
        if shared and parent.shared_at is None:
            raise Invalid("A code that everybody sees cannot stand under one that only you see.")
    made = Code.objects.create(
        review=review,
        name=name,
        parent=parent,
        origin=origin,
        definition=require_clean_text(definition, what="definition"),
        colour=clean_colour(colour),
        raised_by=study,
        created_by=actor,
        shared_at=timezone.now() if shared else None,
    )
    changes.made(made)
    return made


def code_for(changes: Changes, actor: User, study: Study, name: str, *, origin: str = Origin.INDUCTIVE) -> Code:
    """Inside an act on a study: the standing code of that name that the actor sees, or a new one.

    While the actor reads apart from others a new code is theirs alone.
    """
    name = clean_name(name)
    found = _named(actor, study.review, name)
    if found:
        return found
    apart = is_own_reading_open(actor, study) and not plan_of(study.review).is_open
    return make_code(changes, actor, study.review, name, origin=origin, study=study, shared=not apart)


def _named(actor: User, review: Review, name: str) -> Code | None:
    found = codes_visible_to(actor, review).filter(name__iexact=name, removed_at=None)
    return found.order_by("shared_at").first()


@act
def edit_code(*, actor: User, code: Code, values: dict[str, Any]) -> Code:
    """Rename, recolour or describe a code. `values` holds any of name, colour, origin, definition, use_when, not_when, example."""
    enter(actor, code.review, Can.SYNTHESISE)
    code = _locked(actor, code)
    if unknown := set(values) - set(EDITABLE):
        raise Invalid(f"A code has no {', '.join(sorted(unknown))}.")
    new = {key: require_clean_text(str(value), what=key.replace("_", " ")) for key, value in values.items()}
    if "name" in new:
        new["name"] = clean_name(new["name"])
        twin = _named(actor, code.review, new["name"])
        if twin and twin.pk != code.pk:
            raise AlreadyDone(f"There is a code “{twin}” already. Merge the two if they mean the same.")
    if "origin" in new and new["origin"] not in Origin.values:
        raise Invalid("Choose one of the origins offered.")
    if "colour" in new:
        new["colour"] = clean_colour(new["colour"])
    renamed = "name" in new and new["name"] != code.name
    label = f"Renamed “{code}” to “{new['name']}”" if renamed else f"Changed the code “{code}”"
    action = "synthesis.code.renamed" if renamed else "synthesis.code.changed"
    with _on(actor, code, action, label, after={"code": code.name, **new}) as changes:
        changes.set([code], **new)
    return code


@act
def move_code(*, actor: User, code: Code, parent: Code | None) -> Code:
    """Put a code under another one, or at the top."""
    enter(actor, code.review, Can.SYNTHESISE)
    code = _locked(actor, code)
    if parent is not None:
        _require_visible(actor, parent)
        above: Code | None = Code.objects.get(pk=parent.pk)  # as it is now, not as the caller last saw it
        while above is not None:
            if above.pk == code.pk:
                raise Invalid("A code cannot stand under itself.")
            above = above.parent
        if code.shared_at and parent.shared_at is None:
            raise Invalid("A code that everybody sees cannot stand under one that only you see.")
    where = f"under “{parent}”" if parent else "to the top"
    with _on(
        actor,
        code,
        "synthesis.code.moved",
        f"Moved “{code}” {where}",
        after={"code": code.name, "under": str(parent or "")},
    ) as changes:
        changes.set([code], parent=parent)
    return code


@act
def merge_codes(*, actor: User, kept: Code, merged: Collection[Code], reason: str = "") -> Code:
    """Put the codings, sub-codes and theme places of some codes under another one; `take_apart` brings them back.

    Independent codings of others, and one's own that are finished, stay as they are: they follow when they are compared.
    """
    review = kept.review
    enter(actor, review, Can.SYNTHESISE)
    kept = _locked(actor, kept)
    others = [_locked(actor, code) for code in sorted(merged, key=lambda code: str(code.pk)) if code.pk != kept.pk]
    if not others:
        raise Invalid("Choose at least two codes to merge.")
    if kept.shared_at is None and any(code.shared_at for code in others):
        raise Invalid("Keep the code that everybody sees: yours can be merged into it.")
    names = ", ".join(f"“{code}”" for code in others)
    with _on(
        actor,
        kept,
        "synthesis.code.merged",
        f"Merged {names} into “{kept}”",
        after={"code": kept.name, "merged": [code.name for code in others]},
        reason=reason,
    ) as changes:
        for code in others:
            _merge(changes, actor, code, kept)
    return kept


def _merge(changes: Changes, actor: User, code: Code, kept: Code) -> None:
    recode(changes, list(movable(actor, code)), kept)
    under = list(Code.objects.filter(parent=code, removed_at=None).exclude(pk=kept.pk))
    changes.set(under, parent=kept)
    if kept.parent_id == code.pk:
        changes.set([kept], parent=code.parent)
    here = set(ThemeCode.objects.filter(code=kept, removed_at=None).values_list("theme", flat=True))
    places = list(ThemeCode.objects.filter(code=code, removed_at=None))
    changes.remove(place for place in places if place.theme_id in here)
    changes.set([place for place in places if place.theme_id not in here], code=kept)
    changes.set([code], removed_at=timezone.now(), merged_into=kept)


def movable(actor: User, code: Code) -> QuerySet[Coding]:
    """The codings of a code that a change of the codebook takes along: what the team holds, and the actor's open reading."""
    held = held_codings(code.review).filter(code=code).values("pk")
    own = Coding.objects.filter(code=code, coder=actor, layer=Layer.OWN, removed_at=None)
    own = own.filter(study__coding_comparison=None, study__coding_assignments__in=_open_assignments(actor))
    return (
        Coding.objects.filter(Q(pk__in=held) | Q(pk__in=own.values("pk")))
        .select_for_update(of=("self",))
        .order_by("pk")
    )


def _open_assignments(actor: User) -> QuerySet[Any]:
    return actor.coding_assignments.filter(finished_at=None, withdrawn_at=None)


def recode(changes: Changes, codings: list[Coding], code: Code) -> None:
    """Inside an act: give codings another code; where the same stretch has it already, the second one is taken away."""

    def place(coding: Coding) -> tuple[Any, ...]:
        return (coding.version_id, coding.layer, coding.coder_id, coding.start, coding.end)

    taken = {
        place(c) for c in Coding.objects.filter(code=code, removed_at=None, study__in={c.study_id for c in codings})
    }
    doubles: list[Coding] = []
    moving: list[Coding] = []
    for coding in codings:
        (doubles if place(coding) in taken else moving).append(coding)
        taken.add(place(coding))
    changes.remove(doubles)
    changes.set(moving, code=code)


@act
def take_apart(*, actor: User, code: Code) -> Code:
    """Bring back a code that was merged into another one, with everything that still is where the merge put it."""
    enter(actor, code.review, Can.SYNTHESISE)
    code = Code.objects.select_for_update(of=("self",)).select_related("review", "merged_into").get(pk=code.pk)
    if code.merged_into is None:
        raise AlreadyDone(f"“{code}” is not merged into another code.")
    merge = (
        Act.objects.filter(review=code.review, action="synthesis.code.merged", undone_at=None)
        .filter(
            changes__contains=[
                {"model": "code", "ids": [str(code.pk)], "after": {"merged_into_id": str(code.merged_into_id)}}
            ]
        )
        .order_by("-at")
        .first()
    )
    if merge is None:
        raise AlreadyDone(f"How “{code}” was merged is not on record; make a new code instead.")
    into = code.merged_into
    if twin := Code.objects.filter(_rivals(code)).exclude(pk=code.pk).first():
        raise AlreadyDone(f"There is another code “{twin}” by now. Rename that one first.")
    with acting(
        actor,
        code.review,
        "synthesis.code.parted",
        f"Took “{code}” out of “{into}” again",
        target=code,
        after={"code": code.name, "from": into.name},
    ) as changes:
        take_back(changes, merge)
    code.refresh_from_db()
    return code


def _rivals(code: Code) -> Q:
    found = Q(review=code.review, name__iexact=code.name, removed_at=None)
    return found & (Q(shared_at__isnull=False) if code.shared_at else Q(shared_at=None, created_by=code.created_by))


@act
def split_code(*, actor: User, code: Code, name: str, codings: Collection[Coding], reason: str = "") -> Code:
    """Move some codings of a code to a new code beside it."""
    enter(actor, code.review, Can.SYNTHESISE)
    code = _locked(actor, code)
    name = clean_name(name)
    if _named(actor, code.review, name):
        raise AlreadyDone(f"There is a code “{name}” already. Choose another name, or recode to it.")
    chosen = list(movable(actor, code).filter(pk__in=[coding.pk for coding in codings]))
    if not chosen:
        raise Invalid("Choose at least one coding that is to have the new code.")
    with _on(
        actor,
        code,
        "synthesis.code.split",
        f"Split “{name}” off “{code}”",
        after={"code": code.name, "new": name},
        reason=reason,
    ) as changes:
        made = make_code(
            changes, actor, code.review, name, parent=code.parent, origin=code.origin, shared=code.shared_at is not None
        )
        recode(changes, chosen, made)
    return made


@act
def delete_code(*, actor: User, code: Code, reason: str = "") -> None:
    """Take a code away with the codings that the team holds and the actor's open ones; what stood under it moves up."""
    enter(actor, code.review, Can.SYNTHESISE)
    code = _locked(actor, code)
    with _on(
        actor, code, "synthesis.code.deleted", f"Deleted “{code}”", after={"code": code.name}, reason=reason
    ) as changes:
        changes.remove(movable(actor, code))
        changes.set(Code.objects.filter(parent=code, removed_at=None), parent=code.parent)
        changes.remove(ThemeCode.objects.filter(code=code, removed_at=None))
        changes.set([code], removed_at=timezone.now())


def root_of(code: Code) -> Code:
    """Where a code went: itself, or what it was merged into in the end."""
    while code.merged_into is not None:
        code = code.merged_into
    return code


def _on(actor: User, code: Code, action: str, label: str, **more: Any) -> Any:
    return acting(actor, code.review, action, label, target=code, hidden=code.shared_at is None, **more)


def _locked(actor: User, code: Code) -> Code:
    locked = Code.objects.select_for_update(of=("self",)).select_related("review", "parent").get(pk=code.pk)
    if locked.removed_at:
        raise AlreadyDone(f"“{locked}” was taken away a moment ago. Nothing was changed.")
    _require_visible(actor, locked)
    return locked


def _require_visible(actor: User, code: Code) -> None:
    if code.removed_at or not codes_visible_to(actor, code.review).filter(pk=code.pk).exists():
        raise Invalid("There is no such code any more.")


def clean_colour(value: str) -> str:
    """A colour as it is kept, or none. Raises Invalid."""
    value = value.strip().lower()
    if value and not (len(value) == 7 and value[0] == "#" and all(c in "0123456789abcdef" for c in value[1:])):
        raise Invalid("A colour is written like #2f6f8f.")
    return value
