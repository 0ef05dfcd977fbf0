"""Part 3 of the document: the scoring model, the check beside it, what is urgent."""

from collections.abc import Iterator

from slasync.reports.agreement.language import Language
from slasync.reports.agreement.markdown import Marked, bullets, code, heading
from slasync.reports.agreement.rule_words import rule
from slasync.reports.agreement.speech import field, others, said
from slasync.settings.agreement_parts import WordsPart
from slasync.settings.paper import Paper
from slasync.settings.scoring_part import (
    CheckPart,
    EventPart,
    ImmediatePart,
    InterestPart,
    ThresholdPart,
)

TOLD = frozenset({"computed_by", "fit", "interest", "note", "check", "immediate"})


def scoring(paper: Paper, words: Language) -> Iterator[Marked]:
    """Part 3."""
    part = paper.agreement.scoring
    yield heading(2, words.say("scoring"))
    if part is None:
        yield words.say("scoring.none")
        return
    yield bullets(
        (
            words.item("scoring.computed_by", said(part.computed_by, words)),
            words.item("scoring.fit", _listed(part.fit, words)),
            words.item("scoring.interest", _listed(part.interest, words)),
            words.item("scoring.note", said(part.note, words) if part.note else words.say("none")),
        )
    )
    if part.check is not None:
        yield from _check(part.check, words)
    if part.immediate:
        yield words.say("scoring.immediate")
        yield bullets(_immediate(each, words) for each in part.immediate)
    yield from others(paper.written["scoring"], TOLD, words)


def _listed(items: tuple[WordsPart, ...], words: Language) -> str | None:
    return "; ".join(said(item, words) for item in items) or None


def _check(part: CheckPart, words: Language) -> Iterator[Marked]:
    yield words.say("scoring.check", threshold=_threshold(part.threshold, words))
    yield words.say("scoring.check_fit", cap=words.number(part.fit.cap))
    yield bullets(
        words.say(
            "scoring.criterion",
            name=code(each.name),
            rule=rule(each.when, words),
            points=_points(each.points, words),
        )
        for each in part.fit.points
    )
    yield words.say("scoring.check_interest", cap=words.number(part.interest.cap))
    yield bullets(_event(each, part.interest, words) for each in part.interest.events)
    if part.differs_by is not None:
        yield words.say("scoring.differs", points=words.number(part.differs_by))


def _threshold(part: ThresholdPart, words: Language) -> Marked:
    named = (("total", part.total), ("fit", part.fit), ("interest", part.interest))
    return words.all_of(
        words.say(f"scoring.threshold.{name}", points=words.number(points))
        for name, points in named
        if points is not None
    )


def _event(part: EventPart, around: InterestPart, words: Language) -> Marked:
    half_life = part.half_life or around.half_life
    key = "scoring.event" if half_life is None else "scoring.decaying_event"
    return words.say(
        key,
        name=code(part.name),
        what=_shown_by(part, words),
        points=_points(part.points, words),
        span=words.span(half_life) if half_life else "",
    )


def _shown_by(part: EventPart, words: Language) -> Marked:
    """Say what shows that a lead did it."""
    if part.touch:
        return words.any_of(words.name("channel", channel) for channel in part.touch)
    when = rule(part.when, words) if part.when else None
    if part.per is None:
        return when or words.say("missing")
    each = words.say("scoring.per", field=field(part.per, words))
    return each if when is None else words.say("scoring.per_when", per=each, rule=when)


def _points(points: float, words: Language) -> Marked:
    sign = words.phrases["minus" if points < 0 else "plus"]
    return Marked(f"{sign}{words.points(abs(points))}")


def _immediate(part: ImmediatePart, words: Language) -> Marked:
    key = "scoring.urgent" if part.lasts is None else "scoring.urgent_for"
    return words.say(
        key,
        name=code(part.name),
        rule=rule(part.when, words),
        span=words.span(part.lasts) if part.lasts else "",
    )
