"""From the scoring part of agreement.yaml to the model that `domain` scores by."""

from collections.abc import Mapping

from slasync.domain.lead import Fields
from slasync.domain.score_model import (
    Behaviour,
    Check,
    Criterion,
    Model,
    Sign,
    Threshold,
    Urgent,
)
from slasync.settings.score_rules import compile_score_rule
from slasync.settings.scoring_part import (
    CheckPart,
    CriterionPart,
    EventPart,
    ImmediatePart,
    InterestPart,
    ScoringPart,
)
from slasync.systems import FieldType

Types = Mapping[str, FieldType]


def scoring_to_domain(part: ScoringPart | None, fields: Types) -> Model | None:
    """Compile the model; None when there is nothing to work out."""
    if part is None or (part.check is None and not part.immediate):
        return None
    check = _check(part.check, fields) if part.check else None
    return Model(check, tuple(_urgent(each, fields) for each in part.immediate))


def _check(part: CheckPart, fields: Types) -> Check:
    asked = part.threshold
    return Check(
        fit=tuple(_criterion(each, fields) for each in part.fit.points),
        interest=tuple(_behaviour(each, part.interest, fields) for each in part.interest.events),
        fit_cap=part.fit.cap,
        interest_cap=part.interest.cap,
        threshold=Threshold(asked.total, asked.fit, asked.interest),
        differs_by=part.differs_by,
    )


def _criterion(part: CriterionPart, fields: Types) -> Criterion:
    rule = compile_score_rule(part.when, fields)
    reads = tuple(sorted(rule.reads))
    return Criterion(part.name, part.when, rule.holds, reads, part.points, part.about)


def _behaviour(part: EventPart, interest: InterestPart, fields: Types) -> Behaviour:
    half_life = part.half_life or interest.half_life
    if half_life is None:
        raise ValueError(f"event {part.name} has no half-life")
    return Behaviour(_shown_by(part, fields), part.points, half_life, part.per)


def _shown_by(part: EventPart, fields: Types) -> Sign:
    if part.touch:
        text = f"touch: {', '.join(part.touch)}"
        return Sign(part.name, text, _always, channels=frozenset(part.touch))
    counter = {part.per} if part.per else set()
    if part.when is None:
        return Sign(part.name, f"{part.per} rises", _always, tuple(sorted(counter)), part.at)
    rule = compile_score_rule(part.when, fields)
    reads = tuple(sorted(rule.reads | counter))
    return Sign(part.name, part.when, rule.holds, reads, part.at)


def _always(_: Fields) -> bool:
    return True


def _urgent(part: ImmediatePart, fields: Types) -> Urgent:
    rule = compile_score_rule(part.when, fields)
    sign = Sign(part.name, part.when, rule.holds, tuple(sorted(rule.reads)), part.at)
    return Urgent(sign, part.lasts)
