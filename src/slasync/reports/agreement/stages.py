"""Part 7 of the document: stages, their owners, the points where a lead changes hands, duties."""

from collections.abc import Iterator
from datetime import timedelta

from slasync.domain.agreement import Stage
from slasync.reports.agreement.language import Language
from slasync.reports.agreement.markdown import Marked, bullets, code, heading, marked, table
from slasync.reports.agreement.rule_words import rule
from slasync.reports.agreement.speech import field, said, stage_name
from slasync.settings.agreement_parts import (
    EnrolmentPart,
    HandOverPart,
    MarketingPart,
    StagesPart,
    WordsPart,
)
from slasync.settings.compiling_obligations import limit_of
from slasync.settings.paper import Paper
from slasync.settings.standing import goal_of

ALL = 1.0


def stages(paper: Paper, words: Language) -> Iterator[Marked]:
    """Part 7."""
    part = paper.agreement.stages
    yield heading(2, words.say("stages"))
    order = words.phrases["then"].join(stage_name(each, part, words) for each in part.order)
    yield words.item("stages.order", Marked(order) if order else None)
    columns = ("stage", "owner", "status", *(("moves",) if part.moves else ()))
    rows = (_stage(stage, part, words) for stage in (*part.order, *_unordered(part)))
    yield table([words.say(f"stages.{column}") for column in columns], rows)
    if part.without:
        left_out = words.all_of(words.name("short_stage", stage) for stage in part.without)
        yield words.item("stages.without", left_out)
    if not part.moves:
        yield words.item("stages.allowed_moves", None)
    yield heading(3, words.say("stages.hand_overs"))
    if part.hand_overs:
        yield bullets(_hand_over(point, part, words) for point in part.hand_overs)
    else:
        yield words.say("stages.no_hand_overs")
    yield heading(3, words.say("stages.marketing_owes"))
    yield from _owed(paper, words)
    yield heading(3, words.say("stages.sales_owes"))
    clocks = words.all_of(words.name("clock", name) for name in paper.agreement.clocks)
    yield words.say("stages.sales_owes_clocks", clocks=clocks)


def _unordered(part: StagesPart) -> Iterator[Stage]:
    """Yield the stages that have an owner and no place in the order."""
    return (stage for stage in part.owned_by if stage not in part.order)


def _stage(stage: Stage, part: StagesPart, words: Language) -> tuple[object, ...]:
    statuses = [code(status) for status, each in part.of_status.items() if each == stage]
    reached = [stage_name(each, part, words) for each in part.moves.get(stage, ())]
    moves = Marked(", ".join(reached)) if reached else words.say("dash")
    return (
        stage_name(stage, part, words, "stage"),
        words.name("at_side", part.owned_by[stage]),
        Marked(", ".join(statuses)) if statuses else words.say("dash"),
        *((moves,) if part.moves else ()),
    )


def _hand_over(point: HandOverPart, part: StagesPart, words: Language) -> Marked:
    told = words.say(
        "stages.hand_over",
        begins=words.any_of(stage_name(stage, part, words) for stage in point.begins),
        ends=stage_name(point.ends, part, words),
        gives=_hand(point.gives, {part.owned_by[stage] for stage in point.begins}, words),
        takes=_hand(point.takes, {part.owned_by[point.ends]}, words),
    )
    return Marked(f"{told} {marked(said(point.what, words))}") if point.what else told


def _hand(named: WordsPart | None, owners: set[str], words: Language) -> object:
    """Name who gives or takes: as written, else the owners of the stages."""
    if named is not None:
        return said(named, words)
    return words.any_of(words.name("side", owner) for owner in sorted(owners))


def _owed(paper: Paper, words: Language) -> Iterator[Marked]:
    owed = paper.agreement.obligations.marketing
    if owed == MarketingPart():
        yield words.say("stages.nothing_owed")
        return
    yield bullets(
        (
            words.item("stages.quota", _quota(paper, words)),
            words.item("stages.completeness", _completeness(owed, words)),
            words.item("stages.enrolment", _enrolment(paper, words)),
        )
    )


def _quota(paper: Paper, words: Language) -> Marked | None:
    part, mqls = paper.agreement.obligations.marketing.quota, goal_of(paper.agreement).mqls_a_month
    if part is None or mqls is None:
        return None
    key = "stages.quota_all" if part.at_least == ALL else "stages.quota_part"
    return words.say(key, mqls=words.number(mqls), share=words.share(part.at_least))


def _completeness(owed: MarketingPart, words: Language) -> Marked | None:
    part = owed.completeness
    if part is None:
        return None
    key = "stages.complete_all" if part.at_least == ALL else "stages.complete_part"
    fields = words.all_of(field(name, words) for name in part.fields)
    return words.say(key, fields=fields, share=words.share(part.at_least))


def _enrolment(paper: Paper, words: Language) -> Marked | None:
    part = paper.agreement.obligations.marketing.enrolment
    if part is None:
        return None
    limit = limit_of(paper.agreement, part)
    span = words.offset(limit) if limit else words.span(part.within or timedelta(0))
    key = "stages.enrol_all" if part.at_least == ALL else "stages.enrol_part"
    told = words.say(key, span=span, share=words.share(part.at_least))
    return Marked(f"{told}; {_seen_by(part, words)}")


def _seen_by(part: EnrolmentPart, words: Language) -> Marked:
    """Say by what it is seen that a lead is in a programme."""
    evidence = part.evidence
    if evidence is None:
        return words.say("stages.enrol_unseen")
    seen = rule(evidence.when, words)
    if evidence.at is None:
        return words.say("stages.enrol_seen", rule=seen)
    return words.say("stages.enrol_seen_at", rule=seen, field=field(evidence.at, words))
