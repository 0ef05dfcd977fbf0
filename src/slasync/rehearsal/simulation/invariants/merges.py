"""Merges: what the systems made one is one lead, with the earlier anchor, everybody's touches, one
task, and the owner of the record that remains. Judged here only; other checks leave it out."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from slasync.rehearsal.simulation.casebook import CLOSE, SECOND, Case, Cycle, Violation, clock_time
from slasync.rehearsal.simulation.evidence import Row
from slasync.rehearsal.simulation.invariants.tasks import VISIBLE, rungs_written
from slasync.rehearsal.simulation.story import Ended, Story, Touch
from slasync.rehearsal.simulation.story_merges import Record, later_ids

SIDES = ("lead", "parent")


@dataclass(frozen=True, slots=True)
class United:
    """Two leads became one while a cycle of each surely ran."""

    join: Row
    root: str
    mine: Cycle
    theirs: Cycle
    stories: tuple[Story, ...]

    @property
    def anchor(self) -> datetime:
        return min(self.mine.anchor, self.theirs.anchor)

    @property
    def counted(self) -> datetime:
        """Since when slasync counted at the latest: it need not have learned the whole truth."""
        both = (self.mine, self.theirs)
        return min(cycle.anchor if cycle.clocks else cycle.recorded for cycle in both)

    @property
    def at(self) -> datetime:
        at: datetime = self.join["joined_at"]
        return at

    def has(self, cycle: Cycle | None) -> bool:
        return cycle is self.mine or cycle is self.theirs


def merged_records_are_one_lead(case: Case) -> Iterator[Violation]:
    """19: records that a system made one are one lead here, unless one was restored since."""
    linked = _linked(case)
    for merge in case.merges:
        gone, stays = linked.get(merge.gone), linked.get(merge.stays)
        if gone is None or stays is None or merge.undone or merge.visible > _known_by(case):
            continue
        if case.root(gone) != case.root(stays):
            says = f"{merge.gone[2]} became {merge.stays[2]} {clock_time(merge.at)}"
            yield Violation(19, gone, f"{says}; they are kept as {gone} and {stays}")


def restored_records_are_apart(case: Case) -> Iterator[Violation]:
    """19: a record that somebody restored, and that is there still, is no part of another; unless
    others of the two were made one as well."""
    rows = case.evidence.vendor.get("salesforce.Lead", ())
    there = {("salesforce", "lead", str(r["Id"])) for r in rows if not r.get("IsDeleted")}
    last = {merge.gone: merge for merge in case.merges}
    joined = {join["evidence"]["gone"]: join for join in case.joins if join["how"] == "merge"}
    made_one = _made_one(case)
    for gone, merge in last.items():
        join, back = joined.get(":".join(gone)), merge.undone
        if join is None or back is None or join["lead"] in made_one:
            continue
        if gone in there and back <= _known_by(case):
            says = f"{gone[2]} was restored {clock_time(back)}; it is kept as"
            yield Violation(19, str(join["lead"]), f"{says} {join['parent']}")


def _made_one(case: Case) -> set[str]:
    """Return the leads of whom a record was made one with another's, and is that still."""
    linked = _linked(case)
    pairs = ((linked.get(m.gone), linked.get(m.stays)) for m in case.merges if not m.undone)
    return {lead for one, other in pairs if one and other and one != other for lead in (one, other)}


def joins_have_a_cause(case: Case) -> Iterator[Violation]:
    """16: leads become one when a system merged their records, and by nothing else. Who reads late
    may learn of several merges, one after the other, at once."""
    merged = {(m.gone, m.stays) for m in case.merges}
    later = later_ids(case.merges)
    merged |= {(gone, (*gone[:2], id_)) for gone, _ in merged for id_ in later.get(gone[2], ())}
    told_as = {(":".join(gone), ":".join(stays)) for gone, stays in merged}
    for join in case.joins:
        told = join["evidence"]
        if (told.get("gone"), told.get("stays")) not in told_as:
            says = f"it was joined to {join['parent']} by {told}, which never happened"
            yield Violation(16, join["lead"], says)


def the_earlier_anchor_counts(case: Case) -> Iterator[Violation]:
    """19: the clock that nothing starts again counts from the earlier hand-over of the two."""
    kept = {ladder.clock for ladder in case.policy.ladders if not ladder.restart}
    for united in _united(case):
        for row in _clocks(case, united):
            anchor = row["anchor_at"]
            if row["clock"] in kept and anchor and anchor > united.counted + SECOND:
                says = f"{row['clock']} counts from {clock_time(anchor)}; the earlier of the two"
                yield Violation(19, united.root, f"{says} began {clock_time(united.counted)}")


