"""How much memory the first load of a large HubSpot account takes, in a process of its own.

Pages are encoded when they are asked for, so that the account itself is not in memory.
"""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.contact_pages import ListedContacts, encoding, first_load
from benchmarks.figures import Figure
from benchmarks.shipped import new_database, shipped

CONTACTS = 100_000
STATUS = Path("/proc/self/status")
MEGABYTE = 1_000_000
KIBIBYTE = 1024


def measure(contacts: int = CONTACTS) -> Iterator[Figure]:
    """Yield the most resident memory of the load; floor is what is there before the first page."""
    if not STATUS.exists():
        print("first_load_memory needs Linux: /proc tells the peak", file=sys.stderr)
        return
    with TemporaryDirectory() as folder:
        database = new_database(Path(folder) / "slasync.db")
        least, most = _in_a_child(database, contacts)
    yield Figure("first_load_memory", most, "MB", least, most / least)


def _in_a_child(database: str, contacts: int) -> tuple[float, float]:
    command = [sys.executable, "-m", "benchmarks.first_load_memory", database, str(contacts)]
    root = Path(__file__).parents[1]
    told = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, cwd=root)  # noqa: S603 - ourselves
    before, after = told.stdout.split()
    return float(before), float(after)


def peak() -> float:
    """Return the peak of this process in MB; getrusage would tell the parent's, if higher."""
    lines = STATUS.read_text().splitlines()
    peak = next(line for line in lines if line.startswith("VmHWM"))
    return int(peak.split()[1]) * KIBIBYTE / MEGABYTE


def main(database: str, contacts: int) -> None:
    """Load in this process; print its peak before the first page and after the last."""
    settings, listed = shipped(), ListedContacts(encoding(contacts))
    before = peak()
    first_load(database, settings, listed)
    print(before, peak())


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
