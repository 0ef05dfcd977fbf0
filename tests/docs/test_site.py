"""The site is built strictly, from the code as it is, and fetches nothing from elsewhere."""

import re
import subprocess
import sys
from html import unescape
from pathlib import Path

import click
import pytest
from tools.site import commands, configuration, takes

from slasync.cli.main import main
from slasync.settings import schemas
from tests.packaging.dockerfile import ROOT

FETCHED = re.compile(
    r"<(?:script|img|iframe|source)[^>]+src=[\"']?(https?:)?//"
    r"|<link[^>]+rel=[\"']?(?:stylesheet|preload|preconnect|icon)[^>]+href=[\"']?(https?:)?//"
)
IN_STYLES = re.compile(r"@import|url\(\s*[\"']?(?:https?:)?//")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built as `make docs` does."""
    built = tmp_path_factory.mktemp("site")
    mkdocs = str(Path(sys.executable).with_name("mkdocs"))
    done = subprocess.run(  # noqa: S603 - our own tool
        [mkdocs, "build", "--strict", "--quiet", "--site-dir", str(built)],
        cwd=ROOT, env={"NO_MKDOCS_2_WARNING": "1", "PATH": "/usr/bin:/bin"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return built


@pytest.mark.slow
def test_every_page_is_there(site: Path) -> None:
    written = {path.stem for path in (ROOT / "docs").glob("*.md")}
    assert written <= {path.stem for path in site.glob("*.html")}
    for page in ("index", "CHANGELOG", "connectors/salesforce/setup", "decisions/index",
                 "reference/commands", "reference/files"):  # fmt: skip
        assert (site / f"{page}.html").is_file(), page


@pytest.mark.slow
def test_nothing_is_fetched_from_elsewhere(site: Path) -> None:
    pages, styles = list(site.rglob("*.html")), list(site.rglob("*.css"))
    assert pages
    assert styles
    assert not [page.name for page in pages if FETCHED.search(page.read_text("utf-8"))]
    assert not [style.name for style in styles if IN_STYLES.search(style.read_text("utf-8"))]


@pytest.mark.slow
def test_links_of_the_repository_lead_to_pages_of_the_site(site: Path) -> None:
    home = (site / "index.html").read_text("utf-8")
    assert 'href="operating.html"' in home
    assert 'href="docs/' not in home
    operating = (site / "operating.html").read_text("utf-8")
    assert 'href="connectors/salesforce/setup.html"' in operating
    assert 'href="#stream-behind"' in operating


@pytest.mark.slow
def test_every_schema_can_be_fetched(site: Path) -> None:
    assert len(list((site / "reference").glob("*.schema.json"))) == len(schemas())


def test_every_command_is_in_the_reference() -> None:
    text = unescape("".join(commands()))
    for name in main.list_commands(click.Context(main)):
        assert f"\n## slasync {name}\n" in text
    assert "--agreement" in text


def test_every_key_is_in_the_reference() -> None:
    text = "".join(configuration())
    for schema in schemas().values():
        for key in schema["properties"]:
            assert f"| `{key}` |" in text


@pytest.mark.parametrize(
    ("schema", "said"),
    [
        ({"$ref": "#/$defs/Rung"}, "Rung"),
        ({"enum": ["a", "b"]}, "`a`, `b`"),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, "string or nothing"),
        ({"type": "array", "items": {"type": "integer"}}, "list of integer"),
        ({"type": "object", "additionalProperties": {"type": "number"}}, "mapping to number"),
        ({}, "anything"),
    ],
)
def test_what_a_key_takes_is_said_in_few_words(schema: dict[str, object], said: str) -> None:
    assert takes(schema) == said
