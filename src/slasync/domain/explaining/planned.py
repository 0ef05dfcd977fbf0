"""A write in words: what it would change, as a diff that people can judge."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from slasync.domain.lead import UserKey
from slasync.domain.nurture import OWN_FIELDS
from slasync.domain.wording import local
from slasync.domain.writes import Action, Write

NAMES = {
    Action.CREATE_LEAD: "create the lead",
    Action.TASK: "task",
    Action.CLOSE_TASK: "close a task",
    Action.OWNER: "change the owner",
    Action.STATUS: "change the status",
    Action.FLAG_STALE: "flag as stale",
    Action.CLEAR_STALE: "clear the stale flag",
    Action.SHOW: "show the rep",
    Action.PROPERTIES: "properties",
    Action.PROPERTY: "set a property",
    Action.LIST: "change a list",
    Action.PROGRAMME: "request a programme",
    Action.NOTIFY: "message",
}
NOT_SHOWN = frozenset({"owner", "lead_key"})


def described(write: Write) -> str:
    """Say in one line what a write does."""
    values = write.values
    named = (values.get(name) for name in ("subject", "field", "list", "programme"))
    subject = next((name for name in named if name), None)
    where = f" ({write.clock} {write.rung})" if write.rung and write.action is Action.TASK else ""
    return f"{NAMES[write.action]}{where}: {subject}" if subject else NAMES[write.action]


def diff(
    write: Write, names: Mapping[UserKey, str], told: Mapping[str, Any], zone: ZoneInfo
) -> tuple[str, ...]:
    """Return lines: `+` what is added, `-` what goes, `~` what becomes something else.

    `names` gives people's names, `told` what the marketing system was told last.
    """
    return tuple(_Diff(write, names, told, zone).lines())


def _token_lines(values: Mapping[str, Any]) -> Iterator[str]:
    for text in (values.get("tokens") or {}).values():
        yield from str(text).splitlines()


class _Diff:
    def __init__(
        self, write: Write, names: Mapping[UserKey, str], told: Mapping[str, Any], zone: ZoneInfo
    ) -> None:
        self._write, self._names, self._told, self._zone = write, names, told, zone

    def lines(self) -> Iterator[str]:
        values = self._write.values
        match self._write.action:
            case Action.CREATE_LEAD:
                yield f"+ lead in {self._write.system}, owner {self._who(values.get('owner'))}"
                yield from self._fields()
            case Action.TASK:
                yield from self._task()
            case Action.CLOSE_TASK:
                yield f"- task: {values.get('text', 'closed')}"
            case Action.OWNER:
                yield f"~ owner: {self._before()} -> {self._who(values.get('owner'))}"
            case Action.STATUS:
                before = self._write.judged.status if self._write.judged else None
                yield f"~ status: {before or 'unknown'} -> {values.get('status')}"
                yield f"  why: {values.get('why', '')}"
                yield from (f"  {n}: {values[n]}" for n in sorted(OWN_FIELDS & values.keys()))
            case Action.FLAG_STALE:
                yield f"~ stale: no -> since {self._when(values.get('since'))}"
                yield f"  why: {values.get('why', '')}"
            case Action.CLEAR_STALE:
                yield "~ stale: yes -> no"
            case Action.PROPERTIES | Action.SHOW:
                yield from self._properties()
            case _:
                yield from self._beyond_the_crm()

    def _task(self) -> Iterator[str]:
        values = self._write.values
        if "subject" not in values:
            yield f"~ open task: to {self._who(values.get('owner'))}"
            yield from _words(values.get("words") or {})
            return
        to, due = self._who(values.get("owner")), self._when(values.get("due"))
        yield f"+ task for {to}, {values.get('priority', 'Normal')}, due {due}"
        yield from _words(values)

    def _beyond_the_crm(self) -> Iterator[str]:
        values = self._write.values
        match self._write.action:
            case Action.PROPERTY:
                before = _shown(values["before"]) if "before" in values else "unknown"
                yield f"~ {values['field']}: {before} -> {_shown(values['value'])}"
            case Action.LIST:
                sign, where = ("+", "onto") if values["change"] == "add" else ("-", "off")
                yield f"{sign} {where} list {values['list']}"
            case Action.PROGRAMME:
                yield f"+ programme {values['programme']}"
                yield from (f"  | {line}" for line in _token_lines(values))
            case Action.NOTIFY:
                yield from self._message()

    def _message(self) -> Iterator[str]:
        values = self._write.values
        way = f" by {values['via']}" if values["via"] else ""
        name, address = values["name"], values["to"]
        to = address if address == name else f"{name} ({address})"
        yield f"+ message to {to}{way}, not before {self._when(values['at'])}"
        yield f"  subject: {values['subject']}"
        for line in str(values["text"]).splitlines():
            yield f"  | {line}"

    def _fields(self) -> Iterator[str]:
        for name, value in sorted(self._write.values.items()):
            if value is not None and name not in NOT_SHOWN:
                yield f"  {name}: {value}"

    def _properties(self) -> Iterator[str]:
        for name, value in self._write.values.items():
            before = self._told.get(name, "")
            if before != value:
                yield f"~ {name}: {before or 'nothing'} -> {value or 'nothing'}"

    def _before(self) -> str:
        judged = self._write.judged
        return self._who(judged.owner if judged else None)

    def _who(self, key: Any) -> str:
        if not key:
            return "nobody"
        name = self._names.get(UserKey(str(key)))
        return f"{name} ({key})" if name else str(key)

    def _when(self, text: Any) -> str:
        if not isinstance(text, str) or not text:
            return "at once"
        return local(datetime.fromisoformat(text), self._zone)


def _shown(value: Any) -> str:
    return "nothing" if value in {None, ""} else str(value)


def _words(values: Mapping[str, Any]) -> Iterator[str]:
    """Yield subject and text, where a task is given any."""
    if "subject" in values:
        yield f"  subject: {values['subject']}"
    for line in str(values.get("text", "")).splitlines():
        yield f"  | {line}"
