"""The words of tasks and digest lines, rendered when decided: `plan` shows the very text."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from string import Template
from zoneinfo import ZoneInfo

from slasync.domain.agreement import End, Text
from slasync.domain.interactions import Interaction
from slasync.domain.languages import Locale
from slasync.domain.lead import Lead, User, Value
from slasync.domain.lifecycle import USUAL, Lifecycle
from slasync.domain.scoring import Axis, Part, Score
from slasync.domain.state import Cycle

SUBJECT_LENGTH = 255  # Salesforce's limit for a task's subject
LINE_LENGTH = 1000  # of a line in a digest: its link stands at the end
MOST_PARTS = 5  # of a score's axis: more than that nobody reads in a task
_LEAST_WORD = 20  # a last word longer than that, of the text that is cut, is cut too
_UNSEEN = (
    *range(0x80, 0xA0), 0x061C, 0x200B, 0x200E, 0x200F, *range(0x202A, 0x202F),
    *range(0x2060, 0x2070), 0xFEFF,
)  # fmt: skip
_HARMLESS = {code: " " for code in (*range(32), 127, 0x2028, 0x2029) if code != ord("\n")}
_HARMLESS |= dict.fromkeys(_UNSEEN)


@dataclass(frozen=True, slots=True)
class Nurtured:
    """A path that the lead was in, since when, and what that consists of, by language."""

    path: str
    since: datetime
    what: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """What a text is about, and for whom it is put into words."""

    lead: Lead
    cycle: Cycle
    owner: User | None
    manager: User | None
    rung: str
    due: datetime | None
    now: datetime
    stage: str
    lifecycle: Lifecycle = USUAL
    touches: int
    most: int | None = None  # attempts, where the ladders count them
    locale: Locale
    ends: frozenset[End] = frozenset({End.TOUCH})  # of the clock
    statuses_touch: bool = True
    link: str = ""
    owner_since: datetime | None = None  # None: since the lead is with sales
    score: Callable[[], Score | None] = lambda: None  # asked only where a text names it
    interactions: Callable[[], Sequence[Interaction]] = tuple  # likewise
    nurtured: Callable[[], Sequence[Nurtured]] = tuple  # likewise


def render(text: Text, occasion: Occasion, most: int = SUBJECT_LENGTH) -> tuple[str, str]:
    """Return subject and body, the subject cut to `most` characters.

    Written in the reader's language where the text stands in it, else in the one there is; what
    slasync fills in follows. Raises KeyError for a name that is neither in PLACEHOLDERS nor a
    field of the text.
    """
    said = text.spoken(occasion.locale.language)
    locale = replace(occasion.locale, language=said.language or occasion.locale.language)
    occasion = replace(occasion, locale=locale)
    subject, body, names = _templates(said.subject, said.body)
    values = {name: clean(_value(name, said, occasion)) for name in names}
    first = " ".join(subject.substitute(values).split()) or clean(name_of(occasion.lead))
    return shortened(first, most), body.substitute(values).strip()


@lru_cache(maxsize=256)
def _templates(subject: str, body: str) -> tuple[Template, Template, frozenset[str]]:
    """Read a text once: every task has one of a few."""
    both = Template(subject), Template(body)
    return (*both, frozenset(name for each in both for name in each.get_identifiers()))


def shortened(text: str, most: int) -> str:
    """Cut a text that is too long at the end of a word, with an ellipsis."""
    if len(text) <= most:
        return text
    cut = text[: most - 1]
    if not text[most - 1].isspace():
        head, _, word = cut.rpartition(" ")
        cut = head if head and len(word) <= _LEAST_WORD else cut
    return f"{cut.rstrip(' ,;:.-')}…"


def _value(name: str, text: Text, occasion: Occasion) -> str:
    if name in text.fields:
        value = occasion.locale.value(occasion.lead.fields.get(name))
        return value or occasion.locale.say("unknown")
    return _VALUES[name](occasion)


def evidence_of(locale: Locale, cycle: Cycle) -> str:
    """Write the fields that made the lead an MQL, as they were then."""
    kept = sorted(cycle.evidence.items())
    said = [_named(locale, name, value) for name, value in kept if value not in {None, ""}]
    return ", ".join(said) or locale.say("evidence")


def attempts_of(locale: Locale, count: int, most: int | None) -> str:
    """Write "2 of 6"; the count alone where no ladder says how many are enough."""
    return str(count) if most is None else locale.say("n_of_m", n=str(count), m=str(most))


def _named(locale: Locale, name: str, value: Value) -> str:
    return f"{locale.field(name)} {locale.value(value)}"


def _known(occasion: Occasion, name: str, unknown: str = "unknown") -> str:
    """Write a field, or that it is not known."""
    return occasion.lead.text(name) or occasion.locale.say(unknown)


def _who(occasion: Occasion, user: User | None) -> str:
    return user.name if user else occasion.locale.say("nobody")


def _background(occasion: Occasion) -> str:
    """Write the score with its parts, source and campaign; what is not known is left out."""
    said, parts = [], _parts(occasion)
    for name in ("score", "source", "campaign"):
        value = occasion.lead.fields.get(name)
        if value not in {None, ""}:
            said.append(_named(occasion.locale, name, value))
        if name == "score" and parts:
            said.append(f"{occasion.locale.say('check')} {parts}")
    return ", ".join(said) or occasion.locale.say("background")


def _parts(occasion: Occasion) -> str:
    """Write what slasync's own check of the score is made of; nothing where none is agreed."""
    score, locale = occasion.score(), occasion.locale
    if score is None:
        return ""
    axes = ((Axis.FIT, score.fit), (Axis.INTEREST, score.interest))
    said = "; ".join(_axis(locale, axis, worth, score.parts) for axis, worth in axes)
    return f"{locale.number(score.total)} ({said})"


