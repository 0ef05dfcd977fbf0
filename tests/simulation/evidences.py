"""A run made by hand: one lead handed over, reminded once, called, and closed; nothing is wrong.

Tests break one thing of it each. Minutes are counted from slasync's first start, a Monday, 10:00
in Berlin.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from slasync.rehearsal.simulation.evidence import (
    CursorChange,
    Effect,
    Evidence,
    Exchange,
    FieldPair,
    Hours,
    Ladder,
    OutboxChange,
    Policy,
    QueueDepth,
    Row,
    Rung,
    UserSeen,
)
from slasync.sandbox.journal import Entry

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
US, ANA, BEN, MIA, QUEUE = "005US", "005ANA", "005BEN", "005MIA", "00GQUEUE"
BOT = "005BOT"
CONTACT, LEAD, TASK = "901", "00Q1", "00T1"
KEY = "hubspot:contact:901"
APP = "77"
TASK_KEY = "a" * 40
STREAMS = (
    "salesforce.users", "salesforce.leads", "salesforce.tasks", "salesforce.events",
    "salesforce.lead_history", "hubspot.contacts",
)  # fmt: skip
MET, GIVEN, REMINDED, CALLED, CLOSED, QUIET, ENDED = 10, 15, 75, 80, 85, 220, 240
DAEMON = "one-1"


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def a_policy() -> Policy:
    owner, manager = Effect(kind="task", role="owner"), Effect(kind="task", role="manager")
    told = Effect(kind="digest", role="leadership")
    touch = Ladder(
        clock="first_touch",
        rungs=(
            a_rung("day_0", 0, owner),
            a_rung("day_1", 60, owner),
            a_rung("day_2", 120, owner, manager),
            a_rung("day_3", 180, told, Effect(kind="reassign")),
        ),
        ends=frozenset({"touch", "converted", "recycled", "disqualified", "deleted"}),
        streams=STREAMS[1:5],
        restarts=2,
        restart=True,
    )
    processing = Ladder(
        clock="processing",
        rungs=(a_rung("day_7", 300, owner),),
        ends=frozenset({"converted", "recycled", "disqualified", "deleted"}),
        streams=("salesforce.leads", "salesforce.lead_history"),
    )
    week = dict.fromkeys(range(5), ((540, 1050),))
    return Policy(
        org="00D",
        effective_from=START,
        hours=Hours(zone="Europe/Berlin", week=week),
        ladders=(touch, processing),
        bottom_forms=frozenset({"Demo request"}),
        members=(ANA, BEN),
        queue=QUEUE,
        stage_of_status={"Recycled": "recycled", "Working": "sal"},
        leadership=(MIA,),
        mapping={"hubspot.contact": (FieldPair(name="email", field="email"),)},
    )


def a_rung(name: str, minutes: float, *effects: Effect) -> Rung:
    return Rung(name=name, unit="business_minutes", amount=minutes, effects=effects)


USERS = {
    US: UserSeen(name="slasync", kind="automation"),
    BOT: UserSeen(name="Rob Robot", kind="automation"),
    ANA: UserSeen(name="Ana", manager=MIA, rep=True),
    BEN: UserSeen(name="Ben", manager=MIA, rep=True),
    MIA: UserSeen(name="Mia"),
    QUEUE: UserSeen(name="Inbound queue", kind="queue"),
}


def entry(  # noqa: PLR0913 - an entry has that many parts
    minutes: float,
    operation: str,
    name: str,
    id_: str,
    by: str,
    *,
    before: Mapping[str, Any] | None = None,
    **after: Any,
) -> Entry:
    system = {"contacts": "hubspot", "leads": "marketo"}.get(name, "salesforce")
    return Entry(0, at(minutes), system, operation, name, id_, by, before or {}, after)


def a_call(minutes: float, by: str = ANA) -> Entry:
    return entry(
        minutes, "create", "Task", "00TCALL", by,
        WhoId=LEAD, TaskSubtype="Call", CallType="Outbound", IsClosed=True, Status="Completed",
    )  # fmt: skip


def an_owner(minutes: float, owner: str, by: str, before: str = ANA) -> Entry:
    was = {"OwnerId": before}
    return entry(minutes, "update", "Lead", LEAD, by, before=was, OwnerId=owner)


def a_task(minutes: float, id_: str, key: str, rung: str, owner: str = ANA) -> Entry:
    return entry(
        minutes, "create", "Task", id_, US,
        WhoId=LEAD, Slasync_Key__c=key, Subject=f"first_touch {rung} owner", OwnerId=owner,
        IsClosed=False, Status="Not Started",
    )  # fmt: skip


def a_journal() -> list[Entry]:
    return [
        entry(
            MET, "create", "contacts", CONTACT, "website", email="a@b.example", hubspotscore="80"
        ),
        entry(
            GIVEN, "create", "Lead", LEAD, US,
            OwnerId=ANA, Slasync_Lead_Key__c=KEY, Email="a@b.example", Status="Open",
        ),
        a_task(GIVEN, TASK, TASK_KEY, "day_0"),
        entry(REMINDED, "update", "Task", TASK, US, Subject="first_touch day_1 owner"),
        a_call(CALLED),
        entry(CLOSED, "update", "Task", TASK, US, IsClosed=True, Status="Completed"),
    ]  # fmt: skip


def a_write(  # noqa: PLR0913 - a row has that many parts
    key: str,
    action: str,
    minutes: float,
    *,
    clock: str = "routing",
    rung: str = "create",
    generation: int = 0,
    role: str = "nobody",
    task_key: str | None = None,
    **values: Any,
) -> Row:
    return {
        "key": key, "lead_key": KEY, "system": "salesforce", "action": action, "state": "done",
        "outcome": "applied", "decided_at": at(minutes), "late": False,
        "payload": {
            "key": key, "values": values, "target": ["salesforce", "lead", LEAD],
            "task_key": task_key, "cycle": "c1", "clock": clock, "generation": generation,
            "rung": rung, "role": role,
        },
    }  # fmt: skip


def a_task_write(key: str, minutes: float, rung: str, task_key: str = TASK_KEY) -> Row:
    return a_write(
        key, "task", minutes, clock="first_touch", rung=rung, role="owner", task_key=task_key,
        subject=f"first_touch {rung} owner", owner=ANA,
    )  # fmt: skip


LEAD_ROW, DAY_0, DAY_1, CLOSING = "b" * 40, TASK_KEY, "c" * 40, "d" * 40


def an_outbox() -> list[Row]:
    closing = a_write(
        CLOSING, "close_task", CLOSED, clock="first_touch", rung="close", task_key=TASK_KEY
    )
    return [
        a_write(LEAD_ROW, "create_lead", GIVEN, lead_key=KEY, owner=ANA),
        a_task_write(DAY_0, GIVEN, "day_0"),
        a_task_write(DAY_1, REMINDED, "day_1"),
        closing,
    ]


def steps(key: str, minutes: float) -> Iterator[OutboxChange]:
    """Queued, claimed, marked, done."""
    none, pending, sent, done = None, "pending", "maybe_sent", "done"
    now = at(minutes)
    yield OutboxChange(
        at=now, key=key, old_state=none, new_state=pending, old_term=None, new_term=0, who=DAEMON
    )
    yield OutboxChange(
        at=now, key=key, old_state=pending, new_state=pending, old_term=0, new_term=1,
        new_lease_by=DAEMON, who=DAEMON,
    )  # fmt: skip
    for before, after, holder in ((pending, sent, DAEMON), (sent, done, None)):
        yield OutboxChange(
            at=now, key=key, old_state=before, new_state=after, old_term=1, new_term=1,
            old_lease_by=DAEMON, new_lease_by=holder, who=DAEMON,
        )  # fmt: skip


def a_fact(kind: str, source_id: str, minutes: float, **data: Any) -> Row:
    return {
        "lead_key": KEY, "source": "slasync", "source_id": source_id, "kind": kind,
        "occurred_at": at(minutes), "seen_at": at(minutes), "by": None,
        "data": {"cycle": "c1", **data}, "at_latest": False,
    }  # fmt: skip


def a_firing(rung: str, minutes: float, due: float, *kinds: str, **more: Any) -> Row:
    effects = [{"kind": kind, "role": "owner", "task_key": TASK_KEY} for kind in kinds]
    data = {
        "clock": "first_touch", "generation": 0, "rung": rung, "due": at(due).isoformat(),
        "effects": effects, "superseded": False,
    } | more  # fmt: skip
    source_id = f"fired:c1:{data['clock']}:{data['generation']}:{rung}"
    return a_fact("fired", source_id, minutes, **data)


def a_restart(minutes: float, owner: str, generation: int = 1) -> Row:
    return a_fact(
        "restarted", f"restarted:c1:{generation}", minutes,
        clock="first_touch", generation=generation, owner=owner,
    )  # fmt: skip


DEALT: Row = {"pool": "inbound", "member": "ana@x.example", "turn": 1, "floor": 1}


def facts() -> list[Row]:
    return [
        a_fact("handover", "handover:c1", MET, definition="score", evidence={}),
        a_fact("routed", "routed:c1:0", GIVEN, generation=0, owner=ANA, **DEALT),
        a_firing("day_0", GIVEN, MET, "task"),
        a_firing("day_1", REMINDED, MET + 60, "task"),
    ]


def a_clock(name: str, **more: Any) -> Row:
    row = {
        "lead_key": KEY, "cycle": "c1", "clock": name, "generation": 0, "anchor_at": at(MET),
        "state": "ended", "wake_at": None, "next_rung": None, "due_at": None,
        "ended_at": at(CALLED), "end_reason": "touch",
    }  # fmt: skip
    return row | more


def clocks() -> list[Row]:
    due = at(MET + 300)
    running = {"ended_at": None, "end_reason": None, "due_at": due, "wake_at": due}
    return [
        a_clock("first_touch"),
        a_clock("processing", state="running", next_rung="day_7", **running),
    ]


def a_record(system: str, kind: str, id_: str, **more: Any) -> Row:
    row = {
        "system": system, "kind": kind, "external_id": id_, "deleted": False, "owner": None,
        "status": None, "fields": {},
    }  # fmt: skip
    return row | more


def tables() -> dict[str, tuple[Row, ...]]:
    outbox = an_outbox()
    link = {"lead_key": KEY, "how": "first"}
    return {
        "outbox": tuple(outbox),
        "fact": tuple(facts()),
        "clock": tuple(clocks()),
        "lead": ({"key": KEY, "owner": ANA},),
        "link": (
            link | {"system": "hubspot", "kind": "contact", "external_id": CONTACT},
            link | {"system": "salesforce", "kind": "lead", "external_id": LEAD},
        ),
        "record": (
            a_record("hubspot", "contact", CONTACT, fields={"email": "a@b.example"}),
            a_record("salesforce", "lead", LEAD, owner=ANA, status="Open"),
        ),
        "decision": tuple(
            {"lead_key": KEY, "at": row["decided_at"], "mode": "enforce", "writes": [row["key"]]}
            for row in outbox
        ),
        "pool": ({"name": "inbound", "state": {"ana@x.example": 1}},),
        "inbox": (), "digest_line": (), "quarantine": (), "meta": (),
    }  # fmt: skip


def passes(until: float = ENDED, streams: Sequence[str] = STREAMS) -> Iterator[CursorChange]:
    """One complete pass every five minutes, each known to two minutes before it."""
    minutes, before = 1.0, None
    while minutes <= until:
        mark = at(minutes - 2)
        for stream in streams:
            yield CursorChange(
                at=at(minutes), stream=stream, old_watermark=before, new_watermark=mark,
                old_term=1, new_term=1, old_lease_by=DAEMON, new_lease_by=DAEMON, who=DAEMON,
            )  # fmt: skip
        minutes, before = minutes + (4 if minutes == 1 else 5), mark


def requests() -> Iterator[Exchange]:
    for minutes in (1, *range(5, ENDED + 1, 5)):
        for system in ("salesforce", "hubspot"):
            yield Exchange(
                at=at(minutes), system=system, daemon="one", method="GET", path="/", status=200
            )


@dataclass
class Run:
    """The parts of a run, to be changed one by one before they become evidence."""

    policy: Policy = field(default_factory=a_policy)
    journal: list[Entry] = field(default_factory=a_journal)
    tables: dict[str, tuple[Row, ...]] = field(default_factory=tables)
    log: list[OutboxChange] = field(default_factory=list)
    passes: list[CursorChange] = field(default_factory=lambda: list(passes()))
    more: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for row in self.tables["outbox"]:
            minutes = (row["decided_at"] - START).total_seconds() / 60
            self.log += steps(row["key"], minutes)

    def add(self, table: str, *rows: Row) -> None:
        self.tables[table] = (*self.tables[table], *rows)

    def drop(self, table: str, which: Callable[[Row], bool]) -> None:
        self.tables[table] = tuple(row for row in self.tables[table] if not which(row))

    def change(self, table: str, which: Callable[[Row], bool], **values: Any) -> None:
        self.tables[table] = tuple(
            {**row, **values} if which(row) else row for row in self.tables[table]
        )

    def queue(self, row: Row, minutes: float) -> None:
        """Have a write queued, sent and done, and decided."""
        self.add("outbox", row)
        self.log += steps(row["key"], minutes)
        decided = {"lead_key": KEY, "at": at(minutes), "mode": "enforce", "writes": [row["key"]]}
        self.add("decision", decided)

    def evidence(self) -> Evidence:
        numbered = sorted(self.journal, key=lambda e: e.at)
        made = Evidence(
            seed=1,
            began=at(-60),
            started=START,
            healed=at(200),
            ended=at(ENDED),
            policy=self.policy,
            users=USERS,
            us={"salesforce": US, "hubspot": APP},
            journal=tuple(replace(e, number=n) for n, e in enumerate(numbered, start=1)),
            requests=tuple(requests()),
            vendor={
                "hubspot.contacts": ({"hs_object_id": CONTACT, "email": "a@b.example"},),
                "salesforce.Lead": ({"Id": LEAD, "OwnerId": ANA, "Status": "Open"},),
            },
            tables=self.tables,
            outbox_log=tuple(sorted(self.log, key=lambda c: c.at)),
            cursor_log=tuple(self.passes),
            depths=(QueueDepth(at=at(100), outbox=3, inbox=1),),
            quiet_from=at(QUIET),
            logs=("a line",),
            canaries=("s3cr3t",),
        )
        return replace(made, **self.more)
