"""A simulated HubSpot whose answers are damaged on the way, and writes to send there."""

from collections.abc import Callable
from dataclasses import dataclass, field

from slasync.clock import Seams
from slasync.connectors.hubspot import HubSpotConnector, build_connector
from slasync.domain.lead import LeadKey, Ref
from slasync.domain.writes import Action, Write
from slasync.sandbox.http import Request, Response
from tests.connectors.hubspot.bench import Bench, InProcessPool, a_config

Change = Callable[[Response], Response]


def unchanged(answer: Response) -> Response:
    """Leave an answer as it is."""
    return answer


@dataclass
class Line:
    """slasync connected to a bench's account over a line that changes answers."""

    bench: Bench = field(default_factory=Bench)
    change: Change = unchanged

    def __post_init__(self) -> None:
        token = self.bench.hubspot.credentials()["access_token"]
        self.connector: HubSpotConnector = build_connector(
            a_config(token), Seams(clock=self.bench.clock), pool_manager=InProcessPool(self._carry)
        )

    def _carry(self, request: Request) -> Response:
        return self.change(self.bench.hubspot.handle(request))


def cut(at: int) -> Change:
    """End the body after `at` bytes."""
    return lambda answer: Response(answer.status, answer.headers, answer.body[:at])


def followed_by(tail: bytes) -> Change:
    """Append something to the body."""
    return lambda answer: Response(answer.status, answer.headers, answer.body + tail)


def told(contact: str) -> Write:
    """Return a write of a contact's stage."""
    return Write(
        key=f"k{contact}",
        lead=LeadKey(f"hubspot:contact:{contact}"),
        system="hubspot",
        action=Action.PROPERTIES,
        values={"stage": "MQL"},
        target=Ref("hubspot", "contact", contact),
    )
