"""A lead's state, folded from its facts: the same facts in whatever order give the same state."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime

from slasync.domain.agreement import Agreement, Definition, End, Stage, Trigger
from slasync.domain.attempts import STATUS
from slasync.domain.contact import contact_in
from slasync.domain.facts import OURS, Fact, FactKind, Grade, dated_by, in_order
from slasync.domain.figures.cycle_counts import count_in_cycles
from slasync.domain.identity.merging import merged_away, record_of, told_apart
from slasync.domain.identity.merging_states import (
    find_lead,
    lose_record,
    note_record,
    of_lost_record,
    regain_record,
    take_over,
    unite,
)
from slasync.domain.lead import Fields, Ref, Roster, UserKey
from slasync.domain.mode_state import forget_unwritten, note_mode
from slasync.domain.own_decisions import OwnDecisions
from slasync.domain.protection import (
    brought_by_merge,
    gave_up,
    keep_back,
    let_go,
    put_back,
    reopen,
    say,
)
from slasync.domain.questions import Concerned, question_of, questions
from slasync.domain.returning import WORKED, draw_returns, note_after, note_enrolment
from slasync.domain.rulings import Ruled, Ruling, conditions_of, rulings_of
from slasync.domain.situations import draw_courses
from slasync.domain.snooze import note_asking, note_ruling
from slasync.domain.state import Met, OwnedFrom, State, Touch
from slasync.domain.touching import count, in_crowds, note_crowd, note_end, touch_of


def fold(
    facts: Iterable[Fact], agreement: Agreement, roster: Roster, ruled: Ruled | None = None
) -> State:
    """Read the history from the first fact to the last; `ruled`: cycles of earlier editions."""
    return Folding(facts, agreement, roster, ruled).state


class Folding:
    """A history being folded, to which later facts can be added."""

    def __init__(  # noqa: PLR0913, PLR0917 - a lead that was joined is read like any other
        self,
        facts: Iterable[Fact],
        agreement: Agreement,
        roster: Roster,
        ruled: Ruled | None,
        home: str = "",
        gone: frozenset[tuple[str, str]] | None = None,
    ) -> None:
        self._agreement, self._roster, self._ruled = agreement, roster, ruled
        self._facts, self._home = in_order(facts), home
        self._gone = gone
        self._fold()

    @property
    def state(self) -> State:
        return self._walk.state

    @property
    def facts(self) -> Sequence[Fact]:
        """All facts that were taken in, in their order."""
        return self._facts

    @property
    def began(self) -> Mapping[str, datetime]:
        """When the lead's own cycles began, by their keys."""
        return self._walk.began

    def add(self, facts: Sequence[Fact]) -> None:
        """Take in more facts. Those that happened after all others cost no second reading."""
        last = self._facts[-1].place if self._facts else None
        later = in_order(facts)
        if later and last is not None and later[0].place >= last:
            self._facts += later
            self._walk.go_on(later)
        else:
            self._facts = in_order([*self._facts, *later])
            self._fold()

    def _fold(self) -> None:
        kinds = {fact.kind for fact in self._facts}  # few leads were ever joined or merged
        joined, merged = FactKind.JOINED in kinds, FactKind.MERGED in kinds
        own, inner = told_apart(self._facts, self._home) if joined else (self._facts, {})
        if self._gone is None:
            self._gone = merged_away(self._facts) if merged else frozenset()
        rulings = rulings_of(own, self._ruled) if self._ruled else {}
        self._walk = _Walk(self._agreement, self._roster, rulings)
        self._walk.home, self._walk.gone = self._home, self._gone
        self._walk.anchors = self._anchors(own)
        self._walk.joining = {lead: self._joined(lead, facts) for lead, facts in inner.items()}
        self._walk.go_on(own)

    def _anchors(self, facts: Sequence[Fact]) -> dict[str, Mapping[str, datetime]]:
        """Return when cycles began that were handed over by definitions that are others now.

        What was met then, be it learned late, counts by the definitions of that time: the same
        facts give the same beginning, whatever is agreed later.
        """
        past = self._agreement.past
        if not past:
            return {}
        by = {str(f.data.get("agreement")) for f in facts if f.kind is FactKind.HANDOVER}
        return {hash_: self._by(past[hash_]).began for hash_ in by & past.keys()}

    def _by(self, agreement: Agreement) -> "Folding":
        return Folding(self._facts, agreement, self._roster, None, self._home, self._gone)

    def _joined(self, lead: str, facts: Sequence[Fact]) -> State:
        """Read the history of a lead that turned out to be this person, up to then."""
        ruled, gone = self._ruled, self._gone
        return Folding(facts, self._agreement, self._roster, ruled, lead, gone).state


