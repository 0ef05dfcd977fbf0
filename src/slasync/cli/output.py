"""What commands print: tables and progress on a terminal, plain text or JSON when piped."""

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

import click

_CONTROL = {code: "?" for code in (*range(32), *range(127, 160)) if chr(code) not in "\n\t"}
GAP = "  "


def on_terminal() -> bool:
    """Tell whether a person reads what is printed."""
    return sys.stdout.isatty()


def say(text: str = "") -> None:
    """Print a line. Control characters, which could come from a lead's name, are shown as `?`."""
    click.echo(safe(text))


def warn(text: str) -> None:
    """Print a line to stderr."""
    click.echo(safe(text), err=True)


def safe(text: str) -> str:
    return text.translate(_CONTROL)


def print_json(value: Any) -> None:
    """Print one JSON value on one line."""
    click.echo(json.dumps(value, default=_plain, ensure_ascii=False))


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return utc(value)
    raise TypeError(f"{type(value).__name__} is no JSON value")


def utc(at: datetime | None) -> str:
    """Write an instant in UTC to the second; a dash when there is none."""
    if at is None:
        return "-"
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def ago(span: timedelta) -> str:
    """Write how long ago something was: "4 min"."""
    seconds = max(int(span.total_seconds()), 0)
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a table: drawn on a terminal, else in columns parted by two blanks."""
    cells = [[safe(str(cell)).replace("\n", " ") for cell in row] for row in rows]
    if on_terminal():
        _drawn(title, columns, cells)
        return
    say(title)
    widths = [max(map(len, column)) for column in zip(columns, *cells, strict=True)]
    for row in (list(columns), *cells):
        padded = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        click.echo(GAP + GAP.join(padded).rstrip())
    say()


def _drawn(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    from rich.console import Console  # noqa: PLC0415 - where nothing is drawn it is not needed
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    drawn = Table(title=title, title_justify="left", title_style="bold")
    for column in columns:
        drawn.add_column(column, overflow="fold")
    for row in rows:
        drawn.add_row(*map(Text, row))
    Console().print(drawn)


class Tell(Protocol):
    """Shows how far something has come: `done` of `of`; words alone where no end is known."""

    def __call__(self, text: str, done: float | None = None, of: float | None = None) -> None: ...


def _silent(text: str, done: float | None = None, of: float | None = None) -> None:
    """Nobody looks."""


def watched() -> bool:
    """Tell whether a person waits at a terminal, and not for JSON."""
    context = click.get_current_context(silent=True)
    wants_json = bool(context and context.params.get("as_json"))
    return on_terminal() and sys.stderr.isatty() and not wants_json


@contextmanager
def progress(title: str) -> Iterator[Tell]:
    """Show on a terminal's stderr how far something has come; yields the function to tell it with.

    The bar goes when all is done. In pipes and beside JSON there is none.
    """
    if not watched():
        yield _silent
        return
    from rich.console import Console  # noqa: PLC0415 - as above
    from rich.markup import escape  # noqa: PLC0415
    from rich.progress import (  # noqa: PLC0415  # noqa: PLC0415
        BarColumn,
        Progress,
        SpinnerColumn,
        TaskProgressColumn,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(bar_width=30),
               TaskProgressColumn(), TimeRemainingColumn())  # fmt: skip
    with Progress(*columns, console=Console(stderr=True), transient=True) as shown:
        task = shown.add_task(escape(title), total=None)

        def tell(text: str, done: float | None = None, of: float | None = None) -> None:
            words = escape(safe(f"{title}: {text}" if text else title))
            shown.update(task, description=words, completed=done, total=of or None)

        yield tell
