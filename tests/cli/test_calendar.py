"""calendar due: for people one deadline with its arithmetic, for others lines of JSON."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from slasync.cli.main import main
from slasync.settings import copy_defaults

FRIDAY: dict[str, Any] = {"calendar": "berlin", "start": "2026-03-06T16:00:00+01:00"}


def due(home: Path, *arguments: str, stdin: str | None = None) -> Result:
    copy_defaults(home)
    command = ["calendar", "due", "--config", str(home), *arguments]
    return CliRunner().invoke(main, command, input=stdin)


def asked(**more: str) -> list[str]:
    options = FRIDAY | {"amount": "2", "unit": "business_hours"} | more
    return [part for name, value in options.items() for part in (f"--{name}", value)]


def test_the_arithmetic_is_told_line_by_line_and_needs_no_secrets(tmp_path: Path) -> None:
    done = due(tmp_path, *asked())

    assert done.exit_code == 0
    assert "Sat 2026-03-07 to Sun 2026-03-08, each: skipped, weekend" in done.output
    assert done.output.rstrip().endswith("2026-03-09T08:30:00Z")


def test_json_gives_the_question_with_its_answer(tmp_path: Path) -> None:
    done = due(tmp_path, *asked(), "--json")

    assert json.loads(done.stdout) == FRIDAY | {
        "amount": 2.0, "unit": "business_hours", "due": "2026-03-09T08:30:00Z",
    }  # fmt: skip


def test_pauses_are_told_and_do_not_count(tmp_path: Path) -> None:
    paused = ["--pause", "2026-03-06T17:00:00+01:00/2026-03-09T10:00:00+01:00"]

    told = due(tmp_path / "told", *asked(), *paused).output
    answered = json.loads(due(tmp_path / "json", *asked(), *paused, "--json").stdout)

    assert "paused from Fri 2026-03-06 17:00+01:00 CET to Mon 2026-03-09 10:00" in told
    assert answered["due"] == "2026-03-09T10:00:00Z"
    assert told.rstrip().endswith("2026-03-09T10:00:00Z")


def test_a_pause_that_lasts_leaves_the_deadline_unknown(tmp_path: Path) -> None:
    paused = ["--pause", "2026-03-06T17:00:00+01:00/"]

    done = due(tmp_path / "told", *asked(), *paused)
    answered = json.loads(due(tmp_path / "json", *asked(), *paused, "--json").stdout)

    assert done.exit_code == 0
    assert done.output.rstrip().endswith("not known before the pause ends")
    assert answered["due"] is None


@pytest.mark.parametrize(
    ("pause", "words"),
    [
        ("2026-03-06T17:00:00Z", "write FROM/TO, or FROM/ while it lasts"),
        ("noon/", "a pause has 'noon': give ISO 8601"),
        ("2026-03-06T17:00:00Z/2026-03-06T16:00:00Z", "ends before it begins: swap the two"),
    ],
)
def test_a_pause_that_cannot_be_read_is_wrong_usage(tmp_path: Path, pause: str, words: str) -> None:
    done = due(tmp_path, *asked(), "--pause", pause)

    assert done.exit_code == 2
    assert words in done.stderr


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"calendar": "berlni"}, "did you mean 'berlin'?"),
        ({"start": "2026-03-06T16:00:00"}, "without a zone"),
        ({"amount": "-1"}, "give a number"),
        ({"amount": "1.5", "unit": "business_days"}, "whole days"),
    ],
)
def test_a_question_that_is_wrong_is_wrong_usage(
    tmp_path: Path, wrong: dict[str, str], words: str
) -> None:
    done = due(tmp_path, *asked(**wrong))

    assert done.exit_code == 2
    assert words in done.stderr


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    done = due(tmp_path, "--calendar", "berlin")

    assert done.exit_code == 2
    assert "--start and --amount and --unit missing" in done.stderr


def test_a_batch_answers_each_line_in_order(tmp_path: Path) -> None:
    lines = [FRIDAY | {"amount": n, "unit": "calendar_days", "id": n} for n in (0, 1)]

    done = due(tmp_path, "--batch", stdin="\n".join(map(json.dumps, lines)) + "\n\n")

    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.exit_code == 0
    assert [(a["id"], a["due"]) for a in answers] == [
        (0, "2026-03-06T15:00:00Z"), (1, "2026-03-07T15:00:00Z"),
    ]  # fmt: skip


def test_a_line_that_cannot_be_answered_does_not_end_the_batch(tmp_path: Path) -> None:
    good = json.dumps(FRIDAY | {"amount": 0, "unit": "calendar_days"})

    done = due(tmp_path, "--batch", stdin=f"nonsense\n{good}\n")

    first, second = map(json.loads, done.stdout.splitlines())
    assert done.exit_code == 1
    assert first["line"] == "nonsense"
    assert "error" in first
    assert second["due"] == "2026-03-06T15:00:00Z"