class _Walk(OwnDecisions):
    """The reading of one history, fact by fact."""

    def __init__(self, agreement: Agreement, roster: Roster, rulings: Mapping[str, Ruling]) -> None:
        super().__init__(agreement, rulings)
        self._roster = roster
        self._truth = self.state.truth
        self._questions = questions(agreement, conditions_of(agreement, rulings))
        asked = (agreement, *(ruling.agreement for ruling in rulings.values()))
        self._notes_stages = any(each.asks_stages for each in asked)
        self.gone: frozenset[tuple[str, str]] = frozenset()  # records that became part of others
        self.joining: dict[str, State] = {}  # by lead, up to when it was joined

    def go_on(self, facts: Sequence[Fact]) -> None:
        """Read facts in their order, then draw what depends on all of them."""
        state, fields, changed = self.state, self.state.fields, FactKind.CHANGED
        concerned, reads = self._questions.concerned, self._questions.reads
        notes_stages = self._notes_stages
        for fact in [fact for fact in facts if fact.kind in _KNOWN_BEFORE]:
            if fact.kind == FactKind.HURRIED:
                note_crowd(state, fact)
            elif fact.kind == FactKind.REMADE:
                state.remade[fact.data["task_key"]] = fact.data["id"]
            elif fact.kind == FactKind.WITHDRAWN:
                state.withdrawn.update(dict.fromkeys(fact.data["task_keys"], fact.occurred_at))
            else:
                state.closed[fact.data["task_key"]] = (fact.occurred_at, fact.seen_at)
                if fact.data.get("found"):
                    state.found_closed.add(fact.data["task_key"])
        for fact in facts:
            if fact.kind is not changed:
                _READ[fact.kind](self, fact)
                if notes_stages and fact.kind in _MOVING:
                    self._note_stage(fact)
                continue
            fields.update(fact.data)
            if not reads.isdisjoint(fact.data):  # of most changes nothing is read
                self.changed(fact, concerned(fact.data))
        count_in_cycles(state, self._agreement, self._roster)
        draw_courses(state, self._agreement, self._roster)
        draw_returns(state, self._agreement)
        forget_unwritten(state)
        state.stage = self._stage()

    # what the systems told

    def changed(self, fact: Fact, asked: Concerned) -> None:
        """Ask the rules that read a field which has just changed."""
        if asked.beside:
            self._beside(fact, asked)
        fields, truth = self.state.fields, self._truth
        for definition, question in asked.rules:
            before = truth.get(definition.name, False)
            truth[definition.name] = now = question.holds(fields)
            if now and (not before or definition.trigger is Trigger.EVERY_CHANGE):
                self._meet(definition, fact)
            elif before and not now:
                let_go(self.state, definition.name, fact, self._agreement)

    def _beside(self, fact: Fact, asked: Concerned) -> None:
        """Take in what a change says beside the definitions."""
        for condition, question in asked.conditions:  # since when it holds, or does not
            holds = question.holds(self.state.fields)
            since = _exact(condition, fact, self.state.fields) if holds else fact.occurred_at
            self.state.held.setdefault(condition.question, []).append((since, holds))
        enrolment = self._agreement.enrolment
        if enrolment is not None and asked.enrolment:
            holds = question_of(enrolment.evidence).holds(self.state.fields)
            note_enrolment(self.state, enrolment, fact, holds=holds)
        if asked.rests:
            note_asking(self.state, fact)
        if asked.nurture:
            say(self.state, fact, self._agreement.nurture)

    def _meet(self, definition: Definition, fact: Fact) -> None:
        state = self.state
        if state.open_cycle is not None or state.converted or state.deleted:
            return
        if state.met is not None and not self._before_start(state.met.at):
            return  # already waiting to be handed over
        at = _exact(definition, fact, state.fields)
        if brought_by_merge(state, definition, at, fact, self._agreement):
            return
        names, counted = sorted({*definition.reads, *fact.data}), definition.counted(at)
        met = Met(counted, definition.name, {n: state.fields.get(n) for n in names})
        if keep_back(state, met, fact, self._agreement, self._roster):
            return
        if counted > fact.occurred_at:  # not agreed yet when it became true
            state.coming[definition.name] = met
        else:
            state.met = met
            if self._notes_stages:
                self._note_stage(fact)

    def entered(self, fact: Fact) -> None:
        where = (str(fact.data.get("system")), str(fact.data.get("kind")))
        self.state.known_as.add(where)
        if where == (self._agreement.crm, "lead"):
            find_lead(self.state, fact.about or str(Ref(*where, str(fact.data.get("id")))))

    def linked(self, fact: Fact) -> None:
        """Note a record that slasync made, as facts are about it."""
        data = fact.data
        self.state.made.add(str(Ref(data["system"], data["kind"], data["id"])))
        self.entered(fact)

    def owner(self, fact: Fact) -> None:
        """Note who owns the lead. Beside an open lead a contact's owner owns the contact only."""
        state = self.state
        if fact.data.get("of") == "contact" and state.leads and not state.converted:
            return
        ours = fact.source == OURS or bool(fact.data.get("ours"))
        found = bool(fact.data.get("found"))
        since = OwnedFrom(fact.occurred_at, UserKey(fact.data["owner"]), fact.by, ours, found)
        note_record(state, fact, since.owner)
        if of_lost_record(state, fact):
            return
        if fact.data.get("history") and fact.about in state.made:
            return  # to whom we gave it we know; since when somebody else has it, the history tells
        if state.owner != since.owner:
            state.owners.append(since)
        elif fact.by is not None and not ours and state.owners[-1].unexplained:
            state.owners[-1] = since  # the history tells who chose him and when

    @property
    def _ruling(self) -> Agreement:
        """The agreement that the open cycle is run by, else the one in force."""
        cycle = self.state.open_cycle
        return cycle.ruling.agreement if cycle and cycle.ruling else self._agreement

    def status(self, fact: Fact) -> None:
        state, agreement = self.state, self._ruling
        if of_lost_record(state, fact):
            return
        before, state.status = state.status, str(fact.data["status"])
        state.statuses.append((fact.occurred_at, state.status))
        if fact.source == OURS:
            put_back(state, fact)
            return
        if before == state.status and fact.by is None:
            return  # a first reading, dated by the record's last change, of what was so before
        stage = agreement.stages.get(state.status)
        changed = before is not None and before != state.status
        if agreement.statuses_touch and (changed or fact.by is not None):
            touch = Touch(fact.occurred_at, fact.by, STATUS, Grade.STRONG)
            count(state, in_crowds(touch, state, fact), fact, self._roster)
        if changed and self._roster.is_person(fact.by):
            reopen(state, fact, stage, self._agreement)
        if stage == Stage.RECYCLED:
            self._end(fact, End.RECYCLED)
        elif stage == Stage.DISQUALIFIED:
            self._end(fact, End.DISQUALIFIED)
        elif stage == Stage.SAL and state.open_cycle:
            state.open_cycle.accepted.append(fact.occurred_at)
        if stage in WORKED and changed:
            note_after(state, fact.occurred_at, End.WITH_SALES)

    def touch(self, fact: Fact) -> None:
        count(self.state, in_crowds(touch_of(fact), self.state, fact), fact, self._roster)
        self.contact(fact)

    def contact(self, fact: Fact) -> None:
        news = contact_in(fact, self._agreement, self._roster)
        if news is None:
            return
        self.state.fields.update(news.data)
        self.changed(news, self._questions.concerned(news.data))

    def task_ended(self, fact: Fact) -> None:
        note_end(self.state, fact, self._roster)
        now = self.state.remade.get(fact.data["task_key"])
        if now is not None and fact.data.get("id") != now:
            return  # an earlier one of this key; what was written last is another record
        self.state.over.add(fact.data["task_key"])
        for cycle in self.state.cycles:
            cycle.tasks.pop(fact.data["task_key"], None)

    def converted(self, fact: Fact) -> None:
        self.state.converted = self.state.converted or fact.occurred_at
        self.state.opportunity = bool(fact.data.get("opportunity")) or self.state.opportunity
        self._end(fact, End.CONVERTED)

    def deleted(self, fact: Fact) -> None:
        if record_of(fact) in self.gone:
            return  # it lives on in another record
        if lose_record(self.state, fact):
            return
        self.state.deleted = True
        self._end(fact, End.DELETED)

    def restored(self, fact: Fact) -> None:
        regain_record(self.state, fact)

    def merged(self, fact: Fact) -> None:
        self.state.merges.append(fact.occurred_at)
        take_over(self.state, fact)

    def joined(self, fact: Fact) -> None:
        lead = str(fact.data["lead"])
        if (theirs := self.joining.pop(lead, None)) is not None:
            unite(self.state, theirs, lead, fact.occurred_at)
        self.state.merges.append(fact.occurred_at)

    def _end(self, fact: Fact, reason: End) -> None:
        self.state.await_nothing()
        cycle = self.state.open_cycle
        if cycle is not None:
            cycle.ended = (fact.occurred_at, reason)
            gave_up(cycle, fact, self.state.fields, self._roster)
        else:
            note_after(self.state, fact.occurred_at, reason)

    # the stage, last

    def _note_stage(self, fact: Fact) -> None:
        """Note since when the lead is in the stage that it is in now, where that is another."""
        state, stage = self.state, self._stage()
        if state.stages and state.stages[-1][1] is stage:
            return
        met = state.met if stage is Stage.MQL else None
        state.stages.append((met.at if met else fact.occurred_at, stage))

    def _stage(self) -> Stage:
        return self._ruling.lifecycle.holds(self._reached())

    def _reached(self) -> Stage:
        state, stages = self.state, self._ruling.stages
        if state.converted:
            return Stage.OPPORTUNITY if state.opportunity else Stage.SQL
        by_status = stages.get(state.status or "")
        cycle = state.cycle
        if cycle and cycle.ended:
            ended = {End.RECYCLED: Stage.RECYCLED, End.DISQUALIFIED: Stage.DISQUALIFIED}
            return ended.get(cycle.ended[1], Stage.MQL)
        # in an open cycle a status that tells an end is still that of the cycle before
        open_ = {Stage.SAL, Stage.SQL, Stage.OPPORTUNITY, Stage.CUSTOMER}
        if by_status in (open_ if cycle else open_ | {Stage.RECYCLED, Stage.DISQUALIFIED}):
            return by_status
        if cycle or state.met:
            return Stage.MQL
        rule = self._agreement.lead_rule
        return Stage.LEAD if rule and rule.rule(state.fields) else Stage.TARGET


