"""Parts 1 and 2 of the document: goal and definitions."""

from collections.abc import Iterator
from fractions import Fraction

from slasync.domain.contact import Contact
from slasync.domain.facts import CONTACT
from slasync.domain.figures.goal import Goal
from slasync.reports.agreement.language import Language
from slasync.reports.agreement.markdown import Marked, bullets, code, heading, marked, table
from slasync.reports.agreement.rule_words import rule
from slasync.reports.agreement.speech import others, said, stage_name
from slasync.settings.agreement_file import AgreementFile, DefinitionPart
from slasync.settings.paper import Paper
from slasync.settings.pipeline_part import OpportunityStagePart
from slasync.settings.standing import goal_of

TOLD = ("lead", "mql", "opportunities")


def goal(paper: Paper, words: Language) -> Iterator[Marked]:
    """Part 1, with both formulas where there is a revenue goal."""
    part, figures = paper.agreement.goal, goal_of(paper.agreement)
    yield heading(2, words.say("goal"))
    yield marked(said(part.text, words))
    money = {
        key: None if value is None else words.amount(value, part.currency)
        for key, value in (("revenue", part.revenue), ("average_deal", part.average_deal))
    }
    steps = [
        words.say(
            "goal.step",
            begins=stage_name(step.begins, paper.agreement.stages, words),
            ends=stage_name(step.ends, paper.agreement.stages, words),
            rate=words.share(step.rate),
        )
        for step in part.conversion
    ]
    customers, mqls = figures.customers, _mqls(figures, words)
    yield bullets(
        (
            words.item("goal.revenue", money["revenue"]),
            words.item("goal.average_deal", money["average_deal"]),
            words.item("goal.customers", None if customers is None else words.number(customers)),
            words.item("goal.conversion", Marked(", ".join(steps)) if steps else None),
            words.item("goal.mqls", mqls),
        )
    )
    yield from _formulas(paper.agreement, figures, words)


def _mqls(figures: Goal, words: Language) -> object | None:
    """The MQLs a month; where they were set by hand, with what the formula gives."""
    given, needed = figures.mqls_given, figures.mqls_needed
    if given is None:
        return None if needed is None else words.number(needed)
    if needed is None:
        return words.number(given)
    key = "goal.by_hand" if given == needed else "goal.contradicted"
    return words.say(key, given=words.number(given), needed=words.number(needed))


def _formulas(file: AgreementFile, figures: Goal, words: Language) -> Iterator[Marked]:
    lines = [*_customers_formula(file, figures, words), *_mqls_formula(file, figures, words)]
    if lines:
        yield words.say("goal.formulas")
        yield bullets(lines)
    if figures.mqls_needed is None:
        missing = []
        if figures.customers is None:
            wanted = (("revenue", figures.revenue), ("average_deal", figures.average_deal))
            missing = [f"goal.{key}" for key, value in wanted if value is None]
        missing += [] if figures.rates else ["goal.conversion"]
        named = words.all_of(words.phrases[key] for key in missing)
        yield words.say("goal.underived", missing=named)


def _customers_formula(file: AgreementFile, figures: Goal, words: Language) -> Iterator[Marked]:
    revenue, deal, needed = figures.revenue, figures.average_deal, figures.customers_needed
    if revenue is None or deal is None or needed is None:
        return
    yield words.say(
        "goal.customers_formula",
        revenue=words.amount(revenue, file.goal.currency),
        deal=words.amount(deal, file.goal.currency),
        result=_rounded(revenue / deal, needed, words),
    )


def _mqls_formula(file: AgreementFile, figures: Goal, words: Language) -> Iterator[Marked]:
    exactly, needed, customers = figures.mqls_exactly, figures.mqls_needed, figures.customers
    if exactly is None or needed is None or customers is None:
        return
    yield words.say(
        "goal.mqls_formula",
        customers=words.number(customers),
        rates=words.phrases["times"].join(words.share(step.rate) for step in file.goal.conversion),
        months=words.number(figures.months),
        result=_rounded(exactly, needed, words),
    )


def _rounded(exactly: Fraction, whole: int, words: Language) -> object:
    if exactly == whole:
        return words.number(whole)
    return words.say("goal.rounded", exact=words.number(exactly), whole=words.number(whole))


def definitions(paper: Paper, words: Language) -> Iterator[Marked]:
    """Part 2."""
    part, touch = paper.agreement.definitions, paper.agreement.touch
    yield heading(2, words.say("definitions"))
    if part.lead:
        yield words.say("definitions.lead", rule=rule(part.lead, words))
    else:
        yield words.say("definitions.no_lead")
    yield words.say("definitions.mql")
    yield bullets(_way(way, words) for way in part.mql.any_of)
    yield from _contact(paper.agreement, words)
    yield words.say("definitions.null")
    yield from _opportunities(part.opportunities, words)
    by_status = words.say("definitions.touch_by_status") if touch.status_changes else ""
    yield words.say("definitions.touch", status=by_status)
    yield words.say("definitions.cycle")
    yield from others(paper.written["definitions"], TOLD, words)
    yield from others(paper.written.get("touch"), ("status_changes",), words)


def _contact(agreement: AgreementFile, words: Language) -> Iterator[Marked]:
    """Say what contact made is, where a definition asks for it."""
    if any(CONTACT in way.when for way in agreement.definitions.mql.any_of):
        kinds = {kind.value: code(kind) for kind in Contact}
        yield words.say("definitions.contact", field=code(CONTACT), **kinds)


def _opportunities(stages: tuple[OpportunityStagePart, ...], words: Language) -> Iterator[Marked]:
    """Name the stages of an opportunity; without any the CRM's own probabilities count."""
    if not stages:
        yield words.say("definitions.no_opportunities")
        return
    yield words.say("definitions.opportunities")
    columns = ("stage", "called", "probability")
    rows = (
        (
            marked(said(stage.title, words)) if stage.title else code(stage.name),
            Marked(", ".join(code(word) for word in stage.called)),
            words.share(stage.probability),
        )
        for stage in stages
    )
    yield table([words.say(f"definitions.column.{column}") for column in columns], rows)


def _way(part: DefinitionPart, words: Language) -> Marked:
    at = words.say("definitions.at", field=code(part.at)) if part.at else ""
    return words.say(
        "definitions.way",
        name=code(part.name),
        rule=rule(part.when, words),
        trigger=words.name("trigger", part.trigger),
        at=at,
    )
