"""What /healthz and /readyz say, to whom, when something is missing."""

import signal
from types import SimpleNamespace

import pytest
import redis
from django.db import connection

from reviewapp.operations import health, worker_hooks
from reviewapp.operations.views import healthz

pytestmark = pytest.mark.django_db
WORKER = SimpleNamespace(hostname="tandem-1@here")


@pytest.fixture(autouse=True)
def _clean(broker, monkeypatch):
    monkeypatch.setattr(health, "_migrated", False)


def test_the_process_answers_without_asking_the_database(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        response = client.get("/healthz")
    assert (response.status_code, response.json()) == (200, {"ok": True})
    assert "no-store" in response["Cache-Control"]


def test_all_is_well_while_a_worker_shows_itself(client):
    worker_hooks.show_alive(WORKER)
    response = client.get("/readyz")
    assert response.status_code == 200
    found = response.json()
    assert found["ready"] is True
    assert {name: check["ok"] for name, check in found["checks"].items() if name != "queue"} == {
        "database": True,
        "migrations": True,
        "broker": True,
        "worker": True,
    }
    assert found["checks"]["queue"] == {"waiting": 0, "oldest_seconds": 0}


def test_without_a_worker_it_is_not_ready_and_says_so(client):
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["checks"]["worker"] == {
        "ok": False,
        "detail": "no worker has shown itself within 15 seconds",
    }
    assert response.json()["checks"]["database"]["ok"] is True


def test_a_worker_that_stops_takes_its_sign_down(client):
    worker_hooks.show_alive(WORKER)
    worker_hooks.end_sweeping(WORKER)
    assert client.get("/readyz").status_code == 503


def test_a_heartbeat_fades(broker):
    worker_hooks.show_alive(WORKER)
    assert 0 < broker.ttl(health.HEARTBEAT_KEY.format(WORKER.hostname)) <= worker_hooks.ALIVE_FOR


def test_without_a_broker_it_says_which_two_are_missing_and_keeps_addresses_to_itself(client, settings):
    settings.REDIS_URL = "redis://:verysecret@127.0.0.1:1/0"
    response = client.get("/readyz")
    assert response.status_code == 503
    assert [name for name, check in response.json()["checks"].items() if not check.get("ok", True)] == [
        "broker",
        "worker",
    ]
    assert "verysecret" not in response.content.decode()


def test_a_missing_migration_is_counted(client):
    worker_hooks.show_alive(WORKER)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'sessions'")
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["checks"]["migrations"] == {"ok": False, "detail": "1 migrations are not applied"}


def test_a_monitor_may_ask_by_any_host_name_and_without_tls(client, settings):
    settings.ALLOWED_HOSTS, settings.SECURE_SSL_REDIRECT = ["review.example.org"], True
    assert client.get("/healthz", headers={"host": "10.0.0.7"}).status_code == 200
    assert client.get("/", headers={"host": "10.0.0.7"}).status_code == 400


def test_it_only_answers_questions(rf):
    assert healthz(rf.post("/healthz")).status_code == 405


def test_a_sweep_that_fails_is_logged_and_does_not_end_the_sweeper(monkeypatch, caplog):
    def fails():
        raise redis.ConnectionError("gone")

    monkeypatch.setattr(worker_hooks, "close_old_connections", lambda: None)
    monkeypatch.setattr(worker_hooks, "send_due", fails)
    worker_hooks.sweep_once()
    assert "the sweep for waiting jobs failed" in caplog.text
    monkeypatch.setattr(worker_hooks, "send_due", lambda: 3)
    caplog.set_level("INFO")
    worker_hooks.sweep_once()
    assert "sent 3 waiting jobs again" in caplog.text


def test_a_worker_that_becomes_ready_twice_sweeps_once(monkeypatch):
    monkeypatch.setattr(worker_hooks, "SWEEP_EVERY", 60.0)
    monkeypatch.setattr(worker_hooks, "_sweeper", None)
    worker_hooks.begin_sweeping(WORKER)
    first = worker_hooks._sweeper
    worker_hooks.begin_sweeping(WORKER)
    assert worker_hooks._sweeper is first
    worker_hooks.end_sweeping(WORKER)
    first.join(5)
    assert not first.is_alive()


def test_a_worker_asked_to_stop_cannot_hang_for_ever():
    before = signal.getsignal(signal.SIGALRM)
    try:
        worker_hooks.end_for_certain(WORKER.hostname)
        assert signal.getsignal(signal.SIGALRM) == signal.SIG_DFL
        assert 0 < signal.alarm(0) <= worker_hooks.END_WITHIN
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
