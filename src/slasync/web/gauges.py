"""Gauges worked out from a snapshot, for Prometheus."""

from datetime import datetime, timedelta

from slasync.domain.caps import Reason
from slasync.domain.forecast import Outlook
from slasync.web.self_check import mirror_gauges
from slasync.web.snapshot import Progress


def gauges(progress: Progress) -> dict[str, float]:
    """Return every gauge, as `name` or `name[of]`: nobody is named, and values of `of` are few."""
    found: dict[str, float] = {}
    for step, beat in progress.beats.items():
        found[f"step_age_seconds[{step}]"] = (progress.now - beat).total_seconds()
    for name, cursor in progress.cursors.items():
        if cursor.watermark is not None:
            age = progress.now - cursor.watermark
            found[f"freshness_seconds[{name}]"] = age.total_seconds()
    for (system, state), count in progress.outbox.items():
        found[f"outbox_rows[{system}/{state.value}]"] = count
    for system, since in progress.unsent.items():
        waited = max(progress.now - since, timedelta(0))  # one that is to wait is not late
        found[f"oldest_write_seconds[{system}]"] = waited.total_seconds()
    found |= _held_gauges(progress)
    for stream, count in progress.quarantined.items():
        found[f"quarantined_records[{stream}]"] = count
    for clock, count in progress.waiting_for_data.items():
        found[f"waiting_for_data[{clock}]"] = count
    found["waiting_for_record"] = progress.without_record
    for pool, count in progress.unfilled.items():
        found[f"unfilled[{pool}]"] = count
    found["put_off"] = progress.put_off
    for outlook in progress.calls:
        found |= _call_gauges(outlook, progress.now)
    found["untold_lines"] = progress.untold
    found["unsent_digests"] = len(progress.unsent_digests)
    found |= mirror_gauges(progress.self_check, progress.now)
    return found | _machine_gauges(progress)


def _machine_gauges(progress: Progress) -> dict[str, float]:
    """What the machine and the credentials are like; 0 where nothing is wrong."""
    due, unserved, now = progress.oldest_due, progress.oldest_unserved, progress.now
    found = {
        "oldest_due_seconds": (now - due).total_seconds() if due else 0.0,
        "oldest_unserved_seconds": (now - unserved).total_seconds() if unserved else 0.0,
        "stalled_seconds": progress.stalled.total_seconds(),
    }
    found["webhooks_of_hour"] = float(progress.webhooks)
    found["unsigned_webhooks_of_hour"] = float(progress.unsigned_webhooks)
    for system in progress.skews.keys() | progress.refused.keys():
        found[f"credentials_refused[{system}]"] = float(system in progress.refused)
    for system, skew in progress.skews.items():
        found[f"clock_skew_seconds[{system}]"] = skew.total_seconds()
    if progress.disk is not None:
        found["disk_free_bytes"] = float(progress.disk.free)
        found["disk_size_bytes"] = float(progress.disk.size)
    return found


def _call_gauges(outlook: Outlook, now: datetime) -> dict[str, float]:
    """Calls of the day and of the hour, what is left, and in how many seconds they end."""
    of, quota, notice = outlook.system, outlook.quota, outlook.notice
    found = {
        f"calls_of_day[{of}]": float(outlook.spent),
        f"calls_of_hour[{of}]": outlook.pace,
        f"calls_left[{of}]": float(max(0, outlook.share - outlook.spent)),
    }
    if quota is not None:
        found |= {f"quota_left[{of}]": float(quota.left),
                  f"calls_of_others[{of}]": float(outlook.others or 0)}  # fmt: skip
    if outlook.ends is not None:
        found[f"calls_end_seconds[{of}]"] = (outlook.ends - now).total_seconds()
    if notice is not None and notice.ends is not None:
        found[f"sunset_seconds[{of}]"] = (notice.ends - now).total_seconds()
    return found


def _held_gauges(progress: Progress) -> dict[str, float]:
    """Batches, their writes by reason, and how long the oldest has waited; 0 where none is."""
    writes = {f"held_writes[{reason.value}]": 0.0 for reason in Reason}
    for batch in progress.held:
        writes[f"held_writes[{batch.reason.value}]"] += batch.writes
    oldest = min((batch.opened_at for batch in progress.held), default=progress.now)
    return writes | {
        "held_batches": float(len(progress.held)),
        "oldest_held_seconds": max((progress.now - oldest).total_seconds(), 0.0),
    }
