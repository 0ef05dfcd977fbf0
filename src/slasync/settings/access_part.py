"""The part `listeners.dashboard` of slasync.yaml: where it listens and who may look."""

from collections.abc import Iterator
from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from slasync.domain.access import Rank
from slasync.settings.access import Dashboard, Oidc, TlsFiles
from slasync.settings.environment import Environment
from slasync.settings.known import refused
from slasync.settings.loopback import is_loopback
from slasync.settings.strict import Duration, SecretRef, Strict, Text
from slasync.systems import Secret

SHORTEST, LONGEST = timedelta(minutes=5), timedelta(days=7)
EVERYBODY = 0  # the length of the prefix that all addresses share


def _address(url: str) -> str:
    """Accept https://name, or http on this machine; nothing behind the host."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host, parts = None, urlsplit("")
    if not host or parts.scheme not in {"http", "https"} or parts.username:
        raise refused("not an address: write https://host")
    if parts.scheme == "http" and not is_loopback(host):
        raise refused("passwords and sessions would travel in clear text: write https://")
    return url.rstrip("/")


def _origin(url: str) -> str:
    if not url:
        return url
    found = _address(url)
    if urlsplit(found).path or urlsplit(found).query:
        raise refused("the dashboard lives at the top of its host: write https://host, no path")
    return found


def _host_name(name: str) -> str:
    if "/" in name or " " in name or "*" in name or name != name.lower():
        raise refused("one name of a host, in small letters, without port: slasync.acme.example")
    return name


def _network(text: str) -> str:
    try:
        network = ip_network(text)
    except ValueError:
        raise refused("not an address: write 10.0.0.7, or 10.0.0.0/24 for a network") from None
    if network.prefixlen == EVERYBODY:
        raise refused("everybody would be trusted: name the proxy's address")
    return text


def _file(path: str) -> str:
    if not Path(path).is_file():
        raise refused(f"there is no file {path}")
    return path


def _span(span: timedelta) -> timedelta:
    if not SHORTEST <= span <= LONGEST:
        raise refused("a session lasts 5 min at least and 7 d at most")
    return span


Issuer = Annotated[str, AfterValidator(_address)]
Origin = Annotated[str, AfterValidator(_origin)]
HostName = Annotated[Text, AfterValidator(_host_name)]
Proxy = Annotated[Text, AfterValidator(_network)]
File = Annotated[Text, AfterValidator(_file)]
SessionSpan = Annotated[Duration, AfterValidator(_span)]


class TlsPart(Strict):
    certificate: File
    key: File


class SessionPart(Strict):
    """How long somebody stays logged in."""

    idle: SessionSpan = timedelta(hours=1)
    longest: SessionSpan = timedelta(hours=12)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.idle > self.longest:
            raise refused("idle is longer than longest: nobody would ever be idle for so long")
        return self


class RolesPart(Strict):
    """Which values of the claim make somebody what."""

    viewer: list[Text] = Field(default_factory=list)
    operator: list[Text] = Field(default_factory=list)
    admin: list[Text] = Field(default_factory=list)


class OidcPart(Strict):
    """An identity provider."""

    issuer: Issuer
    client_id: Text
    client_secret: SecretRef
    scopes: list[Text] = Field(default_factory=lambda: ["openid", "profile", "email"])
    name_claim: Text = "email"
    roles_claim: Text = "groups"
    roles: RolesPart

    @model_validator(mode="after")
    def _lets_somebody_in(self) -> Self:
        if "openid" not in self.scopes:
            raise refused("scopes hold no openid: the provider would not say who somebody is")
        if not any(getattr(self.roles, rank.value) for rank in Rank):
            raise refused("roles name no value of the claim: nobody would be let in")
        return self


class DashboardPart(Strict):
    host: Text = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65_535)] = 8813
    public_url: Origin = ""
    hosts: list[HostName] = Field(default_factory=list)
    tls: TlsPart | None = None
    trusted_proxies: list[Proxy] = Field(default_factory=list)
    session: SessionPart = SessionPart()
    local_users: bool = True
    oidc: OidcPart | None = None

    @model_validator(mode="after")
    def _is_safe(self) -> Self:
        for problem in self._problems():
            raise refused(problem)
        return self

    def _problems(self) -> Iterator[str]:
        public = not is_loopback(self.host)
        if public and self.tls is None and not self.trusted_proxies:
            yield (
                f"other machines can reach {self.host}, and passwords would travel in clear text:"
                " name certificate and key under tls, or under trusted_proxies the proxy that"
                " speaks TLS, or listen on 127.0.0.1"
            )
        if (public or self.trusted_proxies) and not self.public_url:
            yield "public_url is missing: the address that people open, https://host"
        if (public or self.trusted_proxies) and self.public_url.startswith("http:"):
            yield "public_url is not https: other machines would be spoken to in clear text"
        if self.oidc and not self.public_url:
            yield "oidc needs public_url: the provider sends people back to it"
        if not self.local_users and self.oidc is None:
            yield "nobody could log in: local_users is false, and there is no oidc"


def dashboard_to_domain(part: DashboardPart | None, environment: Environment) -> Dashboard | None:
    """Compile; None: there is no dashboard."""
    if part is None:
        return None
    return Dashboard(
        host=part.host,
        port=part.port,
        public_url=part.public_url,
        hosts=frozenset(part.hosts),
        tls=TlsFiles(part.tls.certificate, part.tls.key) if part.tls else None,
        trusted_proxies=tuple(_networks(part)),
        idle=part.session.idle,
        longest=part.session.longest,
        local_users=part.local_users,
        oidc=_oidc(part.oidc, environment) if part.oidc else None,
    )


def _networks(part: DashboardPart) -> Iterator[IPv4Network | IPv6Network]:
    for text in part.trusted_proxies:
        yield ip_network(text)


def _oidc(part: OidcPart, environment: Environment) -> Oidc:
    return Oidc(
        issuer=part.issuer,
        client_id=part.client_id,
        client_secret=Secret(environment.find(part.client_secret.env) or ""),
        scopes=tuple(part.scopes),
        name_claim=part.name_claim,
        roles_claim=part.roles_claim,
        roles={rank: frozenset(getattr(part.roles, rank.value)) for rank in Rank},
    )