def touches_of_both_count(case: Case) -> Iterator[Violation]:
    """19: whichever of the records somebody answered, the one clock has ended by it."""
    ending = {ladder.clock for ladder in case.policy.ladders if "touch" in ladder.ends}
    for united in _united(case):
        touch = next(iter(_touches(case, united)), None)
        for row in _clocks(case, united):
            if touch is None or row["clock"] not in ending or row["generation"]:
                continue
            if row["ended_at"] is None or row["ended_at"] > touch.at + CLOSE:
                ended = clock_time(row["ended_at"]) if row["ended_at"] else "never"
                says = f"{row['clock']} ended {ended}; there was a touch ({touch.how})"
                yield Violation(19, united.root, f"{says} {clock_time(touch.at)}")


def nothing_fires_again(case: Case) -> Iterator[Violation]:
    """1: a rung that fired for either of the two does not fire for the one they are now, unless
    the CRM refused whom the lead was given to by it."""
    joined = {str(fact["data"]["lead"]): fact["id"] for fact in case.joinings}
    for united in _united(case):
        before: dict[tuple[str, int, str], str] = {}
        for fact in sorted(_firings(case, united), key=lambda f: int(f["id"])):
            data = fact["data"]
            if fact["kind"] == "owner_refused":
                before = {rung: mark for rung, mark in before.items() if mark != data["mark"]}
                continue
            rung = (str(data["clock"]), int(data["generation"]), str(data["rung"]))
            if fact["id"] < joined[united.join["lead"]]:
                before[rung] = str(fact["source_id"])
            elif rung in before:
                says = f"{rung[0]} {rung[2]} (generation {rung[1]}) had fired, and fired again"
                yield Violation(1, united.root, f"{says} {clock_time(fact['seen_at'])}")


def one_task_remains(case: Case) -> Iterator[Violation]:
    """1: at the end one task at most is open for what two leads had one each for."""
    purposes, stuck = case.purposes(), _stuck(case)
    for united in _united(case):
        if united.at > _known_by(case):
            continue
        left: dict[tuple[str, int, str], list[str]] = defaultdict(list)
        for task in (task for story in united.stories for task in story.tasks.values()):
            purpose = purposes.get(task.key)
            cycle = case.by_name.get(purpose[:2]) if purpose else None
            shown = task.is_open(case.evidence.ended) and not task.back and task.key not in stuck
            if purpose and united.has(cycle) and shown:
                left[purpose[2:]].append(task.id)
        for place, ids in left.items():
            if len(ids) > 1:
                says = f"{', '.join(sorted(ids))} are all open for {place}; the leads became one"
                yield Violation(1, united.root, f"{says} {clock_time(united.at)}")


def no_blame_on_either_answered(case: Case) -> Iterator[Violation]:
    """3: no task blames somebody for the one lead when either of the two had been answered."""
    for united in _united(case):
        touch = next(iter(_touches(case, united)), None)
        for _, task, write, cycle, ladder, rung, generation in rungs_written(case):
            if touch is None or not united.has(cycle) or generation or "touch" not in ladder.ends:
                continue
            due = case.due(united.anchor, rung)
            known = max(touch.visible, united.at) + VISIBLE
            keys = [k for k, r in case.outbox.items() if r["payload"].get("task_key") == task.key]
            sent = case.sent(keys, write.at) or write.at
            if touch.at < due and rung.amount > 0 and known <= sent:
                says = f"{ladder.clock} {rung.name} was due {clock_time(due)}; a touch"
                says = f"{says} ({touch.how}) of {clock_time(touch.at)} was known"
                yield Violation(3, united.root, f"{says}; written {clock_time(write.at)}")


def the_survivors_owner_stays(case: Case) -> Iterator[Violation]:
    """15: a merge is no reason to give the lead to somebody; 19: its owner is the record's."""
    for united in _united(case):
        for row in case.outbox.values():
            write, inserted = row["payload"], case.inserted.get(row["key"])
            cycle = case.by_name.get((row["lead_key"], write["cycle"]))
            if row["action"] != "owner" or not united.has(cycle) or inserted is None:
                continue
            placed_by_a_rung = int(write["generation"]) > 0
            if inserted.at > united.at and united.mine.given and not placed_by_a_rung:
                says = f"given to {write['values'].get('owner')} {clock_time(inserted.at)} though"
                yield Violation(15, united.root, f"{says} it only became one with another")
    yield from _owners_agree(case)


