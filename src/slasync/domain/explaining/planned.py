"""A write in words: what it would change, as a diff that people can judge."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from slasync.domain.explaining.tongue import PLAIN, Tongue
from slasync.domain.lead import UserKey
from slasync.domain.nurture import OWN_FIELDS
from slasync.domain.wording import local
from slasync.domain.writes import Action, Write

NOT_SHOWN = frozenset({"owner", "lead_key"})


def action_name(action: Action, tongue: Tongue = PLAIN) -> str:
    """Name what a write does."""
    return tongue.name("write", action)


def described(write: Write, tongue: Tongue = PLAIN) -> str:
    """Say in one line what a write does."""
    values, name = write.values, action_name(write.action, tongue)
    named = (values.get(each) for each in ("subject", "field", "list", "programme"))
    subject = next((each for each in named if each), None)
    where = f" ({write.clock} {write.rung})" if write.rung and write.action is Action.TASK else ""
    return f"{name}{where}: {subject}" if subject else name


def diff(
    write: Write,
    names: Mapping[UserKey, str],
    told: Mapping[str, Any],
    zone: ZoneInfo,
    tongue: Tongue = PLAIN,
) -> tuple[str, ...]:
    """Return lines: `+` what is added, `-` what goes, `~` what becomes something else.

    `names` gives people's names, `told` what the marketing system was told last.
    """
    return tuple(_Diff(write, names, told, zone, tongue).lines())


def _token_lines(values: Mapping[str, Any]) -> Iterator[str]:
    for text in (values.get("tokens") or {}).values():
        yield from str(text).splitlines()


@dataclass(frozen=True, slots=True)
class _Diff:
    write: Write
    names: Mapping[UserKey, str]
    told: Mapping[str, Any]
    zone: ZoneInfo
    tongue: Tongue

    def lines(self) -> Iterator[str]:
        values, say = self.write.values, self.tongue.say
        match self.write.action:
            case Action.CREATE_LEAD:
                owner = self._who(values.get("owner"))
                yield say("diff.create_lead", system=self.write.system, who=owner)
                yield from self._fields()
            case Action.TASK:
                yield from self._task()
            case Action.CLOSE_TASK:
                yield say("diff.close_task", text=values.get("text", "closed"))
            case Action.OWNER:
                yield say("diff.owner", before=self._before(), after=self._who(values.get("owner")))
            case Action.STATUS:
                before = self.write.judged.status if self.write.judged else None
                yield say("diff.status", before=before or say("unknown"), after=values["status"])
                yield say("diff.why", why=values.get("why", ""))
                yield from (f"  {n}: {values[n]}" for n in sorted(OWN_FIELDS & values.keys()))
            case Action.FLAG_STALE:
                yield say("diff.flag_stale", since=self._when(values.get("since")))
                yield say("diff.why", why=values.get("why", ""))
            case Action.CLEAR_STALE:
                yield say("diff.clear_stale")
            case Action.PROPERTIES | Action.SHOW:
                yield from self._properties()
            case _:
                yield from self._beyond_the_crm()

    def _task(self) -> Iterator[str]:
        values, who = self.write.values, self._who(self.write.values.get("owner"))
        if "subject" not in values:
            due = values.get("due")
            key = "diff.due_task" if due else "diff.move_task"
            yield self.tongue.say(key, who=who, due=self._when(due) if due else "")
            yield from self._words(values.get("words") or {})
            return
        due, priority = self._when(values.get("due")), values.get("priority", "Normal")
        yield self.tongue.say("diff.task", who=who, priority=priority, due=due)
        yield from self._words(values)

    def _beyond_the_crm(self) -> Iterator[str]:
        values, say = self.write.values, self.tongue.say
        match self.write.action:
            case Action.PROPERTY:
                before = self._shown(values["before"]) if "before" in values else say("unknown")
                yield f"~ {values['field']}: {before} -> {self._shown(values['value'])}"
            case Action.LIST:
                change = "add" if values["change"] == "add" else "remove"
                yield say(f"diff.list_{change}", list=values["list"])
            case Action.PROGRAMME:
                yield say("diff.programme", programme=values["programme"])
                yield from (f"  | {line}" for line in _token_lines(values))
            case Action.NOTIFY:
                yield from self._message()

    def _message(self) -> Iterator[str]:
        values = self.write.values
        name, address = values["name"], values["to"]
        to = address if address == name else f"{name} ({address})"
        key = "diff.message_via" if values["via"] else "diff.message"
        yield self.tongue.say(key, to=to, via=values["via"], at=self._when(values["at"]))
        yield from self._words(values)

    def _words(self, values: Mapping[str, Any]) -> Iterator[str]:
        """Yield subject and text, where it is given any."""
        if "subject" in values:
            yield self.tongue.say("diff.subject", subject=values["subject"])
        for line in str(values.get("text", "")).splitlines():
            yield f"  | {line}"

    def _fields(self) -> Iterator[str]:
        for name, value in sorted(self.write.values.items()):
            if value is not None and name not in NOT_SHOWN:
                yield f"  {name}: {value}"

    def _properties(self) -> Iterator[str]:
        for name, value in self.write.values.items():
            before = self.told.get(name, "")
            if before != value:
                yield f"~ {name}: {self._or_nothing(before)} -> {self._or_nothing(value)}"

    def _before(self) -> str:
        judged = self.write.judged
        return self._who(judged.owner if judged else None)

    def _who(self, key: Any) -> str:
        if not key:
            return self.tongue.say("nobody")
        name = self.names.get(UserKey(str(key)))
        return f"{name} ({key})" if name else str(key)

    def _when(self, text: Any) -> str:
        if not isinstance(text, str) or not text:
            return self.tongue.say("diff.at_once")
        at = datetime.fromisoformat(text)
        return local(at, self.zone) if self.tongue.zone is None else self.tongue.when(at)

    def _or_nothing(self, value: Any) -> str:
        return str(value or self.tongue.say("diff.nothing"))

    def _shown(self, value: Any) -> str:
        return self._or_nothing(None if value is None else str(value))
