"""One subscription: events are asked for by number, read in a thread, taken by whoever keeps them.

Salesforce sends no more than were asked for, a hundred at most. More are asked for as they come,
until so many wait here that somebody has to take them first.
"""

import threading
from collections.abc import Callable, Iterator
from queue import SimpleQueue
from typing import Any

import grpc

from slasync.connectors.salesforce import pubsub_messages as messages
from slasync.connectors.salesforce.pubsub_wire import told
from slasync.errors import SlasyncError, TryLater

MOST_ASKED = 100  # events under way, as Salesforce allows
MOST_WAITING = 4_000  # events that wait here
ENOUGH = 50  # more are asked for when there is room for so many

Open = Callable[[Iterator[Any]], Any]
"""Opens the call: requests in, an iterator of answers out, which can be cancelled."""


class Subscription:
    """An open stream of events."""

    def __init__(self, opened: Open, channel: str, replay_id: bytes | None) -> None:
        """Begin after `replay_id`; None: at the tip."""
        self._changed = threading.Condition()
        self._came: list[Any] = []
        self._waiting = self._asked = 0  # events
        self._ended: SlasyncError | None = None
        self._requests: SimpleQueue[Any] = SimpleQueue()
        self._channel = channel
        begins = {} if replay_id is None else {"replay_preset": messages.CUSTOM}
        self._ask(MOST_ASKED, replay_id=replay_id or b"", **begins)
        self._call = opened(iter(self._requests.get, None))
        self._thread = threading.Thread(target=self._read, name="pubsub", daemon=True)
        self._thread.start()

    def take(self, seconds: float) -> list[Any]:
        """Return the answers that have come; wait so long for the first.

        Raises what ended the stream, once all that came before was taken.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._came or self._ended, seconds)
            if not self._came and self._ended is not None:
                raise self._ended
            came, self._came, self._waiting = self._came, [], 0
            self._ask_more()
        return came

    def close(self) -> None:
        """End the stream; what has not been taken is told again to who begins before it."""
        self._requests.put(None)
        self._call.cancel()
        self._thread.join(2)

    def _read(self) -> None:
        try:
            for answer in self._call:
                with self._changed:
                    self._took(answer)
                    self._changed.notify_all()
            ended: SlasyncError = TryLater("the Pub/Sub API of Salesforce ended the stream")
        except grpc.RpcError as error:
            ended = told(error)
        with self._changed:
            self._ended = ended
            self._changed.notify_all()

    def _took(self, answer: Any) -> None:
        self._came.append(answer)
        self._waiting += len(answer.events)
        self._asked -= len(answer.events)
        if not answer.events:  # nothing is under way: the other side knows best what it owes
            self._asked = min(self._asked, answer.pending_num_requested)
        self._ask_more()

    def _ask_more(self) -> None:
        room = min(MOST_ASKED - self._asked, MOST_WAITING - self._waiting)
        if self._ended is None and room >= ENOUGH:
            self._ask(room)

    def _ask(self, number: int, **more: Any) -> None:
        self._asked += number
        self._requests.put(
            messages.FetchRequest(topic_name=self._channel, num_requested=number, **more)
        )
