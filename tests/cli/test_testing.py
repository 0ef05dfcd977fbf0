"""slasync test: policy tests from the command line, and what they end with."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from slasync.cli.main import main
from slasync.cli.surroundings import Surroundings
from slasync.settings import copy_defaults


@pytest.fixture
def home(tmp_path: Path) -> Path:
    copy_defaults(tmp_path)
    return tmp_path


def ran(home: Path, *arguments: str) -> Result:
    """Run it on a machine that knows no secret and has no database."""
    around = Surroundings({"SLASYNC_CONFIG": str(home)})
    return CliRunner().invoke(main, ["test", *arguments], obj=around)


def a_test(home: Path, expect: str) -> Path:
    path = home / "mine.yaml"
    path.write_text(
        "tests:\n"
        "  - name: a lead\n"
        "    events: [{at: 2026-09-14 10:00, score: 80}]\n"
        "    until: 2026-09-14 12:00\n"
        f"    expect: {expect}\n"
    )
    return path


def test_the_tests_shipped_pass_on_a_machine_without_secrets(home: Path) -> None:
    done = ran(home)

    assert done.exit_code == 0
    assert "46 tests, 0 failed" in done.output
    assert "30 of the 30 definitions, rungs, effects and ends were reached" in done.output
    assert "Never reached" not in done.output


@pytest.mark.parametrize(("marketing", "crm"), [("hubspot", "hubspot"), ("marketo", "salesforce")])
def test_they_pass_in_every_deployment_that_init_writes(
    tmp_path: Path, marketing: str, crm: str
) -> None:
    copy_defaults(tmp_path, marketing, crm)

    done = ran(tmp_path)

    assert "46 tests, 0 failed" in done.output
    assert "Never reached" not in done.output


def test_a_failing_test_ends_with_1_and_says_what_happened_instead(home: Path) -> None:
    done = ran(home, str(a_test(home, "{owner: ben@sandbox.example}")))

    assert done.exit_code == 1
    assert "FAILED  a lead" in done.output
    assert "owner: expected ben@sandbox.example, it is ana@sandbox.example" in done.output


def test_a_wrong_file_ends_with_2_and_the_place(home: Path) -> None:
    done = ran(home, str(a_test(home, "{ownr: ben@sandbox.example}")))

    assert done.exit_code == 2
    assert "mine.yaml:5:14: tests[0].expect.ownr: unknown key 'ownr' (did you mean" in done.stderr


def test_a_wrong_agreement_ends_with_2(home: Path) -> None:
    agreement = home / "config/agreement.yaml"
    agreement.write_text(agreement.read_text().replace("score >= 75", "scoer >= 75"))

    done = ran(home)
    assert done.exit_code == 2
    assert "unknown field 'scoer' (did you mean score?)" in done.stderr


def test_a_folder_without_tests_says_where_to_read_how(home: Path) -> None:
    (home / "empty").mkdir()
    done = ran(home, str(home / "empty"))

    assert done.exit_code == 2
    assert "docs/testing_policies.md" in done.stderr


def test_what_no_test_reached_is_listed(home: Path) -> None:
    done = ran(home, str(a_test(home, "{cycles: 1}")))

    assert done.exit_code == 0
    assert "Never reached" in done.output
    assert "processing/day_9: digest for leadership" in done.output


def test_a_changed_agreement_fails_the_tests_shipped(home: Path) -> None:
    agreement = home / "config/agreement.yaml"
    agreement.write_text(agreement.read_text().replace("after: 3\n", "after: 4\n"))

    done = ran(home)
    assert done.exit_code == 1
    assert "rungs of first_touch: expected" in done.output


def test_json_tells_tests_failures_and_what_was_never_reached(home: Path) -> None:
    path = a_test(home, "{owner: ben@sandbox.example}")
    told: dict[str, Any] = json.loads(ran(home, str(path), "--json").stdout)

    assert told["tests"] == [
        {
            "file": str(path),
            "name": "a lead",
            "passed": False,
            "failures": ["owner: expected ben@sandbox.example, it is ana@sandbox.example"],
        }
    ]
    assert (told["passed"], told["failed"]) == (0, 1)
    assert len(told["agreement"]["hash"]) == 64
    assert {"kind": "rung", "name": "processing/day_9"} in told["never_reached"]
