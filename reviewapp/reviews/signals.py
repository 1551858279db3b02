"""What this app tells the apps above it."""

from django.dispatch import Signal

review_created = Signal()  # review, actor
