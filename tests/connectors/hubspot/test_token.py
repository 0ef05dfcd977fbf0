"""OAuth with HubSpot: a token by refresh token, exchanged in time, and refusals that are told."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs

import orjson
import pytest

from slasync.clock import Seams
from slasync.connectors.http import Lane
from slasync.connectors.hubspot import CONTACTS, HubSpotConnector, build_connector
from slasync.connectors.hubspot.token import MARGIN, OF_APP
from slasync.errors import Stopped, TryLater
from slasync.ports import Ask
from slasync.sandbox.faults import Kind, Rule
from slasync.sandbox.http import Request, Response
from slasync.sandbox.hubspot.options import ALL_SCOPES
from slasync.systems import HubSpotConfig, Secret
from slasync.web.noticed import Noticed
from tests.connectors.hubspot.bench import AMPLE, MAPPED, MONDAY, Bench, InProcessPool
from tests.faults.marks import fault
from tests.pains.marks import pain

ENDPOINT = "POST /oauth/v3/token"
HALF_AN_HOUR = 1800


@dataclass
class Installed:
    """An app in a simulated account, and slasync with its refresh token."""

    told: dict[str, str] = field(default_factory=dict)  # secrets, other than the account's
    version: str = "v3"
    scopes: frozenset[str] = ALL_SCOPES

    def __post_init__(self) -> None:
        self.bench = Bench(options={"scopes": self.scopes})
        self.hubspot, self.clock, self.pool = self.bench.hubspot, self.bench.clock, self.bench.pool
        self.noticed = Noticed(self.clock)
        given = self.hubspot.credentials() | self.told
        config = HubSpotConfig(
            secrets={name: Secret(given[name]) for name in OF_APP},
            api_version=self.version,
            contact_fields=MAPPED,
            budget=AMPLE,
        )
        self.connector: HubSpotConnector = build_connector(
            config,
            Seams(clock=self.clock),
            pool_manager=self.pool,
            observers=(self.noticed.called,),
        )

    def read(self) -> None:
        (answer,) = self.connector.source.read([Ask(CONTACTS, MONDAY)])
        assert answer.error is None

    @property
    def logins(self) -> int:
        return self.hubspot.calls[ENDPOINT]

    def strike(self, kind: Kind, path: str, times: int = 1) -> None:
        self.bench.world.faults.switch_on(Rule(kind, path, times=times))


def test_one_token_serves_many_calls_and_counts_against_no_quota() -> None:
    app = Installed()
    for _ in range(5):
        app.read()
    assert app.logins == 1
    assert app.connector.calls.by_lane()[Lane.LOGIN] == 1
    assert app.connector.calls.total() == 5


def test_the_refresh_token_is_shown_with_the_apps_id_and_secret() -> None:
    app = Installed()
    app.read()
    asked = app.pool.requests[0]
    form = {name: values[0] for name, values in parse_qs(asked.body.decode()).items()}
    given = app.hubspot.credentials()
    assert form == {"grant_type": "refresh_token", **{name: given[name] for name in OF_APP}}
    assert "?" not in asked.url  # where proxies would write it down


@fault("V13")
def test_a_token_is_exchanged_before_it_ends() -> None:
    app = Installed()
    app.read()
    app.clock.advance(timedelta(seconds=HALF_AN_HOUR - MARGIN - 1))
    app.read()
    assert app.logins == 1
    app.clock.advance(timedelta(seconds=1))
    app.read()
    assert app.logins == 2
    assert not app.noticed.refused()  # not one call was refused


@fault("V13")
def test_a_token_that_ends_early_is_exchanged_and_the_same_call_made_once_more() -> None:
    app = Installed()
    app.read()
    before = len(app.pool.requests)
    app.strike(Kind.TOKEN_EXPIRED, "contacts")
    app.read()
    assert app.logins == 2
    paths = [request.url.partition("?")[0] for request in app.pool.requests[before:]]
    assert [path.rsplit("/", 1)[-1] for path in paths] == ["contacts", "token", "contacts"]


@fault("V14")
@pytest.mark.parametrize(
    ("name", "code"),
    [("refresh_token", "BAD_REFRESH_TOKEN"), ("client_secret", "BAD_CLIENT_ID")],
)
def test_a_refusal_says_what_to_do_is_not_repeated_and_raises_the_alarm(
    name: str, code: str
) -> None:
    app = Installed({name: "a-wrong-one"})
    for _ in range(3):
        with pytest.raises(Stopped) as told:
            app.read()
    message = str(told.value)
    assert "refresh token of the app that is installed" in message
    assert code in message
    assert "a-wrong-one" not in message
    assert len(app.pool.requests) == 1  # lest the app be locked out
    assert "hubspot" in app.noticed.refused()


@fault("V5")
def test_while_the_token_endpoint_is_down_the_call_is_tried_later() -> None:
    app = Installed()
    app.strike(Kind.SERVER_ERROR, "oauth", times=3)
    with pytest.raises(TryLater, match="no token"):
        app.read()
    app.clock.advance(timedelta(seconds=2))  # what does not answer is left alone for a moment
    app.read()
    assert app.logins == 1


@fault("V5")
def test_a_token_whose_answer_is_lost_is_asked_for_again() -> None:
    app = Installed()
    app.strike(Kind.TIMEOUT_AFTER, "oauth")
    app.read()
    assert app.logins == 2


def scripted(*answers: dict[str, Any]) -> tuple[InProcessPool, list[str]]:
    """A vendor that gives these tokens, and what refresh tokens it is shown."""
    shown, given = list[str](), list(answers)

    def handle(request: Request) -> Response:
        date = ("Date", "Mon, 02 Mar 2026 09:00:00 GMT")
        if not request.url.endswith("/token"):
            return Response(200, (date,), b'{"results": []}')
        shown.append(parse_qs(request.body.decode())["refresh_token"][0])
        return Response(200, (date,), orjson.dumps(given.pop(0)))

    return InProcessPool(handle), shown


def test_a_refresh_token_that_is_exchanged_is_shown_from_then_on() -> None:
    first = {"access_token": "a", "refresh_token": "second", "expires_in": HALF_AN_HOUR}
    pool, shown = scripted(first, first | {"access_token": "b"})
    bench = Bench()
    config = HubSpotConfig(
        secrets={name: Secret("first") for name in OF_APP}, contact_fields=MAPPED, budget=AMPLE
    )
    source = build_connector(config, Seams(clock=bench.clock), pool_manager=pool).source
    source.read([Ask(CONTACTS, MONDAY)])
    bench.clock.advance(timedelta(hours=1))
    source.read([Ask(CONTACTS, MONDAY)])
    assert shown == ["first", "second"]


@fault("V16")
@pytest.mark.parametrize("told", [{}, {"access_token": "a"}, {"expires_in": "soon"}])
def test_an_answer_that_is_no_token_is_tried_later(told: dict[str, Any]) -> None:
    pool, _ = scripted(told, told, told)
    bench = Bench()
    config = HubSpotConfig(secrets={name: Secret("x") for name in OF_APP}, budget=AMPLE)
    source = build_connector(config, Seams(clock=bench.clock), pool_manager=pool).source
    with pytest.raises(TryLater, match="token endpoint"):
        source.read([Ask(CONTACTS, MONDAY)])


@fault("S10")
def test_no_secret_stands_in_the_name_of_a_call() -> None:
    app = Installed(version="2026-03")
    app.read()
    assert app.logins == 1
    shown = repr(app.connector.config) + "".join(request.url for request in app.pool.requests)
    assert not any(secret.reveal() in shown for secret in app.connector.config.secrets.values())


NEEDED = frozenset({
    "crm.objects.contacts.read", "crm.objects.contacts.write", "crm.objects.owners.read",
    "crm.schemas.contacts.read", "oauth",
})  # fmt: skip


@pain("P30/rights")
@pytest.mark.parametrize("version", ["v3", "2026-03"])
def test_scopes_that_are_lacking_are_a_problem_and_others_a_note(version: str) -> None:
    ready = Installed(version=version, scopes=NEEDED | {"forms"})
    assert not [each for each in ready.connector.probe() if "scope" in each]
    assert ready.connector.notes() == ["scopes in excess, of no use to slasync: forms"]
    without = Installed(version=version, scopes=NEEDED - {"crm.objects.contacts.write"})
    [told] = [each for each in without.connector.probe() if "scope" in each]
    assert told.startswith("slasync's app lacks the scope crm.objects.contacts.write: grant it")
    assert without.connector.notes() == []


def test_that_nobody_can_tell_what_a_private_app_may_do_is_said() -> None:
    [told] = Bench().connector.notes()
    assert told.startswith("write rights cannot be read: HubSpot tells the scopes of apps with")
