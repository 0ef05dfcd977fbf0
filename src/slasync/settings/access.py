"""Who is let onto the dashboard, and how it is reached: checked, complete, frozen."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network, ip_address
from urllib.parse import urlsplit

from slasync.domain.access import Rank, highest
from slasync.settings.loopback import is_loopback
from slasync.systems import Secret

LOCAL_NAMES = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """Where a certificate and its key are found."""

    certificate: str
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Oidc:
    """An identity provider, and what its claims make of somebody."""

    issuer: str
    client_id: str
    client_secret: Secret
    scopes: tuple[str, ...] = ("openid", "profile", "email")
    name_claim: str = "email"
    roles_claim: str = "groups"
    roles: Mapping[Rank, frozenset[str]] = field(default_factory=dict)

    def rank(self, values: frozenset[str]) -> Rank | None:
        """Return what the values of the claim allow; None: nothing at all."""
        return highest(frozenset(r for r, named in self.roles.items() if named & values))


@dataclass(frozen=True, slots=True, kw_only=True)
class Dashboard:
    """Where the dashboard listens, and whom it lets in."""

    host: str = "127.0.0.1"
    port: int = 8813
    public_url: str = ""
    hosts: frozenset[str] = frozenset()  # names it is called by, besides those of public_url
    tls: TlsFiles | None = None
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...] = ()
    idle: timedelta = timedelta(hours=1)
    longest: timedelta = timedelta(hours=12)
    local_users: bool = True
    oidc: Oidc | None = None

    @property
    def public(self) -> bool:
        """Whether other machines can reach the listener itself."""
        return not is_loopback(self.host)

    @property
    def names(self) -> frozenset[str]:
        """The hosts that a request may name: others are meant for somebody else."""
        local = () if self.public else LOCAL_NAMES
        named = urlsplit(self.public_url).hostname
        return self.hosts | frozenset(local) | frozenset([named] if named else [])

    def trusts(self, address: str) -> bool:
        """Tell whether a sender is a proxy whose word on the client is taken."""
        try:
            ip = ip_address(address)
        except ValueError:
            return False
        return any(ip in network for network in self.trusted_proxies)
