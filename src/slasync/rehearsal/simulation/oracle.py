"""The judge: looks at everything a run left behind and says which invariants did not hold.

It shares nothing with the daemon: calendars are stepped through minute by minute, and what
happened is read from the vendors' journals. It may be slow and simple.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from slasync.rehearsal.simulation.casebook import Case, Violation
from slasync.rehearsal.simulation.evidence import Evidence
from slasync.rehearsal.simulation.invariants import (
    breaches,
    clocks,
    effects,
    merges,
    mirror,
    outbox,
    outputs,
    owners,
    tasks,
    traffic,
)

__all__ = ["INVARIANTS", "Invariant", "Violation", "judge"]

Check = Callable[[Case], Iterator[Violation]]


@dataclass(frozen=True, slots=True)
class Invariant:
    """One row of the list. `when`: A, after every event, or E, at the end.

    Judged by `checks`; where there are none, `later` names the capability that is missing, or
    `elsewhere` the test that shows it.
    """

    number: int
    when: str
    title: str
    checks: tuple[Check, ...] = ()
    later: str = ""
    elsewhere: str = ""


INVARIANTS: tuple[Invariant, ...] = (
    Invariant(
        1,
        "A",
        "A task's key occurs once in the CRM; one open task for each purpose.",
        (
            tasks.one_task_a_key,
            tasks.one_open_task,
            merges.nothing_fires_again,
            merges.one_task_remains,
        ),
    ),
    Invariant(
        2,
        "E",
        "Every true breach became a task, a line, a reason why not, or a parked row.",
        (
            breaches.handed_over,
            breaches.every_rung_is_told,
            breaches.said_once,
            breaches.said_where_it_is_seen,
            clocks.new_owners_start_again,
        ),
    ),
    Invariant(
        3,
        "E",
        "Nobody is blamed who had answered in time, nor on data that is not complete.",
        (
            tasks.no_blame_on_answered,
            tasks.no_blame_on_moved_on,
            tasks.data_complete,
            tasks.late_news_withdrawn,
            tasks.no_flag_is_left,
            merges.no_blame_on_either_answered,
        ),
    ),
    Invariant(
        4,
        "A",
        "No rung takes effect before its due time by the vendors' clocks.",
        (tasks.nothing_before_due, tasks.flags_before_due),
    ),
    Invariant(5, "E", "The mirror equals the systems.", (mirror.mirror_equals_systems,)),
    Invariant(
        6,
        "E",
        "Effects in the journals and rows that were sent match one to one.",
        (effects.every_effect_has_a_row, effects.every_done_row_took_effect, effects.audit_chain),
    ),
    Invariant(
        7,
        "A",
        "Late tasks stay below the caps; history is left alone.",
        (tasks.caps_hold, tasks.history_is_left_alone),
    ),
    Invariant(8, "E", "Outbox and inbox are worked off.", (outbox.queues_are_empty,)),
    Invariant(
        9,
        "A",
        "A watermark never goes back, nor beyond the vendor's time when its pass began.",
        (traffic.cursors_only_advance,),
    ),
    Invariant(
        10, "A", "An acknowledged webhook survives any crash.", (traffic.acknowledged_is_kept,)
    ),
    Invariant(
        11,
        "A",
        "No call while told to wait; never more calls than the share, and escalations first.",
        (traffic.retry_after_is_kept, traffic.share_is_kept, traffic.escalations_go_first),
    ),
    Invariant(12, "A", "Who lost a lease settles nothing.", (outbox.no_old_term,)),
    Invariant(
        13,
        "A",
        "States change along declared edges only.",
        (
            outbox.declared_edges,
            effects.marked_before_sent,
            effects.back_only_when_not_sent,
        ),
    ),
    Invariant(
        14,
        "A",
        "What belongs together is stored together.",
        (outbox.rows_are_consistent, outbox.routing_adds_up),
    ),
    Invariant(
        15,
        "E",
        "A person's choice of owner stands, and slasync chooses only who is eligible.",
        (
            owners.no_human_change_undone,
            owners.owners_are_eligible,
            owners.chosen_owners_are_active,
            merges.the_survivors_owner_stays,
        ),
    ),
    Invariant(
        16,
        "A",
        "Our own writes coming back neither start, stop nor reset a clock.",
        (
            clocks.cycles_have_a_cause,
            clocks.ends_have_a_cause,
            clocks.restarts_have_a_cause,
            merges.joins_have_a_cause,
        ),
    ),
    Invariant(
        17,
        "A",
        "Freshness shown is never better than the truth.",
        elsewhere="tests/cli/test_status.py",
    ),
    Invariant(
        18, "A", "Health names the promise at risk in time.", elsewhere="tests/web/test_health.py"
    ),
    Invariant(
        19,
        "E",
        "The final state follows from what happened, in whatever order it was learned.",
        (
            clocks.ends_are_the_earliest,
            clocks.owners_agree,
            outbox.sent_in_their_order,
            merges.merged_records_are_one_lead,
            merges.restored_records_are_apart,
            merges.the_earlier_anchor_counts,
            merges.touches_of_both_count,
        ),
    ),
    Invariant(20, "E", "A restart changes nothing.", (outputs.restart_writes_nothing,)),
    Invariant(21, "A", "Queues are bounded.", (traffic.queues_are_bounded,)),
    Invariant(
        22, "A", "One organisation's data stays its own.", elsewhere="tests/cli/test_sync.py"
    ),
    Invariant(23, "A", "No secret and no name is in any output.", (outputs.no_canary_shows,)),
    Invariant(24, "E", "Due times kept are due times recomputed.", (clocks.due_times_are_right,)),
    Invariant(
        25,
        "E",
        "Run again, a seed leaves the same trace.",
        elsewhere="tests/simulation/test_determinism.py",
    ),
    Invariant(
        26,
        "E",
        "Calls follow polls and changes.",
        (traffic.calls_are_few, traffic.nothing_told_twice),
    ),
    Invariant(
        27, "E", "A person who was forgotten left no byte.", elsewhere="tests/cli/test_forget.py"
    ),
)


def judge(evidence: Evidence) -> tuple[Violation, ...]:
    """Return every violation, by invariant and lead."""
    case = Case(evidence)
    found = {v for row in INVARIANTS for check in row.checks for v in check(case)}
    return tuple(sorted(found, key=lambda v: (v.invariant, v.lead, v.says)))
