"""What a command that an admin types all day costs the processor, from its start to its end.

Value: `slasync ...` in a process of its own, in a folder as `slasync init` writes it, with an empty
database. Floor: a Python that does nothing.
"""

import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.figures import Figure
from benchmarks.shipped import new_database
from slasync.settings import copy_defaults

RUNS = 5
COMMANDS = {"help": ("--help",), "status": ("status",)}
SLASYNC = "from slasync.cli.main import main; main()"


def measure(runs: int = RUNS) -> Iterator[Figure]:
    """Yield the CPU seconds of each command, once it has shown that it works."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        copy_defaults(home)
        new_database(home / "slasync.db")
        floor = _least(runs, home, "pass")
        for name, asked in COMMANDS.items():
            value = _least(runs, home, SLASYNC, *asked)
            yield Figure(f"command_{name}", value, "CPU s", floor, value / floor)


def _least(runs: int, home: Path, source: str, *asked: str) -> float:
    environ = {name: value for name, value in os.environ.items() if not name.startswith("SLASYNC_")}
    environ.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed slasync is compiled
    call = [sys.executable, "-c", source, *asked]

    def once() -> None:
        subprocess.run(call, cwd=home, env=environ, check=True, capture_output=True)  # noqa: S603 - ours

    return min(_children(once) for _ in range(runs))


def _children(work: Callable[[], object]) -> float:
    """Return how long the processes that `work` starts keep the processor."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    work()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
