"""Logging in: every grant, every refusal, sessions that end."""

import base64
from datetime import timedelta

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from slasync.sandbox.http import Request
from slasync.sandbox.salesforce import Salesforce
from tests.sandbox.salesforce.desk import HOST, MONDAY, Clock, Desk, error

JWT_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def public(key: rsa.RSAPrivateKey) -> str:
    pem = serialization.Encoding.PEM
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_key().public_bytes(pem, form).decode()


def assertion(desk: Desk, key: rsa.RSAPrivateKey, **changes: object) -> str:
    known = desk.sf.credentials()
    claims = {
        "iss": known["client_id"],
        "sub": known["username"],
        "aud": "https://login.salesforce.com",
        "exp": int((desk.clock.at + timedelta(minutes=3)).timestamp()),
    } | changes
    return jwt.encode(claims, key, algorithm="RS256")


def test_client_credentials_work_as_form_fields_and_by_basic_authentication() -> None:
    desk = Desk()
    known = desk.sf.credentials()
    pair = f"{known['client_id']}:{known['client_secret']}".encode()
    by_basic = desk.token(basic=base64.b64encode(pair).decode(), grant_type="client_credentials")
    assert by_basic.status == 200
    body = by_basic.json()
    assert body["instance_url"] == HOST
    assert body["token_type"] == "Bearer"
    assert body["issued_at"] == str(int(MONDAY.timestamp() * 1000))
    assert "expires_in" not in body


@pytest.mark.parametrize("host", ["https://login.salesforce.com", "https://test.salesforce.com"])
def test_client_credentials_are_refused_away_from_the_my_domain(host: str) -> None:
    desk = Desk()
    answer = desk.token(host, grant_type="client_credentials")
    assert answer.status == 400
    assert answer.json()["error"] == "invalid_grant"


def test_client_credentials_work_on_a_loopback_host() -> None:
    desk = Desk()
    known = desk.sf.credentials()
    answer = desk.token(
        "http://127.0.0.1:8099",
        grant_type="client_credentials",
        client_id=known["client_id"],
        client_secret=known["client_secret"],
    )
    assert answer.status == 200


@pytest.mark.parametrize(
    ("form", "pair"),
    [
        ({"client_id": "nobody"}, ("invalid_client_id", "client identifier invalid")),
        ({"client_secret": "wrong"}, ("invalid_client", "invalid client credentials")),
        ({"grant_type": "magic"}, ("unsupported_grant_type", "grant type not supported")),
    ],
)
def test_a_refusal_names_its_reason(form: dict[str, str], pair: tuple[str, str]) -> None:
    desk = Desk()
    known = desk.sf.credentials()
    right = {
        "grant_type": "client_credentials",
        "client_id": known["client_id"],
        "client_secret": known["client_secret"],
    }
    answer = desk.token(**(right | form))
    assert answer.status == 400
    assert (answer.json()["error"], answer.json()["error_description"]) == pair


def test_the_refresh_token_opens_a_session_and_a_wrong_one_does_not() -> None:
    desk = Desk()
    known = desk.sf.credentials()
    form = {k: known[k] for k in ("client_id", "client_secret", "refresh_token")}
    answer = desk.token(grant_type="refresh_token", **form)
    assert answer.status == 200
    assert "refresh_token" not in answer.json()  # no rotation: the old one stays good
    wrong = desk.token(grant_type="refresh_token", **(form | {"refresh_token": "old"}))
    assert wrong.json()["error_description"] == "expired access/refresh token"


def test_a_jwt_signed_by_the_registered_key_opens_a_session(key: rsa.RSAPrivateKey) -> None:
    desk = Desk()
    desk.sf.register_public_key(public(key))
    answer = desk.token(grant_type=JWT_GRANT, assertion=assertion(desk, key))
    assert answer.status == 200, answer.body


