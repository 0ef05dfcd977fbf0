"""Who is asked for a role: its person, else the next above who works, up to leadership."""

from dataclasses import replace

import pytest

from slasync.domain.agreement import Effect, EffectKind, Rung
from slasync.domain.decide import Decision, decide
from slasync.domain.digests.scope import chiefs
from slasync.domain.lead import Pool, User, UserKey, UserKind
from slasync.domain.writes import Action, Role
from tests.builders import (
    ANA,
    BOT,
    DAY,
    FIRST_TOUCH,
    HOUR,
    LEAD,
    MIA,
    MONDAY,
    POOL,
    a_lead,
    a_roster,
    an_agreement,
    days,
    owned,
    scored,
    task,
    terms,
)

ADA = User(UserKey("005ADA"), "Ada", "ada@sandbox.example")
LEA = User(UserKey("005LEA"), "Lea", "lea@sandbox.example")
GONE = replace(MIA, active=False)


def decided(effect: Effect, *users: User, pool: Pool = POOL) -> Decision:
    """Decide for a lead of Ana's whose only rung has `effect`."""
    agreement = an_agreement(clocks=(replace(FIRST_TOUCH, rungs=(Rung("r", days(1), (effect,)),)),))
    known = [owned(MONDAY - DAY), scored(MONDAY)]
    at = MONDAY + DAY + HOUR
    return decide(
        a_lead(), known, terms(at, agreement=agreement, roster=a_roster(*users, pool=pool))
    )


def asked(decision: Decision) -> list[UserKey]:
    """Return who has a task."""
    return [w.values["owner"] for w in decision.writes if w.action is Action.TASK]


def told(decision: Decision) -> list[str]:
    return [line.to for line in decision.digest]


ALONE = replace(POOL, manager=None)


@pytest.mark.parametrize(
    ("users", "pool", "expected"),
    [
        ((), POOL, MIA),  # his manager
        ((replace(GONE, manager=ADA.key), ADA), ALONE, ADA),  # the manager's manager
        ((replace(MIA, manager=BOT.key, active=False), replace(BOT, manager=ADA.key), ADA), ALONE,
         ADA),  # past one who is no person
        ((GONE, ADA), replace(POOL, manager=ADA.email), ADA),  # the pool's manager
        ((GONE, LEA), POOL, LEA),  # the pool's manager has left as well: leadership
        ((replace(GONE, manager=ANA.key), LEA), POOL, LEA),  # a circle ends
        ((replace(GONE, manager=MIA.key), LEA), POOL, LEA),
    ],
)  # fmt: skip
@pytest.mark.parametrize("kind", [EffectKind.TASK, EffectKind.DIGEST, EffectKind.NOTIFY])
def test_a_manager_is_the_first_above_the_owner_who_works(
    kind: EffectKind, users: tuple[User, ...], pool: Pool, expected: User
) -> None:
    made = decided(Effect(kind, Role.MANAGER, "remind"), *users, pool=pool)
    if kind is EffectKind.TASK:
        assert asked(made) == [expected.key]
    elif kind is EffectKind.DIGEST:
        assert told(made) == [expected.email]
    else:
        assert [w.values["to"] for w in made.writes if w.action is Action.NOTIFY] == [
            expected.email
        ]


def test_a_task_of_an_owner_who_has_left_goes_up_the_same_chain() -> None:
    ana = replace(ANA, active=False)
    roster = a_roster(ana, replace(GONE, manager=ADA.key), ADA, pool=ALONE)
    known = [owned(MONDAY - DAY), scored(MONDAY)]
    made = decide(a_lead(), known, terms(MONDAY, roster=roster), nobody_fits=True)
    assert asked(made) == [ADA.key]


def test_whose_morning_a_rep_is_in_follows_the_chain_too() -> None:
    roster = a_roster(replace(GONE, manager=ADA.key), ADA, pool=ALONE)
    assert chiefs(roster, ANA.key) == ("ada@sandbox.example",)


def test_a_task_for_leadership_is_its_first_active_users() -> None:
    gone = replace(LEA, active=False)
    pool = replace(POOL, leadership=("lea@sandbox.example", "ada@sandbox.example"))
    assert asked(decided(task(Role.LEADERSHIP), gone, ADA, pool=pool)) == [ADA.key]
    assert asked(decided(task(Role.LEADERSHIP), LEA, ADA, pool=pool)) == [LEA.key]


@pytest.mark.parametrize("others", [(), (replace(LEA, kind=UserKind.AUTOMATION),)])
def test_where_nobody_of_leadership_is_a_user_the_task_is_a_line_and_the_reason_is_told(
    others: tuple[User, ...],
) -> None:
    made = decided(task(Role.LEADERSHIP), *others)
    assert asked(made) == []
    assert [(line.lead, line.to) for line in made.digest] == [(LEAD, "lea@sandbox.example")]
    assert "r: nobody stands for leadership; no task" in made.because


def test_one_task_for_clock_and_role_however_many_rungs_write_to_leadership() -> None:
    rungs = (Rung("a", days(1), (task(Role.LEADERSHIP),)),
             Rung("b", days(2), (task(Role.LEADERSHIP),)))  # fmt: skip
    agreement = an_agreement(clocks=(replace(FIRST_TOUCH, rungs=rungs),))
    roster = a_roster(LEA)
    known = [owned(MONDAY - DAY), scored(MONDAY)]
    first = decide(a_lead(), known, terms(MONDAY + DAY, agreement=agreement, roster=roster))
    known += first.facts
    later = decide(a_lead(), known, terms(MONDAY + 2 * DAY, agreement=agreement, roster=roster))
    [one] = [w for w in first.writes if w.action is Action.TASK]
    [two] = [w for w in later.writes if w.action is Action.TASK]
    assert one.task_key == two.task_key
    assert two.values["owner"] == LEA.key
