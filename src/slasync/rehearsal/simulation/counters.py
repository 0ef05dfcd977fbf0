"""What must happen now and then over many seeds, or the simulation does not show what it says.

Each run counts what it met with. Over a long proof every fault must have struck, every edge of the
outbox have been taken, and a daemon have died at every point that it passes often.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus

from slasync.domain.rep_fields import DISPUTED, SNOOZED
from slasync.rehearsal.simulation.drawing import ACTS, BY_ROBOT
from slasync.rehearsal.simulation.evidence import MARKETO, Evidence, OutboxChange
from slasync.rehearsal.simulation.plan import SECOND
from slasync.rehearsal.simulation.points import NAMED, SYSTEMS
from slasync.rehearsal.simulation.variations import DOUBLED, MERGING, RESTING
from slasync.sandbox.faults import Kind

ENOUGH = 1000  # seeds after which each of these must have happened
OFTEN = 20_000  # times that a point is passed, after which somebody must have died there
NEARLY = 0.9  # of the share: a crash takes calls along that nobody made
EDGES = (
    "new > pending", "new > held", "held > pending", "held > superseded", "pending > maybe_sent",
    "pending > superseded", "maybe_sent > done", "maybe_sent > pending", "maybe_sent > superseded",
    "maybe_sent > parked", "parked > pending",
)  # fmt: skip
RARE = (
    "catch-up", "cap reached", "clock jump", "crash", "crash while recovering", "database busy",
    "contacts merged", "flagged stale", "generation opened", "held up in the middle", "lease lost",
    "leads joined", "leads merged", "looked up after an unknown outcome", "second daemon wrote",
    "set aside", "share used up", "start failed", "step put off",
    "task withdrawn", "visible late", "webhook lost", "webhook to nobody",
    "write overtaken", "stood still at a point", "lead snoozed", "lead disputed",
)  # fmt: skip
IN_MARKETO = (
    "contact deleted", "contacts merged", "extract read", "form told by the log",
    "died at a call", "webhook kept",
)  # fmt: skip
SOMETIMES = (
    *(f"fault.{kind.value}" for kind in Kind),
    *(f"act.{kind}" for kind in (*ACTS, *BY_ROBOT, DOUBLED, *MERGING, *RESTING)),
    *(f"edge {edge}" for edge in EDGES),
    *(f"crash@{point}" for point in NAMED),
    *(f"outage.{system}.others" for system in SYSTEMS),
    *RARE,
    *(f"marketo: {what}" for what in IN_MARKETO),
)


def missing(found: Sequence[Mapping[str, int]]) -> tuple[str, ...]:
    """Return what never happened in so many runs; nothing when they are too few to tell."""
    if len(found) < ENOUGH:
        return ()
    total: Counter[str] = Counter()
    for counters in found:
        total.update(counters)
    never = [name for name in SOMETIMES if not total[name]]
    return (*never, *_undying(total))


def _undying(total: Counter[str]) -> Iterator[str]:
    """Points that were passed often and where nobody ever died."""
    for name, times in sorted(total.items()):
        at = f"crash@{name.removeprefix('passed@')}"
        if name.startswith("passed@") and times >= OFTEN and not total[at] and at not in SOMETIMES:
            yield at


def of_evidence(evidence: Evidence) -> Counter[str]:
    """Count what only the end of a run shows."""
    found: Counter[str] = Counter()
    for change in evidence.outbox_log:
        found.update(_of_change(change))
    for row in evidence.tables.get("outbox", ()):
        found["catch-up"] += bool(row["late"])
        found["flagged stale"] += row["action"] == "flag_stale"
        found["task withdrawn"] += row["action"] == "close_task"
    for row in evidence.tables.get("fact", ()):
        opened = row["kind"] == "routed" and row["data"].get("generation", 0) > 0
        found["generation opened"] += opened
        if row["kind"] == "shown" and row["data"].get("status") in {SNOOZED, DISPUTED}:
            found[f"lead {row['data']['status']}"] += 1
    for system, share in evidence.policy.reads_share.items():
        called = sum(request.system == system for request in evidence.requests)
        found["share used up"] += called >= share * NEARLY
    found["leads joined"] += len(evidence.tables.get("lead_join", ()))
    for entry in evidence.journal:
        if entry.operation == "merge":
            found["leads merged" if entry.object == "Lead" else "contacts merged"] += 1
    found["set aside"] += len(evidence.tables.get("quarantine", ()))
    found["visible late"] += len(evidence.visible)
    if evidence.policy.marketing is MARKETO:
        found.update({f"marketo: {what}": n for what, n in _in_marketo(evidence)})
    return +found


def _in_marketo(evidence: Evidence) -> Iterator[tuple[str, int]]:
    """Count what only days with Marketo have."""
    entries = [e for e in evidence.journal if (e.system, e.object) == (MARKETO.system, "leads")]
    yield "contact deleted", sum(e.operation == "delete" for e in entries)
    yield "contacts merged", sum(e.operation == "merge" for e in entries)
    yield "extract read", sum(r.path.endswith("/file.json") for r in evidence.requests)
    yield "form told by the log", len(evidence.vendor[MARKETO.activities])
    yield "died at a call", sum(">marketo." in crash.point for crash in evidence.crashes)
    yield "webhook kept", sum(webhook.status == HTTPStatus.OK for webhook in evidence.webhooks)


def _of_change(change: OutboxChange) -> Iterator[str]:
    if change.old_state != change.new_state:
        yield f"edge {change.old_state or 'new'} > {change.new_state}"
    if change.new_state == "held" and change.old_state is None:
        yield "cap reached"
    if change.old_state == "maybe_sent" and change.new_term != change.old_term:
        yield "looked up after an unknown outcome"
    taken = change.new_lease_by not in {None, change.old_lease_by}
    if change.old_lease_by is not None and taken:
        yield "lease lost"
    if change.who.startswith(f"{SECOND}-"):
        yield "second daemon wrote"