def _owners_agree(case: Case) -> Iterator[Violation]:
    rows = {str(row["Id"]): row for row in case.evidence.vendor.get("salesforce.Lead", ())}
    leads = {str(row["key"]): row for row in case.rows("lead")}
    found: dict[str, list[Row]] = defaultdict(list)
    for record, key in _linked(case).items():
        if record[:2] == ("salesforce", "lead") and record[2] in rows:
            found[case.root(key)].append(rows[record[2]])
    late = {e.id for e in case.evidence.journal if e.at > _known_by(case)}
    for root in {case.root(str(join["lead"])) for join in case.joins}:
        live = [r for r in found[root] if not r.get("IsDeleted") and not r.get("IsConverted")]
        if len(live) != 1 or any(r.get("IsConverted") for r in found[root]):
            continue
        kept, has = leads[root]["owner"], live[0]["OwnerId"]
        if kept is not None and kept != has and str(live[0]["Id"]) not in late:
            yield Violation(19, root, f"the owner is {has}, kept is {kept}")


# what two leads had


def _united(case: Case) -> Iterator[United]:
    for join in case.joins:
        root = case.root(str(join["lead"]))
        if case.skewed(join["joined_at"]) or join["how"] != "merge":
            continue
        one = _one_by(case, join)
        stories = tuple(s for s in case.stories if not one.isdisjoint(s.keys))
        theirs, mine = (_running(case, str(join[n]), join) for n in SIDES)
        if mine is None or theirs is None:
            continue
        united = United(join, root, mine, theirs, stories)
        if not any(united.anchor <= end.at <= united.at for end in _ends(united)):
            yield united


def _one_by(case: Case, join: Row) -> set[str]:
    """Return the leads that were one by this join; who joined them later had a history apart."""
    found = {str(join["lead"])}
    before = [j for j in case.joins if j["joined_at"] <= join["joined_at"]]
    for _ in before:
        found |= {str(j[n]) for j in before if found & {j["lead"], j["parent"]} for n in SIDES}
    return found


def _running(case: Case, lead: str, join: Row) -> Cycle | None:
    at = join["joined_at"]
    cycles = [c for c in case.cycles.get(lead, ()) if c.recorded <= at and c.seen < at]
    return cycles[-1] if cycles else None


def _ends(united: United) -> list[Ended]:
    return [end for story in united.stories for end in story.ends]


def _touches(case: Case, united: United) -> list[Touch]:
    """Return the touches of the cycle that the two became, in order: before any end, and before
    the next hand-over."""
    until = [e.at for e in _ends(united) if e.at >= united.anchor]
    until += [c.later.anchor for c in (united.mine, united.theirs) if c.later]
    last = min([*until, _known_by(case)])
    every = (t for story in united.stories for t in story.touches)
    return sorted(
        (
            t
            for t in every
            if t.counts
            and t.gone is None
            and united.anchor + SECOND <= t.at < last
            and t.visible <= _known_by(case)
        ),
        key=lambda t: t.at,
    )


def _clocks(case: Case, united: United) -> Iterator[Row]:
    for row in case.rows("clock"):
        mine = united.has(case.by_name.get((row["lead_key"], row["cycle"])))
        if mine and row["lead_key"] == united.root:
            yield row


def _firings(case: Case, united: United) -> Iterator[Row]:
    """Return what fired for either of the two, and what of it the CRM refused."""
    for fact in case.rows("fact"):
        named = (fact["lead_key"], fact["data"].get("cycle"))
        if fact["kind"] in {"fired", "owner_refused"} and united.has(case.by_name.get(named)):
            yield fact


def _stuck(case: Case) -> set[str]:
    """Return the keys of tasks whose closing waits for a person, or was given up."""
    return {
        str(row["payload"].get("task_key"))
        for row in case.outbox.values()
        if row["state"] in {"parked", "held"}
        or (row["action"] == "close_task" and row["state"] == "superseded")
    }


def _linked(case: Case) -> dict[Record, str]:
    return {
        (str(row["system"]), str(row["kind"]), str(row["external_id"])): str(row["lead_key"])
        for row in case.rows("link")
    }


def _known_by(case: Case) -> datetime:
    return case.evidence.ended - case.policy.settle - 2 * case.policy.poll
