"""Which requests are believed to come from HubSpot."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slasync.connectors.hubspot.signature import Verdict, Verifier, sign, signed_text, verifier
from slasync.connectors.hubspot.values import from_ms, to_ms
from slasync.sandbox.hubspot.signing import version_3
from slasync.systems import Secret
from tests.connectors.hubspot.bench import MONDAY, DrivenClock
from tests.faults.marks import fault

URL = "https://hooks.example.com/webhooks/hubspot"
SECRET = "yyyyyyyy-yyyy-yyyy-yyyy-yyyyyyyyyyyy"
BODY = b'[{"objectId":1}]'
NOW = str(to_ms(MONDAY))


def a_verifier(*secrets: str, url: str = URL, clock: DrivenClock | None = None) -> Verifier:
    known = [Secret(secret) for secret in secrets or (SECRET,)]
    return Verifier(url, known, clock or DrivenClock())


def signature(body: bytes = BODY, stamp: str = NOW, *, url: str = URL, secret: str = SECRET) -> str:
    return version_3(secret, "POST", url, body, timestamp=stamp)


def headers(
    given_signature: str | None = None, stamp: str = NOW, **more: str
) -> list[tuple[str, str]]:
    return [
        ("Host", "internal:8080"),
        ("X-HubSpot-Signature-V3", given_signature or signature(stamp=stamp)),
        ("X-HubSpot-Request-Timestamp", stamp),
        *more.items(),
    ]


def test_the_published_example_is_genuine() -> None:
    url, stamp = "https://www.example.com/webhook_uri", "1693657560000"
    body = b"{'example_field':'example_value'}"
    checks = a_verifier(url=url, clock=DrivenClock(from_ms(int(stamp))))
    found = headers("K36dawei4A+QBNolUOqo7s91KQDWQ5MXZ/QufNYuk/Y=", stamp)

    assert checks.check("POST", "", found, body) is Verdict.GENUINE
    assert checks.check("POST", "", found, body + b" ") is Verdict.FORGED


@fault("W4")
@pytest.mark.parametrize("secret", ["old", "new"])
def test_two_secrets_are_valid_while_one_replaces_the_other(secret: str) -> None:
    checks = a_verifier("old", "new")

    assert checks.check("POST", "", headers(signature(secret=secret)), BODY) is Verdict.GENUINE
    assert checks.check("POST", "", headers(signature(secret="other")), BODY) is Verdict.FORGED


@fault("W6")
@pytest.mark.parametrize(
    ("late", "verdict"),
    [
        (timedelta(0), Verdict.GENUINE),
        (timedelta(minutes=5), Verdict.GENUINE),
        (timedelta(minutes=5, milliseconds=1), Verdict.STALE),
        (timedelta(minutes=-5), Verdict.GENUINE),
        (timedelta(minutes=-5, milliseconds=-1), Verdict.STALE),
        (timedelta(days=-11), Verdict.STALE),  # a stamp in the future
    ],
)
def test_requests_are_believed_five_minutes_before_and_after(
    late: timedelta, verdict: Verdict
) -> None:
    checks = a_verifier(clock=DrivenClock(MONDAY + late))

    assert checks.check("POST", "", headers(), BODY) is verdict
    assert checks.before_body(headers()) is verdict


@fault("W6")
@pytest.mark.parametrize("stamp", ["", "x", "-1", "+1", "1e3", "\uff11", " ", "9" * 40, f"{NOW}.0"])
def test_a_timestamp_that_is_no_number_is_stale(stamp: str) -> None:
    found = headers(signature(stamp=stamp), stamp)

    assert a_verifier().check("POST", "", found, BODY) is Verdict.STALE


@fault("W14")
def test_names_of_headers_have_no_case() -> None:
    found = [(name.swapcase(), value) for name, value in headers()]

    assert a_verifier().check("POST", "", found, BODY) is Verdict.GENUINE


@fault("W14")
@pytest.mark.parametrize("name", ["x-hubspot-signature-v3", "X-HUBSPOT-REQUEST-TIMESTAMP"])
def test_a_header_that_comes_twice_is_not_chosen_from(name: str) -> None:
    twice = [*headers(), *[h for h in headers() if h[0].lower() == name.lower()]]

    assert a_verifier().check("POST", "", twice, BODY) is Verdict.AMBIGUOUS
    assert a_verifier().before_body(twice) is Verdict.AMBIGUOUS


@fault("W4")
@pytest.mark.parametrize("left_out", ["X-HubSpot-Signature-V3", "X-HubSpot-Request-Timestamp"])
def test_an_unsigned_request_is_known_before_its_body_is_read(left_out: str) -> None:
    found = [h for h in headers() if h[0] != left_out]

    assert a_verifier().before_body(found) is Verdict.UNSIGNED
    assert a_verifier().check("POST", "", found, BODY) is Verdict.UNSIGNED


@fault("W7")
@pytest.mark.parametrize(
    ("query", "signed"),
    [
        ("a=1", "a=1"),
        ("mail=x%40y.example", "mail=x@y.example"),
        ("a=%3A%2F%3f%21%24%27%28%29%2a%2C%3B", "a=:/?!$'()*,;"),
        ("a=%20%26%3D%25%2B", "a=%20%26%3D%25%2B"),  # not decoded
        ("a=%253A", "a=%253A"),  # nor decoded twice
    ],
)
def test_some_escapes_of_the_address_are_decoded_before_signing(query: str, signed: str) -> None:
    text = f"POST{URL}?{signed}".encode() + BODY + NOW.encode()

    assert signed_text("POST", f"{URL}?{query}", BODY, NOW) == text
    found = headers(sign(SECRET.encode(), text).decode())
    assert a_verifier().check("POST", query, found, BODY) is Verdict.GENUINE


@fault("W4", "W7")
def test_a_request_to_another_address_method_or_body_is_forged() -> None:
    checks = a_verifier()

    assert checks.check("POST", "x=1", headers(), BODY) is Verdict.FORGED
    assert checks.check("PUT", "", headers(), BODY) is Verdict.FORGED
    assert checks.check("POST", "", headers(), b"") is Verdict.FORGED
    assert a_verifier(url=URL + "/").check("POST", "", headers(), BODY) is Verdict.FORGED


@fault("W4", "S22")
@given(st.text(max_size=60), st.binary(max_size=60), st.text(max_size=30))
def test_nobody_guesses_a_signature(guess: str, body: bytes, query: str) -> None:
    found = headers(guess or "x")

    assert a_verifier().check("POST", query, found, body) is not Verdict.GENUINE


@fault("W4")
@given(st.binary(max_size=200), st.integers(min_value=0))
def test_a_changed_bit_makes_a_forgery(body: bytes, place: int) -> None:
    whole = body + b"x"
    changed = bytearray(whole)
    changed[place % len(whole)] ^= 1 << place % 8

    checks = a_verifier()
    assert checks.check("POST", "", headers(signature(whole)), whole) is Verdict.GENUINE
    assert checks.check("POST", "", headers(signature(whole)), bytes(changed)) is Verdict.FORGED


@fault("S16")
@pytest.mark.parametrize("secrets", [{}, {"webhook_secret": Secret("")}])
def test_without_a_secret_there_is_no_verifier(secrets: dict[str, Secret]) -> None:
    with pytest.raises(ValueError, match="webhook_secret"):
        verifier(URL, secrets, DrivenClock())
