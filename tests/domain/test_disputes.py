"""A rep disputes a breach: the manager decides, and what was wrong leaves nothing behind."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from slasync.domain.agreement import Agreement, Text
from slasync.domain.decide import Decision, chosen, decide
from slasync.domain.disputes import ASKED, rates
from slasync.domain.facts import OURS, Fact, FactKind
from slasync.domain.history import fold
from slasync.domain.lead import Lead, LeadKey, UserKey
from slasync.domain.rep_fields import WORDS
from slasync.domain.rests import DECISION, DISPUTE, DISPUTE_REASON, DISPUTED, Disputing, Rests
from slasync.domain.routing import Choice
from slasync.domain.state import Cycle, Resting
from slasync.domain.writes import Action, Role, Write
from tests.builders import (
    ANA,
    BEN,
    DAY,
    HOUR,
    MIA,
    MINUTE,
    MONDAY,
    a_fact,
    a_lead,
    a_roster,
    an_agreement,
    nine_to_five,
    owned,
    scored,
    status,
    terms,
)
from tests.domain.test_merging import OTHER, of

OF_ANA = (owned(MONDAY - 10 * DAY), scored(MONDAY))
POLICY = Disputing(
    clocks=frozenset({"first_touch", "processing"}), text="disputed", calendar=nine_to_five()
)
LATE = MONDAY + 2 * DAY + 2 * HOUR  # day_2 has told the manager
TAKEN = MONDAY + 3 * DAY  # day_3 gives the lead to somebody else
STALE = MONDAY + 10 * DAY + 2 * HOUR


def disputing(**changes: Any) -> Agreement:
    texts = {"remind": Text("Call $lead"), "disputed": Text("Decide about $lead by $due")}
    rests = Rests(dispute=replace(POLICY, **changes))
    return an_agreement(rests=rests, texts=texts, shows=frozenset(WORDS))


def disputed(at: datetime, reason: str | None = "was with me at a fair", **more: Any) -> Fact:
    return a_fact(FactKind.CHANGED, at, {DISPUTE: True, DISPUTE_REASON: reason, **more}, by=ANA)


def decided(at: datetime, decision: str) -> Fact:
    return a_fact(FactKind.CHANGED, at, {DECISION: decision}, by=MIA)


def ruled(at: datetime, decision: str) -> Fact:
    return a_fact(FactKind.DISPUTE_DECIDED, at, {"decision": decision, "why": ""}, source=OURS)


def lived(
    facts: Sequence[Fact],
    until: datetime,
    agreement: Agreement | None = None,
    lead: Lead | None = None,
) -> list[Decision]:
    history, made, now = list(facts), [], MONDAY
    while now <= until:
        known = [fact for fact in history if fact.seen_at <= now]
        made.append(decide(lead or a_lead(), known, terms(now, agreement=agreement or disputing())))
        history += made[-1].facts
        now += HOUR
    return made


def writes(decisions: Sequence[Decision], action: Action) -> list[Write]:
    return [w for d in decisions for w in d.writes if w.action is action]


def cycle_of(facts: Sequence[Fact], decisions: Sequence[Decision]) -> Cycle:
    every = [*facts, *(fact for decision in decisions for fact in decision.facts)]
    cycle = fold(every, disputing(), a_roster()).cycle
    assert cycle is not None
    return cycle


def test_the_manager_is_asked_once_and_told_until_when() -> None:
    decisions = lived([*OF_ANA, disputed(LATE)], LATE + 5 * HOUR)

    [task] = [w for w in writes(decisions, Action.TASK) if w.clock == DISPUTED]
    assert (task.role, task.values["owner"]) == (Role.MANAGER, MIA.key)
    assert task.values["subject"] == "Decide about Lou Reed by Thu 5 Mar 2026, 11:00"


def test_the_clock_rests_until_it_is_decided() -> None:
    facts = [*OF_ANA, disputed(MONDAY + 25 * HOUR)]

    decisions = lived(facts, MONDAY + 5 * DAY)

    tasks = [w.rung for w in writes(decisions, Action.TASK) if w.clock != DISPUTED]
    assert tasks == ["day_0", "day_1"]
    assert decisions[-1].due_at is None


def test_the_lead_says_meanwhile_that_the_manager_decides() -> None:
    facts = [*OF_ANA, disputed(LATE), decided(LATE + 2 * HOUR, "refused")]

    shown = writes(lived(facts, LATE + 2 * HOUR), Action.SHOW)

    steps = [(w.values["status"], w.values["next_step"]) for w in shown[-2:]]
    assert steps[0] == ("disputed", "Wait: your manager decides")
    assert steps[1][0] == "overdue"
    assert steps[1][1].startswith("Call or write by ")


def test_refused_the_clock_goes_on_where_it_was() -> None:
    facts = [*OF_ANA, disputed(MONDAY + 25 * HOUR), decided(MONDAY + 27 * HOUR, "refused")]

    decisions = lived(facts, MONDAY + 27 * HOUR)

    assert decisions[-1].due_at == MONDAY + 2 * DAY + 2 * HOUR
    [closed] = writes(decisions, Action.CLOSE_TASK)
    assert closed.values["text"] == "Closed by slasync: the dispute was refused."


def test_accepted_the_manager_s_tasks_are_closed_and_the_lead_is_open_again() -> None:
    facts = [*OF_ANA, disputed(LATE), decided(LATE + 2 * HOUR, "Accepted")]

    decisions = lived(facts, LATE + 2 * HOUR)

    closed = writes(decisions, Action.CLOSE_TASK)
    assert {(w.clock, w.role) for w in closed} == {
        (DISPUTED, Role.MANAGER),
        ("first_touch", Role.MANAGER),
    }
    assert (decisions[-2].sla_state, decisions[-1].sla_state) == ("overdue", "open")


def test_accepted_the_stale_flag_goes() -> None:
    touched = a_fact(FactKind.TOUCH, MONDAY + HOUR, {"channel": "call", "grade": "strong"}, by=ANA)
    facts = [*OF_ANA, touched, disputed(STALE), decided(STALE + HOUR, "accepted")]

    decisions = lived(facts, STALE + 2 * HOUR)

    assert len(writes(decisions, Action.FLAG_STALE)) == 1
    assert len(writes(decisions, Action.CLEAR_STALE)) == 1
    assert decisions[-1].sla_state == "touched"


def test_an_operator_s_decision_counts_like_the_field_s() -> None:
    facts = [*OF_ANA, disputed(LATE), ruled(LATE + HOUR, "accepted")]

    cycle = cycle_of(facts, lived(facts, LATE + 2 * HOUR))

    assert [rest.kind for rest in cycle.rests] == [Resting.ACCEPTED]


def test_without_a_reason_it_counts_for_nothing_until_there_is_one() -> None:
    facts = [*OF_ANA, disputed(LATE, None)]
    later = [*facts, disputed(LATE + HOUR, "ill")]

    assert not [w for w in writes(lived(facts, LATE + HOUR), Action.TASK) if w.clock == DISPUTED]
    assert [w for w in writes(lived(later, LATE + HOUR), Action.TASK) if w.clock == DISPUTED]


def test_taken_back_it_is_over_and_the_task_is_closed() -> None:
    back = a_fact(FactKind.CHANGED, LATE + HOUR, {DISPUTE: False}, by=ANA)

    decisions = lived([*OF_ANA, disputed(LATE), back], LATE + HOUR)

    assert len(writes(decisions, Action.CLOSE_TASK)) == 1
    assert decisions[-1].due_at is not None


def test_a_second_dispute_is_decided_for_itself() -> None:
    facts = [
        *OF_ANA,
        disputed(LATE),
        ruled(LATE + HOUR, "refused"),
        a_fact(FactKind.CHANGED, LATE + 2 * HOUR, {DISPUTE: False}, by=ANA),
        disputed(LATE + 3 * HOUR, "was ill"),
        ruled(LATE + 4 * HOUR, "refused"),
    ]

    cycle = cycle_of(facts, lived(facts, LATE + 5 * HOUR))

    assert [rest.kind for rest in cycle.rests] == [Resting.REFUSED, Resting.REFUSED]


def test_of_two_disputed_leads_that_became_one_one_task_of_the_manager_remains() -> None:
    """Simulated day 100716."""
    mine, theirs = ([*OF_ANA, disputed(at)] for at in (LATE, LATE + HOUR))
    upto = LATE + 5 * HOUR
    own = [f for made in lived(mine, upto) for f in made.facts]
    others = [
        f for made in lived(theirs, upto, lead=a_lead(key=LeadKey(OTHER))) for f in made.facts
    ]
    data = {"lead": OTHER, "how": "merge", "because": "the CRM says so"}
    joined = a_fact(FactKind.JOINED, upto, data, source=OURS, source_id=f"joined:{OTHER}")
    facts = [*mine, *own, *of(OTHER, [*theirs, *others]), joined]
    kept = [f.data["effects"][0]["task_key"] for f in own if f.data.get("rung") == ASKED]

    first = decide(a_lead(), facts, terms(upto, agreement=disputing()))
    second = decide(a_lead(), [*facts, *first.facts], terms(upto + HOUR, agreement=disputing()))

    closed = [w for w in writes([first, second], Action.CLOSE_TASK) if w.clock == DISPUTED]
    assert len(closed) == 1
    assert "became one" in closed[0].values["text"]
    cycle = cycle_of(facts, [first, second])
    assert [t.key for t in cycle.tasks.values() if t.clock == DISPUTED] == kept


def test_at_the_cycle_s_end_nobody_is_asked_any_more() -> None:
    facts = [
        *OF_ANA, status(MONDAY - DAY, "New"), disputed(LATE), status(LATE + HOUR, "Nurturing"),
    ]  # fmt: skip

    closed = writes(lived(facts, LATE + 3 * HOUR), Action.CLOSE_TASK)

    assert [w.clock for w in closed].count(DISPUTED) == 1


def test_a_lead_whose_owner_has_no_manager_is_disputed_all_the_same() -> None:
    facts = [*OF_ANA, disputed(MONDAY + 25 * HOUR)]
    alone = a_roster(replace(ANA, manager=None))
    nobody = replace(alone, pools={"inbound": replace(alone.pools["inbound"], manager=None)})
    at = terms(MONDAY + 26 * HOUR, agreement=disputing(), roster=nobody)

    first = decide(a_lead(), facts, at)

    assert any("nobody is its owner's manager" in line for line in first.because)


def test_rates_are_counted_by_reason() -> None:
    facts = [
        *OF_ANA,
        disputed(LATE, "At a fair"),
        ruled(LATE + HOUR, "accepted"),
        a_fact(FactKind.CHANGED, LATE + 2 * HOUR, {DISPUTE: False}, by=ANA),
        disputed(LATE + 3 * HOUR, "at a  fair"),
        ruled(LATE + 4 * HOUR, "refused"),
        a_fact(FactKind.CHANGED, LATE + 5 * HOUR, {DISPUTE: False}, by=ANA),
        disputed(LATE + 6 * HOUR, "ill"),
    ]

    [fair, ill] = rates([cycle_of(facts, lived(facts, LATE + 7 * HOUR))])

    assert (fair.reason, fair.asked, fair.accepted, fair.refused, fair.open) == (
        "At a fair", 2, 1, 1, 0,
    )  # fmt: skip
    assert (ill.reason, ill.asked, ill.open) == ("ill", 1, 1)


def test_the_decision_of_the_same_history_in_another_order_is_the_same() -> None:
    facts = [*OF_ANA, disputed(LATE), decided(LATE + 2 * HOUR, "accepted")]
    decisions = lived(facts, LATE + 3 * HOUR)

    assert cycle_of(facts, decisions).rests == cycle_of(facts[::-1], decisions[::-1]).rests


def test_who_decided_is_kept() -> None:
    facts = [*OF_ANA, disputed(LATE), decided(LATE + 2 * HOUR, "accepted")]

    [rest] = cycle_of(facts, lived(facts, LATE + 3 * HOUR)).rests

    assert (rest.by, rest.decided_by) == (UserKey(ANA.key), UserKey(MIA.key))


# whoever was to have the lead instead

ACCEPTED = (*OF_ANA, disputed(TAKEN + HOUR), decided(TAKEN + 3 * HOUR, "accepted"))


def wishes(decisions: Sequence[Decision]) -> list[datetime]:
    """Return when an owner was wished for; `lived` looks each hour."""
    return [MONDAY + n * HOUR for n, made in enumerate(decisions) if made.assign is not None]


def test_accepted_nobody_else_is_chosen_once_who_was_on_his_way_is_withdrawn() -> None:
    [*_, taken] = lived(OF_ANA, TAKEN)
    on_his_way = chosen(taken, Choice(BEN.key, "is next", "inbound"), TAKEN + MINUTE)

    decisions = lived([*ACCEPTED, on_his_way], TAKEN + 2 * DAY)

    assert wishes(decisions) == [TAKEN]
    assert list(decisions[-1].unchosen) == [1]


def test_accepted_nobody_is_looked_for_any_more_where_there_was_nobody() -> None:
    decisions = lived(ACCEPTED, TAKEN + 2 * DAY)

    assert wishes(decisions) == [TAKEN, TAKEN + HOUR, TAKEN + 2 * HOUR]


def test_accepted_before_the_breach_was_known_nobody_is_looked_for_at_all() -> None:
    before = lived(OF_ANA, TAKEN - HOUR)
    history = [*ACCEPTED, *(fact for made in before for fact in made.facts)]

    late = decide(a_lead(), history, terms(TAKEN + 5 * HOUR, agreement=disputing()))

    assert late.assign is None
    assert list(late.unchosen) == [1]
