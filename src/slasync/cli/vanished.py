"""Records that vanished, as commands tell of them."""

from typing import Any

from slasync.cli.output import warn
from slasync.domain.counting import so_many
from slasync.store.unit import Unit
from slasync.store.vanished import Answer, VanishedBatch


def show_vanished(batches: list[dict[str, Any]]) -> None:
    for batch in batches:
        warn(
            f"{batch['name']}: {so_many(batch['records'], 'record')} vanished"
            f" ({batch['because']}); nothing is"
            f" marked deleted. Find out why; if they are gone: slasync sweep accept {batch['name']}"
        )


def vanished_told(unit: Unit) -> list[dict[str, Any]]:
    """Return the batches that a person is asked about, as JSON values and times."""
    return [batch_told(b) for b in unit.vanished.unsettled() if b.answer is Answer.OPEN]


def batch_told(batch: VanishedBatch) -> dict[str, Any]:
    return {
        "name": batch.name,
        "records": batch.records,
        "because": batch.because,
        "opened_at": batch.opened_at,
    }
