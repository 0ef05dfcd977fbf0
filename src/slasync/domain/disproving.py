"""Breaches found wrong: a rung fired, and it had been done in time, or a dispute was accepted.

Lines that nobody was told yet and messages that have not left are dropped, the others are
corrected; an owner who was only being given the lead is none. Tasks and flag are withdrawn with
their clock, or by the dispute.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from slasync.domain import locales
from slasync.domain.agreement import End
from slasync.domain.clocks import ClockRun, began, end_of
from slasync.domain.digests.messages import Sent, correct, messages_of
from slasync.domain.draft import Draft
from slasync.domain.facts import Fact, FactKind
from slasync.domain.languages import Locale
from slasync.domain.recorded import said
from slasync.domain.snooze import pardoned_until
from slasync.domain.state import Cycle
from slasync.domain.wording import LINE_LENGTH, clean, name_of, shortened
from slasync.domain.writes import DigestLine, Role, write_key

TAKING = frozenset({"reassign", "to_queue"})


@dataclass(frozen=True, slots=True)
class _Ground:
    """Why a breach is none: what had ended its clock in time, or, None, an accepted dispute."""

    at: datetime  # of that, or when it was disputed
    end: End | None = None

    def recorded(self, fact: Fact) -> str:
        clock, rung = fact.data["clock"], fact.data["rung"]
        if self.end is None:
            return said("disproved_dispute", clock=clock, rung=rung, at=self.at)
        return said("disproved", clock=clock, rung=rung, end=self.end.value, at=self.at)

    def told(self, locale: Locale, lead: str, fact: Fact) -> str:
        rung, at = f"{fact.data['clock']}/{fact.data['rung']}", locale.moment(self.at)
        if self.end is None:
            return locale.say("line.corrected_dispute", lead=lead, rung=rung, at=at)
        end = locale.say(f"end.{self.end.value}")
        return locale.say("line.corrected", lead=lead, rung=rung, end=end, at=at)


def disprove(draft: Draft, cycle: Cycle, clock: ClockRun) -> None:
    """Take back what rungs of a clock said and began that are no breaches, once."""
    pardoned = pardoned_until(cycle.rests, clock.policy.name, draft.terms.agreement.rests)
    for place, fact in list(cycle.fired.items()):
        if place[0] != clock.policy.name or place in cycle.disproved or "mode" in fact.data:
            continue  # of what was only thought of nothing is there
        ground = _ground(cycle, clock, fact, pardoned)
        if ground is None:
            continue
        lines, messages = list(_lines(draft, fact)), list(messages_of(draft, fact))
        owner_of = _owner_of(draft, cycle, fact)
        if lines or messages or owner_of is not None:
            draft.digest += [_correction(draft, fact, ground, *line) for line in lines]
            for sent in messages:
                _correct(draft, fact, ground, sent)
            if draft.assign is not None and draft.assign.generation == owner_of:
                draft.assign = None  # fired just now, and learned together to be none
            _record(draft, cycle, fact, ground, owner_of)


def _ground(cycle: Cycle, clock: ClockRun, fact: Fact, pardoned: datetime | None) -> _Ground | None:
    """Return why a rung is no breach; None: it is one."""
    end = _end(cycle, clock, fact.data["generation"])
    if end is None and pardoned is None:  # as of most clocks
        return None
    due = datetime.fromisoformat(fact.data["due"])
    if end is not None and end[0] <= due:
        return _Ground(*end)
    if pardoned is not None and due <= pardoned and _is_late(clock, fact):
        return _Ground(pardoned)
    return None


def _is_late(clock: ClockRun, fact: Fact) -> bool:
    """A rung at its clock's start tells of a lead, and blames nobody."""
    return any(r.name == fact.data["rung"] and r.after.amount for r in clock.policy.rungs)


def _end(cycle: Cycle, clock: ClockRun, generation: int) -> tuple[datetime, End] | None:
    if generation == clock.generation:
        return clock.ended
    return end_of(clock.policy, cycle, began(clock.policy, cycle, generation))


def _lines(draft: Draft, fact: Fact) -> Iterator[tuple[str, str]]:
    """Yield key and reader of each line that a rung has written."""
    parts = draft.parts_of(fact)
    for effect in fact.data.get("effects", ()):
        if effect["kind"] == "digest":
            of = replace(parts, role=Role(effect["role"]), action="digest")
            for reader in effect["to"].split(", "):
                yield write_key(replace(of, extra={"to": reader})), reader


def _owner_of(draft: Draft, cycle: Cycle, fact: Fact) -> int | None:
    """Return the generation for which a rung has chosen an owner who does not have the lead yet,
    or has found nobody so far.
    """
    last = cycle.routed[-1].data if cycle.routed else {}
    reached = int(last.get("generation", 0))
    taking = (e for e in fact.data.get("effects", ()) if e["kind"] in TAKING)
    wanted = next((int(e["generation"]) for e in taking if "generation" in e), 0)
    on_his_way = wanted == reached and last.get("owner") != draft.state.owner
    return wanted if wanted and (on_his_way or wanted > max(reached, cycle.generation)) else None


def _correction(draft: Draft, fact: Fact, ground: _Ground, key: str, reader: str) -> DigestLine:
    text = ground.told(locales.of_digest(draft.terms, reader), clean(name_of(draft.lead)), fact)
    parts = replace(draft.parts_of(fact), action="correction", extra={"of": key})
    return DigestLine(
        write_key(parts), draft.lead.key, reader, shortened(text, LINE_LENGTH), corrects=key
    )


def _correct(draft: Draft, fact: Fact, ground: _Ground, sent: Sent) -> None:
    lead, locale = clean(name_of(draft.lead)), locales.of_address(draft.terms, sent.to)
    words = locale.say("message.corrected", lead=lead), ground.told(locale, lead, fact)
    correct(draft, fact, sent, words, ground.recorded(fact))


def _record(draft: Draft, cycle: Cycle, fact: Fact, ground: _Ground, owner_of: int | None) -> None:
    clock, generation, rung = (fact.data[name] for name in ("clock", "generation", "rung"))
    why = ground.recorded(fact)
    data = {
        "cycle": cycle.key, "clock": clock, "generation": generation, "rung": rung,
        "task_keys": [], "why": why,
    }  # fmt: skip
    data |= {} if owner_of is None else {"owner_of": owner_of}
    name = f"disproved:{cycle.key}:{clock}:{generation}:{rung}"
    draft.decide(FactKind.WITHDRAWN, name, data)
    draft.because.append(why)
