"""Fixtures for all tests. The servers they run on are started by tests/settings.py, before Django reads its settings."""

from collections.abc import Iterator

import pytest
import redis
from django.conf import LazySettings


@pytest.fixture
def broker(settings: LazySettings) -> Iterator[redis.Redis]:
    """The Redis database of this test process, empty before and after."""
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        client.flushdb()
        yield client
        client.flushdb()
