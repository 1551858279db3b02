"""One ruling, with one rationale, for several conflicts: each is settled as an act of its own, or says why it was not."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from reviewapp.accounts.models import User
from reviewapp.lib.errors import DomainError, Invalid
from screening.models import Adjudication, Conflict, ExclusionReason
from screening.services.conflicts import adjudicate

MOST = 200


@dataclass
class Rulings:
    settled: list[Adjudication] = field(default_factory=list)
    refused: list[tuple[Conflict, DomainError]] = field(default_factory=list)


def adjudicate_each(
    *,
    actor: User,
    conflicts: Sequence[Conflict],
    verdict: str,
    rationale: str,
    reason: ExclusionReason | None = None,
) -> Rulings:
    """The same ruling on each; one that cannot be settled this way keeps none of the others. Raises Invalid."""
    if not conflicts:
        raise Invalid("Choose at least one conflict.")
    if len(conflicts) > MOST:
        raise Invalid(f"At most {MOST} conflicts are settled at once.")
    done = Rulings()
    for conflict in sorted(conflicts, key=lambda conflict: conflict.pk):
        try:
            ruling = adjudicate(actor=actor, conflict=conflict, verdict=verdict, rationale=rationale, reason=reason)
        except DomainError as error:
            done.refused.append((conflict, error))
        else:
            done.settled.append(ruling)
    return done
