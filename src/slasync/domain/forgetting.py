"""Forgetting a person: what stands in the place of what named them, and what is kept.

Kept is what counts and what keeps an effect from happening twice: kinds, times, stages, owners,
rungs, keys. All else that was told of the person goes.
"""

import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from slasync.domain.facts import OURS, Fact, FactKind
from slasync.domain.lead import Ref

GONE = "(forgotten)"
"""Stands in a text where the person was named."""
MARK = "forgotten"
"""The system's place in the key of a lead that is forgotten."""
SHORTEST = 9  # characters of an id, or digits of a number, that is nobody else's by chance
NAMES = frozenset({"first_name", "last_name", "name"})
NUMBERS = frozenset({"phone", "mobile", "mobile_phone", "fax", "home_phone"})

JOINT = "[._+'-]"
"""What stands between letters and digits before the @ of an address."""

KEPT_WORDS = frozenset({
    "action", "agreement", "anchor", "at", "calendar", "change", "channel", "clock", "closes",
    "created", "currency", "cycle", "definition", "due", "due_date", "effects", "from", "grade",
    "how", "kind", "key", "list", "mode", "of", "owner", "pool", "programme", "remind_at", "role",
    "rung", "since", "sla_state", "stage", "status", "system", "task_key", "task_keys", "teams",
    "via",
})  # fmt: skip
"""Values under these words are the agreement's or the team's own, never a lead's."""
EMPTIED = frozenset({FactKind.CHANGED, FactKind.TOLD, FactKind.SHOWN, FactKind.MERGED})
"""Facts that are nothing but the lead's own values."""


@dataclass(frozen=True, slots=True)
class Pseudonyms:
    """Names that nobody can lead back to a person without the key; always the same for the same."""

    key: bytes = field(repr=False)

    def of(self, text: str) -> str:
        digest = hmac.new(self.key, text.encode(), hashlib.sha256)
        return digest.hexdigest()[:32]

    def told(self, ref: str) -> str:
        """Return another name for a record that is told as text: system and kind stay."""
        return ":".join((*ref.split(":", 2)[:-1], self.of(ref)))

    def lead(self, key: str) -> str:
        return f"{MARK}:lead:{self.of(key)}"

    def address(self, email: str) -> str:
        """Return the name of an e-mail address, whatever record tells it."""
        return self.of(f"address:{email.lower()}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """All that slasync knows somebody by."""

    leads: tuple[str, ...]  # keys
    refs: tuple[Ref, ...]
    emails: tuple[str, ...] = ()
    names: tuple[str, ...] = ()  # and telephone numbers: what others bear as well
    numbers: tuple[str, ...] = ()  # this person's alone

    @property
    def certain(self) -> tuple[str, ...]:
        """What names this person and nobody else, wherever it stands."""
        ids = (ref.id for ref in self.refs if len(ref.id) >= SHORTEST)
        short = (_fifteen(id_) for id_ in ids)
        refs = (str(ref) for ref in self.refs if len(ref.id) < SHORTEST)
        numbers = (n for n in self.numbers if sum(c.isdigit() for c in n) >= SHORTEST)
        return tuple(dict.fromkeys((*self.emails, *short, *refs, *numbers)))


def _fifteen(id_: str) -> str:
    """Salesforce's ids are told with or without the three letters that guard their case."""
    return id_[:15] if len(id_) == 18 and id_.isalnum() else id_  # noqa: PLR2004


def named(fields: Iterable[Mapping[str, Any]]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the full names and the telephone numbers that a lead's fields tell."""
    names, numbers = [], []
    for told in fields:
        parts = [str(told[name]) for name in ("first_name", "last_name") if told.get(name)]
        whole = " ".join(parts) if len(parts) > 1 else ""
        names += [name for name in (whole, str(told.get("name") or "")) if " " in name]
        numbers += [str(told[name]) for name in sorted(NUMBERS) if told.get(name)]
    return tuple(dict.fromkeys(names)), tuple(dict.fromkeys(numbers))


@dataclass(frozen=True, slots=True)
class Eraser:
    """Takes words out of texts."""

    words: tuple[str, ...]
    _pattern: re.Pattern[str] | None = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        whole = (f"{_start(w)}{re.escape(w)}{_end(w)}" for w in _longest_first(self.words))
        pattern = "|".join(whole)
        compiled = re.compile(pattern, re.IGNORECASE) if pattern else None
        object.__setattr__(self, "_pattern", compiled)

    def finds(self, text: str) -> bool:
        return self._pattern is not None and self._pattern.search(text) is not None

    def text(self, text: str, instead: str = GONE) -> str:
        return text if self._pattern is None else self._pattern.sub(lambda _: instead, text)

    def value(self, value: Any) -> Any:
        """Return a JSON value without the words."""
        match value:
            case str():
                return self.text(value)
            case Mapping():
                return {self.text(str(k)): self.value(v) for k, v in value.items()}
            case list() | tuple():
                return [self.value(item) for item in value]
        return value


def _start(word: str) -> str:
    """A word begins where it begins: `lou@x.example` is not in `mary.lou@x.example`."""
    joined = (rf"(?<![0-9A-Za-z]{JOINT}{{{n}}})" for n in (1, 2)) if "@" in word else ()
    return rf"(?<![0-9A-Za-z]){''.join(joined)}"


def _end(word: str) -> str:
    """A word ends where it ends; an id of 15 characters may go on with its three letters."""
    if "@" in word:  # lou@x.example is not in lou@x.example.com, but ends a sentence
        return r"(?![.-]?[0-9A-Za-z])"
    extra = "(?:[0-9A-Za-z]{3})?" if len(word) == 15 and word.isalnum() else ""  # noqa: PLR2004
    return rf"{extra}(?![0-9A-Za-z])"


def _longest_first(words: Iterable[str]) -> list[str]:
    return sorted(words, key=lambda word: (-len(word), word))


def blanked(value: Any, word: str = "") -> Any:
    """Return a JSON value without what somebody wrote; its shape, numbers and kept words stay."""
    match value:
        case str():
            return value if word in KEPT_WORDS else ""
        case Mapping():
            return {key: blanked(inner, str(key)) for key, inner in value.items()}
        case list() | tuple():
            return [blanked(item, word) for item in value]
    return value


def kept_data(fact: Fact, names: Pseudonyms) -> Mapping[str, Any]:
    """Return what stays of a fact's own values: what figures are counted by."""
    if fact.kind in EMPTIED:
        return {"from": []} if fact.kind is FactKind.MERGED else {}
    data: dict[str, Any] = blanked(fact.data)
    if fact.kind is FactKind.FILLED:
        data["fields"] = dict(fact.data.get("fields", {}))
    for word in ("id", "contact", "opportunity", "lead"):  # of records: told apart, not found again
        if isinstance(fact.data.get(word), str):
            data[word] = names.of(fact.data[word])
    return data


def kept_id(fact: Fact, names: Pseudonyms, eraser: Eraser) -> str:
    """Return a fact's id, no more to be led back to a record. Own decisions keep theirs."""
    if fact.source == OURS and not eraser.finds(fact.source_id):
        return fact.source_id
    return f"{fact.source_id.partition(':')[0]}:{names.of(fact.source_id)}"
