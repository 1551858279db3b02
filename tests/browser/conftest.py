"""A real Chromium before a live server, with a real Celery worker beside it, all on the test's own servers."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

import pytest
from django.conf import LazySettings, settings
from django.core.management.base import CommandError
from django.db import connection
from django.test import Client, TransactionTestCase
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright
from psycopg.errors import DeadlockDetected

from reviewapp.accounts.models import User

BASE = Path(__file__).resolve().parents[2]
NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE = 30_000  # milliseconds; a busy machine is slow, and only a hang should fail
FLUSHES = 4
DESKTOP = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}


def find_browser() -> str:
    """Path of Chromium. Without one the test is skipped, or fails where TANDEM_REQUIRE_BROWSER says that one must be there."""
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    if found is None:
        reason = "Chromium is not installed (Debian: apt install chromium)"
        if os.environ.get("TANDEM_REQUIRE_BROWSER") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    return found


@pytest.fixture(scope="package", autouse=True)
def patient_flush() -> Iterator[None]:
    """Empty the tables after a test again when a page's last request or the worker's look around stood in the way."""
    flush = TransactionTestCase._fixture_teardown  # type: ignore[attr-defined]

    def patient(case: TransactionTestCase) -> None:
        for _ in range(FLUSHES - 1):
            try:
                return flush(case)
            except CommandError as error:
                if not isinstance(error.__cause__ and error.__cause__.__cause__, DeadlockDetected):
                    raise
        return flush(case)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", patient)
        yield


@pytest.fixture(scope="package")
def chromium(django_db_setup: None) -> Iterator[Browser]:
    path = find_browser()
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        # Playwright keeps an event loop in this thread; the tests' own look into the database is meant all the same.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def worker(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The product's worker as a process of its own, on the database and the broker of this test process."""
    log = tmp_path_factory.mktemp("worker") / "worker.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "worker", "--concurrency", "1"],
            cwd=BASE,
            env=worker_environment(),
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    yield
    assert process.poll() is None, log.read_text()
    process.send_signal(signal.SIGTERM)
    process.wait(timeout=60)


def worker_environment() -> dict[str, str]:
    database = connection.settings_dict
    where = urlencode({"host": database["HOST"], "port": database["PORT"]})
    ours = {name: text for name, text in os.environ.items() if not name.startswith(("DJANGO_", "PYTEST_", "COV_"))}
    return ours | {
        "DATABASE_URL": f"postgresql://{database['USER']}@/{database['NAME']}?{where}",
        "REDIS_URL": settings.REDIS_URL,
        "MEDIA_ROOT": str(settings.MEDIA_ROOT),
        "SECRET_KEY": settings.SECRET_KEY,
        "HTTPS": "false",
    }


@dataclass
class Person:
    """Somebody before a browser of their own."""

    page: Page
    address: str
    context: BrowserContext
    complaints: list[str] = field(default_factory=list)

    def go(self, path: str) -> Page:
        """Open a page of the server; fails when it does not answer with 200."""
        answer = self.page.goto(path if path.startswith("http") else self.address + path)
        assert answer is not None
        assert answer.status == 200, f"{path}: {answer.status}"
        return self.page

    def listen(self) -> None:
        """Note what the page's scripts and its content security policy complain about."""
        self.page.on("pageerror", lambda error: self.complaints.append(f"{self.page.url}: {error}"))
        self.page.on("console", self.hear)

    def hear(self, message: ConsoleMessage) -> None:
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.complaints.append(f"{self.page.url}: {message.text}")


Sit = Callable[..., Person]


@pytest.fixture
def sit_down(chromium: Browser, live_server: object, settings: LazySettings) -> Iterator[Sit]:
    """`sit_down(bob)`: Bob, logged in before a browser of his own; `sit_down()`: a stranger. Ends with no complaint."""
    settings.ALLOWED_HOSTS = ["*"]
    people: list[Person] = []

    def sit(user: User | None = None, **options: object) -> Person:
        address = str(live_server)
        given = {"viewport": DESKTOP, "accept_downloads": True, "reduced_motion": "reduce"} | options
        context = chromium.new_context(**given)  # type: ignore[arg-type]
        context.set_default_timeout(PATIENCE)
        if user is not None:
            context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session_of(user), "url": address}])
        person = Person(context.new_page(), address, context)
        person.listen()
        people.append(person)
        return person

    yield sit
    for person in people:
        person.context.close()
    assert [complaint for person in people for complaint in person.complaints] == []


def session_of(user: User) -> str:
    client = Client()
    client.force_login(user)
    return client.cookies[settings.SESSION_COOKIE_NAME].value
