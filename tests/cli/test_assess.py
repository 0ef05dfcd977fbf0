"""`slasync assess`: four questions, asked or from a file, kept and shown in the pack."""

import json
from pathlib import Path

import pytest

from slasync.cli.main import Exit
from tests.cli.desk import Desk, a_desk


@pytest.fixture
def company(tmp_path: Path) -> Desk:
    desk = a_desk(tmp_path)
    desk.slasync("sync", "--once")
    return desk


def answers(tmp_path: Path, text: str) -> str:
    path = tmp_path / "answers.yaml"
    path.write_text(text, "utf-8")
    return str(path)


GOOD = "goals: 3\ndefinitions: 5\nhand_over: 5\nreview: 3\n"


def test_answers_from_a_file_are_kept_and_stand_in_the_pack(company: Desk, tmp_path: Path) -> None:
    page = company.slasync("assess", "--answers", answers(tmp_path, GOOD), "--by", "Mia")
    assert page.exit_code == Exit.OK
    assert "strategic" in page.stdout

    (kept,) = company.json("assess", "--show")
    assert (kept["points"], kept["level"], kept["by"]) == (16, "strategic", "Mia")
    pack = json.loads(company.slasync("report", "--format", "json").stdout)
    assert pack["assessment"]["points"] == 16


def test_the_questions_are_asked_in_german_as_well(company: Desk) -> None:
    page = company.slasync("assess", "--language", "de", stdin="1\n1\n3\n3\n")
    assert page.exit_code == Exit.OK
    assert "Was ist ein qualifizierter Lead?" in page.stdout
    assert "Erprobung" in page.stdout


def test_an_answer_that_is_none_is_asked_again(company: Desk) -> None:
    page = company.slasync("assess", stdin="2\n1\n1\n3\n3\n")
    assert page.exit_code == Exit.OK
    assert company.json("assess", "--show")[0]["points"] == 8


def test_later_assessments_stand_beside_the_earlier_ones(company: Desk, tmp_path: Path) -> None:
    company.slasync("assess", stdin="1\n1\n1\n1\n")
    company.work()
    company.slasync("assess", "--answers", answers(tmp_path, GOOD))

    assert [each["points"] for each in company.json("assess", "--show")] == [4, 16]


def test_before_the_first_one_it_says_that_there_is_none(company: Desk) -> None:
    assert "Nobody has assessed it yet" in company.slasync("assess", "--show").stdout


@pytest.mark.parametrize(("text", "said"), [
    ("goals: 3\n", "definitions is not answered: answer 1, 3 or 5"),
    (GOOD.replace("3", "4", 1), "goals is answered with 4"),
    (GOOD + "gaols: 1\n", "there is no question 'gaols'"),
    ("- 1\n- 3\n", "write the four answers as"),
    ("a: [\n", "is no YAML"),
])  # fmt: skip
def test_a_wrong_file_is_told(company: Desk, tmp_path: Path, text: str, said: str) -> None:
    page = company.slasync("assess", "--answers", answers(tmp_path, text))
    assert page.exit_code == Exit.USAGE
    assert said in page.stderr
    assert company.json("assess", "--show") == []


def test_a_file_that_is_not_there_is_told(company: Desk, tmp_path: Path) -> None:
    page = company.slasync("assess", "--answers", str(tmp_path / "none.yaml"))
    assert page.exit_code == Exit.USAGE
    assert "cannot be read" in page.stderr
