"""The part `listeners.dashboard`: each mistake has its message, and nothing opens by accident."""

from pathlib import Path

import pytest

from slasync.domain.access import Rank
from slasync.settings.access import Dashboard
from tests.faults.marks import fault
from tests.settings.configs import ENVIRON, Configuration, shipped

SLASYNC = "config/slasync.yaml"
LINE = "  dashboard: {host: 127.0.0.1, port: 8813}"
OIDC = (
    "oidc: {issuer: https://login.acme.example, client_id: slasync,"
    " client_secret: {env: OIDC_SECRET}, roles: {viewer: [staff], admin: [revops]}}"
)
PUBLIC = "host: 0.0.0.0, public_url: https://sla.acme.example"


def with_dashboard(root: Path, keys: str) -> Configuration:
    made = shipped(root, {**ENVIRON, "OIDC_SECRET": "s"})
    return made.change(SLASYNC, LINE, f"  dashboard: {{{keys}}}" if keys else "  dashboard: null")


@fault("S16")
def test_as_shipped_it_listens_to_this_machine_only(tmp_path: Path) -> None:
    found = shipped(tmp_path).load().listeners.dashboard

    assert found == Dashboard()
    assert not Dashboard().public


def test_there_need_be_no_dashboard(tmp_path: Path) -> None:
    assert with_dashboard(tmp_path, "").load().listeners.dashboard is None


@fault("S16")
@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ("host: 0.0.0.0", "passwords would travel in clear text: name certificate and key"),
        ("host: 0.0.0.0, trusted_proxies: [10.0.0.7]", "public_url is missing"),
        ("trusted_proxies: [127.0.0.1]", "public_url is missing"),
        ("trusted_proxies: [0.0.0.0/0]", "everybody would be trusted"),
        ("trusted_proxies: [proxy]", "not an address: write 10.0.0.7"),
        ("trusted_proxies: [127.0.0.1], public_url: http://127.0.0.1", "public_url is not https"),
        ("public_url: http://sla.acme.example", "would travel in clear text: write https"),
        ("public_url: https://acme.example/sla", "lives at the top of its host"),
        ("public_url: sla", "not an address: write https://host"),
        ("hosts: [https://sla.acme.example]", "one name of a host"),
        ("hosts: ['*']", "one name of a host"),
        ("tls: {certificate: /none.pem, key: /none.key}", "there is no file /none.pem"),
        ("session: {idle: 1 min}", "a session lasts 5 min at least"),
        ("session: {idle: 13 h}", "idle is longer than longest"),
        ("local_users: false", "nobody could log in"),
        ("port: 8812", "health and dashboard both listen on port 8812"),
        ("port: 8811", "webhooks and dashboard both listen on port 8811"),
        (OIDC, "oidc needs public_url"),
        (OIDC.replace("https:", "http:"), "write https://"),
        (OIDC.replace("{viewer: [staff], admin: [revops]}", "{}"), "nobody would be let in"),
        (OIDC.replace("client_id", "scopes: [email], client_id"), "scopes hold no openid"),
        (OIDC.replace("{env: OIDC_SECRET}", "abc"), "a secret never stands in a file"),
        (OIDC.replace("OIDC_SECRET", "NOT_SET"), "environment variable NOT_SET is not set"),
        ("hots: []", "unknown key 'hots' (did you mean hosts?)"),
    ],
)
def test_what_would_not_be_safe_or_not_work_is_refused(
    tmp_path: Path, keys: str, said: str
) -> None:
    problems = with_dashboard(tmp_path, keys).problems()

    assert any(said in problem for problem in problems), problems
    assert all(problem.startswith(f"{SLASYNC}:") for problem in problems)


def test_behind_a_proxy_it_may_be_reached_from_elsewhere(tmp_path: Path) -> None:
    found = with_dashboard(tmp_path, f"{PUBLIC}, trusted_proxies: [10.0.0.0/24]").load()
    access = found.listeners.dashboard

    assert access
    assert access.public
    assert access.names == {"sla.acme.example"}
    assert access.trusts("10.0.0.9")
    assert not access.trusts("10.0.1.9")
    assert not access.trusts("somebody")


def test_an_identity_provider_maps_groups_to_roles(tmp_path: Path) -> None:
    access = with_dashboard(tmp_path, f"{PUBLIC}, trusted_proxies: [10.0.0.7], {OIDC}").load()
    oidc = access.listeners.dashboard and access.listeners.dashboard.oidc

    assert oidc
    assert oidc.rank(frozenset({"staff", "revops"})) is Rank.ADMIN
    assert oidc.rank(frozenset({"guests"})) is None
    assert oidc.client_secret.reveal() == "s"
    assert "s'" not in repr(oidc.client_secret)
