"""6: what slasync did to the systems and what it says it did are the same."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from slasync.rehearsal.simulation.casebook import Case, Violation, clock_time, subject_in
from slasync.rehearsal.simulation.evidence import Exchange, OutboxChange, Row
from slasync.rehearsal.simulation.story_crm import KEY, LEAD_KEY, STALE
from slasync.rehearsal.simulation.story_merges import later_ids
from slasync.sandbox.journal import Entry

CLOSED = "IsClosed"
WRITES = {"POST", "PATCH"}  # questions are sent so as well
SENT = {"maybe_sent", "done", "superseded", "parked", "pending"}


def every_effect_has_a_row(case: Case) -> Iterator[Violation]:
    """Each write of ours in a journal was queued, and was to be sent."""
    wanted = _Wanted(case)
    us = case.evidence.us
    task_keys: dict[str, str] = {}
    for entry in case.evidence.journal:
        if entry.object == "Task" and entry.after.get(KEY):
            task_keys[entry.id] = str(entry.after[KEY])
        if entry.by != us.get(entry.system) or entry.operation not in {"create", "update"}:
            continue
        says = wanted.unexplained(entry, task_keys.get(entry.id, ""))
        if says:
            yield Violation(6, says[0], f"{says[1]} {clock_time(entry.at)}")


class _Wanted:
    """What the rows that may have been sent ask for, by what it would look like in a journal."""

    def __init__(self, case: Case) -> None:
        self.tasks: dict[str, list[Row]] = defaultdict(list)
        self.owners: set[tuple[str, str]] = set()
        self.flags: Counter[tuple[str, bool]] = Counter()
        self.leads: set[str] = set()
        self.told: set[str] = set()
        self._later_ids = later_ids(case.merges)
        for row in case.outbox.values():
            if row["state"] in SENT:
                self._take(row, row["payload"])

    def _take(self, row: Row, write: Mapping[str, Any]) -> None:
        target = str((write.get("target") or ["", "", ""])[2])
        match row["action"]:
            case "task" | "close_task":
                self.tasks[str(write["task_key"])].append(row)
            case "owner":
                self.owners.add((target, str(write["values"]["owner"])))
            case "flag_stale" | "clear_stale":
                self.flags[target, row["action"] == "flag_stale"] += 1
            case "create_lead":
                self.leads.add(str(write["values"].get("lead_key") or row["lead_key"]))
            case "properties":
                self.told |= {target} | self._later_ids.get(target, set())

    def unexplained(self, entry: Entry, task_key: str) -> tuple[str, str] | None:
        """Return whose lead and what, where no row explains a write of ours."""
        match entry.object:
            case "Task":
                return self._task(entry, task_key)
            case "Lead":
                return self._lead(entry)
            case "contacts" | "leads":
                known = entry.id in self.told
                return None if known else ("", f"contact {entry.id} was written without a row")
        return "", f"{entry.object} {entry.id} was written, which is never to be"

    def _task(self, entry: Entry, task_key: str) -> tuple[str, str] | None:
        rows = self.tasks.get(task_key, [])
        if not rows:
            return "", f"task {entry.id} ({task_key or 'no key'}) was written without a row"
        lead = str(rows[0]["lead_key"])
        subject = entry.after.get("Subject")
        wanted = {subject_in(row["payload"]["values"]) for row in rows}
        if subject is not None and subject not in wanted:
            return lead, f"task {entry.id} got the subject {subject!r}, which no row asks for"
        closing = entry.after.get(CLOSED) is True
        if closing and not any(row["action"] == "close_task" for row in rows):
            return lead, f"task {entry.id} was closed without a row"
        return None

    def _lead(self, entry: Entry) -> tuple[str, str] | None:
        if entry.operation == "create":
            key = str(entry.after.get(LEAD_KEY))
            return None if key in self.leads else (key, f"lead {entry.id} was made without a row")
        owner = entry.after.get("OwnerId")
        if owner is not None and (entry.id, str(owner)) not in self.owners:
            return "", f"lead {entry.id} was given to {owner} without a row"
        flag = entry.after.get(STALE)
        if flag is not None and not self.flags[entry.id, bool(flag)]:
            return "", f"lead {entry.id} was flagged {flag} without a row"
        return None


def marked_before_sent(case: Case) -> Iterator[Violation]:
    """13: a row is marked as maybe sent before any byte leaves, so before any effect of it."""
    rows = _rows_by_effect(case)
    for entry, effect in _own_effects(case):
        if effect in rows and case.sent(rows[effect], entry.at) is None:
            says = f"{entry.object} {entry.id} was written {clock_time(entry.at)} by a row"
            lead = str(case.outbox[rows[effect][0]]["lead_key"])
            yield Violation(13, lead, f"{says} not marked as sent by then: {effect}")


def back_only_when_not_sent(case: Case) -> Iterator[Violation]:
    """13: what took effect is not sent again as if it had not been, because no answer came and
    nobody has looked since. Of what was sent more than once before nobody can tell by which try it
    took effect."""
    took_effect = _effects_by_row(case)
    back: dict[str, OutboxChange] = {}
    for change in case.evidence.outbox_log:
        key, edge = change.key, (change.old_state, change.new_state)
        if edge == ("maybe_sent", "pending"):
            back.setdefault(key, change)
        if edge != ("pending", "maybe_sent") or key not in back:
            continue
        since, until = case.sendings[key][0], back[key].at
        there = [at for at in took_effect.get(key, ()) if since <= at <= until and at < change.at]
        second = case.sendings[key][1:2] == [change.at]
        if second and there and _nobody_looked(case, back[key], since):
            says = f"{key} took effect {clock_time(there[0])} and got no answer; nobody looked"
            lead = str(case.outbox[key]["lead_key"])
            yield Violation(13, lead, f"{says}, it was sent again {clock_time(change.at)}")


def _effects_by_row(case: Case) -> Mapping[str, list[datetime]]:
    """Return when each row took effect, of those that no other row looks like."""
    rows = _rows_by_effect(case)
    found: dict[str, list[datetime]] = defaultdict(list)
    for entry, effect in _own_effects(case):
        if len(keys := rows.get(effect, [])) == 1:
            found[keys[0]].append(entry.at)
    return found


def _nobody_looked(case: Case, change: OutboxChange, since: datetime) -> bool:
    """Tell whether a write got no answer and nothing was asked after it, up to a row's change.
    Requests stand in the order in which they ended; a PATCH writes only. Where one was answered
    before any was lost, that may be the write: it is another that was lost then.
    """
    row = case.outbox[change.key]
    asked = [
        each
        for each in case.evidence.requests
        if each.system == row["system"]
        and change.who.startswith(f"{each.daemon}-")
        and since <= each.at <= change.at
    ]
    first = next((n for n, each in enumerate(asked) if each.method in WRITES), None)
    if first is None or not _lost(asked[first]):
        return False
    return all(_lost(e) or e.method == "PATCH" for e in asked[first:])


def _lost(request: Exchange) -> bool:
    """Tell whether a write was not answered, or not so that it could be read."""
    unread = request.status is None or request.fault == "truncated"
    return unread and request.method in WRITES


def _own_effects(case: Case) -> Iterator[tuple[Entry, tuple[str, str]]]:
    """Yield what we changed: the entry, and record or key with what it got."""
    task_keys: dict[str, str] = {}
    for entry in case.evidence.journal:
        if entry.object == "Task" and entry.after.get(KEY):
            task_keys[entry.id] = str(entry.after[KEY])
        if entry.by == case.evidence.us.get(entry.system):
            for effect in _effects(entry, task_keys.get(entry.id, "")):
                yield entry, effect


def _rows_by_effect(case: Case) -> Mapping[tuple[str, str], list[str]]:
    """Return the rows by what they look like in the journal: record or key, and what it gets."""
    later = later_ids(case.merges)
    rows: dict[tuple[str, str], list[str]] = defaultdict(list)
    for key, row in case.outbox.items():
        for record, what in _looks_like(row):
            for named in {record} | later.get(record, set()):
                rows[named, what].append(key)
    return rows


def _looks_like(row: Row) -> Iterator[tuple[str, str]]:
    """Yield what a row would look like in the journal: record or key, and what it gets."""
    write, values = row["payload"], row["payload"]["values"]
    target = str((write.get("target") or ["", "", ""])[2])
    match row["action"]:
        case "task" if subject_in(values):
            yield str(write["task_key"]), f"subject {subject_in(values)}"[:200]
        case "owner":
            yield target, f"owner {values['owner']}"
        case "flag_stale":
            yield target, "flag"
        case "clear_stale":
            yield target, "flag off"
        case "close_task":
            yield str(write["task_key"]), "closed"
        case "properties":
            yield target, "told"
        case "create_lead":
            yield str(values.get("lead_key") or row["lead_key"]), "lead"


def _effects(entry: Entry, task_key: str) -> Iterator[tuple[str, str]]:
    after = entry.after
    if entry.object == "Task" and after.get("Subject") and task_key:
        yield task_key, f"subject {after['Subject']}"[:200]
    if entry.object == "Task" and after.get(CLOSED) and task_key:
        yield task_key, "closed"
    if entry.object in {"contacts", "leads"}:
        yield entry.id, "told"
    if entry.object == "Lead" and entry.operation == "create":
        yield str(after.get(LEAD_KEY)), "lead"
    elif entry.object == "Lead":
        if "OwnerId" in after:
            yield entry.id, f"owner {after['OwnerId']}"
        if after.get(STALE) is not None:
            yield entry.id, "flag" if after[STALE] else "flag off"


def every_done_row_took_effect(case: Case) -> Iterator[Violation]:
    """Each row that is done is seen in the journal: made by us, or so already."""
    made = {
        str(e.after.get(KEY)): e
        for e in case.evidence.journal
        if e.object == "Task" and e.after.get(KEY)
    }
    subjects: dict[str, set[str]] = defaultdict(set)
    keys = {e.id: str(e.after[KEY]) for e in made.values()}
    for e in case.evidence.journal:
        if e.object == "Task" and e.after.get(KEY):
            keys[e.id] = str(e.after[KEY])
        if e.object == "Task" and e.after.get("Subject") and e.id in keys:
            subjects[keys[e.id]].add(str(e.after["Subject"]))
    created = {str(e.after.get(LEAD_KEY)) for e in case.evidence.journal if e.object == "Lead"}
    for row in case.outbox.values():
        if row["state"] != "done":
            continue
        says = _without_effect(case, row, subjects, created)
        if says:
            yield Violation(6, row["lead_key"], f"{row['key']} is done, but {says}")


def _without_effect(
    case: Case, row: Row, subjects: Mapping[str, set[str]], created: set[str]
) -> str | None:
    write = row["payload"]
    values = write["values"]
    match row["action"]:
        case "task" if values.get("subject"):
            seen = str(values["subject"])[:255] in subjects.get(str(write["task_key"]), set())
            return None if seen else f"no task was given the subject {values['subject']!r}"
        case "create_lead":
            key = str(values.get("lead_key") or row["lead_key"])
            return None if key in created else f"no lead was made for {key}"
        case "owner":
            return _owner_without_effect(case, str(write["target"][2]), str(values["owner"]))
        case "flag_stale":
            return _flag_without_effect(case, str(write["target"][2]))
    return None


def _owner_without_effect(case: Case, lead: str, owner: str) -> str | None:
    had = any(
        e.id == lead and e.after.get("OwnerId") == owner
        for e in case.evidence.journal
        if e.object == "Lead"
    )
    return None if had else f"lead {lead} never was {owner}'s"


def _flag_without_effect(case: Case, lead: str) -> str | None:
    had = any(
        e.id == lead and bool(e.after.get(STALE))
        for e in case.evidence.journal
        if e.object == "Lead"
    )
    return None if had else f"lead {lead} never was flagged"


def audit_chain(case: Case) -> Iterator[Violation]:
    """Each row was decided: a decision names its key, once."""
    named: Counter[str] = Counter()
    for decision in case.rows("decision"):
        named.update(decision["writes"])
    for key, row in case.outbox.items():
        if named[key] < 1:
            yield Violation(6, row["lead_key"], f"{key} was queued and no decision names it")
