"""The daily allocation of API calls and how much of the last 24 hours' is used."""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from slasync.sandbox.salesforce.errors import Trouble

HOURS = 24
OTHERS = {
    "ConcurrentAsyncGetReportInstances": 200, "DailyAsyncApexExecutions": 250_000,
    "DailyBulkApiBatches": 15_000, "DailyBulkV2QueryFileStorageMB": 976_562,
    "DailyBulkV2QueryJobs": 10_000, "DailyGenericStreamingApiEvents": 10_000,
    "DailyStreamingApiEvents": 10_000, "DataStorageMB": 5_120, "FileStorageMB": 20_480,
    "HourlyPublishedPlatformEvents": 50_000, "HourlyTimeBasedWorkflow": 1_000, "MassEmail": 5_000,
    "MonthlyPlatformEvents": 750_000, "SingleEmail": 5_000, "StreamingApiConcurrentClients": 20,
}  # fmt: skip


class Limits:
    """Counts calls by the hour. `daily` may be changed while the org runs."""

    def __init__(self, daily: int) -> None:
        self.daily = daily
        self.calls: Counter[str] = Counter()  # by "METHOD resource"
        self.others = 0  # calls of the org's other apps; may be changed while it runs
        self._hours: Counter[datetime] = Counter()

    def used(self, now: datetime) -> int:
        """Return how many calls the last 24 hours saw, to the hour."""
        oldest = now - timedelta(hours=HOURS)
        return self.others + sum(n for hour, n in self._hours.items() if hour > oldest)

    def count(self, name: str, now: datetime) -> None:
        """Count a call. Raises REQUEST_LIMIT_EXCEEDED where none is left."""
        if self.used(now) >= self.daily:
            raise Trouble("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")
        self.calls[name] += 1
        hour = now.replace(minute=0, second=0, microsecond=0)
        if hour not in self._hours:
            oldest = now - timedelta(hours=2 * HOURS)
            self._hours = Counter({h: n for h, n in self._hours.items() if h > oldest})
        self._hours[hour] += 1

    def info(self, now: datetime) -> str:
        return f"api-usage={self.used(now)}/{self.daily}"

    def listed(self, now: datetime) -> dict[str, Any]:
        """Return the body of GET /limits."""
        left = max(0, self.daily - self.used(now))
        others = {name: {"Max": n, "Remaining": n} for name, n in OTHERS.items()}
        return others | {"DailyApiRequests": {"Max": self.daily, "Remaining": left}}
