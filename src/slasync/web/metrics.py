"""Counters for Prometheus: labels have few values and name nobody."""

import re
from collections.abc import Iterable, Iterator, Mapping

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from prometheus_client.samples import Sample

from slasync.clock import Clock, SystemClock
from slasync.connectors.http import Call
from slasync.web.noticed import Noticed

_GAUGE = re.compile(r"([a-z][a-z0-9_]*)(?:\[([a-z0-9_.:/-]{1,60})\])?")
_STATUS_TOO_MANY = 429
MOST_VALUES = 500
"""Of one gauge's label: no deployment has more streams, pools and steps. The rest is counted."""


class Metrics:
    """What slasync counts while it runs. One for a process; safe to use from every thread."""

    def __init__(self, clock: Clock | None = None) -> None:
        self.noticed = Noticed(clock or SystemClock())
        self.registry = CollectorRegistry()
        self._calls = Counter(
            "slasync_calls", "Calls to a system", ["system", "lane", "outcome"],
            registry=self.registry,
        )  # fmt: skip
        self._seconds = Histogram(
            "slasync_call_seconds", "How long calls took", ["system"], registry=self.registry
        )
        self._webhooks = Counter(
            "slasync_webhook_requests", "Webhook requests", ["outcome"], registry=self.registry
        )
        self._events = Counter(
            "slasync_webhook_events", "Events in webhooks", ["outcome"], registry=self.registry
        )
        self._steps = Counter(
            "slasync_steps", "Steps of the daemon", ["step", "outcome"], registry=self.registry
        )

    def called(self, call: Call) -> None:
        """Count a call to a system: an observer for connectors."""
        self.noticed.called(call)
        self._calls.labels(call.system, call.lane.value, _outcome(call.status)).inc()
        self._seconds.labels(call.system).observe(call.seconds)

    def webhook(self, outcome: str) -> None:
        """Count a webhook request; `outcome` is one of a few words."""
        self.noticed.webhook(outcome)
        self._webhooks.labels(outcome).inc()

    def events(self, outcome: str, number: int) -> None:
        self._events.labels(outcome).inc(number)

    def stepped(self, step: str, outcome: str) -> None:
        """Count a step of the daemon: "worked", "idle" or "failed"."""
        self._steps.labels(step, outcome).inc()

    def page(self, gauges: Mapping[str, float]) -> bytes:
        """Return everything as Prometheus reads it, with `gauges` (`name` or `name[of]`)."""
        momentary = CollectorRegistry(auto_describe=False)
        momentary.register(_Gauges(gauges))
        return generate_latest(self.registry) + generate_latest(momentary)


class _Gauges(Collector):
    """Gauges that are worked out when they are asked for."""

    def __init__(self, gauges: Mapping[str, float]) -> None:
        self._gauges = gauges

    def describe(self) -> Iterable[GaugeMetricFamily]:
        return ()

    def collect(self) -> Iterator[GaugeMetricFamily]:
        families: dict[str, GaugeMetricFamily] = {}
        left_out = GaugeMetricFamily("slasync_gauges_left_out", "slasync_gauges_left_out", value=0)
        for key, value in sorted(self._gauges.items()):
            name, of = _parted(key)
            known_as = f"slasync_{name}"
            if known_as in families and len(families[known_as].samples) >= MOST_VALUES:
                left_out.samples[0] = _more(left_out.samples[0])
                continue
            if known_as not in families:
                labels = ["of"] if of else []
                families[known_as] = GaugeMetricFamily(known_as, known_as, labels=labels)
            families[known_as].add_metric([of] if of else [], value)
        yield from families.values()
        yield left_out


def _more(sample: Sample) -> Sample:
    return sample._replace(value=sample.value + 1)


def _parted(key: str) -> tuple[str, str]:
    """Part `freshness_seconds[hubspot.contacts]`. Raises ValueError on any other form."""
    parts = _GAUGE.fullmatch(key)
    if parts is None:
        raise ValueError(f"not the name of a gauge: {key!r}")
    return parts[1], parts[2] or ""


def _outcome(status: int | None) -> str:
    if status is None:
        return "none"
    return "429" if status == _STATUS_TOO_MANY else f"{status // 100}xx"