@pytest.mark.parametrize(
    ("claim", "value", "wanted"),
    [
        ("iss", "nobody", "invalid_client_id"),
        ("sub", "stranger@acme.example", "invalid_grant"),
        ("aud", "https://elsewhere.example", "invalid_grant"),
        ("exp", int(MONDAY.timestamp()) - 1, "invalid_grant"),
        ("exp", int(MONDAY.timestamp()) + 3600, "invalid_grant"),
    ],
)
def test_a_jwt_with_a_wrong_claim_is_refused(
    key: rsa.RSAPrivateKey, claim: str, value: object, wanted: str
) -> None:
    desk = Desk()
    desk.sf.register_public_key(public(key))
    answer = desk.token(grant_type=JWT_GRANT, assertion=assertion(desk, key, **{claim: value}))
    assert (answer.status, answer.json()["error"]) == (400, wanted)


def test_a_jwt_signed_by_another_key_is_refused(key: rsa.RSAPrivateKey) -> None:
    desk = Desk()
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    desk.sf.register_public_key(public(other))
    answer = desk.token(grant_type=JWT_GRANT, assertion=assertion(desk, key))
    assert (answer.status, answer.json()["error"]) == (400, "invalid_grant")


def test_an_ended_session_is_answered_by_401() -> None:
    desk = Desk()
    desk.sf.expire_sessions()
    answer = desk.call("GET", "limits")
    assert answer.status == 401
    assert answer.json() == [
        {"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}
    ]
    assert desk.sf.calls.total() == 0


def test_a_session_slides_with_its_use() -> None:
    clock = Clock()
    desk = Desk(clock)
    desk.sf.client.lifetime = timedelta(hours=2)
    for _ in range(3):
        clock.pass_(hours=1, minutes=50)
        assert desk.call("GET", "limits").status == 200
    clock.pass_(hours=2, minutes=1)
    assert desk.call("GET", "limits").status == 401


def test_a_session_that_was_opened_for_good_needs_no_use() -> None:
    clock = Clock()
    desk = Desk(clock)
    token = desk.sf.auth.open_for_good(desk.sf.admin_id)
    for _ in range(2):
        clock.pass_(hours=24 * 401)
        assert desk.sf.auth.user_of_token(token) == desk.sf.admin_id


def test_the_session_of_a_user_made_inactive_is_of_no_use() -> None:
    desk = Desk()
    desk.sf.update("User", desk.sf.integration_user_id, {"IsActive": False}, desk.sf.admin_id)
    assert desk.call("GET", "limits").status == 401


def test_userinfo_without_a_good_token_is_refused_in_plain_text() -> None:
    desk = Desk()
    url = f"{HOST}/services/oauth2/userinfo"
    answer = desk.sf.handle(Request("GET", url, {"Authorization": "Bearer nothing"}))
    assert (answer.status, answer.body) == (403, b"Bad_OAuth_Token")
    good = desk.sf.handle(Request("GET", url, desk.headers))
    assert good.json()["user_id"] == desk.sf.integration_user_id


def test_a_revoked_token_is_of_no_use() -> None:
    desk = Desk()
    token = desk.headers["Authorization"].partition(" ")[2]
    url = f"{HOST}/services/oauth2/revoke"
    assert desk.sf.handle(Request("POST", url, {}, f"token={token}".encode())).status == 200
    assert desk.call("GET", "limits").status == 401


def test_the_list_of_versions_needs_no_session_and_is_not_counted() -> None:
    desk = Desk()
    answer = desk.sf.handle(Request("GET", f"{HOST}/services/data"))
    versions = answer.json()
    first = {"label": "Summer '14", "url": "/services/data/v31.0", "version": "31.0"}
    assert versions[0] == first
    labels = {v["version"]: v["label"] for v in versions}
    assert (labels["66.0"], labels["67.0"], labels["68.0"]) == (
        "Spring '26",
        "Summer '26",
        "Winter '27",
    )
    assert desk.sf.calls.total() == 0


def test_a_version_that_is_gone_is_answered_by_410() -> None:
    desk = Desk(version="v29.0")
    assert error(desk.call("GET", "limits")) == (410, "UNSUPPORTED_API_VERSION")


def test_two_orgs_of_one_seed_hand_out_the_same_credentials() -> None:
    assert Desk().sf.credentials() == Desk().sf.credentials()


def test_the_instance_url_can_be_set() -> None:
    desk = Desk()
    other = Salesforce(desk.world, instance_url="http://127.0.0.1:9")
    assert other.credentials()["instance_url"] == "http://127.0.0.1:9"