def _axis(locale: Locale, axis: Axis, worth: float, parts: Iterable[Part]) -> str:
    """Write one axis with the parts that weigh most, each name once."""
    sums: dict[str, float] = {}
    for part in parts:
        if part.axis is axis:
            sums[part.name] = sums.get(part.name, 0.0) + part.value
    heavy = sorted(sums.items(), key=lambda part: (-abs(part[1]), part[0]))[:MOST_PARTS]
    listed = ", ".join(f"{name} {locale.number(value)}" for name, value in heavy)
    named = f"{locale.say(axis.value)} {locale.number(worth)}"
    return f"{named}: {listed}" if listed else named


def lately(locale: Locale, done: Iterable[Interaction]) -> str:
    """Write what a lead did last, the latest first; "" where nobody knows of anything."""
    return "; ".join(
        f"{locale.field(each.field)} {locale.value(each.value)}, {locale.moment(each.at)}"
        for each in done
    )


def _nurture(occasion: Occasion) -> str:
    """Write the paths that the lead has been in, the last one first."""
    locale = occasion.locale
    return "; ".join(
        locale.say("path_since", path=each.path.replace("_", " "), at=locale.moment(each.since),
                   what=each.what.get(locale.language) or locale.say("unknown"))
        for each in occasion.nurtured()
    )  # fmt: skip


def _begun(occasion: Occasion) -> datetime:
    """Since when the lead is with sales, or back with marketing."""
    cycle = occasion.cycle
    return cycle.back.at if cycle.back else cycle.anchor


def _disputed(occasion: Occasion) -> str:
    """Write the reason of the dispute that was asked for last."""
    reasons = [rest.reason for rest in occasion.cycle.rests if rest.is_dispute and rest.reason]
    return clean(reasons[-1]) if reasons else occasion.locale.say("unknown")


def _what_counts(occasion: Occasion) -> str:
    """Say what ends the clock: a touch where that is enough, else an outcome."""
    if End.TOUCH in occasion.ends:
        return occasion.locale.say("touch_or_status" if occasion.statuses_touch else "touch")
    outcomes = (
        End.TAKEN, End.STAGE, End.ACCEPTED, End.CONVERTED, End.RECYCLED, End.DISQUALIFIED,
        End.ENROLLED,
    )  # fmt: skip
    words = [occasion.locale.say(end.value) for end in outcomes if end in occasion.ends]
    if not words:
        return occasion.locale.say("nothing")
    said = occasion.locale.say("ends", ends=occasion.locale.any_of(words))
    return said[0].upper() + said[1:]


_VALUES: Mapping[str, Callable[[Occasion], str]] = {
    "lead": lambda o: name_of(o.lead),
    "company": lambda o: _known(o, "company", "company"),
    "email": lambda o: _known(o, "email"),
    "phone": lambda o: _known(o, "phone"),
    "owner": lambda o: _who(o, o.owner),
    "manager": lambda o: _who(o, o.manager),
    "score": lambda o: o.locale.value(o.lead.fields.get("score")) or o.locale.say("score"),
    "score_parts": lambda o: _parts(o) or o.locale.say("unknown"),
    "source": lambda o: _known(o, "source"),
    "background": _background,
    "definition": lambda o: o.cycle.definition,
    "evidence": lambda o: evidence_of(o.locale, o.cycle),
    "due": lambda o: o.locale.moment(o.due) if o.due else o.locale.say("now"),
    "age": lambda o: o.locale.span(o.now - _begun(o)),
    "owner_since": lambda o: o.locale.moment(o.owner_since or _begun(o)),
    "stage": lambda o: o.lifecycle.called(o.stage, o.locale.language) or o.locale.stage(o.stage),
    "rung": lambda o: o.rung,
    "link": lambda o: o.link,
    "what_counts": _what_counts,
    "attempts": lambda o: str(o.touches),
    "attempts_of": lambda o: attempts_of(o.locale, o.touches, o.most),
    "interactions": lambda o: lately(o.locale, o.interactions()) or o.locale.say("background"),
    "nurture": lambda o: _nurture(o) or o.locale.say("no_nurture"),
    "dispute_reason": _disputed,
}
PLACEHOLDERS = frozenset(_VALUES)
"""What a text in agreement.yaml may name, as `$lead`, besides fields of the lead."""


def name_of(lead: Lead) -> str:
    full = f"{lead.text('first_name')} {lead.text('last_name')}".strip()
    return full or lead.text("email") or str(lead.key)


def clean(text: str) -> str:
    """Make a lead's own words harmless in plain text: no control or bidirectional characters."""
    return text.translate(_HARMLESS)[:1000]


def local(at: datetime, zone: ZoneInfo) -> str:
    """Write an instant in a reader's zone, naming the zone."""
    return f"{at.astimezone(zone):%a %d %b %Y %H:%M} {zone.key}"
