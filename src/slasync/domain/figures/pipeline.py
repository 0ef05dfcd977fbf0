"""The stages that an open opportunity goes through, and how likely an order is in each."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class PipelineStage:
    """One stage on the way to an order, as both sides agreed."""

    name: str
    called: frozenset[str]  # the CRM's words for it
    probability: Fraction  # of an order, 0 to 1


@dataclass(frozen=True, slots=True)
class Pipeline:
    """The stages in their order. None: the CRM's own probabilities count."""

    stages: tuple[PipelineStage, ...] = ()

    def stage(self, word: str) -> PipelineStage | None:
        """Return the stage that the CRM calls so; None where the agreement does not name it."""
        return self.by_word.get(word)

    @property
    def by_word(self) -> Mapping[str, PipelineStage]:
        return {word: stage for stage in self.stages for word in stage.called}
