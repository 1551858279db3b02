"""What this app tells the apps above it."""

from django.dispatch import Signal

review_created = Signal()  # review, actor
team_changed = (
    Signal()
)  # review, actor, user, tasks_before; within the transaction, where a receiver may refuse the change
