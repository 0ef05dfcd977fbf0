"""A fact as one line for people."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from slasync.domain.explaining.account import Account
from slasync.domain.facts import Fact, FactKind
from slasync.domain.touching import SKEW

Data = Mapping[str, Any]
AT_ONCE = timedelta(seconds=1)


def fact_line(account: Account, fact: Fact) -> str:
    """Write when it happened, how much later slasync saw it, who told it, and what it was."""
    late = abs(fact.seen_at - fact.occurred_at)
    seen = account.say("fact.seen_at_once" if late < AT_ONCE else "fact.seen", at=fact.seen_at)
    return account.say(
        "fact.line_at_latest" if fact.at_latest else "fact.line",
        at=fact.occurred_at, seen=seen, source=fact.source, what=what_happened(account, fact),
    )  # fmt: skip


def what_happened(account: Account, fact: Fact) -> str:
    """Write what it was, without its time."""
    if fact.by and _closed_by_us(account, fact):
        return account.say("fact.closed_then", who=account.who(fact.by))
    said = SAYING.get(fact.kind)
    what = said(fact.data, account) if said else account.say(f"fact.{fact.kind}")
    if not fact.by:
        return what
    return account.say("fact.by", what=what, who=account.who(fact.by))


def _closed_by_us(account: Account, fact: Fact) -> bool:
    """Tell whether a task is said to be somebody's who only changed it after slasync closed it:
    a conversion makes the rep the last who changed the lead's tasks.
    """
    task = fact.data.get("task_key")
    if fact.kind not in {FactKind.TOUCH, FactKind.TASK_ENDED} or fact.data.get("closed_last"):
        return False
    return any(
        ours.occurred_at - SKEW <= fact.occurred_at <= max(ours.occurred_at, ours.seen_at) + SKEW
        for ours in account.facts
        if ours.kind is FactKind.CLOSED and ours.data["task_key"] == task
    )


def _plain(key: str, *names: str) -> Callable[[Data, Account], str]:
    """Say a phrase that some of a fact's values stand in."""
    return lambda data, account: account.say(key, **{name: data.get(name) for name in names})


def _record(data: Data) -> str:
    return f"{data.get('system')} {data.get('kind')} {data.get('id')}"


def _recorded(key: str) -> Callable[[Data, Account], str]:
    return lambda data, account: account.say(key, record=_record(data))


def _pairs(data: Data, account: Account) -> str:
    tongue = account.tongue
    return ", ".join(f"{tongue.name('shown', n)} {tongue.value(v)}" for n, v in data.items())


def _changed(data: Data, account: Account) -> str:
    known = ((name, account.tongue.value(value)) for name, value in sorted(data.items()))
    return ", ".join(account.say("value.is", name=name, value=value) for name, value in known)


def _filled(data: Data, account: Account) -> str:
    fields: Mapping[str, bool] = data["fields"]
    there = ", ".join(name for name, has in fields.items() if has)
    lacking = ", ".join(name for name, has in fields.items() if not has)
    key = "filled.both" if there and lacking else "filled.with" if there else "filled.without"
    return account.say(key, record=_record(data), there=there, lacking=lacking)


def _touch(data: Data, account: Account) -> str:
    tongue, subject = account.tongue, data.get("subject")
    channel = tongue.name("channel", data.get("channel", "?"))
    said = [f"{channel} {tongue.quoted(subject)}" if subject else channel]
    said.append(tongue.name("grade", data.get("grade", "strong")))
    said += [account.say("touch.ours")] if data.get("task_key") else []
    said += [account.say("touch.inbound")] if data.get("inbound") else []
    return account.say("fact.touch", what=", ".join(said))


def _hurried(data: Data, account: Account) -> str:
    span = account.tongue.span(timedelta(seconds=data["seconds"]))
    return account.say("fact.hurried", most=data["most"], within=span)


def _contact(data: Data, account: Account) -> str:
    name, grade = account.tongue.name, data.get("grade", "strong")
    channel = name("channel", data["channel"])
    return account.say("fact.contact", channel=channel, grade=name("grade", grade))


def _task_ended(data: Data, account: Account) -> str:
    how = account.tongue.name("how", data.get("how", "closed"))
    return account.say("fact.task_ended", how=how)


def _converted(data: Data, account: Account) -> str:
    known = [
        f"{account.tongue.name('record', name)} {value}"
        for name, value in sorted(data.items())
        if value
    ]
    return account.say("fact.converted_into" if known else "fact.converted", into=", ".join(known))


def _routed(data: Data, account: Account) -> str:
    why = account.tongue.retold(str(data.get("why", "")))
    return account.say("fact.routed", who=account.who(data.get("owner")), why=why)


def _refused(data: Data, account: Account) -> str:
    return account.say("fact.owner_refused", who=account.who(data["owner"]), why=data["why"])


def _restarted(data: Data, account: Account) -> str:
    return account.say("fact.restarted", clock=data["clock"], who=account.who(data["owner"]))


