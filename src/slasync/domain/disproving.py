"""Breaches found wrong: a rung fired, and later it becomes known that it had been done in time.

Lines that nobody was told yet are dropped, the others are corrected; an owner who was only being
given the lead is none. Tasks and flag are withdrawn with their clock.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from slasync.domain import locales
from slasync.domain.agreement import End
from slasync.domain.clocks import ClockRun, began, end_of
from slasync.domain.draft import Draft
from slasync.domain.facts import Fact, FactKind
from slasync.domain.recorded import said
from slasync.domain.state import Cycle
from slasync.domain.wording import LINE_LENGTH, clean, name_of, shortened
from slasync.domain.writes import DigestLine, Role, write_key

TAKING = frozenset({"reassign", "to_queue"})


def disprove(draft: Draft, cycle: Cycle, clock: ClockRun) -> None:
    """Take back what rungs of a clock said and began that were due when it had ended, once."""
    for place, fact in list(cycle.fired.items()):
        if place[0] != clock.policy.name or place in cycle.disproved or "mode" in fact.data:
            continue  # of what was only thought of nothing is there
        end = _end(cycle, clock, place[1])  # of most clocks there is none yet
        if end is None or end[0] > datetime.fromisoformat(fact.data["due"]):
            continue
        lines, owner_of = list(_lines(draft, fact)), _owner_of(draft, cycle, fact)
        if not lines and owner_of is None:
            continue
        draft.digest += [_correction(draft, fact, end, *line) for line in lines]
        _record(draft, cycle, fact, end, owner_of)


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
    """Return the generation that a rung has chosen an owner for who does not have the lead yet."""
    last = cycle.routed[-1].data if cycle.routed else {"generation": 0, "owner": ""}
    if last["owner"] == draft.state.owner:
        return None
    wanted = str(last["generation"])
    taking = (e for e in fact.data.get("effects", ()) if e["kind"] in TAKING)
    return next((int(wanted) for e in taking if e.get("generation") == wanted), None)


def _correction(
    draft: Draft, fact: Fact, end: tuple[datetime, End], key: str, reader: str
) -> DigestLine:
    locale, data = locales.of_digest(draft.terms, reader), fact.data
    text = locale.say(
        "line.corrected",
        lead=clean(name_of(draft.lead)),
        rung=f"{data['clock']}/{data['rung']}",
        end=locale.say(f"end.{end[1].value}"),
        at=locale.moment(end[0]),
    )
    parts = replace(draft.parts_of(fact), action="correction", extra={"of": key})
    return DigestLine(
        write_key(parts), draft.lead.key, reader, shortened(text, LINE_LENGTH), corrects=key
    )


def _record(
    draft: Draft, cycle: Cycle, fact: Fact, end: tuple[datetime, End], owner_of: int | None
) -> None:
    clock, generation, rung = (fact.data[name] for name in ("clock", "generation", "rung"))
    why = said("disproved", clock=clock, rung=rung, end=end[1].value, at=end[0])
    data = {
        "cycle": cycle.key, "clock": clock, "generation": generation, "rung": rung,
        "task_keys": [], "why": why,
    }  # fmt: skip
    data |= {} if owner_of is None else {"owner_of": owner_of}
    name = f"disproved:{cycle.key}:{clock}:{generation}:{rung}"
    draft.decide(FactKind.WITHDRAWN, name, data)
    draft.because.append(why)
