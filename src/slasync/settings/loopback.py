"""Whether a host is this machine: what may be spoken to in clear text."""

from ipaddress import ip_address


def is_loopback(host: str) -> bool:
    """Tell whether `host` is this machine."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
