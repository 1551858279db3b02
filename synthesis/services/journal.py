"""Acts that can be undone: every change of a row goes through `Changes`, and undo and redo walk along them.

A row is never deleted: it is taken away by `removed_at`. So an act is a list of fields of rows with the value before and after,
and to undo it means to set what is still as the act left it back to what it was.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from django.apps import apps
from django.db import IntegrityError, models, transaction
from django.db.models import Max
from django.utils import timezone

from reviewapp.accounts.models import User
from reviewapp.audit import services as audit
from reviewapp.lib.errors import AlreadyDone, NotAllowed
from reviewapp.reviews.models import Membership, Review
from reviewapp.reviews.permissions import Can, require
from screening.models import Study
from screening.services.locks import act, share_review
from synthesis.models import Act
from synthesis.queries.acts import next_to_redo, next_to_undo
from synthesis.services.integrity import torn
from synthesis.visibility import PLACE, is_own_reading_open

Change = dict[str, Any]


@dataclass
class Changes:
    """What an act has changed so far."""

    rows: list[Change] = field(default_factory=list)

    def made(self, *rows: models.Model) -> None:
        """New rows: before this act they were not there, which is told by a removal."""
        for kind, ids in _by_kind(rows).items():
            self.rows.append(_change(kind, ids, {"removed_at": _plain(timezone.now())}, {"removed_at": None}))

    def set(self, rows: Iterable[models.Model], **values: Any) -> None:
        """Give rows new values, remembering the old ones. Rows are changed in memory and in the database, all fields at once."""
        rows = list(rows)
        if not rows:
            return
        new = {
            _column(rows[0], name).attname: value.pk if isinstance(value, models.Model) else value
            for name, value in values.items()
        }
        after = {name: _plain(value) for name, value in new.items()}
        for before, group in _by_values(rows, list(new)):
            if before == after:
                continue
            ids = [str(row.pk) for row in group]
            type(group[0])._base_manager.filter(pk__in=ids).update(**new)
            self.rows.append(_change(group[0]._meta.model_name or "", ids, before, after))
        for row in rows:
            for name, value in values.items():
                setattr(row, name, value)

    def remove(self, rows: Iterable[models.Model]) -> None:
        self.set(rows, removed_at=timezone.now())


@dataclass(frozen=True)
class Walked:
    """What undo or redo came to: the act, and why it could not be done where it could not."""

    act: Act
    why_not: str = ""


@contextmanager
def acting(
    actor: User,
    review: Review,
    action: str,
    label: str,
    *,
    target: models.Model | None = None,
    study: Study | None = None,
    hidden: bool = False,
    after: dict[str, Any] | None = None,
    reason: str = "",
) -> Iterator[Changes]:
    """Carry an act out: what is changed inside is journalled, and the audit log told. An act without changes leaves no trace.

    study:  whose independent codings it touches; such acts can be undone only while that reading is open.
    hidden: whether colleagues must not learn of it before the study is compared.
    """
    changes = Changes()
    yield changes
    if not changes.rows:
        return
    mine = Act.objects.filter(review=review, person=actor)
    mine.exclude(undone_at=None).filter(passed_at=None).update(passed_at=timezone.now())
    number = (mine.aggregate(last=Max("number"))["last"] or 0) + 1
    Act.objects.create(
        review=review,
        person=actor,
        number=number,
        action=action,
        label=label[:300],
        study=study,
        is_hidden=hidden,
        changes=changes.rows,
    )
    audit.log(
        actor=actor,
        review=review,
        action=action,
        target=target,
        after=after,
        reason=reason,
        judged=(study.pk if study else 0, PLACE) if hidden else None,
    )


def enter(actor: User, review: Review, capability: Can) -> Membership:
    """The actor's place, locked so that two windows of one person act one after the other. Raises NotAllowed."""
    share_review(review)
    membership = (
        Membership.objects.select_for_update(of=("self",)).filter(review=review, user=actor, left_at=None).first()
    )
    if membership is None:
        raise NotAllowed("You are not a member of this review any more.")
    require(membership, capability)
    return membership


@act
def undo(*, actor: User, review: Review, expected: UUID | None = None) -> Walked | None:
    """Take the actor's last act back; None when there is none.

    `expected` names the act that the person saw as the last one, so that a request that is sent twice takes back one act.
    """
    enter(actor, review, Can.SYNTHESISE)
    last = next_to_undo(actor, review)
    if expected and (last is None or last.pk != expected):
        return Walked(_already(actor, review, expected, undone=True))
    return _walk(actor, last, back=True) if last else None


