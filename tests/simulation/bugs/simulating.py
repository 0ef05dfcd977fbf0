"""Runs the simulation of a checkout in a process of its own and reads what it tells of seeds."""

import json
import subprocess
import sys
import threading
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

from tests.simulation.bugs.planting import Checkout

SIMULATION = "slasync.rehearsal.simulation"
LONGEST = 300  # characters of what is told
PATIENCE = 300.0  # seconds for one seed: a bug may be that nothing ever comes to rest


class BrokenError(Exception):
    """The simulation itself failed, or hung."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What the judge saw in one seed: (invariant, lead, in words)."""

    seed: int
    violations: tuple[tuple[str, str, str], ...]


def until_seen(checkout: Checkout, first: int, seeds: int) -> Iterator[Seen]:
    """Yield each of `seeds` seeds from `first` on, until one has violations. Raises BrokenError."""
    how = ["--json", "--stop-at-first", "--jobs", "1"]
    command = [sys.executable, "-m", SIMULATION, *how, "--first", f"{first}", "--seeds", f"{seeds}"]
    done = 0
    with TemporaryFile("w+") as complaints:
        with closing(_lines(checkout, command, complaints)) as lines:
            for line in lines:
                if line.startswith("{"):  # other lines are for people
                    seen = _seen(json.loads(line))
                    done += 1
                    yield seen
                    if seen.violations:
                        return
        complaints.seek(0)
        if done < seeds:
            raise BrokenError(_last_words(complaints.read()))


def _lines(checkout: Checkout, command: Sequence[str], complaints: Any) -> Generator[str]:
    """Yield lines as they come; end the process with the iteration, or when it hangs."""
    with subprocess.Popen(  # noqa: S603 - our own interpreter and module
        command,
        cwd=checkout.home,
        env=checkout.environment,
        stdout=subprocess.PIPE,
        stderr=complaints,
        text=True,
    ) as process:
        try:
            while line := _line(process):
                yield line
        finally:
            process.kill()


def _line(process: "subprocess.Popen[str]") -> str:
    impatient = threading.Timer(PATIENCE, process.kill)
    impatient.start()
    try:
        return process.stdout.readline() if process.stdout else ""
    finally:
        impatient.cancel()


def _seen(told: dict[str, Any]) -> Seen:
    found = ((str(v["invariant"]), str(v["lead"]), str(v["says"])) for v in told["violations"])
    return Seen(int(told["seed"]), tuple(found))


def _last_words(complaints: str) -> str:
    lines = complaints.strip().splitlines()
    return (lines[-1] if lines else f"a seed took more than {PATIENCE:g} s")[:LONGEST]


def imported_from(checkout: Checkout) -> Path:
    """Return where Python finds slasync in the environment of a checkout."""
    told = subprocess.run(
        [sys.executable, "-c", "import slasync; print(slasync.__file__)"],
        cwd=checkout.home,
        env=checkout.environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return Path(told.stdout.strip())
