"""The fault table stands: every row has one answer, and every mark names a row."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.faults.catalogue import MOST_LATER, ROWS
from tests.faults.rows import Answer, Later, Not, Row, Simulated
from tests.faults.scan import Marked, marked
from tests.faults.table import counts, printed, problems, summary, table

LETTERS = {"V": 50, "W": 14, "L": 31, "T": 18, "S": 31, "I": 27}


def wrong(rows: Sequence[Row], *marks: Marked, most_later: int = 9) -> list[str]:
    return list(problems(rows, marks, most_later))


def a_row(answer: Answer = None, row_id: str = "V1") -> Row:
    return Row(row_id, "something goes wrong", answer)


def test_every_fault_and_invariant_is_in_the_table_once() -> None:
    expected = {f"{letter}{n + 1}" for letter, most in LETTERS.items() for n in range(most)}
    ids = [row.id for row in ROWS]

    assert len(set(ids)) == len(ids)
    assert {i for i in ids if not i.startswith("crash/")} == expected


def test_the_table_has_an_answer_to_every_row() -> None:
    assert wrong(ROWS, *marked(), most_later=MOST_LATER) == []


def test_the_number_of_rows_that_wait_is_written_down_as_it_is() -> None:
    assert counts(table(ROWS, marked()))["later"] == MOST_LATER


def test_a_row_without_an_answer_is_told() -> None:
    assert wrong([a_row()]) == ["V1 has no answer"]
    assert wrong([a_row()], Marked("V1", "tests/a.py::test_it")) == []


def test_a_mark_that_names_no_row_is_told_with_its_place() -> None:
    told = wrong([a_row(Simulated("late"))], Marked("V99", "tests/a.py::test_it"))

    assert told == ["tests/a.py::test_it names V99: no such row"]


@pytest.mark.parametrize("answer", [Later("merge"), Not("needs a failing disk")])
def test_a_row_is_not_put_off_and_tested_at_once(answer: Answer) -> None:
    told = wrong([a_row(answer)], Marked("V1", "tests/a.py::test_it"))

    assert len(told) == 1
    assert "yet by tests/a.py::test_it" in told[0]


def test_a_simulated_row_may_have_tests_too() -> None:
    row, mark = a_row(Simulated("late")), Marked("V1", "tests/a.py::test_it")

    assert wrong([row], mark) == []
    assert table([row], [mark])[0].words() == ("simulation: late", "tests/a.py::test_it")


def test_more_rows_that_wait_than_agreed_are_told() -> None:
    rows = [a_row(Later("merge"), f"V{n}") for n in range(3)]

    assert wrong(rows, most_later=3) == []
    assert wrong(rows, most_later=2) == ["3 rows wait for a part of slasync; 2 may"]


def test_a_row_that_stands_twice_is_told() -> None:
    assert wrong([a_row(Later("merge"))] * 2) == ["V1 stands 2 times"]


SOURCE = """
pytestmark = [fault("V1"), pytest.mark.slow]

@pytest.mark.fault("V2", "V3")
@pytest.mark.parametrize("x", [pytest.param(1, marks=fault("V4")), 2])
def test_one(x): ...

class TestMany:
    @fault("V5")
    async def test_two(self): ...

def helper():
    default("V6"), self.fault("V7")

@fault(NAME)
def test_three(): ...
"""


def test_marks_are_found_on_files_functions_cases_and_methods(tmp_path: Path) -> None:
    folder = tmp_path / "tests"
    folder.mkdir()
    (folder / "test_a.py").write_text(SOURCE)

    assert [(m.row_id, m.place) for m in marked(folder)] == [
        ("V1", "tests/test_a.py"),
        ("V2", "tests/test_a.py::test_one"),
        ("V3", "tests/test_a.py::test_one"),
        ("V4", "tests/test_a.py::test_one"),
        ("V5", "tests/test_a.py::TestMany::test_two"),
        ("NAME", "tests/test_a.py::test_three"),
    ]


def test_the_table_is_printed_row_by_row_with_its_counts() -> None:
    rows = (a_row(Later("merge")), a_row(None, "V2"))
    mark = Marked("V2", "tests/a.py::test_it")

    text = "\n".join(printed({"vendors": rows}, [mark]))

    assert "later: merge" in text
    assert "tests/a.py::test_it" in text
    assert summary(table(rows, [mark])) == ("2 rows: tests 1, simulation 0, later 1, not 0, none 0")
