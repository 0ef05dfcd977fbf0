"""completion: a script for each shell, which completes commands and options, never leads."""

import pytest
from click.shell_completion import BashComplete, CompletionItem

from slasync.cli.main import main
from tests.cli.desk import Desk


def completed(words: list[str], incomplete: str) -> list[str]:
    completing = BashComplete(main, {}, "slasync", "_SLASYNC_COMPLETE")
    found: list[CompletionItem] = completing.get_completions(words, incomplete)
    return [str(item.value) for item in found]


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_each_shell_gets_a_script_that_asks_slasync(desk: Desk, shell: str) -> None:
    done = desk.slasync("completion", shell)

    assert done.exit_code == 0, done.output
    assert "_SLASYNC_COMPLETE" in done.output
    assert f"{shell}_complete" in done.output


def test_bash_gets_one_too(desk: Desk) -> None:
    done = desk.slasync("completion", "bash")

    assert done.exit_code == 0, done.output
    assert "complete -o nosort -F _slasync_completion slasync" in done.output


def test_commands_of_every_group_are_completed() -> None:
    assert "status" in completed([], "sta")
    assert completed(["held"], "al") == ["allow"]
    assert "--apply" in completed(["forget"], "--a")


def test_leads_are_not_completed() -> None:
    assert completed(["explain"], "l") == []


def test_another_shell_is_wrong_usage(desk: Desk) -> None:
    done = desk.slasync("completion", "tcsh")

    assert done.exit_code == 2
    assert "'tcsh' is not one of 'bash', 'zsh', 'fish'" in done.output
