"""What the files name of a CRM, people, queues and statuses, held against what is there."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from slasync.connectors.provisioning import Findings
from slasync.domain.lead import Pool

STAGED = "definitions.opportunities (agreement.yaml)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """What the files name of the CRM."""

    pools: Mapping[str, Pool] = field(default_factory=dict)
    tasks_for_leadership: bool = False  # whether a rung has any
    absent: tuple[str, ...] = ()  # addresses of those who are away
    statuses: Mapping[str, str] = field(default_factory=dict)  # status -> where it is named
    stages: frozenset[str] = frozenset()  # of opportunities

    @property
    def people(self) -> Mapping[str, str]:
        """Return where each address is named."""
        return dict(self._people())

    def _people(self) -> Iterator[tuple[str, str]]:
        for name, pool in self.pools.items():
            yield from ((email, f"a member of pool {name}") for email in pool.members)
            if pool.manager:
                yield pool.manager, f"the manager of pool {name}"
        yield from ((email, "among the absences") for email in self.absent)

    @property
    def queues(self) -> Mapping[str, str]:
        """Return which pool names each queue."""
        return {pool.queue: name for name, pool in self.pools.items() if pool.queue}


@dataclass(frozen=True, slots=True)
class Found:
    """The users that have one address: the ids of those who are active, and how many there are."""

    active: Sequence[str] = ()
    all: int = 0


def person(email: str, where: str, found: Found, system: str) -> Iterator[str]:
    """Say what keeps an address from being one user of the CRM."""
    if not found.all:
        yield f"{email} ({where}) is no user of {system}: correct teams.yaml, or add the user"
    elif not found.active:
        yield f"{email} ({where}) is not active: take the address out of teams.yaml"
    elif len(found.active) > 1:
        names = ", ".join(found.active)
        yield f"{email} ({where}) is several users ({names}): give each an address of his own"


def no_queue(queue: str, pool: str) -> str:
    return f"there is no queue '{queue}' (pool {pool}): make it, or correct teams.yaml"


def no_leader(pool: Pool, system: str) -> str:
    """Say that nobody of a pool's leadership can have a task, which needs somebody in the CRM."""
    who = ", ".join(pool.leadership)
    return (
        f"none of pool {pool.name}'s leadership ({who}) is an active user of {system}: a task to"
        " leadership becomes a line in their digest; name one who is, or say digest there"
    )


def stages(named: Collection[str], closed: Mapping[str, bool], of: str, system: str) -> Findings:
    """Compare the agreement's stages with the CRM's; `closed`: whether each of these is an end.

    `of` is the CRM's word for what has the stages: deal, opportunity.
    """
    problems = [problem for name in sorted(named) if (problem := _stage(name, closed, of))]
    notes = [
        f"{of.capitalize()} stage '{name}' is not in {STAGED}: {system}'s own probability counts"
        for name, is_closed in closed.items()
        if not is_closed and name not in named
    ]
    return Findings(tuple(problems), tuple(notes))


def _stage(name: str, closed: Mapping[str, bool], of: str) -> str:
    if name not in closed:
        return f"there is no {of} stage '{name}': correct it in {STAGED}, or add it there"
    if closed[name]:
        return f"{of} stage '{name}' is a closed one: take it out of {STAGED}"
    return ""


def statuses(named: Named, known: Collection[str], of: str) -> Iterator[str]:
    """Compare the values of the CRM's field `of` with those of the agreement."""
    if not known or not named.statuses:
        return
    for status, where in named.statuses.items():
        if status not in known:
            yield f"{of} has no value '{status}' ({where}): add it, or take it out there"
    for value in known:
        if value not in named.statuses:
            yield f"{of} '{value}' has no stage: add it to stages.of_status (agreement.yaml)"
