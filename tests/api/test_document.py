"""The OpenAPI document, the quick start of docs/API.md, and the command that prints tokens."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from celery import current_app
from django.conf import settings
from django.core.management import CommandError, call_command
from pytest_django.live_server_helper import LiveServer
from rest_framework.authtoken.models import Token

from reviewapp.accounts.models import User
from screening import tasks
from tests.api.conftest import Api, World
from tests.api.routes import METHODS, operations, patterns
from tests.conftest import person


def test_the_openapi_document_is_valid_and_complete(tmp_path: Path) -> None:
    file = tmp_path / "schema.yaml"
    call_command("spectacular", validate=True, fail_on_warn=True, file=str(file))
    document = yaml.safe_load(file.read_text())
    described = sum(method in path for path in document["paths"].values() for method in METHODS)
    assert described == len([name for name, _ in operations() if name != "schema"])
    assert len(document["paths"]) == len([p for p in patterns() if p.name not in {"schema", "not-found"}])
    errors = document["paths"]["/api/v1/reviews/{review_id}/records/"]["get"]["responses"]["4XX"]
    assert list(errors["content"]) == ["application/problem+json"]


@pytest.mark.django_db
def test_create_token_prints_the_token_and_nothing_else(capsys: pytest.CaptureFixture[str], bob: User) -> None:
    for _ in range(2):
        call_command("create_token", bob.email.upper())
        assert capsys.readouterr().out == f"{Token.objects.get(user=bob).key}\n"


@pytest.mark.django_db
def test_create_token_says_why_it_cannot(bob: User) -> None:
    with pytest.raises(CommandError, match=r"no account with the address nobody@example\.org"):
        call_command("create_token", "nobody@example.org")
    User.objects.filter(pk=bob.pk).update(is_active=False)
    with pytest.raises(CommandError, match="switched off"):
        call_command("create_token", bob.email)


@pytest.mark.parametrize("header", ["Token {}", "Bearer {}", "token {}"])
def test_both_spellings_of_a_token_open_the_door(header: str, api: Api, world: World, bob: User) -> None:
    client = api(bob)
    client.credentials(HTTP_AUTHORIZATION=header.format(Token.objects.get(user=bob).key))
    assert client.get(world.path()).status_code == 200


@pytest.mark.parametrize(
    "header", ["Token wrong", "Token a\x00b", "Bearer", "Token ", "Token a b", "Basic eDp5", "Token é"]
)
def test_a_wrong_token_opens_nothing(header: str, api: Api, world: World) -> None:
    client = api(None)
    client.credentials(HTTP_AUTHORIZATION=header)
    answer = client.get(world.path())
    assert (answer.status_code, answer["Content-Type"]) == (401, "application/problem+json")
    assert answer["WWW-Authenticate"] == "Token"


@pytest.mark.django_db(transaction=True)
def test_the_quick_start_runs_as_it_is_written(live_server: LiveServer, monkeypatch: pytest.MonkeyPatch) -> None:
    work = {"screening.import_references": tasks.import_references}

    def wake_a_worker(name: str, args: list[str], **_: Any) -> None:
        work[name](*args)

    monkeypatch.setattr(current_app, "send_task", wake_a_worker)
    text = (settings.BASE_DIR / "docs" / "API.md").read_text()
    [program] = re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL)
    token = Token.objects.create(user=person("Alice")).key
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "TANDEM_URL": live_server.url, "TANDEM_TOKEN": token},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == "done 2 read, 2 kept, 0 problems\n2 records to screen\n"
