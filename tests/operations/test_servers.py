"""The servers the tests themselves run on."""

import stat
from pathlib import Path

import psycopg
import pytest
import redis
from django.conf import settings
from django.db import connection

from reviewapp.operations import servers
from reviewapp.operations.processes import ServerFailed, may_walk_to


@pytest.mark.django_db
def test_the_database_is_postgres_with_a_collation_that_is_the_same_everywhere():
    with connection.cursor() as cursor:
        cursor.execute("SELECT datlocprovider, datlocale FROM pg_database WHERE datname = current_database()")
        assert cursor.fetchone() == ("b", "C.UTF-8")


def test_each_test_process_has_a_redis_database_of_its_own(worker_id):
    number = 0 if worker_id == "master" else int(worker_id.removeprefix("gw")) + 1
    assert settings.REDIS_URL.endswith(f"/{number}")
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        assert client.ping()


@pytest.fixture
def cluster(tmp_path):
    Path(tmp_path).chmod(0o700)
    server = servers.Postgres(tmp_path / "deep" / "postgres", tmp_path / "logs" / "postgres.log", fast=True)
    yield server
    server.stop()


@pytest.mark.slow
def test_a_cluster_keeps_its_data_between_runs_and_leaves_modes_of_parents_alone(cluster, tmp_path):
    cluster.start()
    with cluster.connect(servers.NAME) as open_connection:
        open_connection.execute("CREATE TABLE kept AS SELECT 'still here' AS word")
    first_socket_dir = cluster.socket_dir
    cluster.stop()
    assert not first_socket_dir.exists()
    cluster.start()
    with cluster.connect(servers.NAME) as open_connection:
        assert open_connection.execute("SELECT word FROM kept").fetchone() == ("still here",)
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o700


@pytest.mark.slow
def test_a_killed_cluster_starts_again_with_what_was_committed(cluster):
    cluster.fast = False
    cluster.start()
    with cluster.connect(servers.NAME) as open_connection:
        open_connection.execute("CREATE TABLE kept (word text)")
    cluster.process.kill()
    cluster.process.wait()
    assert (cluster.data_dir / "postmaster.pid").exists()
    cluster.start()
    with cluster.connect(servers.NAME) as open_connection:
        assert open_connection.execute("SELECT count(*) FROM kept").fetchone() == (0,)


@pytest.mark.slow
def test_a_cluster_of_another_version_is_refused_by_name(cluster):
    cluster.start()
    cluster.stop()
    (cluster.data_dir / "PG_VERSION").write_text("12\n")
    with pytest.raises(ServerFailed, match="written by PostgreSQL 12"):
        cluster.start()


@pytest.mark.slow
def test_a_valkey_server_lets_nobody_in_without_its_password(tmp_path):
    valkey = servers.Valkey(tmp_path / "valkey.log")
    valkey.start()
    try:
        with redis.Redis(port=valkey.port) as stranger, pytest.raises(redis.AuthenticationError):
            stranger.ping()
        assert valkey.password not in Path(f"/proc/{valkey.process.pid}/cmdline").read_text()
    finally:
        valkey.stop()
    assert valkey.process.returncode is not None


def test_a_server_that_does_not_start_shows_the_end_of_its_log(tmp_path, monkeypatch):
    server = servers.Postgres(tmp_path / "postgres", tmp_path / "postgres.log", fast=True)
    monkeypatch.setattr(servers, "postgres_binary", lambda name: Path("/bin/false"))
    with pytest.raises(ServerFailed, match="could not make its data directory"):
        server.start()
    assert list((tmp_path / "postgres").iterdir()) == []


def test_a_postmaster_pid_of_another_program_does_not_count(tmp_path):
    (tmp_path / "postmaster.pid").write_text("1\n")
    assert servers.postmaster_pid(tmp_path) is None
    (tmp_path / "postmaster.pid").write_text("nonsense")
    assert servers.postmaster_pid(tmp_path) is None


def test_a_closed_parent_directory_is_noticed(tmp_path):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    assert not may_walk_to(closed / "data", uid=54321, gid=54321)
    assert may_walk_to(closed / "data", uid=closed.stat().st_uid, gid=54321) == may_walk_to(
        closed, uid=closed.stat().st_uid, gid=54321
    )


def test_connections_fail_loudly_when_no_server_runs(tmp_path):
    server = servers.Postgres(tmp_path / "postgres", tmp_path / "postgres.log")
    with pytest.raises(psycopg.OperationalError):
        server.connect()
