"""Since when each definition has been agreed: nobody is handed over by it for a time before."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import pairwise

from slasync.domain.agreement import Agreement, Definition

EVER = datetime.min.replace(tzinfo=UTC)
"""The first edition counts from wherever the history is judged from: see `effective_from`."""


@dataclass(frozen=True, slots=True)
class Defined:
    """An edition came into force `at` a time, with these definitions."""

    hash: str
    at: datetime
    definitions: tuple[Definition, ...]


def dated(agreement: Agreement, editions: Sequence[Defined]) -> Agreement:
    """Have definitions count from when they were agreed, and know the editions that had others.

    `editions`: oldest first, that of the agreement last.
    """
    past = {
        each.hash: replace(agreement, definitions=_all_dated(each.definitions, editions))
        for each in editions
        if not _are_same(each.definitions, agreement.definitions)
    }
    return replace(agreement, definitions=_all_dated(agreement.definitions, editions), past=past)


def _are_same(one: Sequence[Definition], other: Sequence[Definition]) -> bool:
    return len(one) == len(other) and all(
        mine.is_same(yours) for mine, yours in zip(one, other, strict=True)
    )


def _all_dated(
    definitions: Sequence[Definition], editions: Sequence[Defined]
) -> tuple[Definition, ...]:
    return tuple(replace(each, in_force=_in_force(each, editions)) for each in definitions)


def _in_force(
    definition: Definition, editions: Sequence[Defined]
) -> tuple[tuple[datetime, datetime | None], ...]:
    """Return since when and until when it was agreed; nothing where it always was."""
    found: list[tuple[datetime, datetime | None]] = []
    for n, (edition, following) in enumerate(pairwise([*editions, None])):
        if edition is None or not any(map(definition.is_same, edition.definitions)):
            continue
        since, until = edition.at if n else EVER, following.at if following else None
        if found and found[-1][1] == since:
            since = found.pop()[0]
        found.append((since, until))
    return () if found == [(EVER, None)] else tuple(found)
