"""HubSpot's webhooks in a rehearsal: checked and stored as the daemon does, without a socket."""

from dataclasses import replace
from http import HTTPStatus
from urllib.parse import urlsplit

from sqlalchemy import Engine

from slasync.clock import Clock, Seams
from slasync.connectors.hubspot.signature import Verdict, verifier
from slasync.connectors.hubspot.webhook import parse
from slasync.errors import Stopped
from slasync.rehearsal.stage import Stage
from slasync.sandbox.http import Handle, Request, Response
from slasync.settings import Settings
from slasync.web.keeping import keeper

PUBLIC_URL = "https://slasync.example/webhooks/hubspot"
EVENTS = ("contact.creation", "contact.propertyChange", "contact.deletion")
PROPERTIES = ("hubspotscore", "recent_conversion_date")


def with_webhooks(settings: Settings) -> Settings:
    """Give the deployment the address under which HubSpot finds it."""
    if settings.hubspot is None:
        raise Stopped("without HubSpot there are no webhooks")
    return replace(settings, hubspot=replace(settings.hubspot, public_url=PUBLIC_URL))


def subscribe(stage: Stage, seams: Seams) -> None:
    """Have the simulated HubSpot tell of new and changed contacts from now on."""
    stage.town.hubspot.webhooks.deliver = receiver(
        stage.application.settings, stage.engine, seams.clock
    )
    stage.town.hubspot.subscribe(PUBLIC_URL, EVENTS, PROPERTIES)


def receiver(settings: Settings, engine: Engine, clock: Clock) -> Handle:
    """Return what takes HubSpot's deliveries: checked, stored, and only then acknowledged."""
    config = settings.hubspot
    if config is None:
        raise Stopped("without HubSpot there are no webhooks")
    keep = keeper(engine, clock)
    checked = verifier(config.public_url, config.secrets, clock)

    def deliver(request: Request) -> Response:
        query = urlsplit(request.url).query
        headers = [(name, value) for name, value in request.headers.items()]
        verdict = checked.check(request.method, query, headers, request.body)
        if verdict is not Verdict.GENUINE:
            return Response(HTTPStatus.UNAUTHORIZED)
        keep(parse(request.body))
        return Response(HTTPStatus.NO_CONTENT)

    return deliver
