"""What screening does when somebody joins, leaves or gets other tasks."""

from collections.abc import Collection

from reviewapp.accounts.models import User
from reviewapp.lib.errors import Invalid
from reviewapp.reviews.models import Review
from screening.queries.settlers import without_settler
from screening.services.allocation import share_out_again
from screening.services.pilots import look_again


def take_in(*, review: Review, actor: User, user: User, tasks_before: Collection[str]) -> None:
    """Share records out again. Raises Invalid when the change would leave conflicts that nobody may settle."""
    left = without_settler(review)
    if left and left > without_settler(review, as_before=(user.pk, tasks_before)):
        raise Invalid(
            f"{left} open {'conflict' if left == 1 else 'conflicts'} would have nobody to settle them. First give the task "
            "“Settle conflicts” to somebody who did not vote there, or settle them. Nothing was changed."
        )
    share_out_again(actor=actor, review=review)
    look_again(review)
