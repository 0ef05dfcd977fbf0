"""Messages to people as a system that accepts writes: each by its channel, within their hours.

Nobody can look whether a message arrived. One of which that is not known is sent again under its
key, the very same: mails have one Message-ID then, by which mail systems know them again.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Protocol

from slasync.clock import Clock
from slasync.domain.digests.addressees import Hours
from slasync.domain.lead import Ref
from slasync.domain.time.calendars import CoverageEnded
from slasync.domain.writes import NOTIFY, Action, Write
from slasync.errors import Refused, Stopped, TryLater
from slasync.ports import Message, Messenger, Outcome, Receipt, Snapshot

MESSAGES = "messages"
MOST = 10  # a batch: each message is a conversation of its own
LANES = MappingProxyType({MESSAGES: MOST})
FRESH = timedelta(seconds=2)  # what was made sure of longer ago is made sure of again
SOON = timedelta(seconds=1)
STOPPED = timedelta(minutes=5)  # many failed logins lock the user out
UNTOLD = timedelta(hours=1)  # until an ended calendar is looked at again
PREFERRED = ("smtp", "webhook")
HELD_UP = Receipt(Outcome.TRY_LATER, message="the lead is read again first", after=SOON)
AGAIN = Receipt(Outcome.TRY_LATER, message="nobody can tell whether it arrived", after=SOON)


class Rereads(Protocol):
    """The CRM's sink, as far as it is asked here."""

    def reread(self, refs: Sequence[Ref]) -> Mapping[Ref, Snapshot | None]: ...


class MessageSink:
    """The people, and the ways to them."""

    system = NOTIFY

    def __init__(
        self, messengers: Sequence[Messenger], hours: Hours, crm: Rereads, clock: Clock
    ) -> None:
        """`crm` tells before a message leaves whether its lead is still as it was judged."""
        self._by_channel = {messenger.channel: messenger for messenger in messengers}
        self._hours = hours
        self._crm = crm
        self._clock = clock

    @property
    def lanes(self) -> Mapping[str, int]:
        return LANES

    def lane(self, write: Write) -> str:  # noqa: ARG002 - the port's signature; there is but one lane
        return MESSAGES

    def apply(self, writes: Sequence[Write]) -> Sequence[Receipt]:
        """Send one message after the other; what is wrong with their way keeps the rest back."""
        began = self._clock.now()
        receipts: list[Receipt] = []
        for write in writes:
            if self._clock.now() - began > FRESH:
                late = HELD_UP
                break
            try:
                receipts.append(self._one(write))
            except TryLater as error:
                late = Receipt(Outcome.TRY_LATER, message=str(error), after=error.after)
                if error.unknown:
                    receipts.append(_unknown(error))
                elif not receipts:
                    raise
                break
        else:
            return receipts
        return [*receipts, *[late] * (len(writes) - len(receipts))]

    def reread(self, refs: Sequence[Ref]) -> Mapping[Ref, Snapshot | None]:
        return self._crm.reread(refs)

    def look(self, writes: Sequence[Write]) -> Sequence[Receipt]:
        """Nobody can tell: the same message goes out again."""
        return [AGAIN] * len(writes)

    def _one(self, write: Write) -> Receipt:
        """Send one message, if its reader may be written to now. Raises TryLater."""
        messenger = self._way(str(write.values.get("via") or ""))
        if write.action is not Action.NOTIFY or messenger is None:
            return Receipt(Outcome.REFUSED, message=self._no_way(write))
        waits = self._waits(str(write.values["to"]))
        if waits is not None:
            return waits
        try:
            return messenger.send(_message(write, messenger.channel))
        except Refused as error:
            return Receipt(Outcome.REFUSED, message=str(error))
        except Stopped as error:
            raise TryLater(str(error), STOPPED) from error

    def _way(self, via: str) -> Messenger | None:
        wanted = (via,) if via else PREFERRED
        return next((self._by_channel[c] for c in wanted if c in self._by_channel), None)

    def _no_way(self, write: Write) -> str:
        if write.action is not Action.NOTIFY:
            return f"{write.action} is nothing that people are told"
        by = f" by {write.values['via']}" if write.values.get("via") else ""
        return f"there is no way to people{by}: configure notify in slasync.yaml"

    def _waits(self, to: str) -> Receipt | None:
        """Tell that a reader's hours are over, and until when; None: they are not."""
        now = self._clock.now()
        try:
            opens = self._hours.opens(to, now)
        except CoverageEnded as error:
            return Receipt(Outcome.TRY_LATER, message=str(error), after=UNTOLD)
        if opens <= now:
            return None
        words = f"waits for the open hours of {to}"
        return Receipt(Outcome.TRY_LATER, message=words, after=opens - now)


def _message(write: Write, channel: str) -> Message:
    """Return the message, the same each time. In a channel it says whom it is for."""
    values = write.values
    subject = str(values["subject"])
    return Message(
        key=write.key,
        to=str(values["to"]),
        subject=subject if channel == "smtp" else f"{values['name']}: {subject}",
        text=str(values["text"]),
        at=datetime.fromisoformat(values["at"]),
    )


def _unknown(error: TryLater) -> Receipt:
    return Receipt(Outcome.UNKNOWN, message=str(error), after=error.after)
