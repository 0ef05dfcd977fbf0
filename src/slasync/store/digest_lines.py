"""Lines for people outside the CRM, which wait for a digest, are in one, or are withdrawn."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import bindparam, func, or_, select, text, update

from slasync.domain.lead import LeadKey
from slasync.domain.writes import DigestLine
from slasync.store.bulk import AnyRow, among, change, keep_old, put
from slasync.store.outbox_values import Chosen
from slasync.store.repository import Repository
from slasync.store.tables import DIGEST, DIGEST_LINE
from slasync.store.tables.digests import UNTOLD


class DigestState(StrEnum):
    PENDING = "pending"
    MAYBE_SENT = "maybe_sent"  # may have gone out: it is sent again as the same message
    DONE = "done"
    GIVEN_BACK = "given_back"  # its lines come with a later digest


@dataclass(frozen=True, slots=True)
class Untold:
    """The lines of one recipient that are in no digest."""

    count: int
    oldest: datetime


@dataclass(frozen=True, slots=True)
class Line:
    """A line and when it was written."""

    key: str
    lead: LeadKey
    text: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Placed:
    """A line and where it is: in a digest that stands so, or, None, in none yet."""

    line: DigestLine
    at: datetime  # when it was written
    digest: DigestState | None
    sent_at: datetime | None = None  # the digest


WAITING = (
    select(DIGEST_LINE.c.key, DIGEST_LINE.c.lead_key, DIGEST_LINE.c.text, DIGEST_LINE.c.at)
    .where(text(UNTOLD))
    .order_by(DIGEST_LINE.c.key)
)
LINES = WAITING.with_for_update()
OF_MORNINGS = "morning-"
"""How keys begin of lines that were never untold: they say which leads a morning names, so that
who is forgotten is taken out of it."""
WITHDRAWN = "withdrawn"
"""Stands in a digest's place: of such a line nobody is told."""
WITHDRAW = update(DIGEST_LINE).where(text(UNTOLD)).values(digest=WITHDRAWN)
PLACED = (
    select(DIGEST_LINE, DIGEST.c.state, DIGEST.c.sent_at)
    .join_from(DIGEST_LINE, DIGEST, DIGEST_LINE.c.digest == DIGEST.c.key, isouter=True)
    .where(
        DIGEST_LINE.c.at >= bindparam("since"),
        DIGEST_LINE.c.at < bindparam("until"),
        DIGEST_LINE.c.key.not_like(f"{OF_MORNINGS}%"),
        DIGEST_LINE.c.lead_key != "",
        or_(text(UNTOLD), DIGEST.c.key.is_not(None)),
    )
)
"""Lines about leads that were not withdrawn, by when they were written."""


class DigestLines(Repository):
    def add(self, lines: Sequence[DigestLine], at: datetime) -> int:
        """Keep lines; return how many were not known yet."""
        rows = [
            {
                "key": line.key,
                "lead_key": line.lead,
                "recipient": line.to,
                "text": line.text,
                "at": at,
            }
            for line in sorted(lines, key=lambda line: line.key)
        ]
        return put(self._db, DIGEST_LINE, keep_old, rows)

    def since(self, at: datetime) -> list[DigestLine]:
        """Return the lines added at or after `at`, oldest first."""
        lines = DIGEST_LINE.c.key.not_like(f"{OF_MORNINGS}%")
        query = select(DIGEST_LINE).where(DIGEST_LINE.c.at >= at, lines)
        ordered = query.order_by(DIGEST_LINE.c.at, DIGEST_LINE.c.key)
        return [
            DigestLine(row.key, LeadKey(row.lead_key), row.recipient, row.text)
            for row in self._db.execute(ordered)
        ]

    def untold(self) -> dict[str, Untold]:
        """Return what waits for each recipient, as the lines spell them."""
        query = (
            select(DIGEST_LINE.c.recipient, func.count(), func.min(DIGEST_LINE.c.at))
            .where(text(UNTOLD))
            .group_by(DIGEST_LINE.c.recipient)
        )
        return {to: Untold(count, oldest) for to, count, oldest in self._db.execute(query)}

    def lines(self, recipients: Collection[str], upto: datetime) -> list[Line]:
        """Lock and return the untold lines for `recipients` written at or before `upto`."""
        rows = among(self._db, LINES, DIGEST_LINE.c.recipient, sorted(recipients))
        return _lines(rows, upto)

    def waiting(self, recipients: Collection[str], upto: datetime) -> list[Line]:
        """Return the same lines to be looked at, and lock none."""
        rows = among(self._db, WAITING, DIGEST_LINE.c.recipient, sorted(recipients))
        return _lines(rows, upto)

    def withdraw(self, leads: Collection[LeadKey]) -> int:
        """Have nobody told the lines about `leads` that are in no digest; return how many."""
        return change(self._db, WITHDRAW, DIGEST_LINE.c.lead_key, leads)

    def lines_known(self, keys: Collection[str]) -> set[str]:
        """Return those of `keys` that lines were ever added under."""
        found = select(DIGEST_LINE.c.key)
        return {row.key for row in among(self._db, found, DIGEST_LINE.c.key, keys)}

    def told(self, keys: Collection[str]) -> set[str]:
        """Return those of `keys` whose lines are in a digest, sent or made to be sent."""
        found = select(DIGEST_LINE.c.key).where(
            DIGEST_LINE.c.digest.is_not(None), DIGEST_LINE.c.digest != WITHDRAWN
        )
        return {row.key for row in among(self._db, found, DIGEST_LINE.c.key, keys)}

    def placed(self, chosen: Chosen, leads: Collection[LeadKey] | None = None) -> list[Placed]:
        """Return the lines written in a time, of all leads or of some, oldest first.

        Of a held batch, whose writes were decided at several times, there are none.
        """
        times = {"since": chosen.since, "until": chosen.until}
        if leads is None:
            rows: Iterable[AnyRow] = self._db.execute(PLACED, times)
        else:
            rows = among(self._db, PLACED, DIGEST_LINE.c.lead_key, leads, **times)
        found = [_placed(row) for row in rows]
        return sorted(found, key=lambda each: (each.at, each.line.key))

    def withdraw_lines(self, keys: Collection[str]) -> int:
        """Have nobody told those of these lines that are in no digest; return how many."""
        return change(self._db, WITHDRAW, DIGEST_LINE.c.key, keys)


def _lines(rows: Iterable[AnyRow], upto: datetime) -> list[Line]:
    found = [Line(row.key, LeadKey(row.lead_key), row.text, row.at) for row in rows]
    return sorted((line for line in found if line.at <= upto), key=lambda line: line.at)


def _placed(row: AnyRow) -> Placed:
    line = DigestLine(row.key, LeadKey(row.lead_key), row.recipient, row.text)
    return Placed(line, row.at, DigestState(row.state) if row.state else None, row.sent_at)
