"""What of an agreement tests have reached, and what none of them ever did."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from slasync.domain.agreement import Agreement, EffectKind, Stage
from slasync.domain.decide import Decision
from slasync.domain.facts import Fact, FactKind
from slasync.reports.playing import Taken

OF_REASSIGN = frozenset({"to_queue", "restart"})
"""What a reassignment may turn out to be."""


@dataclass(frozen=True, slots=True, order=True)
class Reached:
    """One thing of an agreement that a test can reach: its kind, and its name."""

    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class Coverage:
    """What there is, and which of it was never reached, both in the agreement's order."""

    there: tuple[Reached, ...]
    missed: tuple[Reached, ...]


def coverage(agreement: Agreement, taken: Iterable[Taken]) -> Coverage:
    """Compare what an agreement holds with what the decisions of all tests came to."""
    found = {reached for each in taken for reached in _of_decision(each.decision)}
    there = tuple(_of_agreement(agreement))
    return Coverage(there, tuple(reached for reached in there if reached not in found))


def _of_agreement(agreement: Agreement) -> Iterator[Reached]:
    if agreement.lead_rule is not None:
        yield Reached("definition", agreement.lead_rule.name)
    for definition in agreement.definitions:
        yield Reached("definition", definition.name)
    for rule in agreement.routing.rules:
        yield Reached("routing rule", rule.name)
    for clock in agreement.clocks:
        for rung in clock.rungs:
            yield Reached("rung", f"{clock.name}/{rung.name}")
            for effect in rung.effects:
                yield _effect(clock.name, rung.name, effect.kind.value, effect.role.value)
        for end in sorted(clock.ends):
            yield Reached("end", f"{clock.name}: {end.value}")


def _of_decision(decision: Decision) -> Iterator[Reached]:
    if decision.stage == Stage.LEAD:
        yield Reached("definition", "lead")
    for view in decision.clocks:
        if view.end_reason:
            yield Reached("end", f"{view.clock}: {view.end_reason}")
    for fact in decision.facts:
        if fact.kind == FactKind.HANDOVER:
            yield Reached("definition", str(fact.data["definition"]))
        elif fact.kind == FactKind.ROUTED and fact.data.get("rule"):
            yield Reached("routing rule", str(fact.data["rule"]))
        elif fact.kind == FactKind.FIRED:
            yield from _of_rung(fact)


def _of_rung(fact: Fact) -> Iterator[Reached]:
    clock, rung = str(fact.data["clock"]), str(fact.data["rung"])
    if not fact.data.get("superseded"):
        yield Reached("rung", f"{clock}/{rung}")
    for effect in fact.data.get("effects", ()):
        kind = EffectKind.REASSIGN.value if effect["kind"] in OF_REASSIGN else effect["kind"]
        yield _effect(clock, rung, kind, effect["role"])


def _effect(clock: str, rung: str, kind: str, role: str) -> Reached:
    to = "" if role == "nobody" else f" for {role}"
    return Reached("effect", f"{clock}/{rung}: {kind}{to}")
