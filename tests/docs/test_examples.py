"""Every example of every page is right: run, loaded, accepted by the CLI, or left with a reason.

docs/getting_started.md is run as a whole by its own test.
"""

import re
import shlex
from collections.abc import Iterator
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

import click
import pytest
from ruamel.yaml import YAML

from slasync.cli.main import main
from slasync.settings import copy_defaults, load
from tests.docs.pages import Block, all_blocks, blocks
from tests.packaging.dockerfile import ROOT

AGREEMENTS = "docs/writing_agreements.md"
RUN_AS_A_WHOLE = {"docs/getting_started.md"}
TODAY = date(2026, 3, 2)
SECRETS = {
    "SALESFORCE_CONSUMER_KEY": "key",
    "SALESFORCE_CONSUMER_SECRET": "secret",
    "HUBSPOT_ACCESS_TOKEN": "token",
}
OTHERS = {
    "cat", "cd", "chmod", "chown", "cp", "curl", "dmesg", "docker", "du", "echo", "export",
    "findmnt", "grep", "install", "journalctl", "kubectl", "make", "mkdir", "mv", "openssl",
    "pg_dump", "python3", "rm", "systemctl", "timedatectl", "until", "useradd",
}  # fmt: skip
"""Programs that are not ours: what they do is theirs, and their calls are only read."""

WITH_REASON = {
    ("docs/configuration.md", "config/agreement.yaml:34:15"): "a message, not an input",
    ("docs/configuration.md", "score >= 75"): "conditions, tested in tests/settings/test_rules.py",
    ("docs/testing_policies.md", "rungs of first_touch"): "what a failing test prints",
    ("docs/sandbox.md", "marketo = Marketo"): "Python, tested in tests/sandbox",
    ("connectors/marketo/setup.md", '{"id"'): "a template of Marketo's",
    ("README.md", "HubSpot     contacts"): "a drawing",
}
BLOCKS = [block for block in all_blocks() if block.page not in RUN_AS_A_WHOLE]


def called(text: str) -> Iterator[list[str]]:
    """Yield each call of a shell example: lines joined, what is no call taken away."""
    for line in re.sub(r"\\\n\s*", "", text).splitlines():
        bare = re.sub(r"\s2?(?:>{1,2}|<)\s*\S+|\s&$", "", re.sub(r"(?:^|\s)#.*", "", line))
        for part in re.split(r"&&|;\s|\s\|\s", bare):
            words = shlex.split(part)
            while words and re.fullmatch(r"[A-Z_]+=.*", words[0]):
                words = words[1:]
            if words:
                yield words


def is_shell(block: Block) -> bool:
    try:
        calls = list(called(block.text))
    except ValueError:
        return False
    program = Path(calls[0][0]).name if calls else ""
    return program in OTHERS | {"slasync", "pip"}


def reason(block: Block) -> str | None:
    for (page, begins), why in WITH_REASON.items():
        if page == block.page and block.first.startswith(begins):
            return why
    return block.reason


def named(block: Block) -> str:
    return f"{block.page}[{block.number}] {block.first[:40]}"


SHELL = [block for block in BLOCKS if reason(block) is None and is_shell(block)]
OTHER = [block for block in BLOCKS if reason(block) is None and not is_shell(block)]


def accepted(words: list[str]) -> None:
    """Have the command line take the words, as far as it can without doing anything."""
    command: click.Command = main
    context = click.Context(main, info_name="slasync")
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        found = command.get_command(context, words[0])
        assert found is not None, f"there is no command {words[0]!r}"
        context = click.Context(found, context, words[0])
        command, words = found, words[1:]
    parser = command.make_parser(context)
    given, left, _ = parser.parse_args(list(words))
    assert not left
    arguments = [p for p in command.params if isinstance(p, click.Argument) and p.required]
    missing = [p.name for p in arguments if given.get(p.name or "") in {None, ()}]
    assert not missing or "-h" in words or "--help" in words, missing


@pytest.mark.parametrize("block", SHELL, ids=named)
def test_every_call_is_one_that_slasync_takes(block: Block) -> None:
    for words in called(block.text):
        program = Path(words[0]).name
        if program == "slasync":
            accepted(words[1:])
        else:
            assert program in OTHERS | {"pip"}, words


@pytest.mark.parametrize("block", OTHER, ids=named)
def test_every_other_example_is_yaml_that_can_be_read(block: Block) -> None:
    assert isinstance(YAML(typ="safe").load(block.text), dict), block.text


def test_every_reason_is_still_needed() -> None:
    begun = [(block.page, block.first) for block in BLOCKS]
    for page, begins in WITH_REASON:
        assert any(at == page and first.startswith(begins) for at, first in begun), begins


def parts() -> list[Block]:
    found = [block for block in blocks(ROOT / AGREEMENTS) if not is_shell(block)]
    assert len(found) >= 5
    return found


def put(text: str, parts_: dict[str, Any]) -> str:
    """Put parts in place of those of the same name; what texts lack is kept."""
    yaml = YAML(typ="rt")
    whole = yaml.load(text)
    for name, part in parts_.items():
        if name == "texts":
            whole[name].update(part)
        else:
            whole[name] = part
    out = StringIO()
    yaml.dump(whole, out)
    return out.getvalue()


@pytest.mark.parametrize("block", parts(), ids=named)
def test_every_part_of_an_agreement_that_is_shown_can_be_used(block: Block, tmp_path: Path) -> None:
    copy_defaults(tmp_path)
    shown = YAML(typ="rt").load(block.text)
    name = "calendars.yaml" if "calendars" in shown else "agreement.yaml"
    file = tmp_path / "config" / name
    file.write_text(put(file.read_text("utf-8"), shown), "utf-8")

    settings = load(tmp_path / "config", tmp_path / "connectors", SECRETS, today=TODAY)

    assert settings.agreement.name == "Inbound leads"
