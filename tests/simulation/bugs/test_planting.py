"""Every seeded bug can still be planted, and those that are easily seen are seen."""

import ast
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.simulation.bugs.bug import Bug, Edit
from tests.simulation.bugs.catalogue import BUGS, named
from tests.simulation.bugs.planting import HERE, Checkout, EditError, edited, planted
from tests.simulation.bugs.simulating import imported_from
from tests.simulation.bugs.trying import Trial

EASY = ("post-instead-of-upsert", "business-hours-ignored", "done-before-sending")


def by_name(bug: Bug) -> str:
    return bug.name


@pytest.mark.parametrize("bug", BUGS, ids=by_name)
def test_every_edit_fits_the_source_once_and_leaves_code_that_compiles(bug: Bug) -> None:
    for file, text in edited(bug).items():
        before = ast.dump(ast.parse((HERE.source / file).read_text("utf-8")))
        assert ast.dump(ast.parse(text)) != before, f"{bug.name} changes nothing in {file}"


def test_no_edit_names_what_is_not_there(tmp_path: Path) -> None:
    """It would be caught as a crash, and show nothing of what the bug is about."""
    for bug in BUGS:
        for file, text in edited(bug).items():
            path = tmp_path / bug.name / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")

    command = [
        sys.executable,
        *["-m", "ruff", "check", "--isolated", "--select", "F821"],
        str(tmp_path),
    ]
    found = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603

    assert found.returncode == 0, found.stdout + found.stderr


def test_there_are_enough_bugs_and_each_has_a_name_of_its_own() -> None:
    names = Counter(bug.name for bug in BUGS)

    assert len(BUGS) >= 34
    assert names.most_common(1)[0][1] == 1


def test_an_edit_that_fits_no_more_says_which_bug_has_to_be_written_anew() -> None:
    bug = Bug("gone", "", (), (Edit("clock.py", "what never stood there", ""),))

    with pytest.raises(EditError, match=r"gone: in clock.py this stands 0 times"):
        edited(bug)


def test_an_edit_that_fits_twice_is_refused(tmp_path: Path) -> None:
    checkout = Checkout(tmp_path)
    checkout.source.mkdir(parents=True)
    (checkout.source / "twice.py").write_text("a = 1\nb = 1\n", "utf-8")

    with pytest.raises(EditError, match=r"twice: in twice.py this stands 2 times"):
        edited(Bug("twice", "", (), (Edit("twice.py", "= 1", "= 2"),)), checkout)


def test_several_edits_of_one_file_are_all_made() -> None:
    edits = (
        Edit("clock.py", "class SystemClock", "class Other"),
        Edit("clock.py", "class Seams", "class More"),
    )

    text = edited(Bug("both", "", (), edits))["clock.py"]

    assert "class Other" in text
    assert "class More" in text


def test_a_bug_stands_in_the_copy_only_and_the_copy_is_what_is_imported() -> None:
    bug = Bug("small", "", (), (Edit("clock.py", "class SystemClock", "class Other"),))
    before = HERE.hash

    with planted(bug) as copy:
        assert "class Other" in (copy.source / "clock.py").read_text("utf-8")
        assert imported_from(copy) == copy.source / "__init__.py"

    assert HERE.hash == before


def test_a_bug_that_nobody_knows_is_refused_with_the_names_there_are() -> None:
    with pytest.raises(ValueError, match=r"no bug is named no-such; there are: cursor-from"):
        named(["no-such"])


@pytest.mark.slow
@pytest.mark.parametrize("bug", named(EASY), ids=by_name)
def test_bugs_that_are_easily_seen_are_caught_within_a_few_seeds(bug: Bug) -> None:
    tried = Trial(HERE).attempt(bug, seeds=8)

    assert tried.seed is not None, tried.broken or "not caught"
    assert set(tried.invariants) & set(map(str, bug.expected)), tried.says
