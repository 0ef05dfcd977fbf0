"""What a record says now, held against what a decision saw of it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from slasync.domain.lead import Ref
from slasync.domain.recorded import said
from slasync.domain.writes import CONDITIONAL, Action, Judged, Write
from slasync.ports import Outcome, Receipt, Sink, Snapshot
from slasync.store.outbox_values import Claimed


def stamped(row: Claimed, seen: Mapping[Ref, Snapshot | None]) -> Claimed:
    """Make a write conditional on the version of the lead that was just read."""
    shown = seen.get(row.write.target) if row.write.target else None
    if shown is None or row.write.judged is None:
        return row
    judged = replace(row.write.judged, modified_at=shown.modified_at)
    return replace(row, write=replace(row.write, judged=judged))


def changed(write: Write, shown: Snapshot) -> bool:
    """Tell whether a record already says what it was to say."""
    if write.action == Action.OWNER:
        return bool(shown.owner == write.values["owner"])
    return bool(shown.status == write.values["status"])


def as_judged(write: Write, shown: Snapshot) -> bool:
    """Tell whether what is to be changed is still what the decision saw."""
    if write.judged is None or shown.converted:
        return False
    if write.action == Action.OWNER:
        return shown.owner == write.judged.owner
    return shown.status == write.judged.status


def judge_again(
    sink: Sink, rows: Sequence[Claimed], receipts: Sequence[Receipt]
) -> tuple[Sequence[Receipt], dict[int, Judged]]:
    """Read what overtook changes of owner and status: what was intended is as good as done.

    Where it is still as it was judged, something else of the lead was changed: the write is
    made conditional on what it is now. Returns receipts, and preconditions by row.
    """
    told = {row.id: receipt for row, receipt in zip(rows, receipts, strict=True)}
    overtaken = [
        row
        for row in rows
        if told[row.id].outcome == Outcome.OVERTAKEN and row.write.action in CONDITIONAL
    ]
    refs = [row.write.target for row in overtaken if row.write.target]
    seen = sink.reread(refs) if refs else {}
    again = {}
    for row in overtaken:
        shown = seen.get(row.write.target) if row.write.target else None
        if shown and changed(row.write, shown):
            # at the first try it was somebody else: his choice, not ours
            words = said("same_done")
            first = Receipt(Outcome.OVERTAKEN, shown.ref, message=words)
            told[row.id] = first if row.attempts <= 1 else Receipt(Outcome.ALREADY, shown.ref)
        elif shown and as_judged(row.write, shown):
            again[row.id] = Judged(shown.owner, shown.modified_at, shown.status)
    return [told[row.id] for row in rows], again
