"""The stages of an opportunity in agreement.yaml, and how likely an order is in each."""

import re
from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise
from typing import Annotated, Any

from pydantic import AfterValidator, Field, PlainValidator, WithJsonSchema

from slasync.domain.figures.pipeline import Pipeline, PipelineStage
from slasync.settings.agreement_parts import Words
from slasync.settings.known import refused
from slasync.settings.strict import Name, Strict, Text

_PERCENT = r"\d{1,3}(?:\.\d{1,2})? ?%"
_WHOLE = 100


def _percent(value: Any) -> Fraction:
    if not isinstance(value, str) or not re.fullmatch(_PERCENT, value):
        raise refused(f"{value!r} is no probability: write 25 %, with its sign")
    share = Fraction(value.rstrip("% ")) / _WHOLE
    if share > 1:
        raise refused(f"{value} is more than 100 %")
    return share


Percent = Annotated[
    Fraction,
    PlainValidator(_percent),
    WithJsonSchema({"type": "string", "pattern": f"^{_PERCENT}$"}),
]
"""A share, written `25 %`."""


class OpportunityStagePart(Strict):
    """One stage on the way to an order, and what the CRM calls it."""

    name: Name
    title: Words | None = None
    called: tuple[Text, ...] = Field(min_length=1)
    probability: Percent


def _on_the_way(stages: tuple[OpportunityStagePart, ...]) -> tuple[OpportunityStagePart, ...]:
    wrong = [*_twice(stages), *_falling(stages)]
    if wrong:
        raise refused("; ".join(wrong))
    return stages


def _twice(stages: tuple[OpportunityStagePart, ...]) -> Iterator[str]:
    names = Counter(stage.name for stage in stages)
    words = Counter(word for stage in stages for word in stage.called)
    yield from (f"stage {name!r} is there twice" for name, count in names.items() if count > 1)
    for word, count in words.items():
        if count > 1:
            yield f"the CRM's stage {word!r} is there twice: it has one probability"


def _falling(stages: tuple[OpportunityStagePart, ...]) -> Iterator[str]:
    """An order grows likelier on the way to it."""
    for before, after in pairwise(stages):
        if after.probability < before.probability:
            yield (
                f"{after.name} has {_said(after)}, less than {before.name} before it with"
                f" {_said(before)}: list the stages in their order"
            )


def _said(stage: OpportunityStagePart) -> str:
    return f"{float(stage.probability * _WHOLE):g} %"


OpportunityStages = Annotated[tuple[OpportunityStagePart, ...], AfterValidator(_on_the_way)]


def pipeline_to_domain(stages: tuple[OpportunityStagePart, ...]) -> Pipeline:
    """Compile the stages."""
    found = (PipelineStage(s.name, frozenset(s.called), s.probability) for s in stages)
    return Pipeline(tuple(found))
