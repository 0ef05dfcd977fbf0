"""Taking writes back: which nobody has touched since, and what puts them back as they were.

Pure: writes that took effect and their lead's draft in; for each of them what becomes of it out.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from slasync.domain import locales
from slasync.domain.draft import Draft
from slasync.domain.explaining.account import when, who
from slasync.domain.facts import OURS, Fact, FactKind
from slasync.domain.lead import UserKey
from slasync.domain.nurture import OWN_FIELDS, RETURN, RETURN_ON
from slasync.domain.writes import Action, Judged, KeyParts, Write, write_key

REVERT = "revert:"
"""How the rungs begin of writes that put something back."""
CHANGING = (Action.OWNER, Action.STATUS)
FOLLOWING = frozenset({Action.PROPERTIES, Action.SHOW})
"""What only shows how a lead stands: the next decision writes it anew."""
STAYING = {
    Action.CREATE_LEAD: "a lead that was made is not deleted: delete it in the CRM",
    Action.CLOSE_TASK: "a task that was closed stays closed: the next rung makes its own",
    Action.CLEAR_STALE: "a lead is not flagged again: the rung that flags does it when it is due",
    Action.PROPERTY: "a field of the systems: set it there",
    Action.LIST: "marketing's list may have been acted on: change it there",
    Action.PROGRAMME: "a programme that was requested has run",
    Action.NOTIFY: "a message that was sent has been read",
}


class Way(StrEnum):
    """What becomes of a write that is to be taken back."""

    BACK = "put back"  # by a write of its own
    WITHDRAWN = "withdrawn"  # nothing of it was sent
    WITH = "with another"  # what puts another back does it too
    FOLLOWS = "follows by itself"
    BEFORE = "as it was already"
    LEFT = "left"  # as it is; why is told


@dataclass(frozen=True, slots=True)
class Effect:
    """A write that took effect. `number`: how often it was to be put back before, in vain."""

    write: Write
    sent_at: datetime
    number: int = 0


@dataclass(frozen=True, slots=True)
class Undone:
    """What becomes of one write. `made` puts it back, `facts` say so; `why` for people."""

    of: Write
    way: Way
    why: str = ""
    made: Write | None = None
    facts: tuple[Fact, ...] = ()


def revert_key(write: Write, number: int, org: str) -> str:
    """Return the key of what puts a write back: each time it is wished for, the same."""
    return write_key(
        KeyParts(
            org=org,
            lead=write.lead,
            cycle=write.cycle,
            clock=write.clock,
            generation=write.generation,
            rung=f"{REVERT}{write.rung}",
            role=write.role,
            action=write.action.value,
            extra={"of": write.key, "number": number},
        )
    )


def is_revert(write: Write) -> bool:
    return write.rung.startswith(REVERT)


def undo(effects: Sequence[Effect], draft: Draft, why: str) -> list[Undone]:
    """Tell for each effect on one lead, oldest first, what becomes of it. `why`: by whose order."""
    undoing = _Undoing(draft, why)
    changes = {e.write.key: u for action in CHANGING for e, u in undoing.changes(effects, action)}
    made = {e.write.key for e in effects if _makes_task(e.write)}
    return [changes.get(e.write.key) or undoing.one(e, made) for e in effects]


def _makes_task(write: Write) -> bool:
    return write.action is Action.TASK and write.task_key == write.key


@dataclass(frozen=True, slots=True)
class _Undoing:
    draft: Draft
    why: str

    # owner and status: of several changes the latest goes back to what the earliest found

    def changes(self, effects: Sequence[Effect], action: Action) -> Iterator[tuple[Effect, Undone]]:
        mine = [effect for effect in effects if effect.write.action is action]
        if not mine:
            return
        chain, left = self._chain(mine, action)
        yield from ((each, self._not_there(each.write)) for each in left)
        if not chain:
            return
        last, before = chain[0], _before(chain[-1].write)
        if kept := self._kept(last, before):
            yield from ((each, Undone(each.write, Way.LEFT, kept)) for each in chain)
            return
        yield last, self._changed(last, str(before))
        yield from ((each, Undone(each.write, Way.WITH)) for each in chain[1:])

    def _chain(self, mine: Sequence[Effect], action: Action) -> tuple[list[Effect], list[Effect]]:
        """Return the changes that lead to what is there now, latest first, and all others."""
        value = self._value(action)
        chain, left = [], []
        for effect in reversed(mine):
            if value is not None and effect.write.values[action.value] == value:
                chain.append(effect)
                value = _before(effect.write)
            else:
                left.append(effect)
        return chain, left

    def _kept(self, last: Effect, before: str | None) -> str:
        """Say why what is there now stays; nothing where it can go back."""
        draft, roster = self.draft, self.draft.terms.roster
        if gone := self._gone():
            return gone
        if not before:
            return "what was there before is not known"
        owned = draft.state.owners[-1] if draft.state.owners else None
        if owned and not owned.ours and roster.is_person(owned.by):
            return f"{who(roster, owned.by)} chose the owner at {when(owned.at)}"
        sent = last.sent_at.replace(microsecond=0)  # systems tell whole seconds
        if touched := [t for t in draft.state.touches if t.at >= sent]:
            touch = max(touched, key=lambda t: t.at)
            return (
                f"{who(roster, touch.by)} has worked on it since: {touch.channel} {when(touch.at)}"
            )
        if last.write.action is Action.OWNER:
            user = roster.users.get(UserKey(before))
            if user is None or not user.active:
                return f"{who(roster, before)}, whose it was, is not active"
        return ""

    def _gone(self) -> str:
        if self.draft.state.deleted:
            return "the lead is deleted"
        return "the lead was converted" if self.draft.state.converted else ""

    def _value(self, action: Action) -> str | None:
        state = self.draft.state
        return state.owner if action is Action.OWNER else state.status

    def _not_there(self, write: Write) -> Undone:
        """Tell of a change that is not what the lead shows now."""
        if _before(write) == self._value(write.action):
            return Undone(write, Way.BEFORE)
        return Undone(write, Way.LEFT, self._now(write.action))

    def _now(self, action: Action) -> str:
        state, roster = self.draft.state, self.draft.terms.roster
        if action is Action.STATUS:
            return f"its status is {state.status or 'not known'} now"
        last = state.owners[-1] if state.owners else None
        since = f" since {when(last.at)}" if last else ""
        by = f", by {who(roster, last.by)}" if last and last.by else ""
        return f"{who(roster, state.owner)} has it{since}{by}"

    def _changed(self, effect: Effect, before: str) -> Undone:
        state, write = self.draft.state, effect.write
        judged = Judged(state.owner, None, state.status)
        values: dict[str, Any] = {write.action.value: before}
        if write.action is Action.STATUS:
            values |= {"why": self.why, **self._emptied(write)}
        made = self._write(effect, write.action, values)
        return Undone(write, Way.BACK, made=replace(made, judged=judged))

    def _emptied(self, write: Write) -> dict[str, None]:
        """Empty what was written along with a status, where it still says that."""
        fields, values = self.draft.state.fields, write.values
        told = {RETURN: {values.get(RETURN), values.get(RETURN_ON)}}
        emptied = {
            name
            for name in OWN_FIELDS & values.keys()
            if fields.get(name) in told.get(name, {values[name]})
        }
        return dict.fromkeys(emptied | ({RETURN_ON} if RETURN in emptied else set()))

    # all else

    def one(self, effect: Effect, made: set[str]) -> Undone:
        write = effect.write
        match write.action:
            case Action.TASK if "subject" not in write.values:
                return Undone(write, Way.FOLLOWS)  # it goes where its lead goes
            case Action.TASK if str(write.task_key) in made and not _makes_task(write):
                return Undone(write, Way.WITH)
            case Action.TASK:
                return self._task(effect)
            case Action.FLAG_STALE:
                return self._flag(effect)
            case action if action in FOLLOWING:
                return Undone(write, Way.FOLLOWS)
            case action:
                return Undone(write, Way.LEFT, STAYING[action])

    def _task(self, effect: Effect) -> Undone:
        write, state = effect.write, self.draft.state
        key = str(write.task_key)
        if not _makes_task(write):
            return Undone(write, Way.LEFT, "a reminder in a task that was made before")
        if key in state.over:
            return Undone(write, Way.LEFT, "the task was closed or deleted since")
        if gone := self._gone():
            return Undone(write, Way.LEFT, gone)
        task = next((c.tasks[key] for c in state.cycles if key in c.tasks), None)
        if task is None:
            return Undone(write, Way.LEFT, "slasync has closed the task since")
        user = self.draft.terms.roster.users.get(task.to)
        terms = self.draft.terms
        locale = locales.of_user(terms, user) if user else locales.usual(terms)
        values = {"text": locale.say("taken_back")}
        made = replace(self._write(effect, Action.CLOSE_TASK, values), target=None, task_key=key)
        return Undone(write, Way.BACK, made=made, facts=(self._fact(effect, [key]),))

    def _flag(self, effect: Effect) -> Undone:
        cycle = self.draft.state.cycle
        if gone := self._gone():
            return Undone(effect.write, Way.LEFT, gone)
        if cycle is None or not cycle.stale:
            return Undone(effect.write, Way.LEFT, "the flag was cleared since")
        made = self._write(effect, Action.CLEAR_STALE, {})
        return Undone(effect.write, Way.BACK, made=made, facts=(self._fact(effect, [], flag=True),))

    def _write(self, effect: Effect, action: Action, values: dict[str, Any]) -> Write:
        write = effect.write
        return replace(
            write,
            key=revert_key(write, effect.number, self.draft.terms.agreement.org),
            action=action,
            values=values,
            task_key=None,
            judged=None,
            rung=f"{REVERT}{write.rung}",
            because=self.why,
        )

    def _fact(self, effect: Effect, keys: list[str], **more: bool) -> Fact:
        write, now = effect.write, self.draft.terms.now
        data = {"cycle": write.cycle, "clock": write.clock, "task_keys": keys, "why": self.why}
        return Fact(
            kind=FactKind.WITHDRAWN,
            occurred_at=now,
            seen_at=now,
            source=OURS,
            source_id=f"reverted:{effect.number}:{write.key}",
            data=data | more,
        )


def _before(write: Write) -> str | None:
    judged = write.judged
    if judged is None:
        return None
    return judged.owner if write.action is Action.OWNER else judged.status
