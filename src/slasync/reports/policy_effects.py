"""What policy tests say of messages, statuses, properties and lists, held against what happened."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from slasync.domain.writes import Action, Write
from slasync.reports.playing import Taken
from slasync.settings.policy_test_file import (
    BegunPart,
    ChangedPart,
    ExpectPart,
    ListedPart,
    MessagePart,
    StatusPart,
)

IsAt = Callable[[datetime | None, datetime], bool]
When = Callable[[datetime], str]
At = tuple[datetime, Write]


@dataclass(frozen=True, slots=True)
class Told:
    """One kind of effect: what was expected of it, if anything, and what there was."""

    noun: str
    parts: Sequence[Any] | None
    found: Sequence[tuple[At, str]]
    fits: Callable[[Any, At], bool]
    wanted: Callable[[Any], str]


def told(expect: ExpectPart, taken: Sequence[Taken], is_at: IsAt, when: When) -> Iterator[Told]:
    """Yield each kind of effect beyond tasks, digests and owners."""
    for noun, action, parts, fits, wanted in (
        ("message", Action.NOTIFY, expect.messages, _is_message, _message_wanted),
        ("status set", Action.STATUS, expect.statuses, _is_status, _status_wanted),
        ("property set", Action.PROPERTY, expect.properties, _is_change, _change_wanted),
        ("list changed", Action.LIST, expect.lists, _is_listed, _listed_wanted),
        ("programme requested", Action.PROGRAMME, expect.programmes, _is_begun, _begun_wanted),
    ):
        found = [
            ((each.at, write), f"{when(each.at)} {_words(write)}")
            for each in taken
            for write in each.decision.writes
            if write.action == action
        ]

        def fitting(part: Any, at: At, fits: Callable[[Any, At, IsAt], bool] = fits) -> bool:
            return is_at(part.at, at[0]) and fits(part, at, is_at)

        yield Told(noun, parts, found, fitting, wanted)


def _is_message(part: MessagePart, found: At, is_at: IsAt) -> bool:
    write = found[1]
    values = write.values
    return (
        (part.to is None or part.to.lower() == values["to"].lower())
        and (part.role is None or part.role == write.role)
        and (part.subject or "") in values["subject"]
        and (part.text or "") in values["text"]
        and (part.via is None or part.via == values["via"])
        and is_at(part.leaves, datetime.fromisoformat(values["at"]))
    )


def _is_status(part: StatusPart, found: At, _: IsAt) -> bool:
    return bool(part.status == found[1].values["status"])


def _is_change(part: ChangedPart, found: At, _: IsAt) -> bool:
    values = found[1].values
    anything = "value" not in part.model_fields_set
    return part.field == values["field"] and (anything or part.value == values["value"])


def _is_listed(part: ListedPart, found: At, _: IsAt) -> bool:
    values = found[1].values
    return (part.named, part.change) == (values["list"], values["change"])


def _is_begun(part: BegunPart, found: At, _: IsAt) -> bool:
    return bool(part.programme == found[1].values["programme"])


def _words(write: Write) -> str:
    values = write.values
    match write.action:
        case Action.NOTIFY:
            return f"to {values['to']} ({write.role.value}): {values['subject']!r}"
        case Action.STATUS:
            return str(values["status"])
        case Action.PROPERTY:
            return f"{values['field']} = {values['value']}"
        case Action.PROGRAMME:
            return str(values["programme"])
        case _:
            return f"{values['change']} {values['list']}"


def _message_wanted(part: MessagePart) -> str:
    said = (
        ("to", part.to), ("of the", part.role), ("with the subject", part.subject),
        ("with the text", part.text), ("via", part.via), ("at", part.at), ("leaving", part.leaves),
    )  # fmt: skip
    return ", ".join(f"{word} {value}" for word, value in said if value is not None)


def _status_wanted(part: StatusPart) -> str:
    return f"{part.status}{_at(part.at)}"


def _change_wanted(part: ChangedPart) -> str:
    value = f" = {part.value}" if "value" in part.model_fields_set else ""
    return f"{part.field}{value}{_at(part.at)}"


def _listed_wanted(part: ListedPart) -> str:
    return f"{part.change} {part.named}{_at(part.at)}"


def _begun_wanted(part: BegunPart) -> str:
    return f"{part.programme}{_at(part.at)}"


def _at(at: datetime | None) -> str:
    return f" at {at}" if at else ""
