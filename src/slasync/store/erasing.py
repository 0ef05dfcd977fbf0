"""Takes a person out of the database: own rows by what each table says, then every other text."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Table,
    Text,
    and_,
    cast,
    delete,
    false,
    insert,
    or_,
    select,
    update,
)

from slasync.domain.audit import Deed, chained
from slasync.domain.forgetting import Eraser, Person, named
from slasync.domain.lead import LeadKey, Ref
from slasync.store.bulk import AnyRow, chunks
from slasync.store.engine import to_json
from slasync.store.fates import FATES, Erased, Goes, Left, OfRecords, Stays, is_text
from slasync.store.repository import Repository
from slasync.store.tables import (
    AUDIT,
    DIGEST,
    DIGEST_LINE,
    ERASING,
    INBOX,
    LINK,
    METADATA,
    OUTBOX,
    QUARANTINE,
    RECORD,
)

Mentions = Mapping[Table, Sequence[AnyRow]]


@dataclass(frozen=True, slots=True)
class Known:
    """What the tables tell of a person's records: addresses, and values by slasync's names."""

    refs: tuple[Ref, ...]
    emails: tuple[str, ...]
    fields: tuple[Mapping[str, Any], ...]


class Erasing(Repository):
    def begin(self, person: str) -> None:
        """Let what is only ever added to be rewritten, in this transaction alone."""
        self._db.execute(insert(ERASING).values(person=person))

    def end(self) -> None:
        self._db.execute(delete(ERASING))

    def known(self, leads: Sequence[LeadKey], emails: Sequence[str]) -> Known:
        """Return what records tell that are these leads', or bear one of these addresses."""
        refs = {
            Ref(row.system, row.kind, row.external_id)
            for row in self._db.execute(select(LINK).where(LINK.c.lead_key.in_(leads)))
        }
        mine = or_(RECORD.c.email.in_(emails), *(_is(RECORD, ref) for ref in sorted(refs)))
        rows = self._db.execute(select(RECORD).where(mine)).all()
        found = {Ref(row.system, row.kind, row.external_id) for row in rows}
        return Known(
            tuple(sorted(refs | found)),
            tuple(sorted({row.email for row in rows if row.email})),
            tuple(row.fields for row in rows),
        )

    def shared(self, numbers: Sequence[str], mine: Collection[Ref]) -> set[str]:
        """Return those telephone numbers that records of others tell as well, or go on from."""
        rows = self._db.execute(select(RECORD).where(_holds(RECORD, numbers)))
        others = [r for r in rows if Ref(r.system, r.kind, r.external_id) not in mine]
        told = {number for row in others for number in named([row.fields])[1]}
        return {number for number in numbers if any(number in other for other in told)}

    def under_way(self, leads: Sequence[str], now: datetime) -> list[str]:
        """Name the systems that a write about these leads is being sent to just now."""
        sent = (OUTBOX.c.lead_key.in_(leads), OUTBOX.c.lease_until > now)
        return sorted(set(self._db.execute(select(OUTBOX.c.system).where(*sent)).scalars()))

    def own(self, person: Person) -> dict[Table, int]:
        """Count the rows that are the person's."""
        counts = {table: len(self._of(table, person)) for table in FATES}
        return {table: count for table, count in counts.items() if count}

    def erase_own(self, person: Person, erased: Erased) -> dict[str, int]:
        """Delete or rewrite the person's own rows; return how many of each table."""
        every = {table: self._of(table, person) for table in FATES}  # before any is renamed
        self._digests(every[DIGEST_LINE], erased)
        done: Counter[str] = Counter()
        for table, rows in every.items():
            fate = FATES[table]
            for row in rows:
                if isinstance(fate, Stays):
                    self._rewrite(table, row, fate.made(row, erased))
                elif table is INBOX:
                    self._rewrite(table, row, _event(row, erased))
                else:
                    self._db.execute(delete(table).where(_row(table, row)))
            done[table.name] += len(rows)
        return {name: count for name, count in done.items() if count}

    def mentions(self, words: Sequence[str]) -> dict[Table, list[AnyRow]]:
        """Look through every text of every table; return the rows that hold one of `words`."""
        eraser = Eraser(tuple(words))
        found: dict[Table, list[AnyRow]] = {}
        for table, row in self._candidates(words):
            if eraser.finds(_told(table, row)):
                found.setdefault(table, []).append(row)
        return found

    def within_others(self, words: Sequence[str]) -> set[str]:
        """Return the words that stand in a text at least as a part of somebody else's word."""
        texts = [_told(table, row).lower() for table, row in self._candidates(words)]
        return {word for word in words if any(word.lower() in text for text in texts)}

    def _candidates(self, words: Sequence[str]) -> Iterator[tuple[Table, AnyRow]]:
        for table in METADATA.sorted_tables:
            if not isinstance(FATES.get(table), Left):
                for row in self._db.execute(select(table).where(_holds(table, words))):
                    yield table, row

    def take_out(self, found: Mentions, eraser: Eraser) -> dict[str, str]:
        """Take words out of rows; what is set aside goes. Return the audit's new hashes."""
        hashes: dict[str, str] = {}
        for table, rows in found.items():
            for row in rows:
                if table is QUARANTINE:
                    self._db.execute(delete(table).where(_row(table, row)))
                    continue
                self._rewrite(table, row, _without(table, row, eraser))
                if table is AUDIT:
                    hashes[str(row.number)] = _rehashed(row, eraser)
        return hashes

    def _of(self, table: Table, person: Person) -> Sequence[AnyRow]:
        fate = FATES[table]
        if isinstance(fate, Goes | Stays):
            mine = or_(*(table.c[name].in_(person.leads) for name in fate.by))
            return self._db.execute(select(table).where(mine)).all()
        if isinstance(fate, OfRecords) or table in {QUARANTINE, INBOX}:
            return [row for ref in person.refs for row in self._of_ref(table, ref)]
        return ()

    def _of_ref(self, table: Table, ref: Ref) -> Sequence[AnyRow]:
        if table is INBOX:
            named = cast(INBOX.c.payload, Text).contains(ref.id, autoescape=True)
            rows = self._db.execute(select(INBOX).where(INBOX.c.system == ref.system, named))
            return [r for r in rows if str(r.payload.get("id")) == ref.id]
        if table is QUARANTINE:
            waiting = f"{ref.system}.waiting:{ref.kind}:{ref.id}"
            same = QUARANTINE.c.stream.startswith(f"{ref.system}.", autoescape=True)
            mine = or_(QUARANTINE.c.stream == waiting, same & (QUARANTINE.c.external_id == ref.id))
            return self._db.execute(select(QUARANTINE).where(mine)).all()
        return self._db.execute(select(table).where(_is(table, ref))).all()

    def _digests(self, lines: Sequence[AnyRow], erased: Erased) -> None:
        """Take the person's lines out of the digests that hold them."""
        texts = sorted({line.text for line in lines}, key=len, reverse=True)
        for some in chunks(sorted({line.digest for line in lines if line.digest})):
            for row in self._db.execute(select(DIGEST).where(DIGEST.c.key.in_(some))).all():
                message = dict(row.message)
                for text in texts:
                    message["text"] = message["text"].replace(text, "(forgotten)")
                told = erased.eraser.value({name: message[name] for name in ("subject", "text")})
                self._rewrite(DIGEST, row, {"message": message | told})

    def _rewrite(self, table: Table, row: AnyRow, values: Mapping[str, Any]) -> None:
        self._db.execute(update(table).where(_row(table, row)).values(values))


