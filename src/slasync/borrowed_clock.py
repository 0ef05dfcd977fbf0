"""The time of a sandbox on this machine, which may pass up to 60 times as fast as the real one."""

import threading
from collections.abc import Mapping
from datetime import datetime, timedelta
from ipaddress import ip_address
from urllib.parse import urlsplit

from slasync.clock import Clock, SystemClock
from slasync.errors import Stopped, TryLater

URL, TOKEN = "SLASYNC_CLOCK_URL", "SLASYNC_CLOCK_TOKEN"
PATIENCE = 5.0


class BorrowedClock:
    """Time that went on from `start` when it was borrowed, `speed` times as fast as `real`."""

    def __init__(self, start: datetime, speed: float, real: Clock) -> None:
        self._start, self._speed, self._real = start, speed, real
        self._borrowed = real.mono()

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self.mono())

    def mono(self) -> float:
        return (self._real.mono() - self._borrowed) * self._speed

    def wait(self, seconds: float, stop: threading.Event) -> None:
        self._real.wait(seconds / self._speed, stop)


def clock_of(environ: Mapping[str, str]) -> Clock:
    """Return the machine's clock, or the sandbox's that SLASYNC_CLOCK_URL names (loopback only).

    Raises Stopped for another machine or a refusal, TryLater when the sandbox does not answer.
    """
    url, real = environ.get(URL), SystemClock()
    if not url:
        return real
    if not _is_loopback(urlsplit(url).hostname or ""):
        raise Stopped(f"{URL}: only a sandbox on this machine may tell the time, not {url}")
    import httpx  # noqa: PLC0415 - to tell the machine's own time nothing is asked

    headers = {"Authorization": f"Bearer {environ.get(TOKEN, '')}"}
    try:
        answer = httpx.get(f"{url}/now", headers=headers, timeout=PATIENCE, trust_env=False)
    except httpx.HTTPError as error:
        raise TryLater(f"the sandbox at {url} does not tell the time: {error}") from error
    if answer.status_code != httpx.codes.OK:
        raise Stopped(f"{url} answers {answer.status_code}; give its token in {TOKEN}")
    told = answer.json()
    return BorrowedClock(datetime.fromisoformat(told["now"]), float(told["speed"]), real)


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
