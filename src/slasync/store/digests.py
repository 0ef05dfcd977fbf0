"""Digests for people outside the CRM, on their way with the lines that they hold.

A digest is claimed by lease and term like a write; `maybe_sent` is committed before bytes leave.
Each line is in at most one digest; one that did not go out gives its lines back.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, func, null, or_, select, text, update

from slasync.domain.lead import LeadKey
from slasync.ports import Message
from slasync.store.bulk import AnyRow, change, changed, keep_old, put
from slasync.store.digest_lines import OF_MORNINGS, DigestLines, DigestState
from slasync.store.tables import DIGEST, DIGEST_LINE
from slasync.store.tables.digests import UNTOLD
from slasync.store.types import UtcDateTime

OPEN = (DigestState.PENDING.value, DigestState.MAYBE_SENT.value)
NO_LEASE = {"lease_by": null(), "lease_until": null()}


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDigest:
    """One reader's message for one slot; `key` is the message's."""

    reader: str
    channel: str
    slot: datetime
    message: Message
    lines: tuple[str, ...]  # keys
    about: tuple[tuple[LeadKey, str], ...] = ()  # leads it names besides, and with which words

    @property
    def key(self) -> str:
        return self.message.key


@dataclass(frozen=True, slots=True)
class ClaimedDigest:
    reader: str
    channel: str
    message: Message
    state: DigestState
    attempts: int  # this one included
    term: int
    until: datetime  # of the lease


@dataclass(frozen=True, slots=True)
class DigestEnd:
    """How a claimed digest ended. `not_before`: when to take it again, where it is still open."""

    key: str
    term: int
    state: DigestState
    outcome: str | None = None
    not_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class LastDigest:
    """What became of a reader's last digest."""

    reader: str
    slot: datetime
    state: DigestState
    outcome: str | None


HOLD_LINES = update(DIGEST_LINE).where(text(UNTOLD)).values(digest=bindparam("held_by"))
FREE_LINES = (
    update(DIGEST_LINE)
    .where(DIGEST_LINE.c.key.not_like(f"{OF_MORNINGS}%"))
    .values(digest=null())
)  # fmt: skip
NOBODY_SENDS = and_(
    DIGEST.c.state.in_(OPEN),
    or_(DIGEST.c.lease_until.is_(None), DIGEST.c.lease_until <= bindparam("at")),
)
GIVE_BACK = (
    update(DIGEST)
    .where(NOBODY_SENDS)
    .values(
        state=DigestState.GIVEN_BACK.value, outcome=bindparam("why"), settled_at=bindparam("at")
    )
)


