"""Taking back what a run has written: planned, and done by writes of its own, lead by lead.

What puts something back goes through the outbox like everything else, under a key made of the
write that it takes back: to ask twice does it once. What was not sent yet is withdrawn.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from slasync.domain.draft import Draft, Terms
from slasync.domain.facts import Fact
from slasync.domain.lead import LeadKey
from slasync.domain.reverting import Effect, Undone, Way, is_revert, revert_key, undo
from slasync.domain.writes import Write
from slasync.store.decisions import DecisionRow
from slasync.store.digest_lines import DigestState, Placed
from slasync.store.held import Order
from slasync.store.outbox_values import Chosen, OutboxItem, OutboxView, State
from slasync.store.unit import Unit
from slasync.workers.deciding.held import note_dropped

UNSENT = frozenset({State.HELD, State.PENDING, State.PARKED})
ACTS = frozenset({Way.BACK, Way.WITHDRAWN, Way.FOLLOWS})
ON_ITS_WAY = "it is being sent, and nobody knows yet whether it arrived: ask again"
UNKNOWN_LEAD = "nothing is known of the lead any more"


@dataclass(frozen=True, slots=True)
class Taken:
    """One write of a run, and what becomes of it. `lead`: under which key it is known now."""

    lead: LeadKey
    view: OutboxView
    undone: Undone


@dataclass(frozen=True, slots=True)
class TakenLine:
    """One line of a digest that a run wrote, and what becomes of it."""

    lead: LeadKey
    placed: Placed
    way: Way
    why: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be taken back, of which leads, by whom."""

    chosen: Chosen
    leads: Collection[LeadKey]
    order: Order

    @property
    def words(self) -> str:
        why = f": {self.order.why}" if self.order.why else ""
        return f"taken back by {self.order.by}{why}"


def plan(unit: Unit, terms: Terms, asked: Asked) -> list[Taken]:
    """Tell what would become of each write; nothing is changed."""
    views = [v for v in unit.outbox.chosen(asked.chosen, asked.leads) if not is_revert(v.write)]
    views = [view for view in views if view.state is not State.SUPERSEDED]
    roots = unit.joins.roots({view.lead for view in views})
    mine: dict[LeadKey, list[OutboxView]] = {}
    for view in views:
        mine.setdefault(roots.get(view.lead, view.lead), []).append(view)
    leads, facts = unit.leads.get(mine.keys()), unit.facts.of(mine.keys())
    silent, tries = unit.modes.stopped(mine.keys()), _tries(unit, views, terms.agreement.org)
    found: list[Taken] = []
    for key, of_lead in mine.items():
        if key not in leads:
            gone = (Undone(view.write, Way.LEFT, UNKNOWN_LEAD) for view in of_lead)
            found += map(Taken, [key] * len(of_lead), of_lead, gone)
            continue
        draft = Draft(terms, leads[key], facts[key])
        undone = _undone(of_lead, draft, tries, asked.words)
        told = (_told(undone[view.key], view, tries, silent=key in silent) for view in of_lead)
        found += map(Taken, [key] * len(of_lead), of_lead, told)
    return found


@dataclass(frozen=True, slots=True)
class _Try:
    """How often a write was to be put back in vain, and what does it now, if anything."""

    number: int
    view: OutboxView | None


def _tries(unit: Unit, views: Sequence[OutboxView], org: str) -> Mapping[str, _Try]:
    found: dict[str, _Try] = {}
    left, number = {view.key: view.write for view in views}, 0
    while left:
        names = {revert_key(write, number, org): key for key, write in left.items()}
        there = unit.outbox.by_key(names)
        vain = {names[name] for name, view in there.items() if view.state is State.SUPERSEDED}
        shown = {key: there.get(name) for name, key in names.items()}
        found |= {key: _Try(number, view) for key, view in shown.items() if key not in vain}
        left, number = {key: left[key] for key in vain}, number + 1
    return found


def _undone(
    views: Sequence[OutboxView], draft: Draft, tries: Mapping[str, _Try], why: str
) -> dict[str, Undone]:
    effects = [
        Effect(view.write, view.sent_at or view.decided_at, tries[view.key].number)
        for view in views
        if view.state is State.DONE
    ]
    return {view.key: _unsent(view) for view in views} | {
        undone.of.key: undone for undone in undo(effects, draft, why)
    }


def _unsent(view: OutboxView) -> Undone:
    if view.state in UNSENT:
        return Undone(view.write, Way.WITHDRAWN)
    return Undone(view.write, Way.LEFT, ON_ITS_WAY)


