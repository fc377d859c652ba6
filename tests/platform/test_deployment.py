"""The compose file, the image and the example of the settings name only what exists."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from django.core.management import call_command, get_commands

from itsm.environment import VARIABLES
from itsm.server import example, programs

ROOT = Path(__file__).resolve().parents[2]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
OURS = {name: one for name, one in COMPOSE["services"].items() if one["image"] == "plimsoll"}
KNOWN = {variable.name for variable in VARIABLES} | {"ADMIN_DATABASE_URL"}


def test_the_compose_file_follows_the_compose_specification():
    checker = Path(sys.executable).with_name("check-jsonschema")

    checked = subprocess.run(
        [checker, "--builtin-schema", "vendor.compose-spec", "docker-compose.yml"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert checked.returncode == 0, checked.stdout


@pytest.mark.parametrize("name", OURS)
def test_each_variable_that_a_service_of_ours_gets_is_a_setting(name):
    assert set(OURS[name].get("environment", {})) <= KNOWN


@pytest.mark.parametrize("name", [name for name, one in OURS.items() if "command" in one])
def test_each_command_of_our_services_exists(name):
    command = OURS[name]["command"]

    if command[:2] == ["python", "manage.py"]:
        assert command[2] in get_commands()
    elif command[:2] == ["python", "-m"]:
        assert (ROOT / command[2].replace(".", "/")).with_suffix(".py").exists()
    else:
        assert shutil.which(command[0], path=str(Path(sys.executable).parent))


def test_the_worker_of_the_compose_file_serves_the_queues_of_make_run():
    command = OURS["worker"]["command"]

    assert command[command.index("--queues") + 1] == programs.QUEUES


def test_each_variable_that_the_compose_file_asks_for_is_in_the_example():
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    asked = set(re.findall(r"\$\{([A-Z_]+)", text))

    written = set(re.findall(r"^#?([A-Z_]+)=", example.text(), flags=re.MULTILINE))

    assert asked <= written


def test_the_example_of_the_settings_is_up_to_date():
    assert (ROOT / ".env.example").read_text(encoding="utf-8") == example.text()


def test_our_services_run_without_privileges_on_a_read_only_system():
    for one in OURS.values():
        assert one["read_only"] is True
        assert one["cap_drop"] == ["ALL"]


def test_only_the_web_service_publishes_a_port():
    assert [name for name, one in COMPOSE["services"].items() if "ports" in one] == ["web"]


def test_only_roles_and_setup_know_the_address_of_the_owner():
    knowing = {
        name for name, one in OURS.items() if "DATABASE_OWNER_URL" in one.get("environment", {})
    }

    assert knowing == {"roles", "setup"}


def test_the_image_is_not_run_by_root():
    lines = (ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines()

    assert [line for line in lines if line.startswith("USER")] == ["USER plimsoll"]


def test_every_change_of_a_model_has_its_migration(db):
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_no_requirements_file_names_a_registry():
    for path in (ROOT / "requirements").glob("*.txt"):
        assert "://" not in path.read_text(encoding="utf-8")


def test_psycopg_3_is_not_installed():
    # Django would prefer it silently, and it returns ranges and copies rows in another way.
    from django.db import connection

    assert connection.Database.__name__ == "psycopg2"
