"""Labels and saved views as one reader may know them."""

from reviewapp.accounts.models import User
from reviewapp.reviews.models import Review
from screening.models import SavedView, TeamLabel
from screening.visibility import labels_visible_to


def team_labels(review: Review) -> list[str]:
    return list(TeamLabel.objects.filter(review=review).values_list("name", flat=True))


def known_labels(reader: User, review: Review) -> list[str]:
    """What menus offer: the team's labels, the reader's own and revealed ones; never a colleague's before its time."""
    return sorted({*team_labels(review), *labels_visible_to(reader, review)}, key=str.casefold)


def views_for(reader: User, review: Review) -> list[SavedView]:
    """The reader's own views and the shared ones; a colleague's view that names a label the reader may not know yet is left out."""
    own, others = [], []
    for view in SavedView.objects.filter(review=review).select_related("owner"):
        if view.owner_id == reader.pk:
            own.append(view)
        elif view.shared:
            others.append(view)
    if any(view.query.get("label") for view in others):
        known = {"", *known_labels(reader, review)}
        others = [view for view in others if view.query.get("label", "") in known]
    return own + others
