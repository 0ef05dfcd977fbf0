"""After histories that increments cannot follow the mirror is the CRM.

`python -m slasync.rehearsal.mirror_trial` plays 200 of them, ten with 5,000 rows of one stamp.
"""

from pathlib import Path

import pytest

from slasync.rehearsal.mirror_trial import Told, play
from tests.faults.marks import fault


def played(seed: int, folder: Path) -> Told:
    return play(seed, folder / "mirror.db", ties=60)


@fault("V24", "V25", "V21", "V22", "W3")
@pytest.mark.parametrize("seed", [301, 302, 303])
def test_nothing_is_missed_though_rows_come_late_and_no_webhook_comes(
    seed: int, tmp_path: Path
) -> None:
    told = played(seed, tmp_path)
    assert told.wrong == ()
    assert told.missed  # else the history was too easy to show anything
    assert told.between > 0


def test_a_history_is_the_same_whenever_it_is_played(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    assert played(304, tmp_path / "one") == played(304, tmp_path / "two")
