"""What health can tell of, by name: its entry in docs/operating.md, and the promise at risk.

Names are anchors of that page; promises are the words of docs/promises.md. Tests hold both.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any


class Symptom(Enum):
    """One thing that can be seen: where it is explained, and what it puts at risk."""

    STARTING = ("starting", "No breach is dropped silently")
    STEP_STUCK = ("step-stuck", "One failure stays one")
    STALLED = ("stalled", "One failure stays one")
    STREAM_BEHIND = ("stream-behind", "Nothing is missed")
    FIRST_LOAD = ("first-load", "Nothing is missed")
    UNSERVED = ("unserved", "No deadline fires early or twice, and none is lost")
    WRITES_LATE = ("writes-late", "No breach is dropped silently")
    MESSAGES_LATE = ("messages-late", "Messages arrive, in time to be read")
    CALLS_END = ("calls-end", "Their limits are kept")
    SUNSET = ("sunset", "Nothing is missed")
    CREDENTIALS = ("credentials", "Nothing is missed")
    DISK_FULL = ("disk-full", "Nothing acknowledged is lost")
    CLOCK_SKEW = ("clock-skew", "No deadline fires early or twice, and none is lost")
    WEBHOOKS_REFUSED = ("webhooks-refused", "Webhooks")
    PARKED = ("parked", "No breach is dropped silently")
    VANISHED = ("vanished", "Nothing is missed")
    MISSED = ("missed", "Nothing is missed")
    WEBHOOKS_SILENT = ("webhooks-silent", "Webhooks")
    FEED_SILENT = ("feed-silent", "Webhooks")
    SET_ASIDE = ("set-aside", "Nothing is missed")
    HELD = ("held", "No storm")
    WITHOUT_RECORD = ("without-record", "No breach is dropped silently")
    UNFILLED = ("unfilled", "No breach is dropped silently")
    NO_OWNER = ("no-owner", "No breach is dropped silently")
    DIGESTS_UNREAD = ("digests-unread", "Digests arrive")
    DIGESTS_UNSENT = ("digests-unsent", "Digests arrive")
    PERIOD_ENDS = ("period-ends", "Every decision can be traced")
    UNSIGNED = ("unsigned", "Every decision can be traced")
    REVIEW_DUE = ("review-due", "Every decision can be traced")
    CALENDAR_ENDS = ("calendar-ends", "No deadline fires early or twice, and none is lost")

    def __init__(self, anchor: str, promise: str) -> None:
        self.anchor = anchor
        self.promise = promise


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is so now, in words for operations."""

    symptom: Symptom
    words: str

    @property
    def see(self) -> str:
        """Where it says what to do about it."""
        return f"docs/operating.md#{self.symptom.anchor}"


@dataclass(frozen=True, slots=True)
class Health:
    """Whether slasync makes progress. Healthy means progress, not that the process is up."""

    ready: bool
    problems: tuple[str, ...] = ()  # which promise is at risk, in words for operations
    gauges: Mapping[str, float] = field(default_factory=dict)  # `name` or `name[of]`
    found: tuple[Problem, ...] = ()  # the same problems, with what each puts at risk
    seen: Mapping[str, Any] = field(default_factory=dict)  # what it was judged by, as JSON values
