"""Webhooks: subscriptions, and events sent in signed batches until they are taken."""

import json
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from http import HTTPStatus
from itertools import count
from threading import RLock

from slasync.sandbox.http import NoAnswer, Request, Response, TimedOut
from slasync.sandbox.hubspot import signing, stamps
from slasync.sandbox.hubspot.catalogue import Kind
from slasync.sandbox.hubspot.errors import Json, bad
from slasync.sandbox.hubspot.options import Options
from slasync.sandbox.hubspot.record import Origin
from slasync.sandbox.world import World

Deliver = Callable[[Request], Response]

EVENTS = (
    "creation", "deletion", "merge", "restore", "propertyChange", "privacyDeletion",
    "associationChange",
)  # fmt: skip
_OBJECTS = ("contact", "company", "deal", "object")
EVENT_TYPES = frozenset(f"{name}.{event}" for name in _OBJECTS for event in EVENTS) - {
    "company.privacyDeletion",
    "deal.privacyDeletion",
}
NOT_SUBSCRIBABLE = frozenset({"hs_lastmodifieddate", "num_unique_conversion_events"})
FIRST_SUBSCRIPTION = 2501
_SAME_ID = 0.02  # how often an event gets the id of the one before
_SHORTEST, _LONGEST = 0.7, 1.1  # a retry's wait is the timetable's times something between
_STRAGGLES = timedelta(seconds=20)  # by how much an event out of order or sent twice comes later


def unreachable(_: Request) -> Response:
    """Stand for a receiver that is not there."""
    raise TimedOut


@dataclass(frozen=True, slots=True)
class Subscription:
    """What one target wants to hear of."""

    id: int
    event_type: str
    property_name: str | None
    active: bool
    made: int

    def json(self) -> Json:
        shown: Json = {
            "id": str(self.id),
            "eventType": self.event_type,
            "active": self.active,
            "createdAt": stamps.iso(self.made),
            "updatedAt": stamps.iso(self.made),
        }
        return shown | ({"propertyName": self.property_name} if self.property_name else {})


@dataclass(slots=True)
class Target:
    """One receiver: an app's address, secret and subscriptions, and what waits to be sent."""

    url: str
    secret: str
    subscriptions: dict[int, Subscription] = field(default_factory=dict)
    waiting: list[Json] = field(default_factory=list)