class Digests(DigestLines):
    """The digests, and their lines."""

    def known(self, key: str) -> bool:
        """Tell whether there was ever a digest of this key."""
        found = self._db.execute(select(DIGEST.c.key).where(DIGEST.c.key == key))
        return found.first() is not None

    def make(self, digest: NewDigest, now: datetime) -> bool:
        """Queue a digest and put its lines into it, once for its key. False: there is one."""
        if not put(self._db, DIGEST, keep_old, [_row(digest, now)]):
            return False
        change(self._db, HOLD_LINES, DIGEST_LINE.c.key, digest.lines, held_by=digest.key)
        put(self._db, DIGEST_LINE, keep_old, _named(digest, now))
        return True

    def pass_over(self, digest: NewDigest, why: str, now: datetime) -> bool:
        """Note that there is no message for a slot, once for its key. False: there is one."""
        ended = {"state": DigestState.DONE.value, "outcome": why, "settled_at": now}
        return bool(put(self._db, DIGEST, keep_old, [_row(digest, now) | ended]))

    def last_made(self, reader: str, before: datetime) -> datetime | None:
        """Return when the last digest of a reader's slots before one was made.

        Those that did not go out do not count.
        """
        query = select(func.max(DIGEST.c.made_at, type_=UtcDateTime)).where(
            DIGEST.c.reader == reader,
            DIGEST.c.slot < before,
            DIGEST.c.state != DigestState.GIVEN_BACK.value,
        )
        return self._db.execute(query).scalar()

    def give_back(self, reader: str, before: datetime, outcome: str, now: datetime) -> int:
        """End the open digests of a reader's slots before one; return how many there were.

        Those that somebody is sending are left alone. The lines are free for the next digest.
        """
        earlier = and_(DIGEST.c.reader == reader, DIGEST.c.slot < before)
        mine = select(DIGEST.c.key).where(earlier, NOBODY_SENDS)
        found = self._db.execute(mine.with_for_update(), {"at": now})
        keys = [row.key for row in found]
        change(self._db, GIVE_BACK, DIGEST.c.key, keys, why=outcome, at=now)
        change(self._db, FREE_LINES, DIGEST_LINE.c.digest, keys)
        return len(keys)

    def claim(self, by: str, now: datetime, until: datetime) -> ClaimedDigest | None:
        """Take the oldest open digest that is free; it is free again at `until`."""
        query = (
            select(DIGEST)
            .where(DIGEST.c.state.in_(OPEN), DIGEST.c.not_before <= now)
            .order_by(DIGEST.c.not_before, DIGEST.c.key)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        row = self._db.execute(query).one_or_none()
        if row is None:
            return None
        leased = {
            "attempts": row.attempts + 1,
            "term": row.term + 1,
            "lease_by": by,
            "lease_until": until,
            "not_before": until,
        }
        self._db.execute(update(DIGEST).where(DIGEST.c.key == row.key).values(leased))
        return _claimed(row, until)

    def mark_sent(self, claimed: ClaimedDigest, by: str, now: datetime) -> bool:
        """Note, before any byte leaves, that this digest may have gone out. False: not ours."""
        ours = self._ours(claimed.message.key, claimed.term, by)
        mark = update(DIGEST).where(ours, DIGEST.c.lease_until > now)
        marked = {"state": DigestState.MAYBE_SENT.value, "sent_at": now}
        return changed(self._db.execute(mark.values(marked))) == 1

    def settle(self, end: DigestEnd, by: str, now: datetime) -> bool:
        """Store how a claimed digest ended, and let go of it. False: somebody else has it."""
        ended = end.state.value not in OPEN
        values = {
            "state": end.state.value,
            "outcome": end.outcome,
            "not_before": end.not_before or now,
            "settled_at": now if ended else None,
        }
        ours = self._ours(end.key, end.term, by)
        stored = self._db.execute(update(DIGEST).where(ours).values(values | NO_LEASE))
        if changed(stored) == 1 and end.state is DigestState.GIVEN_BACK:
            change(self._db, FREE_LINES, DIGEST_LINE.c.digest, [end.key])
        return changed(stored) == 1

    def next_at(self) -> datetime | None:
        """Return the earliest time at which claim finds something, leases included."""
        query = select(func.min(DIGEST.c.not_before)).where(DIGEST.c.state.in_(OPEN))
        return self._db.execute(query).scalar()

    def last(self) -> list[LastDigest]:
        """Return what became of the last digest of every reader there ever was."""
        other = DIGEST.alias()
        newest = select(func.max(other.c.slot)).where(other.c.reader == DIGEST.c.reader)
        query = (
            select(DIGEST.c.reader, DIGEST.c.slot, DIGEST.c.state, DIGEST.c.outcome)
            .where(DIGEST.c.slot == newest.scalar_subquery())
            .order_by(DIGEST.c.reader, DIGEST.c.made_at)
        )
        rows = {row.reader: row for row in self._db.execute(query)}
        return [
            LastDigest(row.reader, row.slot, DigestState(row.state), row.outcome)
            for row in rows.values()
        ]

    @staticmethod
    def _ours(key: str, term: int, by: str) -> ColumnElement[bool]:
        """What only the last claim's holder may change."""
        return and_(
            DIGEST.c.key == key,
            DIGEST.c.term == term,
            DIGEST.c.lease_by == by,
            DIGEST.c.state.in_(OPEN),
        )


def _row(digest: NewDigest, now: datetime) -> dict[str, Any]:
    return {
        "key": digest.key,
        "reader": digest.reader,
        "channel": digest.channel,
        "slot": digest.slot,
        "message": _dump(digest.message),
        "state": DigestState.PENDING.value,
        "attempts": 0,
        "not_before": now,
        "term": 0,
        "made_at": now,
    }


def _named(digest: NewDigest, now: datetime) -> list[dict[str, Any]]:
    return [
        {
            "key": f"{OF_MORNINGS}{digest.key}-{number:03}",
            "lead_key": lead,
            "recipient": digest.reader,
            "text": words,
            "at": now,
            "digest": digest.key,
        }
        for number, (lead, words) in enumerate(digest.about)
    ]


def _dump(message: Message) -> dict[str, str]:
    at = message.at.isoformat()
    return {"to": message.to, "subject": message.subject, "text": message.text, "at": at}


def _claimed(row: AnyRow, until: datetime) -> ClaimedDigest:
    kept = row.message
    message = Message(
        key=row.key,
        to=kept["to"],
        subject=kept["subject"],
        text=kept["text"],
        at=datetime.fromisoformat(kept["at"]),
    )
    state = DigestState(row.state)
    return ClaimedDigest(
        row.reader, row.channel, message, state, row.attempts + 1, row.term + 1, until
    )
