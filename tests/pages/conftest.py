"""The review of the API's tests, with something behind every address."""

from tests.api.conftest import world  # noqa: F401  # a fixture
