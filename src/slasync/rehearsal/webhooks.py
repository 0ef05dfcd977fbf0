"""Webhooks in a rehearsal: checked and stored as the daemon does, without a socket."""

from dataclasses import replace
from datetime import datetime
from http import HTTPStatus
from urllib.parse import urlsplit

from sqlalchemy import Engine

from slasync.clock import Clock, Seams
from slasync.connectors.hubspot.signature import Verdict, verifier
from slasync.connectors.hubspot.webhook import parse
from slasync.connectors.marketo import webhook as marketo_webhook
from slasync.connectors.marketo.contact import LOG
from slasync.errors import Stopped
from slasync.rehearsal.stage import Stage
from slasync.sandbox.http import Handle, Request, Response
from slasync.sandbox.marketo import calling
from slasync.sandbox.town import Town
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
    settings = stage.application.settings
    send_by(settings, stage.town, receiver_of(settings, stage.engine, seams.clock))


def send_by(settings: Settings, town: Town, deliver: Handle) -> None:
    """Have the simulated marketing system tell of leads; `deliver` takes what it sends."""
    if settings.marketo is not None:
        secret = settings.marketo.secrets["webhook_secret"].reveal()
        calling.tell(town.marketo, MARKETO_URL, secret)
        town.marketo.send_webhooks_by(deliver)
        return
    town.hubspot.webhooks.deliver = deliver
    town.hubspot.subscribe(PUBLIC_URL, EVENTS, PROPERTIES)


def receiver_of(settings: Settings, engine: Engine, clock: Clock) -> Handle:
    """Return what takes the webhooks of this deployment's marketing system."""
    if settings.marketo is not None:
        return marketo_receiver(settings.marketo, engine, clock)
    return receiver(settings, engine, clock)


def kept_as(settings: Settings, request: Request, now: datetime) -> tuple[str, ...]:
    """Return the keys under which the inbox keeps what a request tells."""
    if settings.marketo is not None:
        key = marketo_webhook.parse(request.body, now).key
        return key, f"{key}:{LOG}"
    events = parse(request.body).events
    return tuple(f"{event.key}:{ref.id}" for event in events for ref in event.refs)


def marketo_receiver(config: MarketoConfig, engine: Engine, clock: Clock) -> Handle:
    """Return what takes Marketo's webhooks: checked, stored, and only then acknowledged."""
    keep = marketo_webhooks.keeper(engine, clock)
    sender = marketo_webhook.SecretHeader(config.secrets)

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
