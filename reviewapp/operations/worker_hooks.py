"""What a worker's main process does beside its jobs: it shows that it lives, sends waiting jobs again, and asks for jobs that are due."""

import logging
import signal
import threading
from typing import Any

import redis
from celery.signals import heartbeat_sent, worker_ready, worker_shutdown, worker_shutting_down
from django.conf import settings
from django.db import close_old_connections

from reviewapp.jobs.services import send_due
from reviewapp.operations.health import HEARTBEAT_KEY
from screening.services.ranking import enqueue_due

SWEEP_EVERY = 15.0  # seconds
ALIVE_FOR = 15  # seconds a heartbeat counts; Celery sends one every two
END_WITHIN = 15  # seconds; the grace of running jobs (CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT) and some for the rest

logger = logging.getLogger(__name__)
_sweeper: threading.Thread | None = None
_stop = threading.Event()


@worker_ready.connect
def begin_sweeping(sender: Any = None, **kwargs: Any) -> None:
    """Start the sweeper, once in a process."""
    global _sweeper
    show_alive(sender)
    if _sweeper is None or not _sweeper.is_alive():
        _stop.clear()
        _sweeper = threading.Thread(target=sweep_until_stopped, name="sweeper", daemon=True)
        _sweeper.start()


def sweep_until_stopped() -> None:
    while not _stop.wait(SWEEP_EVERY):
        sweep_once()


def sweep_once() -> None:
    """Send waiting jobs, and lay reading orders anew that new work outdated; what goes wrong is logged and tried again at the next sweep."""
    close_old_connections()
    try:
        if sent := send_due():
            logger.info("sent %d waiting jobs again", sent)
        enqueue_due()
    except Exception:
        logger.exception("the sweep for waiting jobs failed")
    finally:
        close_old_connections()


@heartbeat_sent.connect
def show_alive(sender: Any = None, **kwargs: Any) -> None:
    """Celery's main loop calls this every two seconds while it is connected to the broker."""
    name = str(getattr(sender, "hostname", None) or getattr(getattr(sender, "eventer", None), "hostname", "worker"))
    try:
        with redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=2, socket_timeout=2) as client:
            client.set(HEARTBEAT_KEY.format(name), "alive", ex=ALIVE_FOR)
    except redis.RedisError as error:
        logger.warning("the heartbeat could not be written: %s", type(error).__name__)


@worker_shutting_down.connect
def end_for_certain(sender: Any = None, **kwargs: Any) -> None:
    """Let the kernel end this process if its own shutdown gets stuck, as it may when the broker goes at the same time."""
    _stop.set()
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(END_WITHIN)


@worker_shutdown.connect
def end_sweeping(sender: Any = None, **kwargs: Any) -> None:
    _stop.set()
    name = str(getattr(sender, "hostname", "worker"))
    try:
        with redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=2, socket_timeout=2) as client:
            client.delete(HEARTBEAT_KEY.format(name))
    except redis.RedisError:
        logger.info("the broker is gone already")
