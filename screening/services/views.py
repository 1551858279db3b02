"""Keeping a view of the record list. It holds no judgement and changes nothing, so it leaves no event in the history."""

from collections.abc import Mapping

from reviewapp.accounts.models import User
from reviewapp.lib.errors import AlreadyDone, Invalid, NotAllowed, require_clean_text
from reviewapp.reviews.models import Review
from reviewapp.reviews.permissions import Can
from screening.models import SavedView
from screening.services.locks import act, acting_member, share_review

FILTERS = ("stage", "state", "q", "label", "source", "sort")
MOST_VIEWS = 100


@act
def save_view(*, actor: User, review: Review, name: str, query: Mapping[str, str], shared: bool = False) -> SavedView:
    """Keep filters under a name; a view of that name of one's own is replaced. Raises Invalid."""
    share_review(review)
    acting_member(actor, review, Can.READ)
    name = " ".join(require_clean_text(name, what="name").split())
    if not 0 < len(name) <= 80:
        raise Invalid("A view needs a name of up to 80 characters.")
    kept = {key: require_clean_text(query[key], what="filter")[:500] for key in FILTERS if query.get(key)}
    if not kept:
        raise Invalid("Choose some filter first; without one the view would be the whole list.")
    own = SavedView.objects.filter(review=review, owner=actor)
    if own.exclude(name=name).count() >= MOST_VIEWS:
        raise Invalid(f"Up to {MOST_VIEWS} views each; remove one that you do not need.")
    view, _ = SavedView.objects.update_or_create(
        review=review, owner=actor, name=name, defaults={"query": kept, "shared": shared}
    )
    return view


@act
def remove_view(*, actor: User, view: SavedView) -> None:
    acting_member(actor, view.review, Can.READ)
    if view.owner_id != actor.pk:
        raise NotAllowed("Only the person who saved a view can remove it.")
    removed, _ = SavedView.objects.filter(pk=view.pk).delete()
    if not removed:
        raise AlreadyDone("This view was removed before.")
