"""Where undo and redo stand for a person."""

from reviewapp.accounts.models import User
from reviewapp.reviews.models import Review
from synthesis.models import Act


def next_to_undo(person: User, review: Review) -> Act | None:
    standing = Act.objects.filter(review=review, person=person, undone_at=None, passed_at=None)
    return standing.order_by("-number").first()


def next_to_redo(person: User, review: Review) -> Act | None:
    undone = Act.objects.filter(review=review, person=person, passed_at=None).exclude(undone_at=None)
    return undone.order_by("number").first()


def last_act(person: User, review: Review) -> Act | None:
    return Act.objects.filter(review=review, person=person).order_by("-number").first()