def _told(undone: Undone, view: OutboxView, tries: Mapping[str, _Try], *, silent: bool) -> Undone:
    """What is being put back is not put back once more; in silence nothing follows by itself."""
    before = tries[view.key].view
    if before is not None:
        words = {
            State.DONE: "put back",
            State.PARKED: f"the CRM refused it: slasync parked show {before.key}",
        }
        return Undone(undone.of, Way.BEFORE, words.get(before.state, "being put back"))
    if silent and undone.way is Way.FOLLOWS:
        return Undone(undone.of, Way.LEFT, "nothing is written to this lead in its mode")
    return undone


def take_back(
    unit: Unit, terms: Terms, asked: Asked, lane_of: Callable[[Write], str]
) -> list[Taken]:
    """Do what `plan` tells, as it is at this moment; return what was done."""
    taken = _withdrawn(unit, plan(unit, terms, asked), asked)
    now = asked.order.at
    made = [(each, write) for each in taken if (write := each.undone.made)]
    stamps = unit.records.current([write.target for _, write in made if write.target])
    items = []
    for _, write in made:
        seen, record = write.judged, stamps.get(write.target) if write.target else None
        if seen and record:
            write = replace(write, judged=replace(seen, modified_at=record.modified_at))  # noqa: PLW2901 - the same, stamped
        items.append(OutboxItem(write, lane_of(write), now))
    unit.outbox.add(items, now)
    facts: dict[LeadKey, list[Fact]] = {}
    for each in taken:
        facts.setdefault(each.view.lead, []).extend(each.undone.facts)
    unit.facts.add({lead: added for lead, added in facts.items() if added})
    done = [each for each in taken if each.undone.way in ACTS]
    of_lead: dict[LeadKey, list[Undone]] = {}
    for each in done:
        of_lead.setdefault(each.lead, []).append(each.undone)
    unit.decisions.add(list(_decisions(of_lead, terms, asked)))
    unit.leads.mark_dirty(sorted({each.lead for each in done}), now)
    return taken


def plan_lines(unit: Unit, asked: Asked) -> list[TakenLine]:
    """Tell what would become of each line; nothing is changed."""
    placed = unit.digests.placed(asked.chosen, asked.leads)
    roots = unit.joins.roots({each.line.lead for each in placed})
    return [
        TakenLine(roots.get(each.line.lead, each.line.lead), each, *_way(each)) for each in placed
    ]


def _way(placed: Placed) -> tuple[Way, str]:
    match placed.digest:
        case None:
            return Way.WITHDRAWN, ""
        case DigestState.DONE:
            return Way.LEFT, "its digest has gone out"
        case _:
            return Way.LEFT, "its digest is on its way"


def take_back_lines(
    unit: Unit, terms: Terms, asked: Asked, taken: Sequence[Taken]
) -> list[TakenLine]:
    """Have nobody told the lines that are in no digest yet; return what `plan_lines` tells.

    `taken`: what was done beside it, and is explained already.
    """
    lines = plan_lines(unit, asked)
    idle = [each for each in lines if each.way is Way.WITHDRAWN]
    unit.digests.withdraw_lines([each.placed.line.key for each in idle])
    alone = {each.lead for each in idle} - {each.lead for each in taken if each.undone.way in ACTS}
    unit.decisions.add(list(_decisions(dict.fromkeys(sorted(alone), ()), terms, asked)))
    return lines


def _withdrawn(unit: Unit, taken: Sequence[Taken], asked: Asked) -> list[Taken]:
    """Withdraw what was not sent; what is being sent just now is left."""
    idle = {each.view.key: each.view for each in taken if each.undone.way is Way.WITHDRAWN}
    now, words = asked.order.at, asked.words
    for key in sorted(key for key, view in idle.items() if view.state is State.PARKED):
        unit.outbox.give_up(key, words, now)
    unit.outbox.withdraw(idle.keys(), words, now)
    after = unit.outbox.by_key(idle)
    gone = {key for key, view in after.items() if view.state is State.SUPERSEDED}
    note_dropped(unit, [view for key, view in idle.items() if key in gone], words, now)
    return [
        replace(each, undone=Undone(each.view.write, Way.LEFT, ON_ITS_WAY))
        if each.view.key in idle.keys() - gone
        else each
        for each in taken
    ]


def _decisions(
    of_lead: Mapping[LeadKey, Sequence[Undone]], terms: Terms, asked: Asked
) -> Iterator[DecisionRow]:
    """Keep what was done with the leads' decisions, so that it is explained with them."""
    for lead, mine in of_lead.items():
        yield DecisionRow(
            lead=lead,
            at=asked.order.at,
            agreement_hash=terms.agreement.hash,
            mode=terms.modes.deployment.mode.value,
            because=(asked.words,),
            writes=tuple(undone.made.key for undone in mine if undone.made),
            facts=tuple(fact.source_id for undone in mine for fact in undone.facts),
        )
