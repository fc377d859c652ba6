"""Pytest plugin (``-p tests.servers_plugin``): the servers run before Django's settings are read.

Under xdist the controller starts them once and the workers inherit the environment; each worker has
a database of its own. ``DATABASE_URL``, ``DATABASE_OWNER_URL`` and ``REDIS_URL`` replace them.
"""

import atexit
import os
import signal
import sys

import pytest

from tests.servers import Servers, start_servers

_SERVERS = pytest.StashKey[Servers]()


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Start the servers unless a controller or the environment gives them."""
    if os.environ.get("PYTEST_XDIST_WORKER") or os.environ.get("DATABASE_URL"):
        return
    if {"--help", "-h", "--version", "-V"} & set(early_config.invocation_params.args):
        return
    # A killed session takes its servers with it: SIGTERM becomes an ordinary exit.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    servers = start_servers()
    os.environ.update(servers.environment)
    early_config.stash[_SERVERS] = servers
    early_config.add_cleanup(servers.stop)
    atexit.register(servers.stop)
