"""What happened to one lead in a run, by everybody, in order of time: for reading a failure."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from slasync.rehearsal.simulation.evidence import Evidence, Row

Line = tuple[datetime, str]
LONGEST = 160
TOLD = ("OwnerId", "Status", "Subject", "WhoId", "IsDeleted", "IsConverted", "Slasync_Stale__c",
        "hubspotscore", "recent_conversion_event_name", "leadScore", "mergedIds", "email",
        "Email")  # fmt: skip


def timeline(evidence: Evidence, lead: str) -> Iterator[str]:
    """Yield one line for each thing that happened to the lead of this key or record id."""
    key = _key(evidence, lead)
    ids = _records(evidence, key, lead)
    lines = [*_journal(evidence, ids), *_facts(evidence, key), *_outbox(evidence, key)]
    lines += [*_forms(evidence, ids), *_decisions(evidence, key), *_around(evidence)]
    yield f"lead {key}, records {', '.join(sorted(ids))}"
    for at, words in sorted(lines, key=lambda line: line[0]):
        yield f"  {at:%d %H:%M:%S}  {words[:LONGEST]}"


def _key(evidence: Evidence, lead: str) -> str:
    """Find the lead's key when only a record's id is given."""
    for row in evidence.tables.get("link", ()):
        if row["external_id"] == lead:
            return str(row["lead_key"])
    return lead


def _records(evidence: Evidence, key: str, lead: str) -> set[str]:
    found = {lead, key.rpartition(":")[2]}
    links = evidence.tables.get("link", ())
    found |= {str(row["external_id"]) for row in links if row["lead_key"] == key}
    tasks = evidence.vendor.get("salesforce.Task", ())
    return found | {str(row["Id"]) for row in tasks if row.get("WhoId") in found}


def _journal(evidence: Evidence, ids: set[str]) -> Iterator[Line]:
    names = {id_: user.name for id_, user in evidence.users.items()}
    ours = set(evidence.us.values())
    for entry in evidence.journal:
        if entry.id not in ids:
            continue
        by = "slasync" if entry.by in ours else names.get(entry.by, entry.by)
        what = ", ".join(f"{n}={_named(v, names)}" for n, v in _told(entry.after))
        visible = evidence.visible.get(entry.number)
        late = f" (visible {visible:%H:%M:%S})" if visible else ""
        yield entry.at, f"{entry.system} {entry.operation} {entry.object} by {by}: {what}{late}"


def _forms(evidence: Evidence, ids: set[str]) -> Iterator[Line]:
    for row in evidence.vendor.get(evidence.policy.marketing.activities, ()):
        if row["lead"] in ids:
            yield row["at"], f"form {row['form']} (told from {row['visible']:%H:%M:%S})"


def _told(after: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    for name in TOLD:
        if name in after:
            yield name, after[name]


def _named(value: object, names: Mapping[str, str]) -> str:
    return names.get(str(value), str(value))


def _rows(evidence: Evidence, table: str, key: str) -> Iterator[Row]:
    return (row for row in evidence.tables.get(table, ()) if row["lead_key"] == key)


def _facts(evidence: Evidence, key: str) -> Iterator[Line]:
    for row in _rows(evidence, "fact", key):
        yield (
            row["seen_at"],
            f"fact {row['kind']} of {row['occurred_at']:%d %H:%M:%S} {row['data']}",
        )


def _outbox(evidence: Evidence, key: str) -> Iterator[Line]:
    mine = {row["key"]: row for row in _rows(evidence, "outbox", key)}
    for change in evidence.outbox_log:
        row = mine.get(change.key)
        if row is not None and change.old_state != change.new_state:
            values = row["payload"].get("values", {})
            words = values.get("subject") or values.get("owner") or ""
            edge = f"{change.old_state or 'new'} > {change.new_state}"
            outcome = "" if change.old_state is None else f" ({row['outcome']})"
            yield change.at, f"outbox {row['action']} {edge} by {change.who}{outcome} {words}"


def _decisions(evidence: Evidence, key: str) -> Iterator[Line]:
    for row in _rows(evidence, "decision", key):
        yield row["at"], f"decided: {'; '.join(map(str, row['because']))}"


def _around(evidence: Evidence) -> Iterator[Line]:
    """What befell the daemons meanwhile."""
    for crash in evidence.crashes:
        yield crash.at, f"-- daemon {crash.daemon} dies at {crash.point}"
    for skew in evidence.skews:
        yield skew.since, f"-- clock of {skew.daemon} is {skew.offset} off until {skew.until:%H:%M}"
    for out in evidence.outages:
        yield out.since, f"-- {out.what} is out until {out.until:%H:%M}"
    for pause in evidence.paused:
        yield pause.since, f"-- daemon {pause.what} is held up until {pause.until:%H:%M:%S}"
    yield evidence.healed, "-- faults are over"
    yield evidence.ended, "-- the end"
