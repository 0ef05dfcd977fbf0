"""Tables that fold: on a narrow screen a row is a block, each value beside its column's name.

Every part is given its role, for what is not displayed as a table is else none to a screen reader.
"""

import re

from markupsafe import Markup, escape

_PART = re.compile(r"<(thead|tbody|tr|th|td)\b")
_ROW = re.compile(r"<tr\b.*?</tr>", re.DOTALL)
_HEADING = re.compile(r"<t[hd]\b[^>]*>(.*?)</t[hd]>", re.DOTALL)
_CELL = re.compile(r"<t[hd]\b")
ROLES = {"thead": "rowgroup", "tbody": "rowgroup", "tr": "row", "td": "cell"}


def table(inner: Markup, caption: str = "", kind: str = "") -> Markup:
    """Return a table, given its head and its body as HTML of ours; `kind` is a class."""
    head, end, body = str(inner).partition("</thead>")
    names = [heading.striptags() for heading in map(_as_markup, _HEADING.findall(head))]
    body = _ROW.sub(lambda row: _labelled(row[0], names), body)
    parts = _with_roles(head, "columnheader") + end + _with_roles(body, "rowheader")
    return Markup(
        '<div class="scroll" tabindex="0" role="group"{}>'
        '<table role="table" class="folds {}">{}{}</table></div>'
    ).format(
        Markup(' aria-label="{}"').format(caption) if caption else "",
        kind,
        Markup('<caption class="unseen">{}</caption>').format(caption) if caption else "",
        _as_markup(parts),
    )


def _as_markup(part: str) -> Markup:
    return Markup(part)  # noqa: S704 - a piece of what was escaped when it was drawn


def _labelled(row: str, names: list[str]) -> str:
    """Give each cell of a row the name of its column."""
    left = iter(names)
    return _CELL.sub(lambda cell: f'{cell[0]} data-label="{escape(next(left))}"', row)


def _with_roles(part: str, header: str) -> str:
    roles = ROLES | {"th": header}
    return _PART.sub(lambda found: f'{found[0]} role="{roles[found[1]]}"', part)
