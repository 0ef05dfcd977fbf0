"""`slasync sandbox up`: the vendors behind servers, on time that passes by itself."""

import secrets
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event, Thread
from typing import Any, Self

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from slasync.sandbox import posting, town
from slasync.sandbox.control import ROOT, Control
from slasync.sandbox.http import Handle, Request, Response
from slasync.sandbox.hubspot.crm_setup import make_ready
from slasync.sandbox.marketing import Plan
from slasync.sandbox.marketo import calling
from slasync.sandbox.salesforce import Salesforce
from slasync.sandbox.server import Server
from slasync.sandbox.time import Paced, system_now
from slasync.sandbox.tls import Tls, throw_away
from slasync.sandbox.wire import instant
from slasync.sandbox.world import Chance, World

LOOK = 0.05  # seconds between two looks at the agenda: nobody tells when something is added
EVENTS = ("contact.creation", "contact.deletion", "contact.merge", "contact.propertyChange")
PROPERTIES = ("email", "hubspotscore", "recent_conversion_date", "lifecyclestage")
DAY = timedelta(days=1)
ALIVE = 200.0  # seconds by the sandbox's time: a quiet subscription shows as often that it lives


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What `up` is asked for. Port 0: a free one."""

    port_salesforce: int = 0
    port_hubspot: int = 0
    port_marketo: int = 0
    port_control: int = 0
    pubsub: bool = False  # whether Salesforce tells of changes by its Pub/Sub API, over gRPC
    port_pubsub: int = 0
    seed: int = 1
    speed: float = 1.0
    start: datetime | None = None  # None: the machine's time
    tls: bool = False
    ca_file: Path | None = None  # None: in a folder that goes when the sandbox stops
    webhook: str | None = None  # where HubSpot sends its events, on this machine
    marketing: str = "hubspot"  # where marketing works: hubspot or marketo
    marketo_webhook: str | None = None  # where Marketo's campaigns call, on this machine
    contacts_a_day: int = 0  # that arrive by themselves
    people: bool = True  # whether anybody works
    native_sync: bool = False  # whether HubSpot's own connector to Salesforce works beside slasync


class Up:
    """A running sandbox: `with Up(settings) as sandbox: sandbox.describe()`."""

    def __init__(self, settings: Settings) -> None:
        """Start everything. Raises OSError when a port is taken, ValueError for bad settings."""
        self._settings = settings
        self._clock = Paced(settings.start or system_now(), settings.speed)
        self._token = secrets.token_urlsafe(24)
        self._webhook_secret = secrets.token_hex(24)
        self._closing = ExitStack()
        self.stopped = Event()  # also set when the sandbox fails
        with ExitStack() as on_failure:
            on_failure.enter_context(self._closing)
            self._start()
            on_failure.pop_all()

    def describe(self) -> dict[str, Any]:
        """Return addresses and credentials, as JSON values."""
        crm, portal, control = self._crm_server, self._portal_server, self._control_server
        marketo = self.town.marketo.credentials() | {"url": self._marketo_server.url}
        if self._settings.marketo_webhook is not None:
            marketo["webhook_secret"] = self._webhook_secret
        keys = {"url": crm.url, "private_key": self._private_key}
        keys |= {"admin_session": self._admin_session}
        keys |= {"pubsub_url": self._pubsub} if self._pubsub else {}
        return {
            "salesforce": self.town.salesforce.credentials() | keys,
            "hubspot": self.town.hubspot.credentials() | {"url": portal.url},
            "marketo": marketo,
            "control": {"url": control.url + ROOT.rstrip("/"), "token": self._token},
            "ca_file": str(self._tls.ca_file) if self._tls else None,
            "speed": self._clock.speed,
            "now": instant(self._clock.now()),
        }

    def stop(self) -> None:
        """Stop the servers and everything that goes on."""
        self.stopped.set()
        self._closing.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _start(self) -> None:
        settings = self._settings
        world = World(self._clock.now, Chance(settings.seed))
        self._tls = self._prepare_tls() if settings.tls else None
        # listening first: the vendors' answers name their own addresses
        self._crm_server = self._listen(self._to_salesforce, "salesforce")
        self._portal_server = self._listen(self._to_hubspot, "hubspot")
        self._marketo_server = self._listen(self._to_marketo, "marketo")
        self.town = town.build(
            world,
            salesforce={"instance_url": self._crm_server.url},
            hubspot={"deliver": posting.post},
            marketo={"deliver": posting.post},
            market=settings.marketing,
        )
        make_ready(self.town.hubspot)
        self._private_key = _key_for(self.town.salesforce)
        org = self.town.salesforce
        self._admin_session = org.auth.open_for_good(org.admin_id)
        self._pubsub = self._serve_changes() if settings.pubsub else ""
        control = Control(
            world, self.town.staff, self.town.loader, token=self._token, speed=settings.speed
        )
        self._control_server = Server(control.handle, port=settings.port_control)
        self._closing.callback(self._control_server.stop)
        self._populate()
        servers = (self._crm_server, self._portal_server, self._marketo_server)
        for server in (*servers, self._control_server):
            server.start()
        agenda = Thread(target=self._run_agenda, name="sandbox agenda", daemon=True)
        agenda.start()
        self._closing.callback(agenda.join)
        self._closing.callback(self.stopped.set)

    def _prepare_tls(self) -> Tls:
        ca_file = self._settings.ca_file
        if ca_file is None:
            folder = TemporaryDirectory(prefix="slasync-sandbox-")
            ca_file = Path(self._closing.enter_context(folder)) / "ca.pem"
        return throw_away(ca_file, system_now())

    def _listen(self, handle: Handle, system: str) -> Server:
        port = getattr(self._settings, f"port_{system}")
        server = Server(handle, port=port, tls=self._tls.context if self._tls else None)
        self._closing.callback(server.stop)
        return server

    def _serve_changes(self) -> str:
        """Serve Salesforce's channel of changes; return its address. Raises ValueError."""
        settings = self._settings
        try:
            from slasync.sandbox.salesforce.pubsub import PubSub  # noqa: PLC0415 - an extra
        except ModuleNotFoundError as error:
            raise ValueError("--pubsub needs gRPC: pip install 'slasync[pubsub]'") from error
        idle = ALIVE / settings.speed
        server = PubSub(self.town.salesforce, settings.port_pubsub, idle)
        self._closing.callback(server.stop)
        return server.url

    def _to_salesforce(self, request: Request) -> Response:
        return self.town.salesforce.handle(request)

    def _to_hubspot(self, request: Request) -> Response:
        return self.town.hubspot.handle(request)

    def _to_marketo(self, request: Request) -> Response:
        return self.town.marketo.handle(request)

    def _populate(self) -> None:
        settings = self._settings
        if settings.webhook is not None:
            url = posting.local(settings.webhook)
            self.town.hubspot.subscribe(url, EVENTS, PROPERTIES)
        if settings.marketo_webhook is not None:
            calling.tell(
                self.town.marketo, posting.local(settings.marketo_webhook), self._webhook_secret
            )
        if settings.people:
            self.town.staff.begin()
        if settings.native_sync:
            town.connect(self.town)
        if settings.contacts_a_day:
            self._next_day()

    def _next_day(self) -> None:
        """Plan a day's arrivals, and the planning of the next."""
        now, made = self._clock.now(), self._settings.contacts_a_day
        hours = self.town.staff.people[0].hours
        self.town.marketing.begin(Plan(now, DAY, made, hours))
        self.town.world.agenda.add(now + DAY, "next day", self._next_day)

    def _run_agenda(self) -> None:
        """Let happen what is due until the sandbox stops; if that fails, the sandbox stops."""
        try:
            while not self.stopped.wait(LOOK):
                self.town.world.agenda.run_due(self._clock.now())
        finally:
            self.stopped.set()


def _key_for(crm: Salesforce) -> str:
    """Register a new key for the JWT flow and return its private half, in PEM."""
    key = rsa.generate_private_key(public_exponent=65_537, key_size=2048)
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    crm.register_public_key(public.decode())
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()
