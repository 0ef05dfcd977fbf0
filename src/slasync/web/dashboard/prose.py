"""Markdown as the agreement's rendering writes it, made HTML: headings, lists, tables, no more.

All text is escaped; nothing in it becomes a tag or a link.
"""

import re
from collections.abc import Iterator

from markupsafe import Markup, escape

from slasync.web.dashboard.tables import table

_PIECE = re.compile(
    r"\\(?P<plain>[^\w\s])|(?P<ticks>`+)(?P<code>.+?)(?P=ticks)(?!`)|\*\*(?P<bold>.+?)\*\*(?!\*)"
)
_HEADING = re.compile(r"(#{1,6}) (.*)")
_BAR = re.compile(r"(?<!\\)\|")
DEEPEST = 6


def html(markdown: str) -> Markup:
    """Return a document of ours as HTML; its title becomes a heading of the second level."""
    blocks = (block for block in markdown.strip().split("\n\n") if block.strip())
    return Markup("\n").join(_block(block) for block in blocks)


def _block(block: str) -> Markup:
    lines = block.strip("\n").split("\n")
    if heading := _HEADING.fullmatch(lines[0]):
        level = min(len(heading[1]) + 1, DEEPEST)
        return Markup("<h{0}>{1}</h{0}>").format(level, inline(heading[2]))
    if all(line.startswith("- ") for line in lines):
        items = Markup("").join(Markup("<li>{}</li>").format(inline(line[2:])) for line in lines)
        return Markup("<ul>{}</ul>").format(items)
    if all(line.startswith("| ") for line in lines) and len(lines) > 1:
        return _table(lines)
    return Markup("<p>{}</p>").format(inline(" ".join(lines)))


def _table(lines: list[str]) -> Markup:
    head, _, *rows = ([cell.strip() for cell in _BAR.split(line)[1:-1]] for line in lines)
    top = Markup("").join(map(_head, head))
    body = Markup("").join(map(_row, rows))
    return table(Markup("<thead><tr>{}</tr></thead><tbody>{}</tbody>").format(top, body))


def _row(cells: list[str]) -> Markup:
    """The first cell says what the row is about."""
    first, *others = map(inline, cells)
    told = Markup("").join(map(Markup("<td>{}</td>").format, others))
    return Markup('<tr><th scope="row">{}</th>{}</tr>').format(first, told)


def _head(cell: str) -> Markup:
    """A corner with nothing in it heads no column."""
    if not cell:
        return Markup("<td></td>")
    return Markup('<th scope="col">{}</th>').format(inline(cell))


def inline(text: str) -> Markup:
    """Return one line: code, bold, and the rest as it stands."""
    return Markup("").join(_pieces(text))


def _pieces(text: str) -> Iterator[Markup]:
    end = 0
    for found in _PIECE.finditer(text):
        yield escape(text[end : found.start()])
        if found["plain"] is not None:
            yield escape(found["plain"])
        elif found["code"] is not None:
            yield Markup("<code>{}</code>").format(found["code"].replace("\\|", "|"))
        else:
            yield Markup("<strong>{}</strong>").format(inline(found["bold"]))
        end = found.end()
    yield escape(text[end:])
