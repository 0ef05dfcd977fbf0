"""sandbox env: what a shell has to know, and nothing that it would run."""

import json
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from slasync.cli.main import main
from slasync.cli.sandbox_env import PLACES


def told(folder: Path, text: str) -> Result:
    file = folder / "up.json"
    file.write_text(text, "utf-8")
    return CliRunner().invoke(main, ["sandbox", "env", str(file)])


def test_every_variable_is_exported_and_quoted(tmp_path: Path) -> None:
    line: dict[str, dict[str, str]] = {}
    for part, key in PLACES.values():
        line.setdefault(part, {})[key] = "a; rm -rf $HOME"

    done = told(tmp_path, json.dumps(line))

    assert done.exit_code == 0
    found = [shlex.split(each) for each in done.output.splitlines()]
    assert found == [["export", f"{name}=a; rm -rf $HOME"] for name in PLACES]


def test_a_channel_of_changes_is_told_only_where_one_is_served(tmp_path: Path) -> None:
    line: dict[str, dict[str, str]] = {}
    for part, key in PLACES.values():
        line.setdefault(part, {})[key] = "there"
    del line["salesforce"]["pubsub_url"]

    done = told(tmp_path, json.dumps(line))

    assert done.exit_code == 0
    assert "SALESFORCE_PUBSUB_URL" not in done.output


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"salesforce": 1}'])
def test_what_is_no_such_line_is_refused(tmp_path: Path, text: str) -> None:
    done = told(tmp_path, text)

    assert (done.exit_code, "not what `slasync sandbox up --json` prints" in done.output) == (
        2,
        True,
    )


def test_a_file_that_is_not_there_is_named() -> None:
    done = CliRunner().invoke(main, ["sandbox", "env", "nowhere.json"])

    assert (done.exit_code, "nowhere.json" in done.output) == (2, True)
