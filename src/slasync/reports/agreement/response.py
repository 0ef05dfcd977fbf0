"""Part 4 of the document: who gets a lead, and each clock with its ladder."""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any

from slasync.domain.agreement import End, OnReassign
from slasync.domain.identity.company import By
from slasync.domain.time.calendars import Unit
from slasync.domain.writes import Role
from slasync.reports.agreement.language import Language
from slasync.reports.agreement.markdown import Marked, bullets, code, heading, table
from slasync.reports.agreement.rule_words import rule as rule_in_words
from slasync.reports.agreement.speech import field, flow, others, stage_name, template
from slasync.settings.clock_parts import ClockPart, EffectPart, PausesPart, RungPart
from slasync.settings.event_part import EventPart
from slasync.settings.paper import Paper
from slasync.settings.routing_part import Family
from slasync.settings.texts_part import TemplatePart

RULE_TOLD = frozenset({"name", "when", "to"})
EFFECT_TOLD = frozenset({
    "do", "to", "text", "reason", "status", "via", "property", "value", "list", "change",
    "programme",
})  # fmt: skip
RUNG_TOLD = frozenset({"rung", "after", "unit", "effects", "attempts_from", "attempts_below"})
BY_TURNS = frozenset({End.STAGE, End.RULE})
TOLD = frozenset({
    "unit", "calendar", "calendar_by", "starts_on", "only_for", "ends_on", "pauses", "on_reassign",
    "grace", "restarts", "grades", "deadline", "ladder",
    "reads",  # where the events are read: the systems' matter, not the agreement's
})  # fmt: skip


def response(paper: Paper, words: Language) -> Iterator[Marked]:
    """Yield routing and clocks."""
    yield heading(2, words.say("response"))
    yield from _routing(paper, words)
    yield words.say("response.fresh")
    for name, clock in paper.agreement.clocks.items():
        written = paper.written["clocks"][name]
        yield heading(3, words.name("clock", name))
        yield bullets(_terms(paper, clock, words))
        yield table(
            [words.say(f"rung.{column}") for column in ("when", "what", "name")],
            (
                _rung(paper, clock, rung, written_rung, words)
                for rung, written_rung in zip(clock.ladder, written["ladder"], strict=True)
            ),
        )
        yield from others(written, TOLD, words)
    yield from _rests(paper, words)


def _rests(paper: Paper, words: Language) -> Iterator[Marked]:
    """Say how a rep may have a clock stand still, where that is agreed."""
    snooze, dispute = paper.agreement.snooze, paper.agreement.dispute
    if snooze is not None:
        clocks = words.all_of([words.name("clock", name) for name in snooze.clocks])
        yield words.say("response.snooze", clocks=clocks)
        limits = []
        if snooze.at_most is not None:
            limits.append(words.say("snooze.at_most", span=words.offset(snooze.at_most)))
        if snooze.times is not None:
            limits.append(words.count("snooze.times", snooze.times))
        if snooze.reason_required:
            limits.append(words.say("snooze.reason"))
        yield bullets(limits)
    if dispute is not None:
        clocks = words.all_of([words.name("clock", name) for name in dispute.clocks])
        within = words.offset(dispute.decide_within)
        yield words.say("response.dispute", clocks=clocks, within=within)


# who gets a lead


def _routing(paper: Paper, words: Language) -> Iterator[Marked]:
    written = paper.written["routing"]
    pool, territories = code(written["pool"]), written.get("territories") or {}
    ways = [
        *(_rule(rule, words) for rule in written.get("rules") or ()),
        *(_territory(name, part, words) for name, part in territories.items()),
    ]
    if ways:
        yield words.say("response.routing_rules")
        yield bullets([*ways, words.say("response.rest", pool=pool)])
    else:
        yield words.say("response.routing", pool=pool)
    yield from _account_match(written.get("account_match") or {}, words)
    yield from others(written, ("pool", "rules", "territories", "account_match"), words)


def _account_match(part: Mapping[str, Any], words: Language) -> Iterator[Marked]:
    """Say by what an account is told, where the agreement says so itself."""
    if not part:
        return
    by = [words.name("match_by", each) for each in part.get("by") or By]
    yield words.say("response.account_match", by=words.all_of(by))
    if part.get("providers"):
        yield words.say("response.providers", domains=words.all_of(part["providers"]))
    if part.get("family") == Family.TOP.value:
        yield words.say("response.family_top")
    yield from others(part, ("by", "providers", "family"), words)


