"""The files slasync ships: where they are, and how `init` copies them."""

from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from slasync.settings.problems import ConfigurationError, Problem

FOLDERS = ("config", "connectors")


def copy_defaults(target: Path, marketing: str = "hubspot", crm: str = "salesforce") -> list[Path]:
    """Copy config/ and connectors/ into `target` and return the files written.

    With `marketing` marketo the deployment names Marketo, in HubSpot's place; with `crm` hubspot
    HubSpot alone, which is both. Raises ConfigurationError, having written nothing, when one of
    them is there already.
    """
    alone = crm == "hubspot"
    wanted = {
        target / name: source
        for name, source in shipped()
        if not (alone and name.startswith("connectors/salesforce/"))
    }
    there = [path for path in wanted if path.exists()]
    if there:
        what = "is there already: nothing was copied"
        raise ConfigurationError([Problem(str(path), 1, 1, "", what) for path in there])
    for path, source in wanted.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(source.read_bytes())
    changes = _TO_MARKETO if marketing == "marketo" else _TO_HUBSPOT if alone else {}
    for path in wanted:
        name = path.relative_to(target).as_posix()
        change = changes.get("config/tests/" if name.startswith("config/tests/") else name)
        if change is not None:
            path.write_text(change(path.read_text("utf-8")), "utf-8")
    return list(wanted)


def _with_marketo(text: str) -> str:
    """Have slasync.yaml name Marketo: of both blocks one is always a comment."""
    lines, block = [], ""
    for line in text.splitlines():
        if line in {"  hubspot:", "  # marketo:"}:
            block = line.strip("# :")
        elif not line.strip():
            block = ""
        if block == "hubspot":
            line = f"  # {line[2:]}"  # noqa: PLW2901 - the line as it becomes
        elif block == "marketo":
            line = f"  {line[4:]}"  # noqa: PLW2901 - the line as it becomes
        lines.append(line)
    return "\n".join([*lines, ""])


def _scored_by_marketo(text: str) -> str:
    """Have the agreement say whose score it is."""
    return text.replace(
        "computed_by: HubSpot, property hubspotscore", "computed_by: Marketo, field leadScore"
    )


def _without_salesforce(text: str) -> str:
    """Have slasync.yaml name HubSpot alone, as the CRM."""
    head, _, rest = text.partition("systems:\n")
    _, _, hubspot = rest.partition("  hubspot:\n")
    return f"{head}# The CRM is HubSpot, too.\ncrm: hubspot\n\nsystems:\n  hubspot:\n{hubspot}"


def _with_contacts_as_leads(text: str) -> str:
    """Have HubSpot's file say what a lead is there: the part that is a comment."""
    lines, block = [], False
    for line in text.splitlines():
        block = line == "# crm:" or (block and line.startswith("#   "))
        lines.append(line[2:] if block else line)
    return "\n".join([*lines, ""])


def _in_words_of_hubspot(text: str) -> str:
    """Have the agreement read HubSpot's streams and know its statuses."""
    head, _, rest = text.replace("salesforce.", "hubspot.").partition("  of_status:\n")
    lines = rest.splitlines()
    after = next(n for n, line in enumerate(lines) if not line.startswith("    "))
    told = [f"    {status}: {stage}" for status, stage in _STAGES.items()]
    return "\n".join([f"{head}  of_status:", *told, *lines[after:], ""])


def _tests_in_words_of_hubspot(text: str) -> str:
    """Have tests of the agreement name HubSpot's streams, records and statuses."""
    for word, its in _SAME_STATUS.items():
        text = text.replace(word, its)
    return text.replace("salesforce", "hubspot")


def _with_nobodys_queue(text: str) -> str:
    """Have leads that nobody can take stay nobody's: HubSpot has no queues of contacts."""
    return text.replace("queue: Inbound queue  ", "queue: Unassigned     ")


_STAGES = {
    "NEW": "mql",
    "OPEN": "mql",
    "IN_PROGRESS": "sal",
    "ATTEMPTED_TO_CONTACT": "sal",
    "CONNECTED": "sal",
    "OPEN_DEAL": "sql",
    "UNQUALIFIED": "disqualified",
    "BAD_TIMING": "recycled",
}
"""What the statuses that HubSpot comes with stand for."""
_SAME_STATUS = {"Working - Contacted": "IN_PROGRESS", "Open - Not Contacted": "NEW"}
"""Statuses that the shipped tests name, and what stands for the same in HubSpot."""
_TO_MARKETO = {
    "config/slasync.yaml": _with_marketo,
    "config/agreement.yaml": _scored_by_marketo,
}
_TO_HUBSPOT = {
    "config/slasync.yaml": _without_salesforce,
    "config/agreement.yaml": _in_words_of_hubspot,
    "config/teams.yaml": _with_nobodys_queue,
    "config/tests/": _tests_in_words_of_hubspot,
    "connectors/hubspot/connector.yaml": _with_contacts_as_leads,
}


def shipped() -> Iterator[tuple[str, Traversable]]:
    """Yield each shipped file's place, such as `config/teams.yaml`, and the file."""
    root = _root()
    for folder in FOLDERS:
        yield from _files(root / folder, folder)


def _root() -> Traversable:
    """An installed package carries the files; a checkout has them at its root."""
    installed = files("slasync") / "defaults"
    return installed if installed.is_dir() else Path(__file__).parents[3]


def _files(folder: Traversable, name: str) -> Iterator[tuple[str, Traversable]]:
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.is_dir():
            yield from _files(entry, f"{name}/{entry.name}")
        elif entry.name.endswith((".yaml", ".md", ".xml", ".json")):
            yield f"{name}/{entry.name}", entry
