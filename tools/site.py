"""What MkDocs does besides: pages from outside of docs/, pages made from the code, links that fit.

A hook of mkdocs.yml; `make docs`. Nothing that it makes is kept in the repository.
"""

import json
import posixpath
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

from slasync.cli.main import main
from slasync.settings import schemas

ROOT = Path(__file__).resolve().parent.parent
BROUGHT = {"README.md": "index.md", "CHANGELOG.md": "CHANGELOG.md"}
DECISIONS = "docs/decisions"
LINK = re.compile(r"(?<!!)\[([^\]]*)\]\(([^)\s]+)\)")
WIDTH = 100


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that do not lie in docs/."""
    setups = {str(path.relative_to(ROOT)) for path in ROOT.glob("connectors/*/setup.md")}
    texts = {site: (ROOT / place).read_text("utf-8") for place, site in BROUGHT.items()}
    texts |= {place: (ROOT / place).read_text("utf-8") for place in setups}
    texts |= {
        "decisions/index.md": "".join(decisions()),
        "reference/commands.md": "".join(commands()),
        "reference/files.md": "".join(configuration()),
    }
    texts |= {schema_place(name): json.dumps(text, indent=2) for name, text in schemas().items()}
    for place, text in sorted(texts.items()):
        files.append(File.generated(config, place, content=text))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:  # noqa: ARG001 - the hook's form
    """Let each link of the repository lead to its page; what is no page is named."""
    here = place_of(page.file.src_uri)
    known = {place_of(file.src_uri): file.src_uri for file in files}
    known[DECISIONS] = "decisions/index.md"

    def led(found: re.Match[str]) -> str:
        words, target = found[1], found[2]
        path, _, anchor = target.partition("#")
        if "://" in target or not path:
            return found[0]
        place = posixpath.normpath(posixpath.join(posixpath.dirname(here), path))
        if place not in known:
            return words if words.strip("`") == place else f"{words} (`{place}`)"
        way = posixpath.relpath(known[place], posixpath.dirname(page.file.src_uri) or ".")
        return f"[{words}]({way}{'#' + anchor if anchor else ''})"

    return LINK.sub(led, markdown)


def place_of(src_uri: str) -> str:
    """Return where a page's text lies in the repository."""
    outside = {site: place for place, site in BROUGHT.items()}
    if src_uri in outside:
        return outside[src_uri]
    return src_uri if src_uri.startswith("connectors/") else f"docs/{src_uri}"


def decisions() -> Iterator[str]:
    """Yield the list of decision records."""
    yield "# Decisions\n\nWhy slasync is built as it is, one record each.\n\n"
    for path in sorted((ROOT / DECISIONS).glob("*.md")):
        title = path.read_text("utf-8").partition("\n")[0].removeprefix("# ")
        yield f"- [{title}]({path.name})\n"


def commands() -> Iterator[str]:
    """Yield the page of the commands, from what `--help` says."""
    yield "# Commands\n\nWhat each command says with `--help`.\n"
    top = click.Context(main, info_name="slasync", max_content_width=WIDTH, terminal_width=WIDTH)
    yield from helped(main, top)


def helped(command: click.Command, context: click.Context) -> Iterator[str]:
    """Yield the help of a command, then that of those below it."""
    yield f"\n## {context.command_path}\n\n```text\n{command.get_help(context)}\n```\n"
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            if below is not None:
                yield from helped(below, click.Context(below, context, name))


def configuration() -> Iterator[str]:
    """Yield the page of the files' keys, from their JSON Schemas."""
    yield "# Keys of the files\n\n"
    yield "What each key takes; [configuration](../configuration.md) explains them."
    yield "\nThe JSON Schemas are for editors.\n"
    for name, schema in schemas().items():
        yield f"\n## {name}\n\n[JSON Schema]({posixpath.basename(schema_place(name))})\n"
        yield from keys("", schema)
        for part, below in sorted(schema.get("$defs", {}).items()):
            if "properties" in below:
                yield from keys(part, below)


def keys(part: str, schema: Mapping[str, Any]) -> Iterator[str]:
    """Yield a table of the keys of one mapping."""
    if "properties" not in schema:
        return
    if part:
        yield f"\n**{part}**\n"
    yield "\n| key | takes | needed |\n|---|---|---|\n"
    needed = set(schema.get("required", ()))
    for key, value in schema["properties"].items():
        yield f"| `{key}` | {takes(value)} | {'yes' if key in needed else ''} |\n"


def takes(schema: Mapping[str, Any]) -> str:
    """Say in few words what a key takes."""
    said = "anything"
    match schema:
        case {"$ref": ref}:
            said = str(ref).rpartition("/")[2]
        case {"enum": values}:
            said = ", ".join(f"`{value}`" for value in values)
        case {"const": value}:
            said = f"`{value}`"
        case {"anyOf": some} | {"oneOf": some}:
            said = " or ".join(dict.fromkeys(takes(one) for one in some))
        case {"type": "array", "items": items}:
            said = f"list of {takes(items)}"
        case {"type": "object", "additionalProperties": dict() as values} if values:
            said = f"mapping to {takes(values)}"
        case {"type": kind}:
            said = str(kind).replace("null", "nothing")
    return said


def schema_place(name: str) -> str:
    """Return where the schema of a file stands on the site."""
    return f"reference/{name.replace('/', '-').removesuffix('.yaml')}.schema.json"
