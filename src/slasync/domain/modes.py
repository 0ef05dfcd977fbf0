"""How far decisions go, team by team: which mode holds for a lead, and whom the canary takes.

A team is a pool of teams.yaml. Where several modes apply to a lead the most careful one holds.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from slasync.domain.lead import LeadKey, Pool, User, UserKind
from slasync.domain.recorded import said

_WHOLE = 10_000  # shares are kept in hundredths of a percent


class Mode(StrEnum):
    """How far decisions go; the most careful first."""

    OBSERVE = "observe"  # decide and show, write nothing
    SHADOW = "shadow"  # the same, and keep each write for comparison
    CANARY = "canary"  # enforce for those chosen, shadow for the rest
    ENFORCE = "enforce"  # write


_CARE = {mode: rank for rank, mode in enumerate(Mode)}


def most_careful(modes: Iterable[Mode]) -> Mode:
    """Return the mode that holds where several apply; `enforce` where there is none."""
    return min(modes, key=_CARE.__getitem__, default=Mode.ENFORCE)


@dataclass(frozen=True, slots=True)
class Canary:
    """Whom the canary takes: a share of all leads, or the leads of some reps."""

    share: int = 0  # in hundredths of a percent
    reps: frozenset[str] = frozenset()  # e-mail addresses in small letters

    def takes(self, lead: LeadKey, rep: str | None) -> bool:
        """Tell whether a lead of `rep`'s is in: of equal key and owner the answer never changes.

        A greater share takes all that a smaller one took.
        """
        if self.reps:
            return rep is not None and rep.lower() in self.reps
        return _place(lead) < self.share

    def __str__(self) -> str:
        if self.reps:
            return said("canary_reps", reps=", ".join(sorted(self.reps)))
        return said("canary_share", share=f"{self.share / 100:g}")


def _place(lead: LeadKey) -> int:
    """Return where a lead stands among all, from 0 to 9,999: by its key alone."""
    return int.from_bytes(hashlib.sha256(f"canary:{lead}".encode()).digest()[:8], "big") % _WHOLE


@dataclass(frozen=True, slots=True)
class TeamMode:
    """The mode of a team or of the deployment, with the canary where it is one."""

    mode: Mode = Mode.ENFORCE
    canary: Canary | None = None

    @property
    def may_write(self) -> bool:
        return self.mode in {Mode.CANARY, Mode.ENFORCE}

    def holds(self, lead: LeadKey, rep: str | None) -> Mode:
        """Return what holds for one lead: the canary enforces it or shadows it."""
        if self.mode is not Mode.CANARY:
            return self.mode
        taken = self.canary is not None and self.canary.takes(lead, rep)
        return Mode.ENFORCE if taken else Mode.SHADOW

    def __str__(self) -> str:
        return said("canary", what=self.canary) if self.mode is Mode.CANARY else self.mode.value


@dataclass(frozen=True, slots=True)
class LeadMode:
    """What holds for one lead at a moment: `observe`, `shadow` or `enforce`, and why."""

    mode: Mode
    teams: tuple[str, ...] = ()
    why: str = ""

    @property
    def writes(self) -> bool:
        return self.mode is Mode.ENFORCE


@dataclass(frozen=True)  # no slots: what follows from it is worked out once
class Modes:
    """The modes of one deployment. Its own is the bound: no team goes further.

    With `teams`, each pool has a mode of its own; a lead of no team is under all of them.
    """

    deployment: TeamMode = field(default_factory=TeamMode)
    teams: Mapping[str, TeamMode] = field(default_factory=dict)
    pools: Mapping[str, Pool] = field(default_factory=dict)
    _members: Mapping[str, tuple[str, ...]] = field(init=False, repr=False, compare=False)
    _chiefs: Mapping[str, tuple[str, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        members: dict[str, tuple[str, ...]] = {}
        chiefs: dict[str, tuple[str, ...]] = {}
        for name, pool in sorted(self.pools.items()):
            for email in {email.lower() for email in pool.members}:
                members[email] = (*members.get(email, ()), name)
            if pool.manager:
                chief = pool.manager.lower()
                chiefs[chief] = (*chiefs.get(chief, ()), name)
        object.__setattr__(self, "_members", members)
        object.__setattr__(self, "_chiefs", chiefs)

    @cached_property
    def plain(self) -> bool:
        """Tell whether everything is enforced, whosever it is."""
        return self._all(Mode.ENFORCE)

    @property
    def any_enforced(self) -> bool:
        """Tell whether anything at all may be written."""
        teams = self.teams.values()
        return self.deployment.may_write and (
            not teams or any(team.may_write for team in teams)
        )  # fmt: skip

    def _all(self, mode: Mode) -> bool:
        return all(rule.mode is mode for rule in (self.deployment, *self.teams.values()))

    def teams_of(self, owner: User | None, dealt_in: str | None) -> tuple[str, ...]:
        """Return the teams of a lead: the owner's pools, or the one it was dealt out in.

        A member of several pools has it of the one it was dealt out in, where that is his; a
        manager has it of his pools. With a queue, a machine or nobody it is the pool's that it was
        dealt out in, else the queue's.
        """
        if owner is not None and owner.kind is UserKind.PERSON:
            email = (owner.email or "").lower()
            his = self._members.get(email) or self._chiefs.get(email, ())
            return (dealt_in,) if dealt_in in his and dealt_in else his
        if dealt_in in self.pools and dealt_in:
            return (dealt_in,)
        name = owner.name if owner is not None and owner.kind is UserKind.QUEUE else None
        return tuple(p.name for _, p in sorted(self.pools.items()) if name and p.queue == name)

    def holds(self, lead: LeadKey, teams: tuple[str, ...], rep: str | None) -> LeadMode:
        """Return what holds for a lead of these teams, whose owner has the address `rep`."""
        own = [name for name in teams if name in self.teams]
        rules = [(n, self.teams[n]) for n in own or sorted(self.teams)]
        rules += [("", self.deployment)]
        team, rule = min(rules, key=lambda each: _CARE[each[1].holds(lead, rep)])
        mode = rule.holds(lead, rep)
        all_ = self.teams and not own and rule is not self.deployment
        among = ""
        if rule.mode is Mode.CANARY:
            among = "_in" if mode is Mode.ENFORCE else "_out"
        why = said(f"{'team' if team else 'deployment'}{among}", team=team, mode=rule)
        return LeadMode(mode, teams, said("most_careful", what=why) if all_ else why)

    def __str__(self) -> str:
        return "; ".join(
            [str(self.deployment), *(f"{n}: {t}" for n, t in sorted(self.teams.items()))]
        )


ENFORCED = Modes()
"""Everything is enforced: what holds where nothing else is said."""
