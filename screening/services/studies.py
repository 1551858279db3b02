"""Several reports of one study: linked at a suggestion, or said to be different."""

from django.utils import timezone

from reviewapp.accounts.models import User
from reviewapp.audit import services as audit
from reviewapp.lib.errors import AlreadyDone, Invalid
from reviewapp.reviews.permissions import Can
from screening.documents import DifferentStudies
from screening.models import Report, Study
from screening.services.locks import act, acting_member, share_review


@act
def link_reports(*, actor: User, first: Report, second: Report) -> Study:
    """Say that two reports tell of one study: that of the one that has a study, of the first if both have; a new one if none."""
    one, other = _both(actor, first, second)
    if one.study_id and one.study_id == other.study_id:
        raise AlreadyDone(f"Both belong to {one.study} already.")
    study = one.study or other.study
    if study is None:
        study = Study.objects.create(review_id=one.review_id, label=one.record.short_name[:120])
    for report in (one, other):
        if report.study_id == study.pk:
            continue
        before = {"study": report.study_id}
        report.study = study
        report.save(update_fields=["study"])
        audit.log(
            actor=actor,
            review=report.review,
            action="screening.report.linked",
            target=report,
            before=before,
            after={"study": study.pk},
        )
    return study


@act
def dismiss(*, actor: User, first: Report, second: Report) -> DifferentStudies:
    """Say that two reports tell of different studies; the pair is not suggested again."""
    one, other = _both(actor, first, second)
    if one.study_id and one.study_id == other.study_id:
        raise AlreadyDone("They are linked to one study. Part them first.")
    if DifferentStudies.objects.filter(first=one, second=other, withdrawn_at=None).exists():
        raise AlreadyDone("That was said already.")
    said = DifferentStudies.objects.create(review_id=one.review_id, first=one, second=other, by=actor)
    after = {"first": one.pk, "second": other.pk}
    audit.log(actor=actor, review=one.review, action="screening.study.different", target=said, after=after)
    return said


@act
def take_back(*, actor: User, said: DifferentStudies) -> DifferentStudies:
    """The pair may be suggested again."""
    share_review(said.review)
    acting_member(actor, said.review, Can.RETRIEVE)
    said = DifferentStudies.objects.select_for_update(of=("self",)).select_related("review").get(pk=said.pk)
    if said.withdrawn_at:
        raise AlreadyDone("That was taken back already.")
    said.withdrawn_at = timezone.now()
    said.save(update_fields=["withdrawn_at"])
    before = {"first": said.first_id, "second": said.second_id}
    audit.log(actor=actor, review=said.review, action="screening.study.different_withdrawn", target=said, before=before)
    return said


def _both(actor: User, first: Report, second: Report) -> tuple[Report, Report]:
    """The two reports, locked in the order of their ids."""
    share_review(first.review)
    acting_member(actor, first.review, Can.RETRIEVE)
    if first.pk == second.pk or first.review_id != second.review_id:
        raise Invalid("Name two reports of this review.")
    rows = Report.objects.select_for_update(of=("self",)).select_related("review", "record", "study")
    one, other = rows.filter(pk__in=[first.pk, second.pk]).order_by("pk")
    return one, other
