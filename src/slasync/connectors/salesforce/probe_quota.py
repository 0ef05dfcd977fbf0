"""What is left of the organisation's allowances, and whether the budget fits them."""

from collections.abc import Iterator, Mapping
from typing import Any

from slasync.connectors.http import Lane
from slasync.connectors.provisioning import Findings
from slasync.connectors.salesforce.transport import Transport
from slasync.errors import Refused, TryLater
from slasync.systems import Budget

SCARCE = 0.1  # of the calls
FULL = 0.02  # of the storage: a task takes 2 kB
CALLS, STORAGE = "DailyApiRequests", "DataStorageMB"


def quotas(budget: Budget, transport: Transport) -> Findings:
    """Compare allowances and budget. Raises TryLater or Stopped."""
    try:
        told = transport.call(Lane.READ, "GET", "limits")
        calls, storage = _pair(told, CALLS), _pair(told, STORAGE)
    except Refused:
        words = "the allowances cannot be read: give slasync's user 'View Setup and Configuration'"
        return Findings((words,))
    most, left = calls
    note = f"{left} of {most} calls of the last 24 hours are left to the organisation"
    return Findings((*_scarce(budget, most, left), *_full(*storage)), (note,))


def _pair(told: Any, name: str) -> tuple[int, int]:
    try:
        pair: Mapping[str, Any] = told[name]
        return int(pair["Max"]), int(pair["Remaining"])
    except (KeyError, TypeError, ValueError) as error:
        raise TryLater(f"the allowances do not tell {name}") from error


def _scarce(budget: Budget, most: int, left: int) -> Iterator[str]:
    if budget.daily_calls > most:
        yield (
            f"budget.daily_calls is {budget.daily_calls}, the organisation has {most}: write {most}"
            " into connector.yaml"
        )
    if left < most * SCARCE:
        yield (
            f"only {left} of {most} calls are left: see Setup, API usage, which app takes them, or"
            " buy more"
        )


def _full(most: int, left: int) -> Iterator[str]:
    if most and left < most * FULL:
        yield f"only {left} of {most} MB of storage are left: no task can be made when it is full"