def _started(data: Data, account: Account) -> str:
    return account.say("fact.started", clock=data["clock"], start=data["generation"] + 1)


def _fired(data: Data, account: Account) -> str:
    rung = f"{data['clock']}/{data['rung']}"
    if "mode" in data:
        rung = account.say("fired.unwritten", mode=data["mode"], rung=rung)
    if data.get("superseded"):
        return account.say("fired.superseded", rung=rung)
    effects = ", ".join(_effect(effect, account) for effect in data.get("effects", ()))
    return account.say("fact.fired_to" if effects else "fact.fired", rung=rung, effects=effects)


def _effect(effect: Data, account: Account) -> str:
    if effect.get("kind") == "task":
        return account.say("fired.task", who=account.who(effect.get("to")))
    kind = account.tongue.name("done", str(effect.get("kind")))
    return account.say("fired.to", kind=kind, to=effect["to"]) if effect.get("to") else kind


def _moved(data: Data, account: Account) -> str:
    who = account.who(data["to"])
    if "due" not in data:
        return account.say("fact.moved", who=who)
    return account.say("fact.moved_due", who=who, due=datetime.fromisoformat(data["due"]))


def _withdrawn(data: Data, account: Account) -> str:
    if data.get("flag"):
        return account.say("fact.flag_withdrawn")
    why = account.tongue.retold(str(data.get("why", "")))
    if "rung" in data:
        return why
    tasks = len(data["task_keys"])
    return account.say("fact.withdrawn", count=tasks, clock=data["clock"], why=why)


def _closed(data: Data, account: Account) -> str:
    return account.say("fact.closed_perhaps" if data.get("perhaps") else "fact.closed")


def _told(data: Data, account: Account) -> str:
    told = _pairs({name: value for name, value in data.items() if value}, account)
    return account.say("fact.told" if told else "fact.told_nothing", told=told)


def _shown(data: Data, account: Account) -> str:
    return account.say("fact.shown" if data else "fact.shown_nothing", shown=_pairs(data, account))


def _opportunity(data: Data, account: Account) -> str:
    stage = account.tongue.value(data.get("stage"))
    said = [account.say("fact.opportunity", id=data["id"], stage=stage)]
    if data.get("amount"):
        said.append(f"{data['amount']} {data.get('currency') or ''}".rstrip())
    said += [account.say("opportunity.deleted")] if data.get("deleted") else []
    return ", ".join(said)


def _mode(data: Data, account: Account) -> str:
    why = account.tongue.retold(str(data["why"]))
    return account.say("fact.mode", mode=data["mode"], why=why)


def _joined(data: Data, account: Account) -> str:
    because = account.tongue.retold(str(data["because"]))
    return account.say("fact.joined", lead=data["lead"], because=because)


def _parted(data: Data, account: Account) -> str:
    return account.say("fact.parted", lead=data.get("lead") or data["record"], why=data["why"])


def _merged(data: Data, account: Account) -> str:
    return account.say("fact.merged", records=", ".join(map(str, data.get("from", ()))))


def _disputed(data: Data, account: Account) -> str:
    return account.say(f"fact.dispute_{data['decision']}", why=data.get("why", ""))


SAYING: Mapping[FactKind, Callable[[Data, Account], str]] = {
    FactKind.ENTERED: _recorded("fact.entered"),
    FactKind.LINKED: _recorded("fact.linked"),
    FactKind.MERGED: _merged,
    FactKind.JOINED: _joined,
    FactKind.PARTED: _parted,
    FactKind.CHANGED: _changed,
    FactKind.FILLED: _filled,
    FactKind.OWNER: lambda data, account: account.say(
        "fact.owner", who=account.who(data.get("owner"))
    ),
    FactKind.STATUS: lambda data, account: account.say(
        "fact.status", status=account.tongue.value(data.get("status"))
    ),
    FactKind.TOUCH: _touch,
    FactKind.HURRIED: _hurried,
    FactKind.CONTACT: _contact,
    FactKind.TASK_ENDED: _task_ended,
    FactKind.CONVERTED: _converted,
    FactKind.OPPORTUNITY: _opportunity,
    FactKind.MODE: _mode,
    FactKind.HANDOVER: _plain("fact.handover", "cycle", "definition"),
    FactKind.ROUTED: _routed,
    FactKind.OWNER_REFUSED: _refused,
    FactKind.RESTARTED: _restarted,
    FactKind.STARTED: _started,
    FactKind.FIRED: _fired,
    FactKind.WITHDRAWN: _withdrawn,
    FactKind.CLOSED: _closed,
    FactKind.MOVED: _moved,
    FactKind.RELEASED: lambda data, account: account.say("fact.released", why=data.get("why", "")),
    FactKind.TOLD: _told,
    FactKind.SHOWN: _shown,
    FactKind.DISPUTE_DECIDED: _disputed,
}
