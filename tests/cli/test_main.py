"""The command line as a whole: quick help, exit codes, a configuration that is found."""

import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from slasync.cli.main import PLACES, exit_code, main, told
from slasync.errors import Refused, SlasyncError, Stopped, TryLater
from slasync.settings import ConfigurationError
from tests.cli.desk import Desk

HEAVY = ("rich", "pydantic", "sqlalchemy", "hubspot", "simple_salesforce", "fastapi", "structlog")


def test_help_lists_every_command_without_importing_any() -> None:
    script = (
        "import sys; from slasync.cli.main import main\n"
        "main(['--help'], standalone_mode=False)\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run(  # noqa: S603 - this interpreter, this script
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )

    assert all(f"  {name} " in done.stdout for name in PLACES)
    assert done.stdout.splitlines()[-1] == "[]"


def test_help_documents_the_exit_codes() -> None:
    assert "Exit codes: 0 done; 1 " in CliRunner().invoke(main, ["--help"]).output


def test_the_version_is_told() -> None:
    assert CliRunner().invoke(main, ["--version"]).output.startswith("slasync, version ")


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (TryLater("no answer"), 3),
        (Stopped("the credentials are wrong"), 1),
        (Refused("never"), 1),
        (ConfigurationError([]), 2),
    ],
)
def test_an_error_is_told_and_names_its_exit_code(error: SlasyncError, code: int) -> None:
    with pytest.raises(SystemExit) as left, told():
        raise error

    assert left.value.code == code == exit_code(error)


def test_without_a_configuration_init_is_proposed(new_desk: Desk, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()

    done = new_desk.slasync("check", "--config", str(empty))

    assert done.exit_code == 2
    assert "slasync init DIR" in done.stderr


def test_an_unknown_command_is_wrong_usage() -> None:
    assert CliRunner().invoke(main, ["snyc"]).exit_code == 2


@pytest.mark.parametrize("command", ["status", "plan", "parked list", "explain lou@x.example"])
def test_looking_makes_no_database(new_desk: Desk, command: str) -> None:
    done = new_desk.slasync(*command.split())

    assert done.exit_code == 2
    assert "no database" in done.stderr
    assert not (new_desk.home / "slasync.db").exists()
