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
    least, most = _in_a_child(1), _in_a_child(contacts)
    yield Figure("first_load_memory", most, "MB", least, most / least)


def _in_a_child(contacts: int) -> float:
    command = [sys.executable, "-m", "benchmarks.first_load_memory", str(contacts)]
    root = Path(__file__).parents[1]
    told = subprocess.run(command, check=True, capture_output=True, text=True, cwd=root)  # noqa: S603 - ourselves
    return float(told.stdout)


def _peak() -> float:
    """Return the peak of this process in MB; getrusage would tell the parent's, if higher."""
    lines = STATUS.read_text().splitlines()
    peak = next(line for line in lines if line.startswith("VmHWM"))
    return int(peak.split()[1]) * KIBIBYTE / MEGABYTE


def main(contacts: int) -> None:
    """Load in this process and print its peak."""
    with TemporaryDirectory() as folder:
        database = new_database(Path(folder) / "slasync.db")
        first_load(database, shipped(), ListedContacts(encoding(contacts)))
    print(_peak())


if __name__ == "__main__":
    main(int(sys.argv[1]))
