"""Two pieces of work at one time: what they come to, what they raise, and a copy that dies."""

import os
from unittest.mock import patch

import pytest

from slasync.reports import side_by_side as module
from slasync.reports.side_by_side import side_by_side


def test_both_results_are_returned_and_the_second_is_worked_out_in_another_process() -> None:
    words = (word for word in ["read in the copy"])  # cannot be pickled, and need not be
    first, (second, process) = side_by_side(os.getpid, lambda: (next(words), os.getpid()))
    assert first == os.getpid()
    assert second == "read in the copy"
    assert process != os.getpid()


def test_what_the_copy_raises_is_raised_here() -> None:
    def wrong() -> None:
        raise LookupError("no such lead")

    with pytest.raises(LookupError, match="no such lead"):
        side_by_side(lambda: 1, wrong)


class Particular(Exception):
    """Cannot be made anew from its words alone, as many cannot."""

    def __init__(self, lead: str, why: str) -> None:
        super().__init__(f"{lead}: {why}")


def test_an_error_that_cannot_be_carried_over_is_told_in_words() -> None:
    def wrong() -> None:
        raise Particular("lead 7", "no such calendar")

    with pytest.raises(RuntimeError, match="Particular: lead 7: no such calendar"):
        side_by_side(lambda: 1, wrong)


def test_a_copy_that_dies_is_told_and_not_waited_for() -> None:
    with pytest.raises(RuntimeError, match="ended early, by 9"):
        side_by_side(lambda: 1, lambda: os._exit(9))


def test_where_the_first_fails_the_copy_does_not_live_on() -> None:
    told, tells = os.pipe()

    def beside() -> None:
        os.read(told, 1)  # for ever: nobody writes

    def wrong() -> None:
        raise LookupError("no such lead")

    with pytest.raises(LookupError):
        side_by_side(wrong, beside)
    os.close(tells)
    os.close(told)


def test_without_copies_one_follows_the_other() -> None:
    with patch.object(module, "CAN_COPY", new=False):
        assert side_by_side(os.getpid, os.getpid) == (os.getpid(), os.getpid())