def _row(table: Table, row: AnyRow) -> ColumnElement[bool]:
    return and_(*(column == getattr(row, column.name) for column in table.primary_key))


def _is(table: Table, ref: Ref) -> ColumnElement[bool]:
    same = (table.c.system == ref.system) & (table.c.kind == ref.kind)
    return same & (table.c.external_id == ref.id)


def _holds(table: Table, words: Sequence[str]) -> ColumnElement[bool]:
    """Ask for rows one of whose texts holds a word, as it is or as JSON writes it."""
    spelled = dict.fromkeys(way for word in words for way in (word, to_json(word)[1:-1]))
    return or_(
        false(),
        *(
            text.icontains(way, autoescape=True)
            for text in (cast(column, Text) for column in _texts(table))
            for way in spelled
        ),
    )


def _texts(table: Table) -> Iterator[Any]:
    return filter(is_text, table.columns)


def _told(table: Table, row: AnyRow) -> str:
    """Return all texts of a row as one, JSON's as they read."""
    return "\n".join(_plain(getattr(row, column.name)) for column in _texts(table))


def _plain(value: Any) -> str:
    match value:
        case None:
            return ""
        case Mapping():
            return "\n".join(f"{key}\n{_plain(inner)}" for key, inner in value.items())
        case list() | tuple():
            return "\n".join(map(_plain, value))
    return str(value)


def _without(table: Table, row: AnyRow, eraser: Eraser) -> dict[str, Any]:
    values = {c.name: getattr(row, c.name) for c in _texts(table)}
    return {
        name: taken
        for name, value in values.items()
        if value is not None and (taken := eraser.value(value)) != value
    }


def _event(row: AnyRow, erased: Erased) -> dict[str, Any]:
    """A webhook's event keeps its place: it is worked, and names nobody."""
    key = erased.names.of(row.dedup_key)
    return {"payload": {}, "dedup_key": key, "state": "done", "reason": None}


def _rehashed(row: AnyRow, eraser: Eraser) -> str:
    deed = Deed(
        at=row.at,
        who=eraser.text(row.who),
        action=row.action,
        target=eraser.text(row.target),
        outcome=eraser.text(row.outcome),
        address=row.address,
        detail=eraser.value(row.detail),
    )
    return chained(row.before, row.number, deed)
