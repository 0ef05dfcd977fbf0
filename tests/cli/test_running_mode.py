"""status in a shell whose variables say another mode than slasync was started with."""

from tests.cli.desk import Desk


def test_the_mode_of_what_runs_is_told_and_that_it_is_another_here(desk: Desk) -> None:
    desk.arrives()
    desk.work()
    desk.mode("observe")

    done = desk.slasync("status")
    assert done.output.startswith("mode enforce, ")
    assert "here the mode is observe" in done.output
    assert "nothing is written in mode observe" not in done.output
    assert desk.json("status")["running"]["mode"] == "enforce"


def test_where_both_are_the_same_nothing_is_said(desk: Desk) -> None:
    desk.work()
    assert "here the mode is" not in desk.slasync("status").output
    assert desk.json("status")["running"] is None


def test_the_next_start_counts(desk: Desk) -> None:
    desk.work()
    desk.mode("observe")
    desk.work()
    assert desk.slasync("status").output.startswith("mode observe, ")
    assert "here the mode is" not in desk.slasync("status").output
