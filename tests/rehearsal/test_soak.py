"""Four quiet weeks: what a daemon holds at their end it held at their beginning."""

import gc
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.faults.marks import fault
from tests.rehearsal.scene import DAY, a_scene

OPEN = Path("/proc/self/fd")
FEW = 1_000  # objects: one that is kept at each poll of a stream would be twice as many


@dataclass(frozen=True, slots=True)
class Held:
    """What this process holds, garbage left out."""

    objects: int
    descriptors: int


def held() -> Held:
    gc.collect()
    return Held(len(gc.get_objects()), len(list(OPEN.iterdir())))


@fault("L28")
@pytest.mark.slow
@pytest.mark.skipif(not OPEN.exists(), reason="descriptors are listed on Linux only")
def test_a_month_leaves_neither_objects_nor_descriptors_behind(tmp_path: Path) -> None:
    with a_scene(tmp_path, new=6) as played:
        played.play(days=2, afterwards=6)
        stage = played.stage
        before, calls = held(), sum(stage.town.salesforce.calls.values())
        stage.driver.run(stage.driven.now() + 28 * DAY)
        after = held()
        called = sum(stage.town.salesforce.calls.values()) - calls
    assert called > 300  # it polled all the time
    assert after.descriptors <= before.descriptors
    assert after.objects < before.objects + FEW
