"""Sentences that are kept with decisions, facts and writes, and how they are told again.

They are recorded in English, each made from a phrase of the word book with the values in it. So a
sentence is known again by its phrase, its values are read out of it, and it is told in another
language and zone, sentences within sentences too. What no phrase fits, older wording or words of
somebody else's, is told as it stands.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache, lru_cache
from string import Formatter

from slasync.domain.books.recorded_en import RECORDED_EN
from slasync.domain.counting import filled
from slasync.domain.languages import Locale

_WORD = r"[^\s:;/]+"
_DAY = r"\d{4}-\d\d-\d\d"
_INSTANT = r"\d{4}-\d\d-\d\dT\S+?"
_NUMBER = r"[\d.e+]+"
_FORMS: Mapping[str, str] = {
    "account": r"(?:account|no account|\d+ accounts?) .+", "address": r"\S+@\S+",
    "at": _INSTANT, "candidates": r"[^:;]+ \(\S+\), \d+ points?: .+",
    "clock": _WORD, "company": r"[^:;]+", "day": _DAY, "days": _NUMBER, "each": _NUMBER,
    "end": _WORD, "factor": _NUMBER, "first": _DAY, "instead": _WORD, "last": _DAY,
    "median": _NUMBER, "minutes": _NUMBER, "mode": r"[^,]+|canary, .+", "most": _NUMBER,
    "n": _NUMBER, "outcome": "applied|already|overtaken|gone|unknown|try_later|refused",
    "points": _NUMBER, "role": _WORD, "rule": r"[^:]+", "rung": _WORD,
    "share": _NUMBER, "start": _WORD, "to": "to .+?", "total": _NUMBER, "turn": _NUMBER,
    "usual": r"\d+ tasks? since .+?", "way": r"(?:, path .+)?",
}  # fmt: skip
"""What values look like; by default anything."""
_LISTS: Mapping[str, tuple[str, str]] = {
    "candidates": ("; ", "; "), "evidence": (", ", ", "), "others": (", ", ", "),
    "over": (r", (?=\S+@)", ", "), "missed": ("; nor by ", "list.missed"),
}  # fmt: skip
"""Values that are several sentences: what stands between them, and the phrase for that."""
_KINDS: Mapping[str, str] = {
    "end": "end", "instead": "role", "outcome": "outcome", "role": "role", "start": "start",
}  # fmt: skip
"""Values that the code knows, and the kind of word for each."""
_SENTENCES = frozenset({"account", "mode", "to", "usual", "way", "what"})
"""Values that are sentences themselves."""


def said(key: str, /, **values: object) -> str:
    """Return the sentence to be recorded."""
    return filled(
        RECORDED_EN[f"said.{key}"],
        {name: v.isoformat() if isinstance(v, date) else v for name, v in values.items()},
    )


def retold(text: str, locale: Locale, deepest: int = 12) -> str:
    """Return a recorded sentence in the reader's language, as far as it is one of ours.

    Sentences within sentences are told too, down to the `deepest`: more than that no choice has.
    """
    found = _read(text) if deepest else None
    if found is None:
        return locale.known(text, text) if text.startswith("closed.") else text
    key, values = found
    told = {name: _told(name, value, locale, deepest - 1) for name, value in values.items()}
    return locale.say(key, **told)


def before(key: str, text: str) -> str:
    """Return what stands before the list that a sentence ends with: `missed`, `passed_over`."""
    return text.partition(RECORDED_EN[f"said.{key}"].partition("{what}")[2].partition("{")[0])[0]


def _told(name: str, value: str, locale: Locale, deepest: int) -> str:
    if name in _SENTENCES:
        return retold(value, locale, deepest)
    if name in _LISTS:
        between, phrase = _LISTS[name]
        told = (retold(each, locale, deepest) for each in re.split(between, value))
        return locale.known(phrase, phrase).join(told)
    if name in _KINDS:
        return locale.known(f"{_KINDS[name]}.{value}", value)
    return _written(name, value, locale)


def _written(name: str, value: str, locale: Locale) -> str:
    """Write a time, a day, a number or fields' values as the language does."""
    if name == "values":
        return ", ".join(_value(each, locale) for each in value.split(", "))
    form = _FORMS.get(name)
    if form in {_DAY, _INSTANT}:
        return locale.value(value)
    return locale.digits(value) if form == _NUMBER else value


def _value(text: str, locale: Locale) -> str:
    name, known, value = text.partition(" is ")
    value = locale.say("value.unknown") if value == "unknown" else value
    return locale.say("value.is", name=name, value=value) if known else text


@lru_cache(maxsize=4096)
def _read(text: str) -> tuple[str, Mapping[str, str]] | None:
    """Return the key of the first phrase that fits, and the values in it."""
    for key, pattern in _patterns():
        if found := pattern.fullmatch(text):
            return key, found.groupdict()
    return None


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple(
        (key, re.compile("".join(_pattern(phrase)), re.DOTALL))
        for key, phrase in RECORDED_EN.items()
    )


def _pattern(phrase: str) -> Iterator[str]:
    for literal, name, spec, _ in Formatter().parse(phrase):
        yield re.escape(literal)
        if spec:  # either word: in older sentences one stood with that for several
            yield f"(?:{'|'.join(map(re.escape, spec.split('|')))})"
        elif name:
            yield f"(?P<{name}>{_FORMS.get(name, '.+?')})"
