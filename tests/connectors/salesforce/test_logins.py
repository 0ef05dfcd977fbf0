"""Four ways to log in, held against the simulated org: one session for all, of one org."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import pytest
import structlog
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from slasync.clock import Seams
from slasync.connectors.http import Lane
from slasync.connectors.salesforce import SalesforceConnector, build_connector
from slasync.connectors.single_token import PAUSE
from slasync.domain.lead import Ref
from slasync.errors import Stopped, TryLater
from slasync.sandbox.faults import Kind, Rule
from slasync.sandbox.http import Handle, Request, Response
from slasync.sandbox.salesforce import Salesforce
from slasync.sandbox.world import World
from slasync.systems import Login, SalesforceConfig, Secret
from tests.connectors.in_process import DrivenClock, InProcessAdapter, httpx_carrier
from tests.connectors.salesforce.org import a_config
from tests.faults.marks import fault

USER = "integration@acme.example"
FAULT = (
    '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body><e:Fault>'
    "<faultcode>sf:{0}</faultcode><faultstring>{0}: {1}</faultstring><detail>"
    '<f:LoginFault xmlns:f="urn:fault.partner.soap.sforce.com">'
    "<f:exceptionCode>{0}</f:exceptionCode><f:exceptionMessage>{1}</f:exceptionMessage>"
    "</f:LoginFault></detail></e:Fault></e:Body></e:Envelope>"
)


def key_pair() -> tuple[str, str]:
    """Make a key of the size that Salesforce asks for: private and public half in PEM form."""
    key = rsa.generate_private_key(65537, 2048)
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return private.decode(), public.decode()


PRIVATE, PUBLIC = key_pair()


def config_of(login: Login, org: Salesforce, **changed: Any) -> SalesforceConfig:
    """Configure slasync to log in to `org` in one way, with no other secrets than it needs."""
    told = org.credentials()
    org.register_public_key(PUBLIC)
    given = {
        Login.CLIENT_CREDENTIALS: {
            "consumer_key": told["client_id"], "consumer_secret": told["client_secret"],
        },
        Login.JWT: {"consumer_key": told["client_id"], "private_key": PRIVATE},
        Login.REFRESH_TOKEN: {
            "consumer_key": told["client_id"], "consumer_secret": told["client_secret"],
            "refresh_token": told["refresh_token"],
        },
        Login.SOAP: {"password": told["password"], "security_token": told["security_token"]},
    }[login]  # fmt: skip
    secrets = {name: Secret(text) for name, text in given.items()}
    return a_config(org, login=login, secrets=secrets, username=USER, **changed)


@dataclass
class Desk:
    """slasync's connector over an org; whatever is sent for a session may be answered by `door`."""

    login: Login
    changed: dict[str, Any] = field(default_factory=dict)
    clock: DrivenClock = field(default_factory=DrivenClock)

    def __post_init__(self) -> None:
        self.org = Salesforce(World(self.clock.now))
        self.door: Handle = self.org.handle
        self.asked: list[Request] = []
        self.connector: SalesforceConnector = build_connector(
            config_of(self.login, self.org, **self.changed),
            Seams(clock=self.clock),
            adapter=InProcessAdapter(self.org.handle),
            httpx_transport=httpx_carrier(self._entered),
        )

    def _entered(self, request: Request) -> Response:
        self.asked.append(request)
        return self.door(request)

    def lead(self) -> Ref:
        fields = {"LastName": "Lovelace", "Company": "Engines"}
        return Ref("salesforce", "lead", self.org.create("Lead", fields, self.org.admin_id))

    def reads(self, ref: Ref) -> bool:
        return bool(self.connector.source.fetch([ref]))

    @property
    def logins(self) -> int:
        return self.connector.calls.by_lane().get(Lane.LOGIN, 0)


@pytest.fixture(params=list(Login), ids=str)
def desk(request: pytest.FixtureRequest) -> Iterator[Desk]:
    desk = Desk(request.param)
    yield desk
    desk.connector.close()


@pytest.fixture
def soap() -> Iterator[Desk]:
    desk = Desk(Login.SOAP)
    yield desk
    desk.connector.close()


# -- every way


def test_every_way_leads_in(desk: Desk) -> None:
    assert desk.connector.org_id == desk.org.org_id
    assert desk.connector.user_id == desk.org.integration_user_id
    assert desk.reads(desk.lead())
    assert desk.logins == 1


@fault("V13", "V15")
def test_many_threads_with_an_expired_session_log_in_once(desk: Desk) -> None:
    refs = [desk.lead() for _ in range(48)]
    assert desk.reads(refs[0])
    for _ in range(3):
        before = desk.logins
        desk.org.expire_sessions()
        with ThreadPoolExecutor(16) as pool:
            assert all(pool.map(desk.reads, refs))
        assert desk.logins == before + 1


