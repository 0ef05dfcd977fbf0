"""The outbox: declared edges only, nobody's old term, nothing left at the end, all consistent."""

import re
from collections import Counter
from collections.abc import Iterator

from slasync.rehearsal.simulation.casebook import Case, Violation, clock_time
from slasync.rehearsal.simulation.evidence import CursorChange, OutboxChange, Row

EDGES = {
    (None, "held"),
    (None, "pending"),
    ("held", "pending"),
    ("held", "superseded"),
    ("pending", "maybe_sent"),
    ("pending", "superseded"),  # overtaken before it was sent
    ("maybe_sent", "done"),
    ("maybe_sent", "superseded"),
    ("maybe_sent", "parked"),
    ("maybe_sent", "pending"),
    ("parked", "pending"),
}
BY_PERSON = {("held", "pending"), ("parked", "pending")}
SETTLED = {"done", "superseded", "parked", "held"}
ON_THEIR_WAY = {"pending", "maybe_sent"}
THINGS = {"task": "task", "close_task": "task", "flag_stale": "flag", "clear_stale": "flag"}
THINGS |= {action: action for action in ("owner", "status", "properties", "show")}
"""What a write sets, by its action; a message, for instance, is each for itself."""
KEY = re.compile(r"[0-9a-f]{40}")


def declared_edges(case: Case) -> Iterator[Violation]:
    """13: rows go from state to state as declared; some steps are a person's."""
    for change in case.evidence.outbox_log:
        edge = (change.old_state, change.new_state)
        if change.old_state == change.new_state:
            continue
        if edge not in EDGES or (edge in BY_PERSON and not change.by_person):
            says = f"{change.key} went from {edge[0]} to {edge[1]} {clock_time(change.at)}"
            yield Violation(13, _lead(case, change.key), says)
    last: dict[str, str] = {}
    for change in case.evidence.outbox_log:  # the log itself must leave out nothing
        if change.key in last and last[change.key] != change.old_state:
            says = f"{change.key} was {last[change.key]}, then {change.old_state} is changed"
            yield Violation(13, _lead(case, change.key), says)
        last[change.key] = change.new_state


def no_old_term(case: Case) -> Iterator[Violation]:
    """12: only the holder of a row's lease, in its term, says what becomes of it."""
    for change in case.evidence.outbox_log:
        if change.old_term is not None and change.new_term < change.old_term:
            says = f"{change.key}: the term went back to {change.new_term}"
            yield Violation(12, _lead(case, change.key), says)
        elif _by_somebody_else(change):
            says = (
                f"{change.who} made {change.key} {change.new_state} {clock_time(change.at)},"
                f" which {change.old_lease_by or 'nobody'} held"
            )
            yield Violation(12, _lead(case, change.key), says)
    for moved in case.evidence.cursor_log:
        if _cursor_by_somebody_else(moved):
            says = (
                f"{moved.who} moved {moved.stream} {clock_time(moved.at)}, which"
                f" {moved.old_lease_by or 'nobody'} held"
            )
            yield Violation(12, "", says)


def _by_somebody_else(change: OutboxChange) -> bool:
    """A claim raises the term. What was never sent may be superseded by whoever decides.

    Whoever held it must not go on to send it: its lease goes with that.
    """
    if change.old_state is None or change.by_person or not change.who:
        return False
    if change.new_term != change.old_term or change.new_state == change.old_state:
        return False
    if change.new_state == "superseded" and change.old_state in {"held", "pending"}:
        return change.new_lease_by not in {None, change.who}
    return change.old_lease_by != change.who


def _cursor_by_somebody_else(change: CursorChange) -> bool:
    if not change.who or change.old_watermark is None:
        return False
    return change.new_watermark != change.old_watermark and change.old_lease_by != change.who


def sent_in_their_order(case: Case) -> Iterator[Violation]:
    """19: of two writes of one thing the older is not sent after the newer, which it would undo.

    Where a person has it sent only now, or allows it, while the newer is on its way, nobody could
    know.
    """
    things = _things(case)
    queued: dict[str, int] = {}  # by place in the log, like the others
    under_way: dict[str, int] = {}
    claimed: dict[str, int] = {}
    overtaken: dict[str, str] = {}
    for place, change in enumerate(case.evidence.outbox_log):
        key = change.key
        if key not in things:
            continue
        queued.setdefault(key, place)
        if change.old_term is not None and change.new_term > change.old_term:
            claimed[key] = place
        if change.new_state in ON_THEIR_WAY:
            under_way.setdefault(key, place)
        else:
            under_way.pop(key, None)
        if (change.old_state, change.new_state) != ("pending", "maybe_sent"):
            continue
        if key in overtaken:
            says = f"{key} was sent {clock_time(change.at)}, after the newer {overtaken[key]}"
            yield Violation(19, _lead(case, key), f"{says} of the same {things[key][1]}")
        for other, since in under_way.items():
            older = things[other] == things[key] and queued[other] < queued[key]
            if older and since < claimed.get(key, 0):
                overtaken[other] = key


