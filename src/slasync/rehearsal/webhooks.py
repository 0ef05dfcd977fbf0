"""Webhooks in a rehearsal: checked and stored as the daemon does, without a socket."""

from dataclasses import replace
from http import HTTPStatus
from urllib.parse import urlsplit

from sqlalchemy import Engine

from slasync.clock import Clock, Seams
from slasync.connectors.hubspot.signature import Verdict, verifier
from slasync.connectors.hubspot.webhook import parse
from slasync.connectors.marketo.webhook import SecretHeader
from slasync.errors import Stopped
from slasync.rehearsal.stage import Stage
from slasync.sandbox.http import Handle, Request, Response
from slasync.sandbox.marketo import calling
from slasync.settings import Settings
from slasync.systems import MarketoConfig
from slasync.web import marketo_webhooks
from slasync.web.keeping import keeper

PUBLIC_URL = "https://slasync.example/webhooks/hubspot"
MARKETO_URL = "https://slasync.example/webhooks/marketo"
EVENTS = ("contact.creation", "contact.propertyChange", "contact.deletion", "contact.merge")
PROPERTIES = ("hubspotscore", "recent_conversion_date")


def with_webhooks(settings: Settings) -> Settings:
    """Give the deployment the address under which the marketing system finds it."""
    if settings.hubspot is None:
        return settings  # Marketo's are known by a header, whatever their address
    return replace(settings, hubspot=replace(settings.hubspot, public_url=PUBLIC_URL))


def subscribe(stage: Stage, seams: Seams) -> None:
    """Have the simulated marketing system tell of new and changed leads from now on."""
    if stage.application.settings.marketo is not None:
        secret = stage.application.settings.marketo.secrets["webhook_secret"].reveal()
        calling.tell(stage.town.marketo, MARKETO_URL, secret)
        stage.town.marketo.send_webhooks_by(
            marketo_receiver(stage.application.settings.marketo, stage.engine, seams.clock)
        )
        return
    stage.town.hubspot.webhooks.deliver = receiver(
        stage.application.settings, stage.engine, seams.clock
    )
    stage.town.hubspot.subscribe(PUBLIC_URL, EVENTS, PROPERTIES)


def marketo_receiver(config: MarketoConfig, engine: Engine, clock: Clock) -> Handle:
    """Return what takes Marketo's webhooks: checked, stored, and only then acknowledged."""
    keep, sender = marketo_webhooks.keeper(engine, clock), SecretHeader(config.secrets)

    def deliver(request: Request) -> Response:
        if not sender.fits(request.headers.items()):
            return Response(HTTPStatus.UNAUTHORIZED)
        keep(request.body)
        return Response(HTTPStatus.OK, (), marketo_webhooks.KEPT)

    return deliver


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
