"""Maturity: four answers of 1, 3 or 5, and the level that their sum stands for."""

import pytest

from slasync.domain.figures.maturity import QUESTIONS, Level, WrongAnswers, assessed, level_of
from tests.builders import MONDAY


@pytest.mark.parametrize(("points", "level"), [
    (4, Level.TRIAL), (8, Level.TRIAL), (10, Level.TRANSITION), (14, Level.TRANSITION),
    (16, Level.STRATEGIC), (20, Level.STRATEGIC),
])  # fmt: skip
def test_the_sum_says_how_far_a_company_has_come(points: int, level: Level) -> None:
    assert level_of(points) is level


def test_four_answers_are_added_up() -> None:
    found = assessed(dict(zip(QUESTIONS, (1, 3, 5, 3), strict=True)), MONDAY, "Mia")
    assert (found.points, level_of(found.points), found.by) == (12, Level.TRANSITION, "Mia")


@pytest.mark.parametrize(("answers", "said"), [
    ({"goals": 2}, "goals is answered with 2: answer 1, 3 or 5"),
    ({"goals": "3"}, "goals is answered with '3'"),
    ({"goals": True}, "goals is answered with True"),
    ({}, "definitions is not answered"),
    ({"goal": 3}, "there is no question 'goal'"),
])  # fmt: skip
def test_every_wrong_answer_is_told(answers: dict[str, object], said: str) -> None:
    with pytest.raises(WrongAnswers, match=said):
        assessed(answers, MONDAY)