def _rule(rule: Mapping[str, Any], words: Language) -> Marked:
    when = rule.get("when")
    told = words.say(
        "response.rule",
        name=code(rule["name"]),
        rule=rule_in_words(when, words) if when else words.say("response.every_lead"),
        to=_destination(rule["to"], words),
    )
    return Marked(f"{told}{_left(rule, RULE_TOLD)}")


def _destination(to: object, words: Language) -> object:
    if isinstance(to, Mapping):
        return words.say("destination.queue", name=to["queue"])
    if to == "account_owner":
        return words.say("destination.account_owner")
    return str(to) if "@" in str(to) else words.say("destination.pool", name=code(to))


def _territory(name: str, part: Mapping[str, Any], words: Language) -> Marked:
    values = [
        *(part.get("values") or ()),
        *(words.say("response.starts_with", value=v) for v in part.get("starts_with") or ()),
    ]
    return words.say(
        "response.territory",
        name=code(name),
        field=field(part["field"], words),
        values=words.any_of(values),
        pool=code(part["pool"]),
    )


# a clock


def _terms(paper: Paper, clock: ClockPart, words: Language) -> Iterator[Marked]:
    yield words.item("response.start", _event(paper, "start", clock.starts_on, words))
    if clock.only_for:
        yield words.item("response.only_for", words.any_of(map(code, clock.only_for)))
    ends = (words.name("end", end) for end in End if end in clock.ends - BY_TURNS)
    events = (_event(paper, "end", event, words) for event in clock.events)
    yield words.item("response.ends", words.any_of([*ends, *events]))
    if End.TOUCH in clock.ends_on:
        grades = (words.name("grade", grade) for grade in clock.grades)
        yield words.item("response.evidence", Marked("; ".join(grades)))
    yield words.item("response.pauses", _pauses(clock.pauses, words))
    yield words.item("response.counts", _counted(paper, clock, words))
    yield words.item("response.deadline", _deadline(clock, words))
    yield words.item("response.new_owner", _new_owner(clock, words))


def _event(paper: Paper, kind: str, event: StrEnum | EventPart, words: Language) -> Marked:
    """Say what a clock starts or ends with."""
    if not isinstance(event, EventPart):
        return words.name(kind, event)
    if event.stage is not None:
        key = "reaches" if event.reaches else "leaves"
        stage = stage_name(event.stage, paper.agreement.stages, words)
        return words.say(f"{kind}.{key}", stage=stage)
    rule = rule_in_words(event.when or "", words)
    if event.at is None:
        return words.say(f"{kind}.when", rule=rule)
    return words.say(f"{kind}.when_at", rule=rule, field=field(event.at, words))


def _pauses(part: PausesPart | None, words: Language) -> Marked:
    if part is None:
        return words.say("response.no_pauses")
    ways = []
    if part.statuses:
        ways.append(words.say("pause.statuses", statuses=words.any_of(map(code, part.statuses))))
    if part.absent:
        ways.append(words.say("pause.absent"))
    if part.when:
        ways.append(words.say("pause.when", rule=rule_in_words(part.when, words)))
    return words.any_of(ways)


def _counted(paper: Paper, clock: ClockPart, words: Language) -> Marked:
    """Say in what is counted, and by which calendar."""
    unit, by = words.name("unit", clock.unit), clock.calendar_by
    calendar = code(clock.calendar) if clock.calendar else _pools_calendar(paper, words)
    if by is None:
        return words.say("response.calendar", unit=unit, calendar=calendar)
    if by.follows is not None:
        calendar = code(paper.agreement.calendar)
        return words.say(f"response.follows.{by.follows.value}", unit=unit, calendar=calendar)
    calendars = [
        words.say("response.calendar_of", value=value, calendar=code(name))
        for value, name in by.calendars.items()
    ]
    return words.say(
        "response.calendar_by",
        unit=unit,
        field=field(by.field or "", words),
        calendars=Marked(", ".join(calendars)),
        calendar=calendar,
    )


