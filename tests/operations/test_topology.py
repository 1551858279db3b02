"""The team's deployment without containers: Debian's PostgreSQL and Redis over TCP, one web and two workers apart."""

import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import redis

from reviewapp.operations.processes import end, spawn
from tests.operations.processes import BASE, PATIENCE, ask, environment, free_port, manage, manage_now, until

pytestmark = pytest.mark.slow
PASSWORD = "a-pass:word/with@signs"
QUOTED = "a-pass%3Aword%2Fwith%40signs"


def debian_postgres(name: str) -> str | None:
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return str(found[-1]) if found else None


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Path:
    if not debian_postgres("postgres") or not shutil.which("redis-server"):
        pytest.skip("needs Debian's packages postgresql and redis-server")
    return Path(tmp_path_factory.mktemp("topology"))


@pytest.fixture(scope="module")
def servers(place) -> Iterator[dict[str, str]]:
    """Both servers as a distribution ships them, behind passwords; the environment that names them."""
    data = Path(tempfile.mkdtemp(prefix="tandem-topology-"))  # short, and open to the user of Debian's PostgreSQL
    (data / "password").write_text(PASSWORD)
    who = {}
    if os.geteuid() == 0:
        user = pwd.getpwnam("postgres")
        who = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": [], "cwd": "/"}
        for path in (data, data / "password"):
            os.chown(path, user.pw_uid, user.pw_gid)
    postgres_port, redis_port = free_port(), free_port()
    initdb = [debian_postgres("initdb"), "-D", str(data / "db"), "-U", "tandem", "-E", "UTF8", "--locale=C.UTF-8"]
    auth = ["--auth=scram-sha-256", f"--pwfile={data / 'password'}", "--no-sync"]
    subprocess.run([*initdb, *auth], check=True, capture_output=True, **who)
    with (place / "servers.log").open("ab") as log:
        options = ["-c", "listen_addresses=127.0.0.1", "-p", str(postgres_port), "-k", str(data), "-F"]
        postgres = subprocess.Popen(
            [debian_postgres("postgres"), "-D", str(data / "db"), *options], stdout=log, stderr=log, **who
        )
        queue = spawn(["redis-server", "--port", str(redis_port), "--requirepass", "queue", "--save", ""], output=log)
    try:
        address = f"host=127.0.0.1 port={postgres_port} user=tandem dbname=postgres"
        until(lambda: accepts(address), process=postgres, log=place / "servers.log")
        with psycopg.connect(address, password=PASSWORD, autocommit=True) as connection:
            connection.execute("CREATE DATABASE review")
        broker = f"redis://:queue@127.0.0.1:{redis_port}/0"
        until(lambda: answers(broker), process=queue, log=place / "servers.log")
        yield {
            "DATABASE_URL": f"postgresql://tandem:{QUOTED}@127.0.0.1:{postgres_port}/review",
            "REDIS_URL": broker,
            "SECRET_KEY": "topology-" + "x1Y2z3" * 10,
            "ALLOWED_HOSTS": "review.example.org",
            "HTTPS": "false",
            "TANDEM_DATA": str(place / "data"),
        }
    finally:
        end(queue)
        stop(postgres)
        shutil.rmtree(data, ignore_errors=True)


def stop(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGINT)
    process.wait(PATIENCE)


def accepts(address: str) -> bool:
    try:
        psycopg.connect(address, password=PASSWORD, connect_timeout=5).close()
    except psycopg.OperationalError:
        return False
    return True


def answers(url: str) -> bool:
    with redis.Redis.from_url(url) as client:
        try:
            return bool(client.ping())
        except redis.RedisError:
            return False


@pytest.fixture(scope="module")
def pieces(place, servers) -> Iterator[dict[str, tuple[subprocess.Popen[bytes], Path]]]:
    """Migrated database, then web and two workers, each a process of its own that only knows its environment."""
    for step in (["migrate", "--noinput"], ["collectstatic", "--noinput", "--verbosity=0"]):
        done = manage_now(*step, **servers)
        assert done.returncode == 0, done.stdout + done.stderr
    port = free_port()
    commands = {
        "web": ["web", "--port", str(port), "--workers", "1"],
        "first": ["worker", "--name", "first", "--concurrency", "1"],
        "second": ["worker", "--name", "second", "--concurrency", "1"],
    }
    running = {
        name: (manage(*command, log=place / f"{name}.log", **servers), place / f"{name}.log")
        for name, command in commands.items()
    }
    servers["READY"] = f"http://127.0.0.1:{port}/readyz"
    yield running
    for process, _ in running.values():
        if process.poll() is None:
            process.kill()
            process.wait()


def workers_say(servers: dict[str, str]) -> str:
    return str(ask(servers["READY"])[1].get("checks", {}).get("worker", {}).get("detail"))


def test_web_and_both_workers_find_each_other_over_tcp(servers, pieces):
    process, log = pieces["web"]
    until(lambda: workers_say(servers) == "2 at work", process=process, log=log)
    assert ask(servers["READY"])[0] == 200


def test_both_workers_answer_celery(servers, pieces):
    command = [sys.executable, "-m", "celery", "-A", "reviewapp.celery", "inspect", "ping", "--timeout", "10"]
    answer = subprocess.run(
        command, cwd=BASE, env=environment(**servers), capture_output=True, text=True, timeout=PATIENCE
    )
    assert answer.stdout.count("pong") == 2, answer.stdout + answer.stderr


def test_this_machine_has_living_workers(servers, pieces):
    found = manage_now("worker_alive", **servers)
    assert found.returncode == 0
    assert {line.partition("-")[0] for line in found.stdout.split()} == {"first", "second"}


def test_a_killed_worker_is_missed_and_the_other_goes_on(servers, pieces):
    process, _ = pieces["first"]
    process.kill()
    process.wait()
    web, web_log = pieces["web"]
    until(lambda: workers_say(servers) == "1 at work", process=web, log=web_log)
    assert ask(servers["READY"])[0] == 200


def test_an_emptied_queue_server_does_no_harm(servers, pieces):
    with redis.Redis.from_url(servers["REDIS_URL"]) as client:
        client.flushall()
    web, log = pieces["web"]
    until(lambda: ask(servers["READY"])[0] == 200, process=web, log=log)


@pytest.mark.parametrize("name", ["second", "web"])
def test_asked_to_stop_each_ends_by_itself(pieces, name):
    process, log = pieces[name]
    process.terminate()
    process.wait(PATIENCE)
    assert process.returncode == 0, log.read_text()