class Webhooks:
    """All targets. `sent` counts deliveries by outcome: taken, failed, given_up."""

    def __init__(self, world: World, options: Options, lock: RLock, deliver: Deliver) -> None:
        self._world = world
        self._options = options
        self._lock = lock
        self._numbers = count(FIRST_SUBSCRIPTION)
        self._event_id = 0
        self.deliver = deliver
        self.targets: list[Target] = []
        self.sent: Counter[str] = Counter()

    def subscribe(
        self, url: str, event_types: Iterable[str], properties: Collection[str], secret: str
    ) -> Target:
        """Add a target; `properties` are those of the propertyChange types. Raises Problem."""
        target = Target(url, secret)
        for event_type in event_types:
            of_property = event_type.endswith(".propertyChange")
            for name in properties if of_property else (None,):
                self.add(target, event_type, name)
        self.targets.append(target)
        return target

    def add(self, target: Target, event_type: str, property_name: str | None) -> Subscription:
        """Subscribe a target to one thing more. Raises 400."""
        if event_type not in EVENT_TYPES:
            raise bad(f"Unknown event type: {event_type}")
        if event_type.endswith(".propertyChange") and not property_name:
            raise bad("propertyName is required for property change subscriptions")
        if property_name in NOT_SUBSCRIBABLE:
            raise bad(f"Property {property_name} cannot be subscribed to")
        made = stamps.millis(self._world.now())
        added = Subscription(next(self._numbers), event_type, property_name, active=True, made=made)
        target.subscriptions[added.id] = added
        return added

    def set_active(self, target: Target, number: int, *, active: bool) -> Subscription:
        changed = replace(target.subscriptions[number], active=active)
        target.subscriptions[number] = changed
        return changed

    def tell(self, kind: Kind, object_id: int, event: str, more: Json, origin: Origin) -> None:
        """Queue an event for everybody who subscribed to it."""
        for target in self.targets:
            for subscription in target.subscriptions.values():
                if _matches(subscription, kind, event, more):
                    told = self._event(subscription, kind, object_id, more, origin)
                    self._queue(target, told)

    def _event(
        self, subscription: Subscription, kind: Kind, object_id: int, more: Json, origin: Origin
    ) -> Json:
        general = subscription.event_type.startswith("object.")
        return {
            "eventId": self._new_event_id(),
            "subscriptionId": subscription.id,
            "portalId": self._options.portal_id,
            "appId": self._options.app_id,
            "occurredAt": stamps.millis(self._world.now()),
            "subscriptionType": subscription.event_type,
            "attemptNumber": 0,
            **({} if "fromObjectId" in more else {"objectId": object_id}),
            **({"objectTypeId": kind.type_id} if general else {}),
            **more,
            "changeSource": origin.source,
            "sourceId": origin.source_id,
        }

    def _new_event_id(self) -> int:
        chance = self._world.chance("hubspot.events")
        if not self._event_id or chance.random() >= _SAME_ID:
            self._event_id = chance.randrange(1, 1 << 32)
        return self._event_id

    def _queue(self, target: Target, event: Json) -> None:
        if not target.waiting:
            at = self._world.now() + self._options.delivery.delay
            self._world.agenda.add(at, "hubspot.webhooks", partial(self._flush, target))
        target.waiting.append(event)

    def _flush(self, target: Target) -> None:
        with self._lock:
            events, target.waiting = target.waiting, []
            at_once = self._delayed_by_chance(target, events)
        self._send_all(target, at_once)

    def _delayed_by_chance(self, target: Target, events: list[Json]) -> list[Json]:
        """Put some events off, send some twice; return those to be sent now."""
        rules, chance = self._options.delivery, self._world.chance("hubspot.webhooks")
        at_once: list[Json] = []
        for event in events:
            twice = chance.random() < rules.duplicated
            late = chance.random() < rules.reordered
            if not late:
                at_once.append(event)
            if late or twice:
                at = self._world.now() + _STRAGGLES * chance.random()
                again = partial(self._send_all, target, [event] * (1 + (late and twice)))
                self._world.agenda.add(at, "hubspot.webhooks.straggler", again)
        return at_once

    def _send_all(self, target: Target, events: list[Json]) -> None:
        size = self._options.delivery.batch
        for start in range(0, len(events), size):
            self._send(target, events[start : start + size], attempt=0)

    def _send(self, target: Target, events: list[Json], *, attempt: int) -> None:
        """Post one batch; never under the lock, for the receiver may call us."""
        numbered = [event | {"attemptNumber": attempt} for event in events]
        request = self._signed(target, json.dumps(numbered, separators=(",", ":")).encode())
        if self._taken(request):
            self.sent["taken"] += 1
            return
        self.sent["failed"] += 1
        waits = self._options.delivery.waits
        if attempt == len(waits):
            self.sent["given_up"] += 1
            return
        factor = self._world.chance("hubspot.retries").uniform(_SHORTEST, _LONGEST)
        again = partial(self._send, target, events, attempt=attempt + 1)
        at = self._world.now() + waits[attempt] * factor
        self._world.agenda.add(at, "hubspot.webhooks.retry", again)

    def _taken(self, request: Request) -> bool:
        started = self._world.now()
        try:
            answer = self.deliver(request)
        except NoAnswer:
            return False
        in_time = self._world.now() - started <= self._options.delivery.answer_within
        return in_time and HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES

    def _signed(self, target: Target, body: bytes) -> Request:
        timestamp = str(stamps.millis(self._world.now()))
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "HubSpot Connect 2.0 (namespace: webhooks-nio-http-client)",
            "X-HubSpot-Signature": signing.version_1(target.secret, body),
            "X-HubSpot-Signature-Version": "v1",
            "X-HubSpot-Signature-v3": signing.version_3(
                target.secret, "POST", target.url, body, timestamp=timestamp
            ),
            "X-HubSpot-Request-Timestamp": timestamp,
        }
        return Request("POST", target.url, headers, body)


def _matches(subscription: Subscription, kind: Kind, event: str, more: Json) -> bool:
    if not subscription.active:
        return False
    if subscription.event_type not in (f"{kind.singular}.{event}", f"object.{event}"):
        return False
    return event != "propertyChange" or subscription.property_name == more["propertyName"]
