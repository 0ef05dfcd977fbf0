"""A fact as one line for people."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from slasync.domain.explaining.account import when, who
from slasync.domain.facts import Fact, FactKind
from slasync.domain.lead import Roster

Data = Mapping[str, Any]
AT_ONCE = timedelta(seconds=1)


def fact_line(fact: Fact, roster: Roster) -> str:
    """Write when it happened, how much later slasync saw it, who told it, and what it was."""
    upper = "at latest " if fact.at_latest else ""
    return f"{upper}{when(fact.occurred_at)} {_seen(fact)} {fact.source}: {_words(fact, roster)}"


def what_happened(fact: Fact, roster: Roster) -> str:
    """Write what it was, without its time."""
    return _words(fact, roster)


def _seen(fact: Fact) -> str:
    late = fact.seen_at - fact.occurred_at
    return "(seen at once)" if abs(late) < AT_ONCE else f"(seen {when(fact.seen_at)})"


def _words(fact: Fact, roster: Roster) -> str:
    by = f", by {who(roster, fact.by)}" if fact.by else ""
    said = SAYING.get(fact.kind)
    return f"{said(fact.data, roster)}{by}" if said else f"{fact.kind.value}{by}"


def _record(data: Data, _: Roster) -> str:
    return f"{data.get('system')} {data.get('kind')} {data.get('id')}"


def _changed(data: Data, _: Roster) -> str:
    return ", ".join(f"{name} is {value!r}" for name, value in sorted(data.items()))


def _filled(data: Data, roster: Roster) -> str:
    fields: Mapping[str, bool] = data["fields"]
    there = [name for name, has in fields.items() if has]
    lacking = [name for name, has in fields.items() if not has]
    said = [f"{how} {', '.join(names)}" for how, names in (("with", there), ("without", lacking))
            if names]  # fmt: skip
    return f"{_record(data, roster)} {' and '.join(said)}"


def _touch(data: Data, _: Roster) -> str:
    subject = f" {data['subject']!r}" if data.get("subject") else ""
    ours = ", of our task" if data.get("task_key") else ""
    began = ", the lead began it" if data.get("inbound") else ""
    grade = data.get("grade", "strong")
    return f"touch: {data.get('channel', '?')}{subject}, {grade}{ours}{began}"


def _converted(data: Data, _: Roster) -> str:
    into = [f"{name} {value}" for name, value in sorted(data.items()) if value]
    return f"converted{': ' + ', '.join(into) if into else ''}"


def _handed_over(data: Data, _: Roster) -> str:
    return f"handed over to sales, cycle {data['cycle']}: {data['definition']}"


def _routed(data: Data, roster: Roster) -> str:
    return f"owner chosen: {who(roster, data.get('owner'))}; {data.get('why', '')}"


def _restarted(data: Data, roster: Roster) -> str:
    return f"{data['clock']} starts again for {who(roster, data['owner'])}"


def _fired(data: Data, roster: Roster) -> str:
    rung = f"{data['clock']}/{data['rung']}"
    rung = f"in mode {data['mode']}, nothing written: {rung}" if "mode" in data else rung
    if data.get("superseded"):
        return f"{rung} passed, its message superseded"
    effects = [_effect(effect, roster) for effect in data.get("effects", ())]
    return f"{rung} fired{': ' + ', '.join(effects) if effects else ''}"


def _effect(effect: Data, roster: Roster) -> str:
    if effect.get("kind") == "task":
        return f"task for {who(roster, effect.get('to'))}"
    to = f" to {effect['to']}" if effect.get("to") else ""
    return f"{effect.get('kind')}{to}"


def _withdrawn(data: Data, _: Roster) -> str:
    if data.get("flag"):
        return "stale flag withdrawn"
    return f"{len(data['task_keys'])} tasks of {data['clock']} closed: {data.get('why', '')}"


def _told(data: Data, _: Roster) -> str:
    told = ", ".join(f"{name} {value!r}" for name, value in data.items() if value)
    return f"told marketing: {told or 'nothing'}"


def _shown(data: Data, _: Roster) -> str:
    shown = ", ".join(f"{name} {value!r}" for name, value in data.items())
    return f"shown to the rep: {shown or 'nothing any more'}"


def _opportunity(data: Data, _: Roster) -> str:
    amount = (
        f", {data['amount']} {data.get('currency') or ''}".rstrip() if data.get("amount") else ""
    )
    gone = ", deleted" if data.get("deleted") else ""
    return f"opportunity {data['id']} is {data.get('stage')!r}{amount}{gone}"


def _mode(data: Data, _: Roster) -> str:
    return f"mode {data['mode']} from now on, by {data['why']}"


SAYING: Mapping[FactKind, Callable[[Data, Roster], str]] = {
    FactKind.ENTERED: lambda data, roster: f"appeared: {_record(data, roster)}",
    FactKind.LINKED: lambda data, roster: f"linked: {_record(data, roster)}",
    FactKind.MERGED: lambda data, _: f"merged with {', '.join(map(str, data.get('from', ())))}",
    FactKind.JOINED: lambda data, _: f"{data['lead']} is the same person: {data['because']}",
    FactKind.PARTED: lambda data, _: (
        f"parted from {data.get('lead') or data['record']}: {data['why']}"
    ),
    FactKind.CHANGED: _changed,
    FactKind.FILLED: _filled,
    FactKind.OWNER: lambda data, roster: f"owner is {who(roster, data.get('owner'))}",
    FactKind.STATUS: lambda data, _: f"status is {data.get('status')!r}",
    FactKind.TOUCH: _touch,
    FactKind.CONTACT: lambda data, _: (
        f"the lead made contact: {data['channel']}, {data.get('grade', 'strong')}"
    ),
    FactKind.TASK_ENDED: lambda data, _: f"our task ended: {data.get('how', 'closed')}",
    FactKind.CONVERTED: _converted,
    FactKind.OPPORTUNITY: _opportunity,
    FactKind.MODE: _mode,
    FactKind.HANDOVER: _handed_over,
    FactKind.ROUTED: _routed,
    FactKind.OWNER_REFUSED: lambda data, roster: (
        f"owner refused by the CRM: {who(roster, data['owner'])}; {data['why']}"
    ),
    FactKind.RESTARTED: _restarted,
    FactKind.STARTED: lambda data, _: f"{data['clock']} begins, start {data['generation'] + 1}",
    FactKind.FIRED: _fired,
    FactKind.WITHDRAWN: _withdrawn,
    FactKind.CLOSED: lambda _, __: "our task was closed by slasync",
    FactKind.REMADE: lambda _, __: "our task stands in another record now",
    FactKind.UNMADE: lambda _, __: "our task was dropped before it was made: another owner by then",
    FactKind.MOVED: lambda data, roster: f"open task given to {who(roster, data.get('to'))}",
    FactKind.RELEASED: lambda data, _: f"owner released by an operator: {data.get('why', '')}",
    FactKind.TOLD: _told,
    FactKind.SHOWN: _shown,
    FactKind.DISPUTE_DECIDED: lambda data, _: (
        f"dispute {data['decision']} by an operator: {data.get('why', '')}"
    ),
}