def _things(case: Case) -> dict[str, tuple[str, ...]]:
    """Return what each row sets: of two writes of one thing the newer is to stand."""
    found: dict[str, tuple[str, ...]] = {}
    for key, row in case.outbox.items():
        lead, kind, write = str(row["lead_key"]), THINGS.get(row["action"]), row["payload"]
        if kind == "task":
            found[key] = (lead, kind, str(write["task_key"]))
        elif kind and write.get("target"):
            found[key] = (lead, kind, *map(str, write["target"]))
    return found


def queues_are_empty(case: Case) -> Iterator[Violation]:
    """8: at the end everything is done, given up with a reason, or waits for a person."""
    for row in case.outbox.values():
        if row["state"] not in SETTLED:
            says = f"{row['action']} {row['key']} is {row['state']}: {row['outcome']}"
            yield Violation(8, row["lead_key"], says)
        elif row["state"] in {"superseded", "parked"} and not row["outcome"]:
            yield Violation(8, row["lead_key"], f"{row['key']} is {row['state']} without a reason")
    for event in case.rows("inbox"):
        if event["state"] == "pending":
            yield Violation(8, "", f"event {event['dedup_key']} was not worked")


def rows_are_consistent(case: Case) -> Iterator[Violation]:
    """14: what one transaction writes together is there together, also after a crash."""
    yield from _keys(case)
    rows = {
        (*_cycle(case, r), p["clock"], int(p["generation"]), p["rung"], r["action"])
        for r in case.outbox.values()
        for p in [r["payload"]]
    }
    fired = set()
    for cycles in case.cycles.values():
        for cycle in cycles:
            for (clock, generation, rung), told in cycle.fired.items():
                place = (cycle.lead, cycle.name, clock, generation, rung)
                fired.add(place)
                for effect in told.effects:
                    if effect.get("kind") not in {"task", "flag_stale"}:
                        continue
                    if (*place, effect["kind"]) not in rows:
                        says = f"{clock} {rung} fired, and no {effect['kind']} was queued"
                        yield Violation(14, cycle.lead, says)
    for row in sorted(rows):
        if row[5] in {"task", "flag_stale"} and case.rung(row[2], row[4]) and row[:5] not in fired:
            says = f"a {row[5]} of {row[2]} {row[4]} was queued, and the rung did not fire"
            yield Violation(14, row[0], says)
    yield from _references(case)
    yield from _lead_keys(case)


def _cycle(case: Case, row: Row) -> tuple[str, str]:
    """Return lead and name of a row's cycle: of a lead that was joined to another, its own."""
    cycle = case.by_name.get((row["lead_key"], row["payload"]["cycle"]))
    return (cycle.lead, cycle.name) if cycle else (row["lead_key"], row["payload"]["cycle"])


def _keys(case: Case) -> Iterator[Violation]:
    counted = Counter(row["key"] for row in case.rows("outbox"))
    for key, times in counted.items():
        if times > 1 or not KEY.fullmatch(str(key)):
            yield Violation(14, _lead(case, key), f"the key {key!r} stands {times} times")


def _references(case: Case) -> Iterator[Violation]:
    """Facts, links, clocks and decisions speak of leads and rows that exist."""
    leads = {row["key"] for row in case.rows("lead")}
    for table in ("fact", "link", "clock"):
        for lead in {row["lead_key"] for row in case.rows(table)} - leads:
            yield Violation(14, lead, f"a {table} speaks of a lead that is not there")
    for decision in case.rows("decision"):
        if decision["mode"] != "enforce":
            continue
        for key in decision["writes"]:
            if key not in case.outbox:
                says = f"decided {clock_time(decision['at'])} and never queued: {key}"
                yield Violation(14, decision["lead_key"], says)
    for row in case.rows("clock"):
        if (row["lead_key"], row["cycle"]) not in case.by_name:
            yield Violation(14, row["lead_key"], f"a clock of {row['cycle']}, which never began")


def _lead_keys(case: Case) -> Iterator[Violation]:
    """A lead is named by a vendor's id: a number of the database would come again."""
    records = {
        f"{row['system']}:{row['kind']}:{row['external_id']}": row["lead_key"]
        for row in case.rows("link")
    }
    for row in case.rows("lead"):
        if records.get(row["key"]) != row["key"]:
            says = "a lead's key is not that of a record it is known by"
            yield Violation(14, str(row["key"]), says)


def routing_adds_up(case: Case) -> Iterator[Violation]:
    """14: where the members of a pool stand is what the facts of routing tell, and no more."""
    last: dict[str, dict[str, float]] = {}
    floors: dict[str, float] = {}
    for fact in case.rows("fact"):
        data = fact["data"]
        if fact["kind"] != "routed" or "turn" not in data:
            continue
        pool, member = data["pool"], data["member"]
        turns = last.setdefault(pool, {})
        turns[member] = max(turns.get(member, 0), data["turn"])
        floors[pool] = max(floors.get(pool, 0), data["floor"])
    for row in case.rows("pool"):
        floor, turns = floors.get(row["name"], 0), last.get(row["name"], {})
        for member in sorted({*row["state"], *turns}):
            stands, told = row["state"].get(member), max(turns.get(member, 0), floor)
            if stands != told:
                says = f"in pool {row['name']} {member} stands at {stands}, by the facts at {told}"
                yield Violation(14, "", says)


def _lead(case: Case, key: str) -> str:
    row = case.outbox.get(key)
    return str(row["lead_key"]) if row else ""
