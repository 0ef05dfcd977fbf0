"""Every metric that the listener shows when there is something to show of everything."""

import re
from datetime import UTC, datetime, timedelta

from slasync.connectors.http import Call
from slasync.domain.budgets import Lane, Notice, Quota
from slasync.domain.forecast import Outlook
from slasync.domain.self_check import Cause, Comparison
from slasync.reports.self_check import Silence, Standing
from slasync.store.cursors import Cursor
from slasync.store.outbox_values import State
from slasync.store.sweeps import Run
from slasync.web.metrics import Metrics
from slasync.web.progress import Disk, Progress, health_of


def calls_that_end(now: datetime) -> Outlook:
    return Outlook(
        system="salesforce", share=100, spent=90, by_lane={}, others=5, quota=Quota(95, 1_000),
        pace=9, share_ends=now, quota_ends=None, renewed=now, notice=Notice(now, "deprecated"),
    )  # fmt: skip


def a_standing(now: datetime) -> Standing:
    run = Run(
        kind=Comparison.SWEEP, system="hubspot", stream="contacts", began_at=now, upto=now,
        advanced_at=now, ended_at=now,
    )  # fmt: skip
    return Standing(
        missed={"hubspot.contacts": {Cause.MISSING: 1}},
        last={"sweep:hubspot.contacts": run},
        silences={"hubspot": Silence(now, timedelta(hours=1), too_long=False)},
    )


def _page() -> str:
    """Return what the listener shows when everything has happened once."""
    now = datetime(2026, 3, 2, tzinfo=UTC)
    progress = Progress(
        now=now, started=now, steps=("decide",), beats={"decide": now},
        cursors={"hubspot.contacts": Cursor("hubspot.contacts", "hubspot", watermark=now)},
        outbox={("salesforce", State.PARKED): 1}, unsent={"salesforce": now},
        quarantined={"hubspot.contacts": 1}, waiting_for_data={"first_touch": 1},
        unfilled={"inbound": 1}, calls=(calls_that_end(now),), disk=Disk(1, 2),
        skews={"salesforce": timedelta(0)}, self_check=a_standing(now),
    )  # fmt: skip
    metrics = Metrics()
    metrics.called(Call("salesforce", Lane.READ, "GET /", 200, 0.1))
    metrics.webhook("taken")
    metrics.events("kept", 1)
    metrics.stepped("decide", "worked")
    return metrics.page({**health_of(progress).gauges, "ready": 1.0}).decode()


def all_metrics() -> set[str]:
    """Return the names, as Prometheus knows them; of a histogram its parts as well."""
    kinds = [line.split()[2:] for line in _page().splitlines() if line.startswith("# TYPE")]
    parts = {f"{name}_{part}" for name, kind in kinds if kind == "histogram" for part in PARTS}
    return {name for name, _ in kinds} | parts


def labels() -> dict[str, frozenset[str]]:
    """Return the labels of each metric."""
    samples = (SAMPLE.match(line) for line in _page().splitlines())
    return {
        found[1]: frozenset(re.findall(r'(\w+)="', found[2] or "")) for found in samples if found
    }


SAMPLE = re.compile(r"(\w+)(?:\{(.*)\})? ")
PARTS = ("bucket", "sum", "count")
