"""What is printed: plain when piped, harmless on a terminal, JSON that others can read."""

import json
import os
import pty
import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone

import pytest

from slasync.cli import output
from tests.faults.marks import fault

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def test_a_piped_table_is_in_columns(capsys: pytest.CaptureFixture[str]) -> None:
    output.table("Leads", ("stage", "leads"), [("mql", 300), ("opportunity", 7)])

    assert capsys.readouterr().out.splitlines() == [
        "Leads",
        "  stage        leads",
        "  mql          300",
        "  opportunity  7",
        "",
    ]


@fault("S5", "S9")
def test_a_leads_name_cannot_steer_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    output.say("Lou \x1b[2J\x07Reed\x9b1m")
    output.table("Leads", ("name",), [("\x1b]0;owned\x07",)])

    printed = capsys.readouterr().out
    assert printed.startswith("Lou ?[2J?Reed?1m\n")
    assert "\x1b" not in printed


def test_json_is_one_line_with_times_in_utc(capsys: pytest.CaptureFixture[str]) -> None:
    local = NOON.astimezone(timezone(timedelta(hours=1)))

    output.print_json({"at": local, "name": "Zoë"})

    printed = capsys.readouterr().out
    assert json.loads(printed) == {"at": "2026-03-02T12:00:00Z", "name": "Zoë"}
    assert printed.count("\n") == 1


def test_progress_is_silent_when_piped(capsys: pytest.CaptureFixture[str]) -> None:
    with output.progress("sync") as tell:
        tell("pull", 1, 2)

    assert capsys.readouterr() == ("", "")


BAR = """
import click
from slasync.cli import output
@click.command()
@click.option("--json", "as_json", is_flag=True)
def command(as_json):
    with output.progress("verify") as tell:
        tell("half of [them]", 50, 100)
    output.say("done")
command()
"""


@pytest.mark.parametrize(
    ("arguments", "piped", "bar"),
    [((), False, True), ((), True, False), (("--json",), False, False)],
)
def test_a_bar_is_drawn_for_a_person_on_stderr_alone(
    arguments: tuple[str, ...], *, piped: bool, bar: bool
) -> None:
    ours, theirs = pty.openpty()
    done = subprocess.run(  # noqa: S603 - this interpreter, this script
        [sys.executable, "-c", BAR, *arguments],
        stdout=subprocess.PIPE if piped else theirs, stderr=theirs, check=True,
    )  # fmt: skip
    os.close(theirs)
    drawn = seen(ours)

    assert ("verify: half of [them]" in drawn and "50%" in drawn) is bar
    assert "done" in (done.stdout.decode() if piped else drawn)


def seen(terminal: int) -> str:
    """Return all that was written to a terminal, once nobody writes any more."""
    found = b""
    try:
        while chunk := os.read(terminal, 65_536):
            found += chunk
    except OSError:  # Linux says so at the end
        pass
    finally:
        os.close(terminal)
    return found.decode()


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (timedelta(seconds=-5), "0 s"),
        (timedelta(seconds=119), "119 s"),
        (timedelta(minutes=2), "2 min"),
        (timedelta(hours=47), "47 h"),
        (timedelta(days=2), "2 d"),
    ],
)
def test_ages_are_short(span: timedelta, words: str) -> None:
    assert output.ago(span) == words
