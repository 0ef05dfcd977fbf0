"""One seed, one history: on every run, in whatever process, whatever Python's hashes are."""

import os
import subprocess
import sys

import pytest

COMMAND = (sys.executable, "-m", "slasync.rehearsal.simulation", "--json", "--jobs", "1")


def traces(seeds: int, first: int, hashes: str) -> list[str]:
    """Play seeds in a process of its own; return what each line tells but the time spent."""
    environ = {**os.environ, "PYTHONHASHSEED": hashes}
    arguments = (*COMMAND, "--seeds", str(seeds), "--first", str(first))
    done = subprocess.run(  # noqa: S603 - our own command
        arguments, env=environ, capture_output=True, text=True, check=False
    )
    assert done.returncode in {0, 1}, done.stderr
    return [line.partition('"spent"')[0] for line in done.stdout.splitlines()]


@pytest.mark.slow
def test_the_trace_is_the_same_under_other_hashes_and_in_another_order() -> None:
    together = traces(3, 1, "0")
    assert len(together) == 3
    assert all('"trace": ""' not in line for line in together)
    assert together[1:] == traces(2, 2, "77")
