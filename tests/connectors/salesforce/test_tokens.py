"""Tokens: three flows, one fetch for all threads, and refusals that are not repeated."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import parse_qs

import httpx
import jwt
import pytest
import respx
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from slasync.connectors.http import Calls, Lane
from slasync.connectors.salesforce.token import Tokens
from slasync.connectors.single_token import PAUSE
from slasync.errors import Stopped, TryLater
from slasync.systems import Budget, Login, SalesforceConfig, Secret
from tests.connectors.in_process import DrivenClock
from tests.faults.marks import fault

URL = "https://acme.my.salesforce.com"
ENDPOINT = f"{URL}/services/oauth2/token"
SECRETS = {
    "consumer_key": "key",
    "consumer_secret": "hush",
    "refresh_token": "fresh",
}


def told(**changed: Any) -> dict[str, Any]:
    return {
        "access_token": "00D!token",
        "instance_url": URL,
        "id": "https://login.salesforce.com/id/00Dg50000000001/005g50000000002AAA",
        "token_type": "Bearer",
    } | changed


@pytest.fixture
def endpoint() -> Iterator[respx.Route]:
    with respx.mock(assert_all_called=False) as router:
        yield router.post(ENDPOINT).respond(json=told())


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    with httpx.Client() as client:
        yield client


@pytest.fixture
def clock() -> DrivenClock:
    return DrivenClock()


class Made:
    """Tokens with what they count."""

    def __init__(self, clock: DrivenClock, client: httpx.Client, **changed: Any) -> None:
        secrets = {name: Secret(text) for name, text in SECRETS.items()}
        settings: dict[str, Any] = {"url": URL, "login": Login.CLIENT_CREDENTIALS}
        config = SalesforceConfig(**(settings | {"secrets": secrets} | changed))
        self.calls = Calls("salesforce", clock, Budget(100_000))
        self.tokens = Tokens(config, clock, client, self.calls)


def form(route: respx.Route) -> dict[str, str]:
    parsed = parse_qs(route.calls.last.request.read().decode())
    return {name: values[-1] for name, values in parsed.items()}


def test_client_credentials_send_key_and_secret(
    endpoint: respx.Route, clock: DrivenClock, client: httpx.Client
) -> None:
    token = Made(clock, client).tokens.current()
    assert token.access.reveal() == "00D!token"
    assert form(endpoint) == {
        "grant_type": "client_credentials",
        "client_id": "key",
        "client_secret": "hush",
    }


def test_a_refresh_token_is_shown_with_key_and_secret(
    endpoint: respx.Route, clock: DrivenClock, client: httpx.Client
) -> None:
    Made(clock, client, login=Login.REFRESH_TOKEN).tokens.current()
    sent = form(endpoint)
    assert (sent["grant_type"], sent["refresh_token"]) == ("refresh_token", "fresh")
    assert (sent["client_id"], sent["client_secret"]) == ("key", "hush")


def test_a_jwt_is_signed_for_the_user_and_ends_within_three_minutes(
    endpoint: respx.Route, clock: DrivenClock, client: httpx.Client
) -> None:
    key = rsa.generate_private_key(65537, 2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()
    secrets = {"consumer_key": Secret("key"), "private_key": Secret(pem)}
    made = Made(clock, client, login=Login.JWT, secrets=secrets, username="bot@acme.example")
    made.tokens.current()
    claims = jwt.decode(
        form(endpoint)["assertion"],
        key.public_key(),
        algorithms=["RS256"],
        audience="https://login.salesforce.com",
        options={"verify_exp": False},
    )
    assert (claims["iss"], claims["sub"]) == ("key", "bot@acme.example")
    assert 0 < claims["exp"] - clock.now().timestamp() <= 180


@fault("S10")
def test_a_private_key_that_is_none_stops_and_is_not_shown(
    endpoint: respx.Route, clock: DrivenClock, client: httpx.Client
) -> None:
    secrets = {"consumer_key": Secret("key"), "private_key": Secret("not a key")}
    with pytest.raises(Stopped) as stopped:
        Made(clock, client, login=Login.JWT, secrets=secrets).tokens.current()
    assert "not a key" not in str(stopped.value)
    assert not endpoint.called


def test_a_missing_secret_is_named(
    endpoint: respx.Route, clock: DrivenClock, client: httpx.Client
) -> None:
    with pytest.raises(Stopped, match="consumer_secret"):
        Made(clock, client, secrets={"consumer_key": Secret("key")}).tokens.current()
    assert not endpoint.called


@fault("V15")
def test_all_threads_share_one_fetch(
    endpoint: respx.Route, clock: DrivenClock, client: httpx.Client
) -> None:
    made = Made(clock, client)
    with ThreadPoolExecutor(8) as pool:
        tokens = list(pool.map(lambda _: made.tokens.current(), range(32)))
    assert len(set(map(id, tokens))) == 1
    assert endpoint.call_count == 1


@fault("V15")
def test_threads_refused_with_one_token_renew_it_once(
    endpoint: respx.Route, clock: DrivenClock, client: httpx.Client
) -> None:
    made = Made(clock, client)
    stale = made.tokens.current()
    with ThreadPoolExecutor(8) as pool:
        tokens = list(pool.map(lambda _: made.tokens.renew(stale), range(32)))
    assert len(set(map(id, tokens))) == 1
    assert endpoint.call_count == 2


@fault("V14")
@pytest.mark.parametrize("status", [400, 401, 403, 429])
def test_a_refusal_stops_and_is_not_asked_for_again_at_once(
    endpoint: respx.Route, clock: DrivenClock, client: httpx.Client, status: int
) -> None:
    error = {"error": "invalid_grant", "error_description": "authentication failure"}
    endpoint.respond(status, json=error)
    made = Made(clock, client)
    for _ in range(5):
        with pytest.raises(Stopped, match="invalid_grant: authentication failure"):
            made.tokens.current()
    assert endpoint.call_count == 1


@fault("V14")
def test_after_a_pause_a_mended_credential_is_accepted(
    endpoint: respx.Route, clock: DrivenClock, client: httpx.Client
) -> None:
    endpoint.respond(400, json={"error": "invalid_client", "error_description": "bad"})
    made = Made(clock, client)
    with pytest.raises(Stopped):
        made.tokens.current()
    endpoint.respond(json=told())
    clock.advance(PAUSE.total_seconds())
    assert made.tokens.current().org_id == "00Dg50000000001EAA"


@fault("V5")
@pytest.mark.parametrize(
    "trouble",
    [httpx.Response(503), httpx.ConnectTimeout("slow"), httpx.ReadTimeout("slow")],
)
def test_passing_trouble_is_tried_again(
    endpoint: respx.Route, clock: DrivenClock, client: httpx.Client, trouble: Any
) -> None:
    endpoint.side_effect = [trouble, httpx.Response(200, json=told())]
    made = Made(clock, client)
    made.tokens.current()
    assert made.calls.by_lane() == {Lane.LOGIN: 2}


@fault("V5")
def test_trouble_that_stays_is_left_for_later(
    endpoint: respx.Route, clock: DrivenClock, client: httpx.Client
) -> None:
    endpoint.respond(502, text="<html>bad gateway</html>")
    with pytest.raises(TryLater):
        Made(clock, client).tokens.current()
    assert endpoint.call_count == 3


@fault("V16")
def test_an_answer_that_is_no_token_is_left_for_later(
    endpoint: respx.Route, clock: DrivenClock, client: httpx.Client
) -> None:
    endpoint.respond(200, text="<html>down for maintenance</html>")
    with pytest.raises(TryLater) as told:
        Made(clock, client).tokens.current()
    assert told.value.after is None  # a time named here would be kept, for as long as it lasts


def test_the_organisation_and_user_come_with_the_token_in_18_characters(
    endpoint: respx.Route, clock: DrivenClock, client: httpx.Client
) -> None:
    token = Made(clock, client).tokens.current()
    assert endpoint.called
    assert (token.org_id, token.user_id) == ("00Dg50000000001EAA", "005g50000000002AAA")


@fault("V45")
def test_a_token_of_another_organisation_is_not_used(
    endpoint: respx.Route, clock: DrivenClock, client: httpx.Client
) -> None:
    made = Made(clock, client)
    first = made.tokens.current()
    other = told(id="https://login.salesforce.com/id/00Dg50000000009EAA/005g50000000002AAA")
    endpoint.respond(json=other)
    with pytest.raises(Stopped, match="00Dg50000000009EAA"):
        made.tokens.renew(first)


@fault("S8")
@pytest.mark.parametrize(
    "url", ["https://eu12.salesforce.com", "https://acme.lightning.force.com", URL]
)
def test_an_instance_of_the_vendor_is_accepted(
    endpoint: respx.Route, clock: DrivenClock, client: httpx.Client, url: str
) -> None:
    endpoint.respond(json=told(instance_url=url))
    assert Made(clock, client).tokens.current().instance_url == url


@fault("S7", "S8")
@pytest.mark.parametrize(
    "url",
    [
        "https://salesforce.com.evil.example",
        "https://evilsalesforce.com",
        "http://acme.my.salesforce.com",
        "https://127.0.0.1:8801",
        "",
    ],
)
def test_a_token_is_never_sent_to_a_strange_host(
    endpoint: respx.Route, clock: DrivenClock, client: httpx.Client, url: str
) -> None:
    endpoint.respond(json=told(instance_url=url))
    with pytest.raises(Stopped, match="not Salesforce"):
        Made(clock, client).tokens.current()


def test_a_sandbox_on_this_machine_may_name_this_machine(
    clock: DrivenClock, client: httpx.Client
) -> None:
    local = "http://127.0.0.1:8801"
    with respx.mock as router:
        answer = told(instance_url="http://localhost:8801/")
        router.post(f"{local}/services/oauth2/token").respond(json=answer)
        assert Made(clock, client, url=local).tokens.current().instance_url == (
            "http://localhost:8801"
        )


@fault("S10")
def test_a_token_does_not_show_itself(
    endpoint: respx.Route, clock: DrivenClock, client: httpx.Client
) -> None:
    token = Made(clock, client).tokens.current()
    assert endpoint.called
    assert "00D!token" not in repr(token)


@pytest.mark.parametrize(
    ("login", "told"),
    [
        (Login.CLIENT_CREDENTIALS, "invalid_grant: no. To mend it: choose the user that"),
        (Login.REFRESH_TOKEN, "invalid_grant: no. To mend it: authorise the app once more"),
        (Login.CLIENT_CREDENTIALS, "invalid_client_id: no. To mend it: check consumer_key"),
    ],
)
def test_a_refused_login_says_how_to_mend_it(
    endpoint: respx.Route,
    clock: DrivenClock,
    client: httpx.Client,
    login: Login,
    told: str,
) -> None:
    endpoint.respond(400, json={"error": told.partition(":")[0], "error_description": "no"})
    with pytest.raises(Stopped) as stopped:
        Made(clock, client, login=login).tokens.current()
    assert str(stopped.value).startswith(f"Salesforce gives no token: {told}")
