"""Every example of every page is right: run, loaded, accepted by the CLI, or left with a reason.

docs/getting_started.md is run as a whole by its own test.
"""

import re
import shlex
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from itertools import product
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner
from ruamel.yaml import YAML

from slasync.cli.main import main
from slasync.sandbox.load import load_map
from slasync.settings import copy_defaults, load
from tests.docs.pages import PAGES, Block, all_blocks
from tests.packaging.dockerfile import ROOT

RUN_AS_A_WHOLE = {"docs/getting_started.md"}
TODAY = date(2026, 3, 2)
SECRETS = {
    "SALESFORCE_CONSUMER_KEY": "key",
    "SALESFORCE_CONSUMER_SECRET": "secret",
    "HUBSPOT_ACCESS_TOKEN": "token",
    "OIDC_CLIENT_SECRET": "secret",
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


def accepted(words: list[str], *, whole: bool = True) -> None:
    """Have the command line take the words, as far as it can without doing anything.

    Not `whole`: what the command is about may be left out.
    """
    command: click.Command = main
    context = click.Context(main, info_name="slasync")
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        found = command.get_command(context, words[0])
        assert found is not None, f"there is no command {words[0]!r}"
        context = click.Context(found, context, words[0])
        command, words = found, words[1:]
    options = {name: p for p in command.params for name in p.opts}
    if not whole and words and getattr(options.get(words[-1]), "is_flag", True) is False:
        words = [*words, "VALUE"]
    parser = command.make_parser(context)
    given, left, _ = parser.parse_args(list(words))
    assert not left
    if not whole:
        return
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


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_that_a_sentence_names_is_there_with_its_options(page: Path) -> None:
    """What a command is about may be left out in a sentence, and `a|b` be one of several."""
    text = " ".join(page.read_text("utf-8").split())
    for call in re.findall(r"`slasync ([^`]+)`", text):
        for words in one_of(shlex.split(call)):
            accepted(words, whole=False)


def one_of(words: list[str]) -> Iterator[list[str]]:
    """Yield a call for each of the alternatives in it."""
    choices = (word.strip("[]").split("|") for word in words)
    return (list(each) for each in product(*choices))


def test_every_reason_is_still_needed() -> None:
    begun = [(block.page, block.first) for block in BLOCKS]
    for page, begins in WITH_REASON:
        assert any(at == page and first.startswith(begins) for at, first in begun), begins


CLOCKS = ("first_touch", "acceptance", "processing", "next_attempt")
AROUND = {
    "connectors/hubspot/connector.yaml": {
        "contact": {"custom": {
            "employees": {"field": "numberofemployees", "type": "number"},
            "budget": {"field": "budget", "type": "number"},
            "decides_on": {"field": "decides_on", "type": "datetime"},
            "email_domain": {"field": "hs_email_domain"},
            "pages_seen": {"field": "hs_analytics_num_page_views", "type": "number"},
            "postal_code": {"field": "zip"},
        }},
    },
    "config/teams.yaml": {
        "pools": {
            name: {
                "members": [{"who": "ana@sandbox.example", "skills": ["french"]}],
                "leadership": ["lea@sandbox.example"], "calendar": "berlin",
            }
            for name in ("dach", "munich", "europe")
        },
    },
}  # fmt: skip
"""What the examples name and the shipped deployment does not have."""


def by_file(block: Block) -> dict[str, Any]:
    """Return an example's parts by the file they belong to: as it says, or as their keys do."""
    said = re.split(r"^# ((?:config|connectors)/\S+)\n", block.text, flags=re.MULTILINE)
    if len(said) > 1:
        return {name: read(text) for name, text in zip(said[1::2], said[2::2], strict=True)}
    shown = read(block.text)
    if "listeners" in shown:
        return {"config/slasync.yaml": shown}
    if "calendars" in shown:
        return {"config/calendars.yaml": shown}
    if "any_of" in shown:
        shown = {"definitions": {"mql": {"any_of": [*SHIPPED["definitions"]["mql"]["any_of"],
                                                    *shown["any_of"]]}}}  # fmt: skip
    if set(shown) <= set(CLOCKS):
        shown = {"clocks": {name: _with_the_rest(name, part) for name, part in shown.items()}}
    return {"config/agreement.yaml": shown}


def _with_the_rest(clock: str, part: dict[str, Any]) -> dict[str, Any]:
    """Put what is shipped, or the like of it, where a page has three dots."""
    rest = SHIPPED["clocks"].get(clock, SHIPPED["clocks"]["processing"])
    return {**rest, **{name: value for name, value in part.items() if name != "..."}}


def read(text: str) -> Any:
    return YAML(typ="rt").load(text)


SHIPPED = read((ROOT / "config/agreement.yaml").read_text("utf-8"))


AS_SHOWN = {"stages"}
"""Parts that speak of the same things throughout: an example of one is the whole of it."""


def merged(whole: Any, part: Any, depth: int = 2) -> Any:
    """Put a part in its place: mappings within mappings, what stands in those as shown."""
    if not depth or not isinstance(whole, dict) or not isinstance(part, dict):
        return part
    for key, value in part.items():
        whole[key] = value if key in AS_SHOWN else merged(whole.get(key), value, depth - 1)
    return whole


def put(file: Path, *parts: Any) -> None:
    whole = read(file.read_text("utf-8"))
    for part in parts:
        whole = merged(whole, part)
    with file.open("w", encoding="utf-8") as out:
        YAML(typ="rt").dump(whole, out)


YAMLS = [block for block in OTHER if "tests" not in read(block.text)]


@pytest.mark.parametrize("block", YAMLS, ids=named)
def test_every_example_of_a_file_is_taken_by_what_reads_it(block: Block, tmp_path: Path) -> None:
    if "columns" in read(block.text):
        (tmp_path / "map.yaml").write_text(block.text, "utf-8")
        assert load_map(tmp_path / "map.yaml").columns
        return
    copy_defaults(tmp_path)
    for name in ("tls.pem", "tls.key"):
        (tmp_path / name).touch(0o600)
    shown = by_file(replace(block, text=block.text.replace("/etc/slasync", str(tmp_path))))
    for name in shown | AROUND:
        put(tmp_path / name, AROUND.get(name, {}), shown.get(name, {}))

    settings = load(tmp_path / "config", tmp_path / "connectors", SECRETS, today=TODAY)

    assert settings.agreement.name == "Inbound leads"


@pytest.mark.parametrize("block", [block for block in OTHER if block not in YAMLS], ids=named)
def test_every_example_of_a_policy_test_passes(block: Block, tmp_path: Path) -> None:
    copy_defaults(tmp_path)
    (tmp_path / "case.yaml").write_text(block.text, "utf-8")

    done = CliRunner().invoke(
        main, ["test", "--config", str(tmp_path), str(tmp_path / "case.yaml")]
    )

    assert done.exit_code == 0, done.output
