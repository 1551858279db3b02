"""Taking judgements out of Tandem. That somebody did is in the history."""

from collections.abc import Iterator

from django.utils import timezone

from reviewapp.accounts.models import User
from reviewapp.audit import services as audit
from reviewapp.reviews.models import Review
from reviewapp.reviews.permissions import Can
from screening.handover.writing import FORMS
from screening.queries.judgements import head_of, judgement_rows
from screening.services.locks import act, acting_member


@act
def export_judgements(*, actor: User, review: Review, form: str) -> Iterator[bytes]:
    """Everything the actor may see, piece by piece, in one of FORMS. Raises KeyError for another form."""
    acting_member(actor, review, Can.READ)
    write = FORMS[form].write
    audit.log(actor=actor, review=review, action="screening.judgements.exported", target=review, after={"form": form})
    return write(head_of(actor, review, timezone.localdate()), judgement_rows(actor, review))
