"""Who may see which coding, code and memo: the one place that decides for synthesis (the blinding rule).

An independent coding is seen by its coder, and by the others once everybody assigned to the study has finished it, which is
when the comparison's row appears; or at once where a lead has opened coding, which is announced and said in the report. A code
made while coding apart is its maker's own until a study that uses it is compared: its name in a colleague's list would tell
what was read. Whether a colleague has finished shows nowhere before the comparison.
"""

from collections.abc import Iterable

from django.db.models import Exists, OuterRef, Q, QuerySet

from appraisal.visibility import numbered_names
from reviewapp.accounts.models import User
from reviewapp.reviews.models import Review
from screening.models import Study
from synthesis.choices import About, Layer
from synthesis.models import Code, Coding, CodingAssignment, CodingComparison, CodingPlan, Memo, SetAside

PLACE = "coding"
"""Judged stage of audit events that tell of codings; behind it stands the study's id, or 0 for codes made outside a study."""


def plan_of(review: Review) -> CodingPlan:
    """The review's plan; the usual one where none was made."""
    return CodingPlan.objects.filter(review=review).first() or CodingPlan(review=review)


def is_revealed(study: Study) -> bool:
    return CodingComparison.objects.filter(study=study).exists()


def is_own_reading_open(person: User, study: Study) -> bool:
    """Whether the person may still change their independent codings of the study."""
    if is_revealed(study):
        return False
    standing = CodingAssignment.objects.filter(study=study, person=person, withdrawn_at=None)
    return standing.filter(finished_at=None).exists() or plan_of(study.review).is_open


def _revealed() -> Exists:
    return Exists(CodingComparison.objects.filter(study=OuterRef("study")))


def _open_to(reader: User, review: Review) -> Q:
    # Not an empty Q: or-ed with another one it would vanish.
    return Q(pk__isnull=False) if plan_of(review).is_open else Q(Q(coder=reader) | Q(_revealed()))


def codings_visible_to(reader: User, review: Review) -> QuerySet[Coding]:
    """Standing codings of both layers that the reader may know."""
    found = Coding.objects.filter(study__review=review, removed_at=None)
    return found.filter(Q(layer=Layer.AGREED) | _open_to(reader, review)).select_related("code", "coder")


def working_codings(reader: User, review: Review) -> QuerySet[Coding]:
    """What counts for a reader at work: the agreed layer, and readings that are not compared yet as far as they may know them."""
    return codings_visible_to(reader, review).filter(Q(layer=Layer.AGREED) | ~_revealed())


def held_codings(review: Review) -> QuerySet[Coding]:
    """What the team holds, the same for every reader: the agreed layer; where coding is open, also what is not compared yet.

    Themes, matrices, saturation and exports for others are drawn from these.
    """
    held = Q(layer=Layer.AGREED)
    if plan_of(review).is_open:
        held |= Q(~_revealed(), layer=Layer.OWN)
    return Coding.objects.filter(held, study__review=review, removed_at=None)


def set_aside_visible_to(reader: User, review: Review) -> QuerySet[SetAside]:
    found = SetAside.objects.filter(study__review=review, removed_at=None)
    return found.filter(_open_to(reader, review))


def codes_visible_to(reader: User, review: Review) -> QuerySet[Code]:
    """Shared codes and the reader's own; and such as a colleague took away while the reader's open reading still uses them."""
    reading = Coding.objects.filter(~_revealed(), coder=reader, layer=Layer.OWN, removed_at=None)
    standing = Q(removed_at=None) & (Q(shared_at__isnull=False) | Q(created_by=reader))
    return Code.objects.filter(standing | Exists(reading.filter(code=OuterRef("pk"))), review=review)


def memos_visible_to(reader: User, review: Review) -> QuerySet[Memo]:
    """The reader's own memos, and shared ones on what the reader may know."""
    found = Memo.objects.filter(review=review, removed_at=None)
    codings = Exists(codings_visible_to(reader, review).filter(pk=OuterRef("coding")))
    codes = Exists(codes_visible_to(reader, review).filter(pk=OuterRef("code")))
    studies = Q() if plan_of(review).is_open else _revealed()
    known = (
        Q(about__in=(About.JOURNAL, About.THEME))
        | Q(about=About.CODING) & codings
        | Q(about=About.CODE) & codes
        | Q(about=About.STUDY) & studies
    )
    return found.filter(Q(author=reader) | Q(shared_at__isnull=False) & known).select_related("author")


def names_of(reader: User, study: Study, people: Iterable[User]) -> dict[int, str]:
    """Who coded, per user id: while something is to be settled colleagues are Coder 1, 2, … in an order that has nothing to
    do with their names."""
    comparison = CodingComparison.objects.filter(study=study, settled_at=None).first()
    if comparison is None:
        return {person.pk: "You" if person.pk == reader.pk else str(person) for person in people}
    return numbered_names(reader, people, "Coder", f"{comparison.pk}:{comparison.revealed_at.isoformat()}")


def events_of_codings(reader: User, review: Review) -> Q:
    """Which events that tell of codings the reader may see: all where coding is open, else those of settled studies, since until
    then they would tell who Coder 1 is."""
    told = Q(judged_stage=PLACE)
    if plan_of(review).is_open:
        return told
    settled = CodingComparison.objects.filter(study=OuterRef("judged_record"), study__review=review)
    return told & Q(Exists(settled.exclude(settled_at=None)))
