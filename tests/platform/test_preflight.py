"""What is refused before anything starts, with one sentence that says what to type."""

import os
import socket

import pytest

from itsm.server import preflight
from itsm.server.errors import StartRefused
from itsm.server.site import Site
from itsm.server.valkey import free_port


def test_a_port_in_use_is_refused_with_another_to_try():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        with pytest.raises(StartRefused) as refused:
            preflight.free("127.0.0.1", port)

    assert str(refused.value) == (
        f"Port {port} is used by another program. Stop it, or choose another port:"
        f" ./run --port {port + 1} (with make: make run PORT={port + 1})"
    )


def test_a_free_port_is_accepted():
    preflight.free("127.0.0.1", free_port())


@pytest.mark.parametrize("port", [0, 65536, -1])
def test_a_number_that_is_no_port_is_refused(port):
    with pytest.raises(StartRefused, match=r"Choose one from 1024 to 65535"):
        preflight.free("127.0.0.1", port)


@pytest.mark.parametrize("host", ["no-such-host.invalid", "192.0.2.1"])
def test_an_address_of_another_machine_is_refused_as_such(host):
    with pytest.raises(StartRefused) as refused:
        preflight.free(host, free_port())

    assert str(refused.value) == (
        f"{host} is no address of this machine. Leave out --host to serve this machine alone, or"
        " type --host 0.0.0.0 to serve the network"
    )


def test_a_folder_that_cannot_be_made_is_refused_by_name(tmp_path):
    (tmp_path / "file").write_text("not a folder")
    folder = tmp_path / "file" / "var"

    with pytest.raises(StartRefused) as refused:
        preflight.writable_folder(folder)

    assert str(refused.value) == (
        f"The folder {folder} cannot be written (Not a directory). Move the file away that stands"
        f" where {folder} should be, or set ITSM_VAR to another folder."
    )


def test_a_disk_that_is_nearly_full_is_refused_before_anything_is_written(tmp_path, monkeypatch):
    monkeypatch.setattr(preflight, "LEAST_BYTES", 1 << 60)

    with pytest.raises(StartRefused) as refused:
        Site(tmp_path, {}).take()

    text = str(refused.value)
    assert text.startswith(f"The disk of {tmp_path} has ")
    assert text.endswith("Make room there, or set ITSM_VAR to another folder.")
    assert list(tmp_path.iterdir()) == []


def test_a_second_plimsoll_on_the_same_folder_is_refused_with_the_process_to_stop(tmp_path):
    held = preflight.lock(tmp_path)

    with pytest.raises(StartRefused) as refused:
        preflight.lock(tmp_path)

    held.close()
    assert f"Stop it with kill {os.getpid()}" in str(refused.value)


def test_the_lock_is_free_again_after_the_first_has_gone(tmp_path):
    preflight.lock(tmp_path).close()

    preflight.lock(tmp_path).close()


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("postgres://plimsoll:hidden@127.0.0.1:1/plimsoll", "refused"),
        ("mysql://plimsoll:hidden@db/plimsoll", "it does not begin with postgres://"),
        ("postgres://plimsoll:hidden@db", "it does not say the database's name"),
        ("postgres://plimsoll:hidden@[::1/plimsoll", "not an address"),
    ],
)
def test_a_wrong_database_address_is_refused_without_its_password(address, reason):
    with pytest.raises(StartRefused) as refused:
        preflight.reachable_database("DATABASE_URL", address)

    text = str(refused.value)
    assert text.startswith("DATABASE_URL does not lead to a database: ")
    assert reason in text
    assert "hidden" not in text
    assert "\n" not in text


def test_a_wrong_redis_address_is_refused():
    with pytest.raises(StartRefused, match=r"^REDIS_URL does not lead to a Redis: "):
        preflight.reachable_redis("redis://:hidden@127.0.0.1:1/0")


def test_the_addresses_of_the_tests_are_accepted():
    preflight.reachable_database("DATABASE_URL", os.environ["DATABASE_URL"])
    preflight.reachable_redis(os.environ["REDIS_URL"])
