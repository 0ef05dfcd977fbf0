"""The table of pains stands: each number has an answer, and every mark names one of them."""

from pathlib import Path

from tests.faults.scan import marked
from tests.faults.table import counts, problems, table
from tests.pains.catalogue import MOST_LATER, ROWS

LAST = 30


def test_every_pain_is_in_the_table_once() -> None:
    ids = [row.id for row in ROWS]

    assert len(set(ids)) == len(ids)
    assert {f"P{number}" for number in range(1, LAST + 1)} <= set(ids)


def test_every_pain_has_a_test_or_says_why_not() -> None:
    assert list(problems(ROWS, marked(mark="pain"), MOST_LATER)) == []


def test_the_number_of_pains_that_wait_is_written_down_as_it_is() -> None:
    assert counts(table(ROWS, marked(mark="pain"))).get("later", 0) == MOST_LATER


def test_marks_of_pains_and_of_faults_are_told_apart(tmp_path: Path) -> None:
    folder = tmp_path / "tests"
    folder.mkdir()
    (folder / "test_a.py").write_text('@fault("V1")\n@pain("P1")\ndef test_it(): ...\n')

    assert [m.row_id for m in marked(folder, mark="pain")] == ["P1"]
    assert [m.row_id for m in marked(folder)] == ["V1"]
