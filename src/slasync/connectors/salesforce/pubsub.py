"""Salesforce as a system that tells of changes by itself: Change Data Capture by its Pub/Sub API.

Needs the extra `pubsub`. What it tells only says what to read; what it does not tell is polled.
"""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Any

import structlog

from slasync.clock import Clock
from slasync.connectors.salesforce.people import SYSTEM
from slasync.connectors.salesforce.pubsub_events import Headers, Meaning, Unreadable, meaning
from slasync.connectors.salesforce.pubsub_stream import Subscription
from slasync.connectors.salesforce.pubsub_wire import (
    SETUP,
    PositionLost,
    SessionEnded,
    Wire,
)
from slasync.connectors.salesforce.token import Token, Tokens
from slasync.errors import SlasyncError, Stopped, TryLater
from slasync.ports import Heard, Position, Rejected
from slasync.systems import PubSubConfig

log = structlog.get_logger(__name__)

STREAM = "salesforce.changes"
WAIT = 1.0  # seconds that nothing may be told before whoever listens has a look around
SILENT = timedelta(minutes=6)  # a stream gives a sign of life every 270 seconds


class PubSubFeed:
    """One channel, listened to by one thread."""

    system = SYSTEM

    def __init__(self, config: PubSubConfig, tokens: Tokens, clock: Clock) -> None:
        self.name = config.channel
        self._url = config.url
        self._tokens = tokens
        self._clock = clock
        self._headers = Headers()
        self._wire: Wire | None = None
        self._stream: Subscription | None = None
        self._at: Position | None = None  # what the open stream has told up to
        self._token: Token | None = None  # that the open stream shows
        self._renewed = False  # since anything was heard
        self._alive_at = 0.0

    def hear(self, position: Position | None) -> Heard:
        """Return what came since; open the stream at `position` where it stands elsewhere."""
        try:
            if self._stream is None or position != self._at:
                self._open(position)
            return self._heard()
        except PositionLost as error:
            self.close()
            if position is None:
                raise
            log.warning("changes are told from now on only", why=str(error))
            return Heard(None, poll="the place in the channel to go on from is not there any more")
        except SessionEnded:
            self._renew()
            return Heard(position)
        except SlasyncError:
            self.close()
            raise

    def close(self) -> None:
        if self._stream is not None:
            self._stream.close()
        if self._wire is not None:
            self._wire.close()
        self._stream = self._wire = None

    def probe(self) -> list[str]:
        """Return what keeps changes from being told, one sentence each."""
        try:
            self._connected()
        except SlasyncError as error:
            return [str(error)]
        finally:
            self.close()
        return []

    def _connected(self) -> tuple[Wire, Token]:
        """Connect, and make sure that the channel can be listened to."""
        self.close()
        self._token = token = self._tokens.current()
        self._wire = wire = Wire(self._url)
        try:
            topic = wire.topic(token, self.name)
        except SessionEnded:
            self._token = token = self._tokens.renew(token)
            topic = wire.topic(token, self.name)
        if not topic.can_subscribe:
            raise Stopped(f"slasync's user may not listen to {self.name} in Salesforce: {SETUP}")
        return wire, token

    def _open(self, position: Position | None) -> None:
        try:
            replay_id = bytes.fromhex(position) if position else None
        except ValueError as error:
            raise PositionLost(f"{position!r:.40} is no place in a channel") from error
        wire, token = self._connected()
        self._stream = Subscription(
            lambda requests: wire.subscribe(token, requests), self.name, replay_id
        )
        self._at = position
        self._alive_at = self._clock.mono()
        log.info("listening to changes", channel=self.name, resumed=position is not None)

    def _renew(self) -> None:
        """Have another session for the next connection; not again before anything is heard."""
        self.close()
        if self._renewed or self._token is None:
            self._renewed = False
            raise TryLater("the Pub/Sub API of Salesforce accepts no session of slasync's user")
        self._renewed = True
        self._tokens.renew(self._token)

    def _heard(self) -> Heard:
        answers = self._stream.take(WAIT) if self._stream else []
        if answers:
            return self._told(answers)
        if self._clock.mono() - self._alive_at > SILENT.total_seconds():
            raise TryLater("the Pub/Sub API of Salesforce gives no sign of life")
        return Heard(self._at)

    def _told(self, answers: Sequence[Any]) -> Heard:
        found: list[Meaning] = []
        rejected: list[Rejected] = []
        for event in (event for answer in answers for event in answer.events):
            try:
                found.append(self._meaning(event.event))
            except Unreadable as error:
                raw = {"schema": event.event.schema_id, "replay_id": event.replay_id.hex()}
                rejected.append(Rejected(STREAM, event.event.id, str(error), raw))
        last = answers[-1]
        reached = last.events[-1].replay_id if last.events else last.latest_replay_id
        self._at = reached.hex() or self._at
        self._alive_at, self._renewed = self._clock.mono(), False
        polls = [each.poll for each in found if each.poll]
        polls += ["an event cannot be read"] if rejected else []
        changes = tuple(change for each in found for change in each.changes)
        return Heard(self._at, changes, tuple(rejected), alive=True, poll="".join(polls[:1]))

    def _meaning(self, event: Any) -> Meaning:
        wire, token = self._wire, self._token
        if wire is None or token is None:
            raise TryLater("the connection to the Pub/Sub API was closed")
        header = self._headers.read(event, partial(_schema, wire, token))
        return meaning(header, token.org_id, token.user_id)


def _schema(wire: Wire, token: Token, schema_id: str) -> str:
    """Ask for a schema. Raises Unreadable where there is none; else what the wire raises."""
    try:
        return wire.schema(token, schema_id)
    except Stopped as error:
        raise Unreadable(f"no schema {schema_id:.40}") from error
