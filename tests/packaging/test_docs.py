"""What README and docs name is there: commands with their options, files, make's targets."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from slasync.cli.main import main
from tests.packaging.dockerfile import ROOT
from tests.packaging.metrics import all_metrics

PAGES = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *ROOT.glob("docs/**/*.md")])
PROSE = sorted([*PAGES, *ROOT.glob("connectors/*/setup.md")])
LINK = re.compile(r"\[[^\]]*\]\((?P<target>[^)\s]+)\)")
CALL = re.compile(r"(?:^ {4,}(?:[A-Z_]+=\S+ )*|`)slasync (?P<words>[^`#&\n|]+)", re.MULTILINE)
METRIC = re.compile(r"\bslasync_[a-z_]+")
MAKE = re.compile(r"(?:^ {4,}|`)make (?P<target>[a-z]+)", re.MULTILINE)


def named(page: Path) -> str:
    return str(page.relative_to(ROOT))


def calls() -> Iterator[tuple[str, str]]:
    for page in PROSE:
        for found in CALL.finditer(page.read_text("utf-8")):
            yield named(page), found["words"].strip()


def resolved(words: list[str]) -> tuple[click.Command, list[str]]:
    """Walk down to the command that `words` call; return it and the words left."""
    command: click.Command = main
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        found = command.get_command(click.Context(command), words[0])
        assert found is not None, f"there is no command {words[0]!r}"
        command, words = found, words[1:]
    return command, words


@pytest.mark.parametrize(("page", "words"), sorted(set(calls())))
def test_every_command_that_is_named_exists_with_its_options(page: str, words: str) -> None:
    command, left = resolved(shlex.split(words))
    known = {name for param in command.params for name in (*param.opts, *param.secondary_opts)}
    asked = {word.partition("=")[0] for word in left if word.startswith("-")}
    assert asked <= known | {"-h", "--help", "--version"}, page


def test_every_command_is_named() -> None:
    names = {words.split()[0] for _, words in calls()}
    assert set(main.list_commands(click.Context(main))) <= names


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_link_leads_to_a_file(page: Path) -> None:
    targets = [found["target"] for found in LINK.finditer(page.read_text("utf-8"))]
    local = [target.partition("#")[0] for target in targets if "://" not in target]
    assert not [target for target in local if target and not (page.parent / target).exists()]


def test_every_page_can_be_reached_from_the_readme() -> None:
    linked = {
        (page.parent / found["target"]).resolve()
        for page in PAGES
        for found in LINK.finditer(page.read_text("utf-8"))
        if "://" not in found["target"]
    }
    reached = linked | {file for folder in linked if folder.is_dir() for file in folder.iterdir()}
    assert not [named(page) for page in PAGES if page != ROOT / "README.md" and page not in reached]


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_make_target_that_is_named_exists(page: Path) -> None:
    rules = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    assert {found["target"] for found in MAKE.finditer(page.read_text("utf-8"))} <= set(rules)


def test_every_metric_that_is_named_is_shown() -> None:
    known = all_metrics()
    named_ = set(METRIC.findall((ROOT / "docs/operating.md").read_text("utf-8")))
    assert named_
    assert named_ <= known
    whole = {name for name in known if not name.endswith(("_bucket", "_sum", "_count", "_created"))}
    assert whole - named_ == set(), "docs/operating.md tells what each metric means"


def test_every_decision_has_its_number_context_and_outcome() -> None:
    records = sorted((ROOT / "docs/decisions").glob("*.md"))
    for number, record in enumerate(records, 1):
        text = record.read_text("utf-8")
        assert record.name.startswith(f"{number:04}-")
        assert text.startswith(f"# {number:04} ")
        assert "**Context.**" in text
        assert "**Outcome.**" in text


def test_a_word_has_one_entry_in_the_glossary() -> None:
    rows = re.findall(
        r"^\| ([^|]+) \|", (ROOT / "docs/glossary.md").read_text("utf-8"), re.MULTILINE
    )
    words = [word.strip() for row in rows for word in row.split(",") if not row.startswith("-")]
    twice = {word for word in words if words.count(word) > 1 and word != "word"}
    assert not twice
