"""The rules that histories are asked: which fields they read, and what they answered before.

A rule is asked only when one of its fields changes, and the same question only once.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from slasync.domain.agreement import Agreement, Definition
from slasync.domain.lead import Fields, Value

MOST_ANSWERS = 50_000
MOST_AGREEMENTS = 100


class Question:
    """A rule, and its answers so far: it is a function of the fields that it reads alone.

    Histories are folded many times, and of many leads that have the same values.
    """

    __slots__ = ("_answers", "_names", "_rule")

    def __init__(self, definition: Definition) -> None:
        self._rule, self._names = definition.rule, sorted(definition.reads)
        self._answers: dict[tuple[Value, ...], bool] = {}

    def holds(self, fields: Fields) -> bool:
        """Tell whether the rule holds; a field that is not there is null."""
        values = tuple(map(fields.get, self._names))
        answer = self._answers.get(values)
        if answer is None:
            if len(self._answers) >= MOST_ANSWERS:
                self._answers.clear()
            answer = self._rule(dict(zip(self._names, values, strict=True)))
            self._answers[values] = answer
        return answer


question_of = lru_cache(maxsize=1000)(Question)


@dataclass(frozen=True, slots=True)
class Concerned:
    """What a change of certain fields is news for."""

    rules: tuple[tuple[Definition, Question], ...]
    conditions: tuple[tuple[Definition, Question], ...]  # of pauses
    enrolment: bool
    nurture: bool
    rests: bool  # that reps ask for
    beside: bool  # is any of this but `rules` concerned: most changes are news for those alone


@dataclass(frozen=True, slots=True)
class Questions:
    """All that histories are asked by one agreement, and the fields that are read for it."""

    agreement: Agreement
    rules: tuple[tuple[Definition, Question], ...]
    conditions: tuple[tuple[Definition, Question], ...]
    reads: frozenset[str]
    _concerned: dict[tuple[str, ...], Concerned] = field(default_factory=dict)

    def concerned(self, changed: Mapping[str, object]) -> Concerned:
        """Return what a change of these fields is news for: nothing, where none is in `reads`."""
        names = tuple(changed)
        try:
            return self._concerned[names]
        except KeyError:
            return self._concerned.setdefault(names, self._look(frozenset(names)))

    def _look(self, names: frozenset[str]) -> Concerned:
        enrolment, nurture = self.agreement.enrolment, self.agreement.nurture
        conditions = tuple(pair for pair in self.conditions if pair[0].reads & names)
        of_enrolment = bool(enrolment and enrolment.reads & names)
        of_nurture = bool(nurture.reads & names)
        of_rests = bool(self.agreement.rests.reads & names)
        return Concerned(
            rules=tuple(pair for pair in self.rules if pair[0].reads & names),
            conditions=conditions,
            enrolment=of_enrolment,
            nurture=of_nurture,
            rests=of_rests,
            beside=bool(conditions) or of_enrolment or of_nurture or of_rests,
        )


_QUESTIONS: dict[tuple[int, tuple[Definition, ...]], Questions] = {}
"""By the agreement's place in memory, which is its own as long as it is kept here."""


def questions(agreement: Agreement, conditions: tuple[Definition, ...]) -> Questions:
    """Return what is asked: the same for all leads, so worked out once."""
    key = (id(agreement), conditions)
    known = _QUESTIONS.get(key)
    if known is not None:
        return known
    if len(_QUESTIONS) >= MOST_AGREEMENTS:
        _QUESTIONS.clear()
    reads = agreement.nurture.reads.union(
        agreement.rests.reads,
        agreement.enrolment.reads if agreement.enrolment else (),
        *(rule.reads for rule in (*agreement.definitions, *conditions)),
    )
    made = Questions(
        agreement,
        tuple((rule, question_of(rule)) for rule in agreement.definitions),
        tuple((condition, question_of(condition)) for condition in conditions),
        reads,
    )
    _QUESTIONS[key] = made
    return made
