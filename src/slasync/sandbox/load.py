"""Any CSV into an object of a system: a map says which column becomes which field.

    system: hubspot                # or marketo, salesforce
    object: contacts
    key: email                     # the field that tells rows apart: loading twice updates
    zone: Europe/Berlin            # of local dates and times
    columns:                       # column -> field, or what to make of it
      E-Mail: email
      Score: {field: hubspotscore, type: number}
      Seen: {field: closedate, type: datetime, format: "%d.%m.%Y %H:%M"}
    templates: {lastname: "{First} {Last}"}
    constants: {country: Germany}
    ignore: [Internal note]        # every other column must be used above

Files are streamed twice, however long they are: first checked, then loaded.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from slasync.sandbox.cells import BadCell, Cells, cells
from slasync.sandbox.marked import Section, Wrong, did_you_mean, read
from slasync.sandbox.rows import Dialect, header, rows, unknown_columns

SYSTEMS = ("hubspot", "marketo", "salesforce")
BATCH = 500
MOST_PROBLEMS = 20
Values = dict[str, Any]


@dataclass(frozen=True, slots=True)
class LoadMap:
    """A compiled map."""

    system: str
    object: str
    key: str
    cells: Cells
    dialect: Dialect
    section: Section

    @property
    def columns(self) -> set[str]:
        return self.cells.columns


def load_map(path: Path) -> LoadMap:
    """Read and check a map. Raises Wrong with every problem, OSError."""
    top = read(path)
    top.only(
        "system", "object", "key", "zone", "delimiter", "encoding",
        "columns", "templates", "constants", "ignore",
    )  # fmt: skip
    made = LoadMap(
        top.choice("system", SYSTEMS),
        top.text("object"),
        top.text("key"),
        cells(top, top.zone("zone")),
        Dialect(top.text("delimiter", ","), top.text("encoding", "utf-8-sig")),
        top,
    )
    if made.key and made.key not in made.cells.fields:
        top.complain("key", f"no column or template fills {made.key!r}")
    top.raise_problems()
    return made


def check(map_: LoadMap, known: Collection[str], path: Path) -> int:
    """Check the map's fields against the object's, and every row of the file.

    Returns the number of rows. Raises Wrong with every problem; of rows, with the first ones.
    """
    problems = [*_unknown_fields(map_, known)]
    names = header(path, map_.dialect)
    problems += unknown_columns(path, names, map_.columns, map_.cells.ignored)
    if problems:
        raise Wrong(problems)
    return _checked_rows(map_, path)


def _checked_rows(map_: LoadMap, path: Path) -> int:
    problems: list[str] = []
    number = 0
    for line, row in rows(path, map_.dialect):
        number += 1
        problems += _wrong_with(map_, f"{path}:{line}", row)
        if len(problems) >= MOST_PROBLEMS:
            raise Wrong([*problems, f"{path}: and perhaps more"])
    if problems:
        raise Wrong(problems)
    return number


def batches(map_: LoadMap, path: Path, size: int = BATCH) -> Iterator[list[Values]]:
    """Yield the rows' fields, `size` at a time. Raises Wrong, OSError."""
    values = (map_.cells.values(row) for _, row in rows(path, map_.dialect))
    while batch := list(islice(values, size)):
        yield batch


def _unknown_fields(map_: LoadMap, known: Collection[str]) -> list[str]:
    for block, key, target in _targets(map_.section):
        if target not in known:
            tip = did_you_mean(target, known)
            block.complain(key, f"{map_.object} has no field {target!r}{tip}")
    return map_.section.problems


def _wrong_with(map_: LoadMap, where: str, row: Mapping[str, str]) -> list[str]:
    try:
        values = map_.cells.values(row)
    except BadCell as error:
        return [f"{where}: {error}"]
    return [] if map_.key in values else [f"{where}: {map_.key} is empty"]


def _targets(top: Section) -> Iterator[tuple[Section, str, str]]:
    """Yield where each field is named: the section, its key, the field."""
    columns = top.section("columns")
    for key, value in columns.items():
        yield columns, key, value if isinstance(value, str) else columns.section(key).text("field")
    for name in ("templates", "constants"):
        block = top.section(name)
        yield from ((block, key, key) for key, _ in block.items())
