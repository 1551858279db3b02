"""What docker-compose.yml, the image, CI and the documents promise; there is no container engine to ask."""

import re
from pathlib import Path

import pytest
import yaml

BASE = Path(__file__).resolve().parents[2]
COMPOSE = yaml.safe_load((BASE / "docker-compose.yml").read_text())
SERVICES = COMPOSE["services"]
OURS = ("migrate", "web", "worker")
DOCKERFILE = (BASE / "Dockerfile").read_text()
EXAMPLE = dict(re.findall(r"^([A-Z_]+)=(.*)$", (BASE / ".env.example").read_text(), re.MULTILINE))


def test_the_services_of_a_team_are_there():
    assert set(SERVICES) == {"postgres", "valkey", "migrate", "web", "worker", "proxy"}
    assert SERVICES["proxy"]["profiles"] == ["tls"]
    assert all("profiles" not in service for name, service in SERVICES.items() if name != "proxy")


@pytest.mark.parametrize("name", sorted(set(SERVICES) - {"migrate"}))
def test_what_runs_on_is_watched_and_started_again(name):
    assert SERVICES[name]["restart"] == "unless-stopped"
    assert SERVICES[name]["healthcheck"]["test"][0] in {"CMD", "CMD-SHELL"}


@pytest.mark.parametrize("name", ["web", "worker"])
def test_nothing_starts_before_what_it_needs(name):
    conditions = {needed: how["condition"] for needed, how in SERVICES[name]["depends_on"].items()}
    assert conditions == {
        "postgres": "service_healthy",
        "valkey": "service_healthy",
        "migrate": "service_completed_successfully",
    }


@pytest.mark.parametrize("name", OURS)
def test_our_containers_have_no_rights_they_do_not_need(name):
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert "user" not in service  # the image's own, see below
    assert service["image"] == SERVICES["web"]["image"]


def test_the_image_runs_as_nobody_in_particular():
    last_stage = DOCKERFILE.rpartition("\nFROM ")[2]
    assert re.search(r"^USER 10001$", last_stage, re.MULTILINE)
    assert last_stage.index("USER 10001") < last_stage.index("CMD ")


def test_every_secret_comes_from_the_environment_and_none_has_a_default():
    text = (BASE / "docker-compose.yml").read_text()
    for name in ("SECRET_KEY", "POSTGRES_PASSWORD", "REDIS_PASSWORD"):
        assert f"${{{name}:?" in text
        assert f"${{{name}:-" not in text
        assert EXAMPLE[name] == ""


def test_the_example_names_every_variable_that_compose_reads():
    asked = set(re.findall(r"(?<!\$)\$\{([A-Z_]+)", (BASE / "docker-compose.yml").read_text()))
    assert asked == set(EXAMPLE)


def test_every_volume_is_declared_and_the_data_have_one():
    declared = set(COMPOSE["volumes"])
    mounts = [mount for service in SERVICES.values() for mount in service.get("volumes", [])]
    named = {mount.partition(":")[0] for mount in mounts if not mount.startswith((".", "/"))}
    assert named == declared
    assert "database:/var/lib/postgresql" in SERVICES["postgres"]["volumes"]
    assert all("files:/data" in SERVICES[name]["volumes"] for name in OURS)


def test_only_the_proxy_is_open_to_the_world():
    assert {name for name, service in SERVICES.items() if "ports" in service} == {"web", "proxy"}
    assert all(port.startswith("127.0.0.1:") for port in SERVICES["web"]["ports"])


def test_images_name_a_version():
    images = [service["image"] for service in SERVICES.values()] + re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)
    assert all(re.search(r":[\w.-]+$", image) and not image.endswith(":latest") for image in images)


def test_postgres_orders_names_as_the_embedded_one_does():
    arguments = SERVICES["postgres"]["environment"]["POSTGRES_INITDB_ARGS"]
    source = (BASE / "reviewapp" / "operations" / "servers.py").read_text()
    for option in ("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"):
        assert option in arguments.split()
        assert option in source


def test_the_image_holds_every_package_of_the_product():
    copied = set(re.findall(r"^COPY (\w+) \1$", DOCKERFILE, re.MULTILINE))
    assert copied == {"reviewapp", "screening", "appraisal", "synthesis", "templates", "static"}


def test_commands_in_compose_exist():
    commands = {service["command"][2] for name, service in SERVICES.items() if name in OURS}
    assert commands == {"migrate", "web", "worker"}
    own = BASE / "reviewapp" / "operations" / "management" / "commands"
    assert all(
        (own / f"{name}.py").exists() for name in commands | {"worker_alive", "up"} - {"migrate"} if name != "migrate"
    )


def test_the_guide_for_administrators_names_every_setting():
    sources = [BASE / "reviewapp" / "settings.py", BASE / "reviewapp" / "operations" / "pieces.py"]
    asked = {name for path in sources for name in re.findall(r'env_\w+\(\s*"([A-Z_]+)"', path.read_text())}
    guide = (BASE / "docs" / "ADMINISTRATION.md").read_text()
    assert {name for name in asked if f"`{name}`" not in guide} == set()


def test_ci_runs_the_test_command_of_the_readme_last():
    lines = [line for line in (BASE / ".ci" / "run").read_text().strip().split("\n") if line]
    assert lines[-1] == "uv run pytest"
    assert "set -euo pipefail" in lines
    assert any("TANDEM_REQUIRE_BROWSER=1" in line for line in lines)
