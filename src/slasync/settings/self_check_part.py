"""The part `self_check` of slasync.yaml: when mirror and systems are compared, and what is odd."""

from datetime import time, timedelta
from typing import Annotated

from pydantic import AfterValidator, Field

from slasync.domain.self_check import Guard, SelfCheck
from slasync.settings.known import refused
from slasync.settings.notify_file import TimeOfDay
from slasync.settings.strict import Duration, Strict

SOONEST, LATEST = timedelta(minutes=5), timedelta(days=1)


def _after(span: timedelta) -> timedelta:
    if not SOONEST <= span <= LATEST:
        raise refused("write 5 min at least and 1 d at most: earlier the increments still overlap")
    return span


class VanishedPart(Strict):
    """How many records of one kind may vanish within an hour, or be missing from a sweep."""

    at_most: Annotated[int, Field(ge=1)] = 100
    share: Annotated[float, Field(gt=0, le=1)] = 0.05


class SelfCheckPart(Strict):
    """When what was read is compared with the systems again."""

    again_after: Annotated[Duration, AfterValidator(_after)] | None = timedelta(minutes=30)
    sweep_at: TimeOfDay | None = 2 * 60 + 30
    vanished: VanishedPart = VanishedPart()


def self_check_to_domain(part: SelfCheckPart) -> SelfCheck:
    at = part.sweep_at
    return SelfCheck(
        part.again_after,
        None if at is None else time(*divmod(at, 60)),
        Guard(part.vanished.at_most, part.vanished.share),
    )
