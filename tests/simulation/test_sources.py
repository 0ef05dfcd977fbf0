"""What is proven is proven of the files that a simulated day runs, and of all of these."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from slasync.rehearsal.simulation.sources import ROOT, source_hash, sources

LOADED = """
import json, sys
from slasync.rehearsal.simulation.__main__ import main
main(["--seeds", "1", "--first", "1", "--jobs", "1", "--json"])
named = [m.__file__ for name, m in sys.modules.items() if name.partition(".")[0] == "slasync"]
print(json.dumps([name for name in named if name]))
"""


@pytest.mark.slow
def test_whatever_a_day_loads_is_among_the_sources() -> None:
    done = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-c", LOADED], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    loaded = {Path(name) for name in json.loads(done.stdout.splitlines()[-1])}
    assert len(loaded) > 300
    assert loaded <= set(sources())


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    root = tmp_path / "slasync"
    shutil.copytree(ROOT, root, ignore=shutil.ignore_patterns("__pycache__"))
    return root


@pytest.mark.parametrize(
    "name",
    [
        "domain/decide.py",
        "sandbox/salesforce/soql.py",
        "rehearsal/simulation/judging.py",
        "store/migrations/versions/m0001_first_tables.py",
    ],
)
def test_a_change_of_what_a_day_runs_begins_the_count_anew(copied: Path, name: str) -> None:
    before = source_hash(copied)
    with (copied / name).open("a") as file:
        file.write("# another word\n")
    assert source_hash(copied) != before


def test_a_page_a_report_or_a_command_leaves_the_count_as_it_is(copied: Path) -> None:
    before = source_hash(copied)
    for name in ("web/dashboard/pages/lead.py", "reports/what_if.py", "cli/explain.py"):
        with (copied / name).open("a") as file:
            file.write("# another word\n")
    assert source_hash(copied) == before
    assert before == source_hash()
