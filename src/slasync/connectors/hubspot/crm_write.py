"""HubSpot as the CRM is written to: owners, statuses, tasks, flags, new leads.

HubSpot knows no precondition. Owner and status are read again right before they are written, and
what a person did first stands; the time between the two calls is a window, which is measured.
"""

from collections.abc import Callable, Mapping, Sequence

from slasync.clock import Clock
from slasync.connectors.http import Lane, on_lane
from slasync.connectors.hubspot.contact import Record
from slasync.connectors.hubspot.crm_batches import Batches, Row, Told, fresh
from slasync.connectors.hubspot.crm_finding import Finder
from slasync.connectors.hubspot.crm_people import OWNER, as_owner, lead_ref
from slasync.connectors.hubspot.crm_records import (
    as_before,
    flag_values,
    is_as_judged,
    lead_key,
    new_values,
    shown_values,
    status_values,
    trace,
    unfit,
)
from slasync.connectors.hubspot.crm_tasks import SEND_AGAIN, Tasks
from slasync.connectors.hubspot.objects import Objects
from slasync.connectors.hubspot.values import same
from slasync.connectors.hubspot.write import HubSpotSink
from slasync.domain.lead import Ref
from slasync.domain.writes import CONDITIONAL, Action, Write
from slasync.errors import Refused, Stopped, TryLater
from slasync.ports import Outcome, Receipt, Snapshot
from slasync.systems import HubSpotConfig, HubSpotCrmConfig

SYSTEM = "hubspot"
LANES = {
    Action.CREATE_LEAD: "leads",
    Action.OWNER: "owners",
    Action.STATUS: "owners",
    Action.TASK: "tasks",
    Action.CLOSE_TASK: "tasks",
    Action.FLAG_STALE: "flags",
    Action.CLEAR_STALE: "flags",
    Action.SHOW: "flags",
}
TASKS = frozenset({Action.TASK, Action.CLOSE_TASK})
FORWARD_ONLY = (
    "HubSpot moves {name} forward only and has kept {held!r}: write crm.backward: true into"
    " connectors/hubspot/connector.yaml to have it cleared first"
)
NOTHING_TO_WRITE = Receipt(Outcome.ALREADY, message="connector.yaml shows reps none of these")


