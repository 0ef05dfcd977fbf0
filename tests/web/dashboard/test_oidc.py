"""Login by an identity provider: who it vouches for gets in, and nothing else does."""

from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from slasync.domain.access import Rank
from slasync.settings.access import Oidc
from slasync.store.unit import reading
from slasync.systems import Secret
from slasync.web.dashboard.oidc import PATIENCE
from tests.faults.marks import fault
from tests.web.dashboard.house import ORIGIN, House, Visitor, said
from tests.web.dashboard.provider import CLIENT, OTHER_KEY, SECRET, Provider, a_provider

ROLES = {Rank.VIEWER: frozenset({"staff"}), Rank.ADMIN: frozenset({"revops"})}


@pytest.fixture
def provider(house: House) -> Iterator[Provider]:
    with a_provider(house.driven.now()) as provider:
        yield provider


@pytest.fixture
def here(house: House, provider: Provider) -> House:
    """The house, with that provider."""
    oidc = Oidc(issuer=provider.url, client_id=CLIENT, client_secret=Secret(SECRET), roles=ROLES)
    return house.with_access(public_url=ORIGIN, oidc=oidc)


def gone(visitor: Visitor, then: str = "/") -> str:
    """Let somebody set out; return the provider's address they are sent to."""
    answer = visitor.get(f"/login/oidc?then={then}")
    assert answer.status_code == 303, said(answer.text)
    return str(answer.headers["location"])


def back(address: str) -> str:
    return address.removeprefix(ORIGIN)


def test_whom_the_provider_vouches_for_is_let_in_with_the_rank_of_their_group(
    here: House, provider: Provider
) -> None:
    visitor = here.stranger()
    answer = visitor.get(back(provider.approve(gone(visitor, "/queue"))))

    assert answer.headers["location"] == "/queue"
    assert visitor.get("/").status_code == 200
    assert visitor.get("/users").status_code == 403
    with reading(here.engine) as unit:
        session = unit.access.sessions(here.driven.now())[0]
        entry = unit.audit.page(1)[0]
    assert (session.who, session.rank) == ("vera@acme.example", Rank.VIEWER)
    assert (entry.deed.target, entry.deed.detail) == ("vera@acme.example", {"by": "oidc"})


def test_of_several_groups_the_highest_rank_holds(here: House, provider: Provider) -> None:
    provider.claims = {"groups": ["staff", "revops"]}
    visitor = here.stranger()
    visitor.get(back(provider.approve(gone(visitor))))

    assert visitor.get("/users").status_code == 200


def test_who_has_no_mapped_group_is_not_let_in_and_is_told_whom_to_ask(
    here: House, provider: Provider
) -> None:
    provider.claims = {"groups": ["guests"]}
    visitor = here.stranger()
    answer = visitor.get(back(provider.approve(gone(visitor))))

    assert answer.status_code == 403
    assert "Your account has no role here" in said(answer.text)
    assert visitor.get("/").status_code == 303


def test_groups_that_the_token_does_not_tell_are_asked_for(here: House, provider: Provider) -> None:
    provider.claims, provider.userinfo = {"groups": None}, {"sub": "u1", "groups": ["revops"]}
    visitor = here.stranger()
    visitor.get(back(provider.approve(gone(visitor))))

    assert visitor.get("/users").status_code == 200


@fault("S17")
@pytest.mark.parametrize(
    "wrong",
    [
        {"claims": {"nonce": "of another login"}},
        {"claims": {"aud": "another application"}},
        {"claims": {"aud": [CLIENT, "other"], "azp": "other"}},
        {"claims": {"iss": "https://evil.example"}},
        {"claims": {"exp": 1}},
        {"claims": {"sub": None}},
        {"claims": {"email": None}},
        {"claims": {"email_verified": False}},
        {"claims": {"groups": None}, "userinfo": {"sub": "u2", "groups": ["revops"]}},
        {"signs_by": OTHER_KEY},
        {"algorithm": "HS256"},
        {"issuer": "https://elsewhere.example"},
    ],
    ids=lambda wrong: (
        "-".join(f"{k}={v}"[:40] for k, v in wrong.items() if k != "signs_by") or "another key"
    ),
)
def test_what_the_provider_does_not_really_vouch_for_is_refused(
    here: House, provider: Provider, wrong: dict[str, object]
) -> None:
    visitor = here.stranger()
    address = back(provider.approve(gone(visitor)))
    for name, value in wrong.items():
        setattr(provider, name, value)
    answer = visitor.get(address)

    assert answer.status_code == 502
    assert "could not vouch for you" in said(answer.text)
    assert visitor.get("/").status_code == 303


@fault("S17")
def test_an_answer_is_taken_once_and_only_from_the_browser_that_set_out(
    here: House, provider: Provider
) -> None:
    visitor, thief = here.stranger(), here.stranger()
    address = back(provider.approve(gone(visitor)))
    gone(thief)
    stolen = thief.get(address)
    again = visitor.get(address)

    assert stolen.status_code == again.status_code == 400
    assert thief.get("/").status_code == visitor.get("/").status_code == 303


def test_who_takes_too_long_at_the_provider_has_to_begin_anew(
    here: House, provider: Provider
) -> None:
    visitor = here.stranger()
    address = back(provider.approve(gone(visitor)))
    here.wait(PATIENCE + timedelta(seconds=1))

    assert visitor.get(address).status_code == 400


def test_who_says_no_at_the_provider_is_told_so(here: House, provider: Provider) -> None:
    visitor = here.stranger()
    query = parse_qs(urlsplit(gone(visitor)).query)
    answer = visitor.get(f"/login/oidc/back?error=access_denied&state={query['state'][0]}")

    assert answer.status_code == 502
    assert not provider.expected


def test_a_provider_that_is_down_is_no_way_in_and_no_crash(here: House) -> None:
    oidc = here.front.access.oidc
    assert oidc
    down = here.with_access(
        oidc=Oidc(issuer="http://127.0.0.1:9", client_id=CLIENT, client_secret=Secret(SECRET))
    )
    answer = down.stranger().get("/login/oidc")

    assert answer.status_code == 502
    assert "The log tells why" in said(answer.text)


def test_where_only_the_provider_lets_people_in_no_password_does(here: House) -> None:
    closed = here.with_access(local_users=False)
    visitor = closed.stranger()

    assert 'type="password"' not in visitor.get("/login").text
    assert visitor.login("alma").status_code == 403


def test_without_a_provider_its_addresses_are_not_there(house: House) -> None:
    assert house.stranger().get("/login/oidc").status_code == 404
    assert house.stranger().get("/login/oidc/back").status_code == 404
