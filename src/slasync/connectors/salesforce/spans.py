"""One stream read in several places at once: a pass is cut into spans of time, each with its mark.

Only a pass that a first page did not end is cut, and only where further pages are to be expected:
where rows lie dense a span is cut again with each round, where there are none it ends with a page.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from slasync.connectors.salesforce.ids import instant
from slasync.connectors.salesforce.soql import Mark, Table, mark
from slasync.ports import Answer, Ask, Position

NARROWEST = timedelta(seconds=2)  # stamps are whole seconds: a narrower span is not cut
WORTH_IT = 2.0  # pages that a span must still have, by the last one's density
UNKNOWN = 1e9


@dataclass(frozen=True, slots=True)
class Span:
    """Rows in [since, upto] after `mark`. `pages`: how many there may still be."""

    since: datetime | None
    upto: datetime
    mark: Mark | None = None
    pages: float = UNKNOWN

    @property
    def reached(self) -> datetime | None:
        return self.mark.at if self.mark else self.since

    def of(self, ask: Ask) -> Ask:
        """Return what is asked for this span alone."""
        position = self.mark.position() if self.mark else None
        return replace(ask, since=self.since, upto=self.upto, position=position)

    def cut(self, pieces: int) -> list["Span"]:
        """Return spans that hold the same rows; those on a border's very second in two of them."""
        begins = self.reached
        if begins is None or pieces < 2 or (self.upto - begins) / pieces < NARROWEST:  # noqa: PLR2004 - two halves
            return [self]
        step = (self.upto - begins) / pieces
        borders = [begins + n * step for n in range(1, pieces)]
        first = replace(self, upto=borders[0])
        ends = [*borders[1:], self.upto]
        return [first, *(Span(at, end) for at, end in zip(borders, ends, strict=True))]


def is_cut(position: Position | None) -> bool:
    """Tell whether a position is one of a pass that was cut into spans."""
    return position is not None and "spans" in json.loads(position)


def spans_of(ask: Ask, table: Table, most: int) -> list[Span]:
    """Return the spans in which a pass goes on, up to `most`; one for a pass that begins."""
    spans = _stored(ask)
    if ask.position is None or not table.bounded or table.also:
        return spans
    widest = max(spans, key=lambda span: span.upto - (span.reached or span.upto))
    if len(spans) >= most or widest.pages < WORTH_IT:
        return spans
    place = spans.index(widest)
    return [*spans[:place], *widest.cut(most - len(spans) + 1), *spans[place + 1 :]]


def joined(ask: Ask, spans: Sequence[Span], answers: Sequence[Answer]) -> Answer:
    """Make one answer of those of all spans. One that failed is asked again; all: that is told.

    `spans` and `answers` belong together, one by one.
    """
    failed = [answer.error for answer in answers if answer.error]
    if len(failed) == len(answers):
        return Answer(ask.stream, error=failed[0])
    if len(answers) == 1 and answers[0].position is None:
        return answers[0]
    pairs = list(zip(spans, answers, strict=True))
    left = [_onward(s, a) for s, a in pairs if a.error or a.position is not None]
    return Answer(
        stream=ask.stream,
        readings=tuple(reading for answer in answers for reading in answer.readings),
        rejected=tuple(row for answer in answers for row in answer.rejected),
        position=_position(ask, left),
    )


def _onward(span: Span, answer: Answer) -> Span:
    if answer.error or answer.position is None:
        return span
    last = mark(answer.position)
    taken = last.at - span.reached if span.reached else None
    pages = UNKNOWN if not taken else (span.upto - last.at) / taken
    return replace(span, mark=last, pages=pages)


def _position(ask: Ask, left: Sequence[Span]) -> Position | None:
    if not left:
        return None
    if len(left) == 1 and left[0].upto == ask.upto and left[0].mark:  # as of one that was not cut
        told = json.loads(left[0].mark.position())
        return json.dumps(told | ({} if left[0].pages == UNKNOWN else {"pages": left[0].pages}))
    return json.dumps({"spans": [_plain(span) for span in left]})


def _plain(span: Span) -> dict[str, Any]:
    return {
        "since": span.since.isoformat() if span.since else None,
        "upto": span.upto.isoformat(),
        "mark": span.mark.position() if span.mark else None,
        "pages": span.pages,
    }


def _stored(ask: Ask) -> list[Span]:
    """Read a position: the spans of a pass that was cut, or the mark of one that was not."""
    if ask.position is None:
        return [Span(ask.since, ask.upto)]
    told = json.loads(ask.position)
    if "spans" not in told:
        return [Span(ask.since, ask.upto, mark(ask.position), told.get("pages", UNKNOWN))]
    return [
        Span(
            instant(each["since"]) if each["since"] else None,
            instant(each["upto"]),
            mark(each["mark"]) if each["mark"] else None,
            each["pages"],
        )
        for each in told["spans"]
    ]
