"""A file that the store has lost is told of, never a server error."""

import pytest
from django.test import Client
from django.urls import reverse

from reviewapp.accounts.models import User
from reviewapp.reviews.models import Review
from screening.models import ImportBatch
from tests.factories import RecordFactory


@pytest.fixture
def lost(review: Review) -> ImportBatch:
    RecordFactory(review=review)  # its import batch has no file behind it
    return ImportBatch.objects.get(review=review)


def test_a_page_says_that_the_file_is_gone(lost: ImportBatch, alice: User, client: Client) -> None:
    client.force_login(alice)
    answer = client.get(reverse("screening:import-file", args=[lost.review_id, lost.pk]))
    assert answer.status_code == 410
    assert "not in the store" in answer.content.decode()
