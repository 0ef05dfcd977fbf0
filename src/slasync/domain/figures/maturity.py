"""How mature the work of marketing and sales together is: four questions, each worth 1, 3 or 5."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

QUESTIONS = ("goals", "definitions", "hand_over", "review")
POINTS = (1, 3, 5)
_LEVELS = ((range(4, 9), "trial"), (range(10, 15), "transition"), (range(16, 21), "strategic"))


class Level(StrEnum):
    """How far a company has come."""

    TRIAL = "trial"  # 4 to 8 points
    TRANSITION = "transition"  # 10 to 14
    STRATEGIC = "strategic"  # 16 to 20


class WrongAnswers(ValueError):
    """Answers that do not tell how mature anything is; says which, and how to mend them."""


@dataclass(frozen=True, slots=True)
class Assessment:
    """Answers, each 1, 3 or 5, and when they were given."""

    at: datetime
    answers: Mapping[str, int]
    by: str = ""

    @property
    def points(self) -> int:
        return sum(self.answers.values())


def assessed(answers: Mapping[str, object], at: datetime, by: str = "") -> Assessment:
    """Take answers to all four questions. Raises WrongAnswers naming every one that is wrong."""
    wrong = [
        f"there is no question {name!r}: there are {', '.join(QUESTIONS)}"
        for name in answers
        if name not in QUESTIONS
    ]
    found: dict[str, int] = {}
    for name in QUESTIONS:
        given = answers.get(name)
        if name not in answers:
            wrong.append(f"{name} is not answered: answer 1, 3 or 5")
        elif isinstance(given, bool) or not isinstance(given, int) or given not in POINTS:
            wrong.append(f"{name} is answered with {given!r}: answer 1, 3 or 5")
        else:
            found[name] = given
    if wrong:
        raise WrongAnswers("; ".join(wrong))
    return Assessment(at, found, by)


def level_of(points: int) -> Level:
    """Return the level: four odd answers make an even sum, so every sum has one."""
    return next(Level(name) for sums, name in _LEVELS if points in sums)