@fault("V45")
def test_a_login_that_suddenly_answers_for_another_org_is_refused(desk: Desk) -> None:
    ref = desk.lead()
    assert desk.reads(ref)
    other = Salesforce(World(desk.clock.now), org_id="00Dg50000000009EAA")
    other.client = desk.org.client  # refreshed from it: the same users and secrets
    other.auth.client = desk.org.client
    desk.door = other.handle
    desk.org.expire_sessions()
    with pytest.raises(Stopped, match="00Dg50000000009EAA, not 00Dg50000000001EAA"):
        desk.reads(ref)
    sessions = dict(other.auth.sessions)
    for _ in range(3):  # and it is not asked again at once
        with pytest.raises(Stopped, match="00Dg50000000009EAA"):
            desk.reads(ref)
    assert other.auth.sessions == sessions
    assert not other.calls  # nothing of the other org was read


@fault("V45")
def test_when_the_login_answers_for_the_right_org_again_it_is_accepted(desk: Desk) -> None:
    ref, right = desk.lead(), desk.door
    assert desk.reads(ref)
    other = Salesforce(World(desk.clock.now), org_id="00Dg50000000009EAA")
    other.client = other.auth.client = desk.org.client
    desk.door = other.handle
    desk.org.expire_sessions()
    with pytest.raises(Stopped):
        desk.reads(ref)
    desk.door = right
    desk.clock.advance(PAUSE.total_seconds())
    assert desk.reads(ref)


@fault("S10")
def test_no_way_shows_its_secrets(desk: Desk) -> None:
    desk.door = lambda request: Response(200, (), request.body)  # whatever is sent comes back
    with structlog.testing.capture_logs() as logs, pytest.raises(TryLater) as told:
        desk.connector.org_id  # noqa: B018 - it is asked for
    assert logs
    shown = str(logs) + str(told.value) + repr(desk.connector.config)
    for secret in desk.connector.config.secrets.values():
        assert secret.reveal() not in shown


@fault("V5")
def test_passing_trouble_at_the_door_is_tried_again(desk: Desk) -> None:
    path = "POST /services/(oauth2|Soap)"
    desk.org.world.faults.switch_on(Rule(Kind.SERVER_ERROR, path, times=2))
    assert desk.connector.org_id == desk.org.org_id
    assert desk.logins == 3


# -- SOAP


def test_soap_shows_user_password_and_token_and_escapes_them(soap: Desk) -> None:
    soap.org.client.password = "<&\"'>]]>"
    connector = build_connector(
        config_of(Login.SOAP, soap.org), Seams(clock=soap.clock),
        adapter=InProcessAdapter(soap.org.handle), httpx_transport=httpx_carrier(soap.org.handle),
    )  # fmt: skip
    assert connector.org_id == soap.org.org_id


def test_soap_logs_in_in_a_version_that_has_it() -> None:
    for configured, used in (("58.0", "58.0"), ("64.0", "64.0"), ("67.0", "64.0")):
        desk = Desk(Login.SOAP, {"api_version": configured})
        assert desk.connector.org_id
        [asked] = desk.asked
        assert asked.path == f"/services/Soap/u/{used}"
        assert asked.header("SOAPAction") == "login"


def test_an_address_that_is_trusted_needs_no_token(soap: Desk) -> None:
    config = config_of(Login.SOAP, soap.org)
    secrets = {"password": config.secrets["password"]}
    connector = build_connector(
        a_config(soap.org, login=Login.SOAP, secrets=secrets, username=USER),
        Seams(clock=soap.clock),
        adapter=InProcessAdapter(soap.org.handle),
        httpx_transport=httpx_carrier(soap.org.handle),
    )
    assert connector.org_id == soap.org.org_id


@fault("V14")
@pytest.mark.parametrize(
    ("code", "remedy"),
    [
        ("INVALID_LOGIN", "check username, password and security_token"),
        ("LOGIN_MUST_USE_SECURITY_TOKEN", "set security_token"),
        ("PASSWORD_LOCKOUT", "unlock the user"),
        ("UNSUPPORTED_API_VERSION", "set up client_credentials or jwt"),
        ("LOGIN_DURING_RESTRICTED_DOMAIN", "login IP ranges"),
        ("LOGIN_DURING_RESTRICTED_TIME", "login hours"),
        ("API_DISABLED_FOR_ORG", "this edition has no API"),
        ("ORG_LOCKED", "ORG_LOCKED: as Salesforce said"),
    ],
)
def test_a_soap_login_that_is_refused_stops_and_says_what_to_do(
    soap: Desk, code: str, remedy: str
) -> None:
    soap.door = answering(500, FAULT.format(code, "as Salesforce said"))
    for _ in range(4):
        with pytest.raises(Stopped, match=remedy):
            soap.connector.org_id  # noqa: B018 - it is asked for
    assert soap.logins == 1  # repeated failures lock the user out