class HubSpotCrmSink:
    """Both roles' writes: what marketing's system is sent goes to `marketing`."""

    system = SYSTEM

    def __init__(
        self,
        objects: Objects,
        config: HubSpotConfig,
        crm: HubSpotCrmConfig,
        marketing: HubSpotSink,
        clock: Clock,
    ) -> None:
        self._config, self._crm, self._marketing, self._clock = config, crm, marketing, clock
        self._batches = Batches(objects, config.batch_size)
        self._finder = Finder(crm, objects, config.batch_size)
        self._tasks = Tasks(crm, self._finder, self._batches, clock)
        self.window = 0.0  # seconds: the longest between reading an owner and having written it

    @property
    def lanes(self) -> Mapping[str, int]:
        own = dict.fromkeys(dict.fromkeys(LANES.values()), self._config.batch_size)
        return {**own, **self._marketing.lanes}

    def lane(self, write: Write) -> str:
        return LANES.get(write.action) or self._marketing.lane(write)

    def apply(self, writes: Sequence[Write]) -> Sequence[Receipt]:
        """Send writes of one lane; see `ports.Sink`."""
        theirs = [w for w in writes if self._is_marketings(w)]
        receipts: dict[int, Receipt] = {}
        if theirs:
            told = iter(self._marketing.apply(theirs))
            receipts |= {n: next(told) for n, w in enumerate(writes) if self._is_marketings(w)}
        with on_lane(Lane.WRITE):
            for numbers in self._rounds(writes):
                group = [writes[n] for n in numbers]
                receipts |= zip(numbers, self._sent(group, first=not receipts), strict=True)
        return [receipts[n] for n in range(len(writes))]

    def reread(self, refs: Sequence[Ref]) -> Mapping[Ref, Snapshot | None]:
        """Read leads, contacts and tasks now. Raises TryLater or Stopped."""
        with on_lane(Lane.REREAD):
            tasks = self._finder.tasks_by_id([ref.id for ref in refs if ref.kind == "task"])
            people = self._finder.people([ref.id for ref in refs if ref.kind != "task"])
        found = {ref: (tasks if ref.kind == "task" else people).get(ref.id) for ref in refs}
        return {ref: self._finder.snapshot(ref, record) for ref, record in found.items()}

    def look(self, writes: Sequence[Write]) -> Sequence[Receipt]:
        """Tell by reading what became of writes whose outcome is unknown; see `ports.Sink`."""
        theirs = [w for w in writes if self._is_marketings(w)]
        tasks = [w for w in writes if w.action in TASKS and not self._refusal(w)]
        with on_lane(Lane.REREAD):
            told = {trace(w): r for w, r in zip(tasks, self._tasks.look(tasks), strict=True)}
            told |= zip(map(trace, theirs), self._marketing.look(theirs), strict=True)
            rest = [w for w in writes if trace(w) not in told and not self._refusal(w)]
            told |= self._looked(rest)
        return [told.get(trace(w)) or self._refusal(w) or SEND_AGAIN for w in writes]

    # what is sent

    def _is_marketings(self, write: Write) -> bool:
        """Tell whether a write is the marketing system's, which is the same account."""
        return write.action not in LANES

    def _refusal(self, write: Write) -> Receipt | None:
        words = unfit(write)
        return Receipt(Outcome.REFUSED, write.target, message=words) if words else None

    def _rounds(self, writes: Sequence[Write]) -> list[list[int]]:
        """Divide a batch so that no record stands twice in one round, in their order."""
        rounds: list[list[int]] = []
        times: dict[str, int] = {}
        for n, write in enumerate(writes):
            if self._is_marketings(write):
                continue
            name = write.task_key or str(write.target or lead_key(write))
            number = times[name] = times.get(name, -1) + 1
            if number == len(rounds):
                rounds.append([])
            rounds[number].append(n)
        return rounds

    def _sent(self, group: Sequence[Write], *, first: bool) -> list[Receipt]:
        """Send one round. Once something was sent, nothing is raised any more."""
        told: dict[int, Receipt] = {}
        kinds: list[tuple[frozenset[Action], Callable[..., list[Receipt]]]] = [
            (frozenset({Action.CREATE_LEAD}), self._create),
            (TASKS, self._tasks.write),
            (frozenset(CONDITIONAL), self._change),
            (frozenset({Action.FLAG_STALE, Action.CLEAR_STALE, Action.SHOW}), self._set),
        ]
        for n, write in enumerate(group):
            if refusal := self._refusal(write):
                told[n] = refusal
        for actions, send in kinds:
            numbers = [n for n, w in enumerate(group) if w.action in actions and n not in told]
            if numbers:
                part = [group[n] for n in numbers]
                told |= zip(numbers, _settled(send, part, first=first), strict=True)
                first = False
        return [told[n] for n in range(len(group))]

    def _create(self, writes: Sequence[Write], *, first: bool) -> list[Receipt]:
        """Make contacts; one that has the key already stays as people have made it."""
        known = self._finder.by_lead_key([lead_key(write) for write in writes])
        rows = [
            Row(trace(write), {"properties": new_values(write, self._config, self._crm)})
            for write in writes
            if lead_key(write) not in known
        ]
        sent = self._batches.send("contacts", "create", rows, first=first)
        name = self._crm.lead_key_property
        return [
            fresh(sent[trace(write)].receipt, name)
            if trace(write) in sent
            else _created(known[lead_key(write)])
            for write in writes
        ]

    def _change(self, writes: Sequence[Write], *, first: bool) -> list[Receipt]:
        """Change owners and statuses that are as they were judged."""
        began = self._clock.mono()
        people = self._finder.people([w.target.id for w in writes if w.target])
        told: dict[str, Receipt] = {}
        rows = list[Row]()
        for write in writes:
            record = people.get(write.target.id) if write.target else None
            gone = self._finder.gone(write, people)
            if gone is not None or record is None:
                told[trace(write)] = gone or Receipt(Outcome.GONE, write.target)
            elif not is_as_judged(write, record, self._crm):
                words = "somebody changed it first"
                told[trace(write)] = Receipt(Outcome.OVERTAKEN, write.target, message=words)
            else:
                rows.append(self._row(write, self._changed(write)))
        sent = self._batches.send("contacts", "update", rows, first=first)
        if rows:
            self.window = max(self.window, self._clock.mono() - began)
        sent |= self._back(writes, sent)
        told |= {key: each.receipt for key, each in sent.items()}
        return [told[trace(write)] for write in writes]

    def _back(self, writes: Sequence[Write], sent: Mapping[str, Told]) -> dict[str, Told]:
        """A stage that HubSpot kept, since it moves forward only, is cleared and written again."""
        name = self._crm.status_property
        kept = [
            write
            for write in writes
            if write.action is Action.STATUS and trace(write) in sent
            and sent[trace(write)].receipt.outcome is Outcome.APPLIED
            and sent[trace(write)].held.get(name, write.values["status"]) != write.values["status"]
        ]  # fmt: skip
        if not self._crm.backward:
            return {trace(w): Told(_forward_only(w, name, sent[trace(w)]), {}) for w in kept}
        clear = [self._row(write, {name: ""}) for write in kept]
        self._batches.send("contacts", "update", clear, first=False)
        again = [self._row(write, self._changed(write)) for write in kept]
        return self._batches.send("contacts", "update", again, first=False)

    def _changed(self, write: Write) -> Mapping[str, str]:
        if write.action is Action.OWNER:
            return {OWNER: as_owner(write.values["owner"])}
        return status_values(write, self._config, self._crm)

    def _set(self, writes: Sequence[Write], *, first: bool) -> list[Receipt]:
        """Set flags and what reps are shown; the last to write wins."""
        values = {trace(write): self._values(write) for write in writes}
        rows = [self._row(write, values[trace(write)]) for write in writes if values[trace(write)]]
        told = self._batches.send("contacts", "update", rows, first=first)
        return [told[trace(w)].receipt if trace(w) in told else NOTHING_TO_WRITE for w in writes]

    def _values(self, write: Write) -> Mapping[str, str]:
        match write.action:
            case Action.SHOW:
                return shown_values(write, self._crm)
            case Action.OWNER | Action.STATUS:
                return self._changed(write)
            case _:
                return flag_values(write, self._crm)

    def _row(self, write: Write, values: Mapping[str, str]) -> Row:
        number = write.target.id if write.target else ""
        return Row(trace(write), {"id": number, "properties": dict(values)}, write.target)

    # what became of it

    def _looked(self, writes: Sequence[Write]) -> dict[str, Receipt]:
        made = [w for w in writes if w.action is Action.CREATE_LEAD]
        known = self._finder.by_lead_key([lead_key(w) for w in made]) if made else {}
        told = {trace(w): _created(known.get(lead_key(w))) for w in made}
        others = [w for w in writes if w.action is not Action.CREATE_LEAD]
        names = dict.fromkeys(name for w in others for name in self._values(w))
        people = self._finder.people([w.target.id for w in others if w.target], tuple(names))
        return told | {trace(w): self._compared(w, people) for w in others}

    def _compared(self, write: Write, people: Mapping[str, Record]) -> Receipt:
        record = people.get(write.target.id) if write.target else None
        if record is None:
            return Receipt(Outcome.OVERTAKEN, write.target, message="the record is gone")
        held = record.get("properties") or {}
        wanted = self._values(write)
        if write.action in CONDITIONAL:
            name = OWNER if write.action is Action.OWNER else self._crm.status_property
            wanted = {name: wanted[name]}
        if all(_same(value, held.get(name)) for name, value in wanted.items()):
            return Receipt(Outcome.APPLIED, write.target)
        if write.action not in CONDITIONAL:
            return SEND_AGAIN
        name = OWNER if write.action is Action.OWNER else self._crm.status_property
        if as_before(write, held, self._crm):
            return SEND_AGAIN
        words = f"{name} is {held.get(name)!r} now"
        return Receipt(Outcome.OVERTAKEN, write.target, message=words)


def _settled(
    send: Callable[..., list[Receipt]], part: Sequence[Write], *, first: bool
) -> list[Receipt]:
    """Send; what cannot be said of one row is said of each, unless nothing was sent at all."""
    try:
        return send(part, first=first)
    except TryLater as error:
        if first and not error.unknown:
            raise
        outcome = Outcome.UNKNOWN if error.unknown else Outcome.TRY_LATER
        return [Receipt(outcome, w.target, message=str(error), after=error.after) for w in part]
    except Stopped as error:
        if first:
            raise
        return [Receipt(Outcome.TRY_LATER, w.target, message=str(error)) for w in part]
    except Refused as error:
        return [Receipt(Outcome.REFUSED, w.target, message=str(error)) for w in part]


def _forward_only(write: Write, name: str, told: Told) -> Receipt:
    words = FORWARD_ONLY.format(name=name, held=told.held.get(name))
    return Receipt(Outcome.REFUSED, write.target, message=words)


def _created(record: Record | None) -> Receipt:
    if record is None:
        return SEND_AGAIN
    return Receipt(Outcome.APPLIED, lead_ref(str(record["id"])))


def _same(wanted: str, held: str | None) -> bool:
    return same(wanted, held) or (wanted == "false" and not held)
