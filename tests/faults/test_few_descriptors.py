"""A process that has used up its file descriptors: it bears it, and goes on once some are free."""

import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.marks import fault
from tests.faults.test_listeners import spoken, statuses

PROGRAM = """
import os, resource, sys
from slasync.web.health import health_app
from slasync.web.symptoms import Health
from slasync.web.metrics import Metrics
from slasync.web.server import WebServer

server = WebServer(health_app(lambda: Health(ready=True), Metrics()), "127.0.0.1", 0)
port = server.start()
used = max(map(int, os.listdir("/proc/self/fd"))) + 1
resource.setrlimit(resource.RLIMIT_NOFILE, (used + 8, used + 8))
print(port, flush=True)
sys.stdin.read()
server.stop()
"""
ASKED = b"GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    """A listener in a process that may open eight more files."""
    said = tmp_path / "stderr"  # a pipe would fill up: each refused connection is logged
    with (
        said.open("wb") as stderr,
        subprocess.Popen(  # noqa: S603 - this test's own program
            [sys.executable, "-c", PROGRAM],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
        ) as process,
    ):
        assert process.stdout
        yield int(process.stdout.readline())
        process.communicate(timeout=20)
    assert process.returncode == 0
    assert b"out of system resource" in said.read_bytes()  # it did come to that


@fault("L9")
@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="counts its descriptors by /proc")
def test_a_listener_without_descriptors_goes_on_when_some_are_free_again(port: int) -> None:
    crowd = [socket.create_connection(("127.0.0.1", port), timeout=30) for _ in range(40)]
    for each in crowd:
        each.close()

    assert statuses(spoken(port, ASKED)) == [200]
