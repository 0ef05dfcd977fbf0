"""What becomes of each table's rows when somebody is forgotten: every table has to say so.

A row that is the person's goes, or stays under another name for what counts in it. Whatever else
names the person is found by looking through all texts (erasing.py).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, String, Table, null
from sqlmodel import AutoString

from slasync.domain.facts import Fact
from slasync.domain.forgetting import GONE, MARK, Eraser, Pseudonyms, blanked, kept_data, kept_id
from slasync.store import tables as t
from slasync.store.bulk import AnyRow
from slasync.store.digest_lines import WITHDRAWN
from slasync.store.facts import KINDS
from slasync.store.types import Json

Values = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Erased:
    """Under which names the person stands from now on, and by what words it is not told any more.

    `leads` gives each key's new one.
    """

    names: Pseudonyms
    leads: Mapping[str, str]
    eraser: Eraser  # of the person's own rows: of names too that others may bear

    def key(self, key: str | None) -> str | None:
        return None if key is None else self.leads.get(key, key)


@dataclass(frozen=True, slots=True)
class Goes:
    """Rows that are the person's are deleted."""

    by: tuple[str, ...]  # columns with the key of a lead


@dataclass(frozen=True, slots=True)
class Stays:
    """Rows that are the person's stay, with other values."""

    by: tuple[str, ...]
    made: Callable[[AnyRow, Erased], Values]


@dataclass(frozen=True, slots=True)
class OfRecords:
    """Rows of the person's records are deleted; by system, kind and external_id."""


@dataclass(frozen=True, slots=True)
class Apart:
    """Rows are found in a way of their own (erasing.py)."""


@dataclass(frozen=True, slots=True)
class OfNobody:
    """No row is one person's; a text may name one all the same."""


@dataclass(frozen=True, slots=True)
class Left:
    """Not looked at, and why."""

    why: str


Fate = Goes | Stays | OfRecords | Apart | OfNobody | Left


def _lead(row: AnyRow, erased: Erased) -> Values:
    asleep = {"due_at": null(), "dirty_at": null()}
    return {
        "key": erased.key(row.key), "email": null(), "fields": {}, "sla_state": "deleted", **asleep,
    }  # fmt: skip


def _fact(row: AnyRow, erased: Erased) -> Values:
    fact = Fact(
        kind=KINDS[row.kind], occurred_at=row.occurred_at, seen_at=row.seen_at, source=row.source,
        source_id=row.source_id, data=row.data,
    )  # fmt: skip
    return {
        "lead_key": erased.key(row.lead_key),
        "source_id": kept_id(fact, erased.names, erased.eraser),
        "data": kept_data(fact, erased.names),
        "about": erased.names.told(row.about) if row.about else None,
    }


def _decision(row: AnyRow, erased: Erased) -> Values:
    return {"lead_key": erased.key(row.lead_key), "because": [], "facts": []}


def _write(row: AnyRow, erased: Erased) -> Values:
    """Leave of a write what keeps it from happening again, and what is counted."""
    gone = row.state in {"held", "pending", "maybe_sent", "parked"}
    ended = {"state": "superseded", "outcome": MARK, "lease_by": null(), "lease_until": null()}
    kept = {
        "lead_key": erased.key(row.lead_key),
        "payload": _payload(row.payload, erased),
        "external_ref": erased.names.told(row.external_ref) if row.external_ref else None,
        "outcome": erased.eraser.text(row.outcome) if row.outcome else None,
    }
    return kept | (ended if gone else {})


def _payload(stored: Mapping[str, Any], erased: Erased) -> Values:
    target = stored["target"]
    hidden = [*target[:2], erased.names.of(":".join(target))] if target else None
    return {
        **stored,
        "lead": erased.key(stored["lead"]),
        "values": blanked(stored["values"]),
        "target": hidden,
        "because": "",
    }


def _shadow(row: AnyRow, erased: Erased) -> Values:
    return {"lead_key": erased.key(row.lead_key), "payload": _payload(row.payload, erased)}


def _line(row: AnyRow, erased: Erased) -> Values:
    kept = {"lead_key": erased.key(row.lead_key), "text": GONE}
    return kept if row.digest else kept | {"digest": WITHDRAWN}


def _join(row: AnyRow, erased: Erased) -> Values:
    keys = {name: erased.key(getattr(row, name)) for name in ("lead", "survivor", "parent")}
    return {**keys, "evidence": {}}


def _note(row: AnyRow, erased: Erased) -> Values:
    lead = erased.key(row.lead)
    return {"lead": lead, "record": erased.names.told(row.record), "evidence": {}, "why": ""}


TEAM = Left("people who work with slasync, not leads")
FATES: Mapping[Table, Fate] = {
    t.ACCESS_ATTEMPT: OfNobody(),
    t.ACCESS_SESSION: TEAM,
    t.ACCESS_THROTTLE: TEAM,
    t.ACCESS_USER: TEAM,
    t.AUDIT: Apart(),
    t.CALL_BUDGET: OfNobody(),
    t.CALL_SLOT: OfNobody(),
    t.CLOCK: Goes(("lead_key",)),
    t.COMPANY: OfNobody(),
    t.COMPANY_KEY: OfNobody(),
    t.CURSOR: OfNobody(),
    t.DECISION: Stays(("lead_key",), _decision),
    t.DIGEST: Apart(),
    t.DIGEST_LINE: Stays(("lead_key",), _line),
    t.EDITION: Left("the agreement's files: what the two sides wrote"),
    t.ERASING: OfNobody(),
    t.FACT: Stays(("lead_key",), _fact),
    t.FIELD_CONFLICT: Goes(("lead",)),
    t.FIELD_DUE: Goes(("lead",)),
    t.FEED: OfNobody(),
    t.FORGOTTEN: OfNobody(),
    t.HELD_BATCH: OfNobody(),
    t.INBOX: Apart(),
    t.KEPT_FIELD: Goes(("lead",)),
    t.LEAD: Stays(("key",), _lead),
    t.LEAD_JOIN: Stays(("lead", "survivor", "parent"), _join),
    t.LEAD_MODE: Goes(("lead_key",)),
    t.LINK: Goes(("lead_key",)),
    t.LINK_NOTE: Stays(("lead",), _note),
    t.LINK_REFUSAL: Goes(("lead",)),
    t.META: OfNobody(),
    t.OUTBOX: Stays(("lead_key",), _write),
    t.POOL: OfNobody(),
    t.QUARANTINE: Apart(),
    t.RECORD: OfRecords(),
    t.SHADOW_WRITE: Stays(("lead_key",), _shadow),
    t.SWEEP_RUN: OfNobody(),
    t.SWEEP_SEEN: OfNobody(),
    t.USER: TEAM,
    t.VANISHED: OfRecords(),
    t.VANISHED_BATCH: OfNobody(),
}


def undeclared() -> set[str]:
    """Name the tables that nobody has said anything of."""
    return set(t.METADATA.tables) - {table.name for table in FATES}


def is_text(column: Column[Any]) -> bool:
    """Tell whether a column can hold somebody's words."""
    return isinstance(column.type, AutoString | String | Json)
