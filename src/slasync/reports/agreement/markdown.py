"""Markdown that shows what it is given: nothing in a name becomes a heading, a link or a tag."""

import re
from collections.abc import Iterable, Sequence

_SPECIAL = re.compile(r"([\\`*_\[\]<>|~&#$])")
_MARKER = re.compile(r"^(?:([-+=])|(\d+)([.)])(?=\s|$))")
_UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff]"
)
_BAR = re.compile(r"(?<!\\)\|")
_TICKS = re.compile("`+")


class Marked(str):
    """Text that is Markdown already. All other text is escaped before it joins such text."""

    __slots__ = ()


def marked(text: object) -> Marked:
    """Return text as Markdown that shows it, on one line."""
    if isinstance(text, Marked):
        return text
    shown = _SPECIAL.sub(r"\\\1", plain(str(text)))
    return Marked(_MARKER.sub(lambda m: f"\\{m[1]}" if m[1] else f"{m[2]}\\{m[3]}", shown))


def plain(text: str) -> str:
    """Return text on one line, without characters that cannot be seen."""
    return " ".join(_UNSEEN.sub("", text).split())


def code(text: object) -> Marked:
    """Return text as it is written, between as many backticks as it takes."""
    shown = plain(str(text))
    fence = "`" * (max((len(run) for run in _TICKS.findall(shown)), default=0) + 1)
    room = " " if not shown or "`" in (shown[0], shown[-1]) else ""
    return Marked(f"{fence}{room}{shown}{room}{fence}")


def strong(text: object) -> Marked:
    return Marked(f"**{marked(text)}**")


def heading(level: int, text: object) -> Marked:
    return Marked(f"{'#' * level} {marked(text)}")


def bullets(items: Iterable[object]) -> Marked:
    return Marked("\n".join(f"- {marked(item)}" for item in items))


def table(head: Sequence[object], rows: Iterable[Sequence[object]]) -> Marked:
    """Return a table; the first row is its head."""
    lines = [head, [Marked("---")] * len(head), *rows]
    return Marked("\n".join(f"| {' | '.join(map(_cell, line))} |" for line in lines))


def _cell(content: object) -> str:
    """A bar inside code would end the cell; what is escaped already stays."""
    return _BAR.sub(r"\\|", marked(content))


def document(blocks: Iterable[Marked]) -> str:
    """Join blocks, a blank line between them."""
    return "\n\n".join(block for block in blocks if block) + "\n"