_READ: dict[FactKind, Callable[[_Walk, Fact], None]] = {
    FactKind.ENTERED: _Walk.entered,
    FactKind.LINKED: _Walk.linked,
    FactKind.OWNER: _Walk.owner,
    FactKind.STATUS: _Walk.status,
    FactKind.TOUCH: _Walk.touch,
    FactKind.HURRIED: lambda _walk, _fact: None,  # known before anything else is read
    FactKind.CONTACT: _Walk.contact,
    FactKind.TASK_ENDED: _Walk.task_ended,
    FactKind.CONVERTED: _Walk.converted,
    FactKind.DELETED: _Walk.deleted,
    FactKind.RESTORED: _Walk.restored,
    FactKind.MERGED: _Walk.merged,
    FactKind.JOINED: _Walk.joined,
    FactKind.PARTED: lambda _walk, _fact: None,  # whose facts are whose is known before
    FactKind.MODE: lambda walk, fact: note_mode(walk.state, fact),
    FactKind.HANDOVER: _Walk.handover,
    FactKind.ROUTED: _Walk.routed,
    FactKind.OWNER_REFUSED: _Walk.owner_refused,
    FactKind.RESTARTED: _Walk.restarted,
    FactKind.STARTED: _Walk.started,
    FactKind.FIRED: _Walk.fired,
    FactKind.WITHDRAWN: _Walk.withdrawn,
    FactKind.CLOSED: _Walk.closed,
    FactKind.FILLED: lambda _walk, _fact: None,  # for reports alone
    FactKind.OPPORTUNITY: lambda _walk, _fact: None,  # likewise
    FactKind.UNMADE: _Walk.unmade,
    FactKind.REMADE: _Walk.remade,
    FactKind.MOVED: _Walk.moved,
    FactKind.RELEASED: _Walk.released,
    FactKind.TOLD: _Walk.told,
    FactKind.SHOWN: _Walk.shown,
    FactKind.DISPUTE_DECIDED: lambda walk, fact: note_ruling(walk.state, fact),
}


_MOVING = frozenset({
    FactKind.STATUS, FactKind.CONVERTED, FactKind.DELETED, FactKind.RESTORED, FactKind.HANDOVER,
    FactKind.MERGED, FactKind.JOINED,
})  # fmt: skip
"""What may bring a lead to another stage, besides a definition that is met."""
_KNOWN_BEFORE = frozenset({
    FactKind.WITHDRAWN, FactKind.CLOSED, FactKind.REMADE, FactKind.HURRIED,
})  # fmt: skip
"""What says something of other facts, be they earlier or later ones."""


def _exact(definition: Definition, fact: Fact, fields: Fields) -> datetime:
    """Take the time the system gives for it, where it gives one that is not later than the news."""
    told = fields.get(definition.occurred_field) if definition.occurred_field else None
    return dated_by(told, fact)