@fault("V5")
@pytest.mark.parametrize("code", ["SERVER_UNAVAILABLE", "REQUEST_LIMIT_EXCEEDED"])
def test_a_soap_login_that_cannot_be_had_now_is_tried_later(soap: Desk, code: str) -> None:
    soap.door = answering(500, FAULT.format(code, "busy"))
    with pytest.raises(TryLater, match=f"{code}: busy"):
        soap.connector.org_id  # noqa: B018 - it is asked for
    soap.door = soap.org.handle
    soap.clock.advance(PAUSE.total_seconds())
    assert soap.connector.org_id == soap.org.org_id


@fault("V16", "V17")
@pytest.mark.parametrize(
    "body",
    [
        "", "<html>down for maintenance", "<a/>", "{}", "<result><sessionId>x</sessionId></result>",
        "<result><sessionId>x</sessionId><serverUrl>http://[</serverUrl></result>",
        "<a>" * 100 + "</a>" * 100, '<?xml version="1.0" encoding="klingon"?><a/>',
    ],
)  # fmt: skip
def test_an_answer_that_is_no_login_is_tried_later(soap: Desk, body: str) -> None:
    soap.door = answering(200, body)
    with pytest.raises(TryLater):
        soap.connector.org_id  # noqa: B018 - it is asked for


def test_an_expired_password_stops(soap: Desk) -> None:
    soap.door = changing(soap, b"<passwordExpired>false", b"<passwordExpired>true")
    with pytest.raises(Stopped, match="set a new one"):
        soap.connector.org_id  # noqa: B018 - it is asked for


@fault("S7", "S8")
def test_a_soap_session_is_never_shown_to_a_strange_host(soap: Desk) -> None:
    soap.door = changing(soap, b"https://acme.my.salesforce.com", b"https://evil.example")
    with pytest.raises(Stopped, match="not Salesforce"):
        soap.connector.org_id  # noqa: B018 - it is asked for


def test_the_host_for_soap_calls_stands_for_the_host_of_rest(soap: Desk) -> None:
    soap.door = changing(soap, b"https://acme.my.salesforce.com", b"https://eu1-api.salesforce.com")
    token = soap.connector.transport.tokens.current()
    assert token.instance_url == "https://eu1.salesforce.com"


@pytest.mark.parametrize(
    "body",
    [
        '<!DOCTYPE a [<!ENTITY x "y">]><result>&x;</result>',
        '<!DOCTYPE a SYSTEM "file:///etc/passwd"><result/>',
        '<!DOCTYPE a [<!ENTITY % x SYSTEM "http://127.0.0.1/x"> %x;]><result/>',
    ],
)
def test_an_answer_with_a_document_type_is_not_read(soap: Desk, body: str) -> None:
    soap.door = answering(200, body)
    with pytest.raises(TryLater, match="no SOAP message"):
        soap.connector.org_id  # noqa: B018 - it is asked for


def answering(status: int, body: str) -> Handle:
    return lambda _: Response(status, (("Content-Type", "text/xml"),), body.encode())


def changing(desk: Desk, before: bytes, after: bytes) -> Callable[[Request], Response]:
    def answer(request: Request) -> Response:
        told = desk.org.handle(request)
        assert before in told.body
        return Response(told.status, told.headers, told.body.replace(before, after))

    return answer


# -- refresh tokens that are exchanged


def test_an_exchanged_refresh_token_is_shown_the_next_time() -> None:
    desk = Desk(Login.REFRESH_TOKEN)
    desk.org.client.rotates = True
    ref = desk.lead()
    for _ in range(3):
        assert desk.reads(ref)
        desk.org.expire_sessions()
    assert desk.reads(ref)
    assert desk.logins == 4


@pytest.mark.parametrize(
    ("login", "words"),
    [
        (Login.REFRESH_TOKEN, "switch refresh token rotation off"),
        (Login.SOAP, "SOAP login ends in Summer '27: set up client_credentials or jwt"),
    ],
)
def test_what_will_not_last_is_told_in_the_log(login: Login, words: str) -> None:
    desk = Desk(login)
    desk.org.client.rotates = True
    with structlog.testing.capture_logs() as logs:
        assert desk.connector.org_id
    assert any(words in line["event"] for line in logs if line["log_level"] == "warning")


def test_client_credentials_are_taken_at_my_domain_alone() -> None:
    desk = Desk(Login.CLIENT_CREDENTIALS, {"url": "https://login.salesforce.com"})
    with pytest.raises(Stopped, match="not supported on this domain"):
        desk.connector.org_id  # noqa: B018 - it is asked for