@act
def redo(*, actor: User, review: Review, expected: UUID | None = None) -> Walked | None:
    """Do again what the actor undid last; None when there is nothing."""
    enter(actor, review, Can.SYNTHESISE)
    first = next_to_redo(actor, review)
    if expected and (first is None or first.pk != expected):
        return Walked(_already(actor, review, expected, undone=False))
    return _walk(actor, first, back=False) if first else None


def _already(actor: User, review: Review, expected: UUID, *, undone: bool) -> Act:
    """The act expected, when it is as the request wants it. Raises AlreadyDone when another one came between."""
    step = Act.objects.filter(review=review, person=actor, pk=expected).first()
    if step is None or (step.undone_at is not None) is not undone:
        raise AlreadyDone("You did something else since, in another window perhaps. Nothing was changed.")
    return step


def _walk(actor: User, step: Act, *, back: bool) -> Walked:
    why_not = ""
    if step.study and not is_own_reading_open(actor, step.study):
        why_not = f"Your reading of {step.study} is finished and stays as it is."
    why_not = why_not or _apply(step, back=back)
    if why_not:
        step.passed_at = timezone.now()
        step.save(update_fields=["passed_at"])
        return Walked(step, why_not)
    step.undone_at = timezone.now() if back else None
    step.save(update_fields=["undone_at"])
    audit.log(
        actor=actor,
        review=step.review,
        action="synthesis.act.undone" if back else "synthesis.act.redone",
        target=step,
        after={"act": step.label},
        judged=(step.study_id or 0, PLACE) if step.is_hidden else None,
    )
    return Walked(step)


def _apply(step: Act, *, back: bool) -> str:
    """Set every row of the act back (or on again), or none of them; why not, when a colleague came between."""
    changes: Sequence[Change] = list(reversed(step.changes)) if back else step.changes
    try:
        with transaction.atomic():
            for change in changes:
                old, new = ("after", "before") if back else ("before", "after")
                if not _exchange(change, old=change[old], new=change[new], whole=True):
                    raise _Between("A colleague has changed it since, so it stays as it is now.")
            if reason := torn(changes):
                raise _Between(reason)
    except _Between as between:
        return str(between)
    except IntegrityError:
        return "Something else has taken its place since (a code or theme of the same name, perhaps)."
    return ""


class _Between(Exception):
    """Somebody else's act came between; the savepoint is rolled back."""


def take_back(changes: Changes, earlier: Act) -> int:
    """Inside another act: reverse an earlier one as far as its rows still are as it left them. How many rows were reversed."""
    count = 0
    for change in reversed(earlier.changes):
        if done := _exchange(change, old=change["after"], new=change["before"], whole=False):
            changes.rows.append(_change(change["model"], done, change["after"], change["before"]))
            count += len(done)
    return count


def _exchange(change: Change, *, old: Change, new: Change, whole: bool) -> list[str]:
    """Give the change's rows the new values where they have the old ones; their ids. None of them, if `whole` and one differs."""
    model = apps.get_model("synthesis", change["model"])
    locked = model._base_manager.select_for_update(of=("self",)).filter(pk__in=change["ids"]).order_by("pk")
    same = [str(row.pk) for row in locked if _is_as(row, old)]
    if whole and len(same) < len(change["ids"]):
        return []
    values = {name: _column(model, name).to_python(value) for name, value in new.items()}
    model._base_manager.filter(pk__in=same).update(**values)
    return same


def _is_as(row: models.Model, values: Change) -> bool:
    """Whether a row has these values. A removal is a fact, not a moment: when exactly differs after undo and redo."""
    return all(
        bool(getattr(row, name)) == bool(value) if name == "removed_at" else _plain(getattr(row, name)) == value
        for name, value in values.items()
    )


def _column(model: models.Model | type[models.Model], name: str) -> models.Field[Any, Any]:
    return cast("models.Field[Any, Any]", model._meta.get_field(name))


def _change(kind: str, ids: list[str], before: Change, after: Change) -> Change:
    return {"model": kind, "ids": ids, "before": before, "after": after}


def _by_kind(rows: Iterable[models.Model]) -> dict[str, list[str]]:
    kinds: dict[str, list[str]] = {}
    for row in rows:
        kinds.setdefault(row._meta.model_name or "", []).append(str(row.pk))
    return kinds


def _by_values(rows: Iterable[models.Model], names: Sequence[str]) -> Iterator[tuple[Change, list[models.Model]]]:
    """Rows that have the same values in these columns, together with those values."""
    groups: dict[tuple[Any, ...], list[models.Model]] = {}
    for row in rows:
        groups.setdefault(tuple(_plain(getattr(row, name)) for name in names), []).append(row)
    for values, group in groups.items():
        yield dict(zip(names, values, strict=True)), group


def _plain(value: Any) -> Any:
    """As JSON will give it back."""
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value
