"""Histories of leads that turned out to be one person: whose each fact is, up to the join.

Each person's history is read by itself until the leads were joined, and as one from then on: a
score of one lead and a score of the other never amount to a hand-over.
"""

from collections.abc import Iterable, Mapping, Sequence

from slasync.domain.facts import OURS, Fact, FactKind, Place, in_order

RECORDS_PLACE = 3  # in the name of a fact found by comparing: kind, system, kind of record, id


def told_apart(
    facts: Sequence[Fact], home: str = ""
) -> tuple[list[Fact], Mapping[str, list[Fact]]]:
    """Return the facts of `home` itself, and those of each lead joined to it, until it was."""
    joins = _joins(facts)
    if not joins:
        return list(facts), {}
    own: list[Fact] = []
    inner: dict[str, list[Fact]] = {}
    for fact in facts:
        branch = _branch(fact, home, joins)
        if branch is None:
            own.append(fact)
        else:
            inner.setdefault(branch, []).append(fact)
    return own, inner


def qualified(key: str, home: str) -> str:
    """Return the name by which a cycle of a lead that was joined is told from the lead's own."""
    return key if not home or "@" in key else f"{key}@{home}"


def opens(fact: Fact, cycle: str) -> bool:
    """Tell whether a fact is the hand-over that opened a cycle, by the cycle's key."""
    if fact.kind is not FactKind.HANDOVER:
        return False
    return qualified(str(fact.data["cycle"]), fact.home) == cycle


def merged_away(facts: Iterable[Fact]) -> frozenset[tuple[str, str]]:
    """Return system and id of the records that were made one with others: their end ends nothing.

    HubSpot makes a new record of two, and names both.
    """
    merges = _of_kind(facts, FactKind.MERGED)
    return frozenset((fact.source, str(id_)) for fact in merges for id_ in fact.data["from"])


def record_of(fact: Fact) -> tuple[str, str]:
    """Return system and id of the record that a deletion was found on."""
    if "id" in fact.data:
        return fact.source, str(fact.data["id"])
    parts = fact.source_id.split(":")
    return fact.source, parts[RECORDS_PLACE] if len(parts) > RECORDS_PLACE else ""


def united(histories: Iterable[Sequence[Fact]]) -> list[Fact]:
    """Make one history of several, the survivor's first: what two systems' pages told twice, once.

    Decisions of two leads may have one name: they are two decisions all the same.
    """
    seen: set[tuple[str, str]] = set()
    found: list[Fact] = []
    for history in histories:
        for fact in history:
            name = (fact.source, fact.source_id)
            if fact.source != OURS and name in seen:
                continue
            seen.add(name)
            found.append(fact)
    return found


def _joins(facts: Iterable[Fact]) -> dict[str, Fact]:
    """Return by which fact each lead was joined; the last, where that was undone in between."""
    return {str(fact.data["lead"]): fact for fact in in_order(_of_kind(facts, FactKind.JOINED))}


def _of_kind(facts: Iterable[Fact], kind: FactKind) -> list[Fact]:
    return [fact for fact in facts if fact.kind is kind]


def _branch(fact: Fact, home: str, joins: Mapping[str, Fact]) -> str | None:
    """Return the lead, joined to `home`, whose history the fact is part of; None: home's own."""
    way = _way_home(fact.home, home, joins)
    place: Place = fact.place
    while way and place >= joins[way[0]].place:
        way.pop(0)
    return way[-1] if way else None


def _way_home(start: str, home: str, joins: Mapping[str, Fact]) -> list[str]:
    """Return the leads from `start` up to the one that was joined to `home`."""
    way: list[str] = []
    at = start
    while at != home and at in joins and at not in way:
        way.append(at)
        at = joins[at].home
    return way if at == home else []
