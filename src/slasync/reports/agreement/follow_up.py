"""Parts 5 and 6 of the document: nurture programmes, KPIs with their targets."""

from collections.abc import Iterator

from slasync.domain.agreement import Stage
from slasync.reports.agreement.language import Language
from slasync.reports.agreement.markdown import Marked, bullets, code, heading, marked, table
from slasync.reports.agreement.speech import others, said, stage_name
from slasync.settings.agreement_file import AgreementFile
from slasync.settings.agreement_parts import KpiPart
from slasync.settings.nurture_part import ProgrammePart
from slasync.settings.paper import Paper

TOLD = frozenset({
    "name", "for_reasons", "default", "what", "enrol_within", "cool_down", "returns_after",
})  # fmt: skip
RECYCLING_TOLD = frozenset({"let_through", "reopens_within", "reasons_required", "on_return"})


def nurture(paper: Paper, words: Language) -> Iterator[Marked]:
    """Part 5."""
    yield heading(2, words.say("nurture"))
    if not paper.agreement.nurture:
        yield words.say("nurture.none")
    for part, written in zip(
        paper.agreement.nurture, paper.written.get("nurture") or (), strict=True
    ):
        yield heading(3, code(part.name))
        yield bullets(_programme(part, words))
        yield from others(written, TOLD, words)
    if lines := list(_recycling(paper.agreement, words)):
        yield heading(3, words.say("recycling"))
        yield bullets(lines)
    yield from others(paper.written.get("recycling") or {}, RECYCLING_TOLD, words)


def _recycling(file: AgreementFile, words: Language) -> Iterator[Marked]:
    """Say what holds for every lead that goes back or is given up."""
    part = file.recycling
    if any(each.cool_down for each in file.nurture):
        yield words.say("recycling.kept_back")
        if part.let_through:
            named = words.all_of(map(code, part.let_through))
            yield words.say("recycling.let_through", definitions=named)
    if part.reopens_within is not None:
        yield words.say("recycling.reopens", span=words.span(part.reopens_within))
    if part.reasons_required:
        stages = [Stage(end) for end in part.reasons_required]
        ends = words.all_of(stage_name(each, file.stages, words) for each in stages)
        yield words.say("recycling.reasons", ends=ends)
    if part.on_return and part.on_return.remind:
        yield words.say("recycling.remind", text=code(part.on_return.remind))
    if part.on_return and part.on_return.hand_over:
        yield words.say("recycling.hand_over")


def _programme(part: ProgrammePart, words: Language) -> Iterator[Marked]:
    yield words.item("nurture.what", said(part.what, words))
    yield words.item(
        "nurture.reasons", words.any_of(part.for_reasons) if part.for_reasons else None
    )
    if part.default:
        yield words.say("nurture.default")
    if part.cool_down:
        left = words.say("nurture.for", span=words.lasting(part.cool_down))
        yield words.item("nurture.cool_down", left)
    for key, phrase, span in (
        ("nurture.enrol", "nurture.within", part.enrol_within),
        ("nurture.returns", "nurture.after", part.returns_after),
    ):
        said_so = None if span is None else words.say(phrase, span=words.span(span))
        yield words.item(key, said_so)


def kpis(paper: Paper, words: Language) -> Iterator[Marked]:
    """Part 6."""
    yield heading(2, words.say("kpis"))
    if not paper.agreement.kpis:
        yield words.say("kpis.none")
        return
    columns = ("kpi", "formula", "target", "alarm")
    rows = (_kpi(name, part, words) for name, part in paper.agreement.kpis.items())
    yield table([words.say(f"kpis.{column}") for column in columns], rows)


def _kpi(name: str, part: KpiPart, words: Language) -> tuple[Marked, ...]:
    missing = words.say("missing")
    alarm = part.alarm_below
    return (
        marked(said(part.title, words)) if part.title else code(name),
        _formula(part, words),
        missing if part.target is None else marked(words.share(part.target)),
        missing if alarm is None else words.say("kpis.below", share=words.share(alarm)),
    )


def _formula(part: KpiPart, words: Language) -> Marked:
    formula = marked(said(part.formula, words))
    if part.clock is None:
        return formula
    clock = words.name("clock", part.clock)
    if part.before_rung is None:
        return words.say("kpis.measured_by", formula=formula, clock=clock)
    rung = code(part.before_rung)
    return words.say("kpis.measured", formula=formula, clock=clock, rung=rung)