def _pools_calendar(paper: Paper, words: Language) -> Marked:
    """Name the calendar where all pools have the same."""
    pools = paper.teams.pools.values()
    names = {pool.calendar or paper.agreement.calendar for pool in pools}
    return code(*names) if len(names) == 1 else words.say("response.pool_calendar")


def _deadline(clock: ClockPart, words: Language) -> Marked:
    if clock.deadline is None:
        return words.say("response.next_rung")
    return words.say("response.deadline_after", offset=words.offset(clock.offset(clock.deadline)))


def _new_owner(clock: ClockPart, words: Language) -> Marked:
    way = f"on_reassign.{clock.on_reassign.value}"
    if clock.on_reassign == OnReassign.RESTART:
        none = words.say(f"{way}.none")
        return words.count(way, clock.restarts) if clock.restarts else none
    if clock.grace is not None:
        return words.say(way, grace=words.offset(clock.offset(clock.grace)))
    return words.name("on_reassign", clock.on_reassign)


# its ladder


def _rung(
    paper: Paper, clock: ClockPart, rung: RungPart, written: Mapping[str, Any], words: Language
) -> tuple[Marked, Marked, Marked]:
    effects = (
        Marked(f"{_effect(paper, effect, words)}{_left(written_effect, EFFECT_TOLD)}")
        for effect, written_effect in zip(rung.effects, written["effects"], strict=True)
    )
    what = Marked(f"{'; '.join(effects)}{_left(written, RUNG_TOLD)}")
    return _when(clock, rung, words), what, code(rung.rung)


def _left(written: Mapping[str, Any], told: frozenset[str]) -> str:
    """Write in brackets what there are no words for."""
    left = {key: value for key, value in written.items() if key not in told}
    lines = (f"{key}: {flow(value)}" for key, value in left.items())
    return f" ({code(', '.join(lines))})" if left else ""


def _when(clock: ClockPart, rung: RungPart, words: Language) -> Marked:
    offset = clock.offset(rung)
    if offset.amount:
        after = words.say("rung.after", offset=words.offset(offset))
    else:
        closes = offset.unit != Unit.CALENDAR_DAYS
        after = words.say("rung.at_opening" if closes else "rung.at_once")
    return _within(after, rung, words)


def _within(after: Marked, rung: RungPart, words: Language) -> Marked:
    """Add how many attempts must have been made for a rung to belong to the ladder."""
    least, below = rung.attempts_from, rung.attempts_below
    if below is None:
        return words.count("rung.attempts_from", least, after=after) if least else after
    if not least:
        return words.count("rung.attempts_below", below, after=after)
    if least == below - 1:
        return words.count("rung.attempts_exactly", least, after=after)
    return words.say("rung.attempts_between", after=after, least=least, most=below - 1)


def _effect(paper: Paper, effect: EffectPart, words: Language) -> Marked:
    text = _text(paper.agreement.texts[effect.text].subject, words) if effect.text else ""
    return words.say(
        _phrase(effect, words),
        kind=code(effect.do.value),
        role=words.name("role", effect.to),
        text=text,
        reason=words.quoted(effect.reason or ""),
        status=code(effect.status or ""),
        via=words.name("via", effect.via or ""),
        field=field(effect.field or "", words),
        value=code(flow(effect.value)),
        list=code(effect.named or ""),
        programme=code(effect.programme or ""),
    )


def _text(subject: TemplatePart, words: Language) -> Marked:
    """Return a text in the document's language, the other one behind it where there are two."""
    own, other = (template(subject.said_in(each), words) for each in (words.code, words.other))
    return own if own == other else words.say("text.both", own=own, other=other)


def _phrase(effect: EffectPart, words: Language) -> str:
    """Choose the phrase for an effect by what it says of itself."""
    known = f"effect.{effect.do.value}"
    key = known if known in words.phrases else "effect.other"
    forms = (
        ("via", effect.via is not None),
        ("reason", effect.reason is not None),
        ("cleared", effect.value is None),
        ("remove", effect.change == "remove"),
        ("status", effect.status is not None),
        ("plain", effect.text is None),
        ("alone", effect.to == Role.NOBODY),
    )
    found = (f"{key}.{form}" for form, holds in forms if holds)
    return next((each for each in found if each in words.phrases), key)
