"""What a rep reads on the lead itself, and when it is written."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from slasync.domain.agreement import Agreement, OnReassign, Start
from slasync.domain.decide import Decision, decide
from slasync.domain.draft import Terms
from slasync.domain.facts import Fact, FactKind
from slasync.domain.interactions import Traced
from slasync.domain.languages import Language
from slasync.domain.lead import Lead, Pool, Roster, User, UserKey
from slasync.domain.modes import Mode, Modes, TeamMode
from slasync.domain.rep_fields import WORDS
from slasync.domain.writes import Action, Write
from tests.builders import (
    ANA,
    BEN,
    CONTACT,
    DAY,
    FIRST_TOUCH,
    HOUR,
    MIA,
    MINUTE,
    MONDAY,
    POOL,
    RECORD,
    a_fact,
    a_lead,
    a_roster,
    an_agreement,
    called,
    owned,
    scored,
    status,
    terms,
)
from tests.domain.test_merging import OTHER, joined, of

OF_ANA = (owned(MONDAY - 10 * DAY), scored(MONDAY))
ALL = frozenset(WORDS)


def showing(*words: str, **changes: Any) -> Agreement:
    return an_agreement(shows=frozenset(words) or ALL, **changes)


def at(now: datetime, agreement: Agreement | None = None, **changes: Any) -> Terms:
    return terms(now, agreement=agreement or showing(), **changes)


def lived(
    facts: Sequence[Fact], until: datetime, agreement: Agreement | None = None, **changes: Any
) -> list[Decision]:
    """Decide each hour, as a daemon that is never down."""
    history, made, now = list(facts), [], MONDAY
    while now <= until:
        known = [fact for fact in history if fact.seen_at <= now]
        made.append(decide(a_lead(score=80), known, at(now, agreement, **changes)))
        history += made[-1].facts
        now += HOUR
    return made


def shown(decisions: Sequence[Decision]) -> list[Write]:
    return [w for d in decisions for w in d.writes if w.action is Action.SHOW]


def values(decisions: Sequence[Decision]) -> dict[str, Any]:
    return dict(shown(decisions)[-1].values)


def test_a_lead_says_how_it_stands_from_its_hand_over_on() -> None:
    says = values(lived(OF_ANA, MONDAY))

    assert says == {
        "status": "open",
        "due": (MONDAY + DAY).isoformat(),
        "next_step": "Call or write by Tue 3 Mar 2026, 09:00",
        "why": "With sales since Mon 2 Mar 2026, 09:00: score 80.",
        "attempts": "0",
        "priority": 1080,
        "lately": None,
    }


def test_it_says_so_in_the_language_and_zone_of_its_owner() -> None:
    german = replace(POOL, language=Language.DE)
    berlin = a_roster(replace(ANA, zone="Europe/Berlin"), pool=german)

    says = values(lived(OF_ANA, MONDAY, roster=berlin))

    assert says["next_step"] == (
        "Anrufen oder schreiben bis Di, 03.03.2026, 10:00 Uhr (Europe/Berlin)"
    )
    assert says["why"].startswith("Beim Vertrieb seit Mo, 02.03.2026, 10:00 Uhr (Europe/Berlin): ")


def test_it_says_what_the_lead_did_last_where_fields_tell_it() -> None:
    filled = [
        a_fact(FactKind.CHANGED, MONDAY + n * HOUR, {"form": name}, source="hubspot")
        for n, name in ((1, "Demo request"), (2, "Price list"))
    ]
    says = values(lived([*OF_ANA, *filled], MONDAY + 3 * HOUR, showing(traced=(Traced("form"),))))

    assert says["lately"] == (
        "form Price list, Mon 2 Mar 2026, 11:00; form Demo request, Mon 2 Mar 2026, 10:00"
    )
    assert values(lived([*OF_ANA, *filled], MONDAY + 3 * HOUR))["lately"] is None


def test_what_stays_the_same_is_not_written_again() -> None:
    before_the_next_rung = lived(OF_ANA, MONDAY + 23 * HOUR)

    assert len(shown(before_the_next_rung)) == 1


def test_a_reminder_moves_the_due_time_and_makes_it_overdue() -> None:
    first, second = shown(lived(OF_ANA, MONDAY + 25 * HOUR))

    assert (first.values["status"], second.values["status"]) == ("open", "overdue")
    assert second.values["due"] == (MONDAY + 2 * DAY).isoformat()
    assert first.key != second.key


def test_a_touch_ends_the_wait_and_the_next_clock_says_what_is_to_be_done() -> None:
    says = values(lived([*OF_ANA, called(MONDAY + HOUR)], MONDAY + 2 * HOUR))

    assert (says["status"], says["attempts"]) == ("touched", "1")
    assert says["next_step"].startswith("Convert, recycle or disqualify by ")
    assert says["why"].startswith("Last touched Mon 2 Mar 2026, 10:00. With sales since ")
    assert says["priority"] == 80


def test_attempts_count_up_to_those_that_were_agreed() -> None:
    rungs = tuple(replace(rung, attempts_below=6) for rung in FIRST_TOUCH.rungs)
    agreement = showing(clocks=(replace(FIRST_TOUCH, rungs=rungs, ends=frozenset()),))
    calls = [replace(called(MONDAY + n * HOUR), source_id=f"call{n}") for n in (1, 2)]

    says = values(lived([*OF_ANA, *calls], MONDAY + 3 * HOUR, agreement))

    assert says["attempts"] == "2 of 6"


def test_the_fields_are_emptied_at_the_cycle_s_end_and_once() -> None:
    facts = [*OF_ANA, status(MONDAY - DAY, "New"), status(MONDAY + HOUR, "Nurturing")]

    decisions = lived(facts, MONDAY + 5 * HOUR)

    assert values(decisions) == dict.fromkeys(WORDS)
    assert len(shown(decisions)) == 2


def test_only_fields_that_the_crm_has_are_written() -> None:
    says = values(lived(OF_ANA, MONDAY, showing("due", "priority")))

    assert set(says) == {"due", "priority"}


def test_without_such_fields_nothing_is() -> None:
    assert not shown(lived(OF_ANA, MONDAY + DAY, an_agreement()))


@pytest.mark.parametrize("mode", [Mode.OBSERVE, Mode.SHADOW])
def test_where_nothing_is_written_nothing_is_shown_either(mode: Mode) -> None:
    decisions = lived(OF_ANA, MONDAY + DAY, modes=Modes(TeamMode(mode)))

    assert not shown(decisions)
    assert not [f for d in decisions for f in d.facts if f.kind is FactKind.SHOWN]


def test_a_lead_that_the_crm_does_not_have_yet_is_shown_nothing() -> None:
    decision = decide(a_lead(CONTACT), [scored(MONDAY)], at(MONDAY))

    assert not shown([decision])


def test_a_converted_lead_is_left_as_it_is() -> None:
    converted = a_fact(FactKind.CONVERTED, MONDAY + HOUR, {})

    assert len(shown(lived([*OF_ANA, converted], MONDAY + 3 * HOUR))) == 1


def test_buying_behaviour_stands_above_everything_else() -> None:
    at_once = replace(FIRST_TOUCH, name="at_once", starts_on=Start.IMMEDIATE)
    agreement = showing("priority", clocks=(FIRST_TOUCH, at_once))
    begun = a_fact(
        FactKind.STARTED, MONDAY, {"cycle": "c1", "clock": "at_once", "generation": 0},
        source="slasync",
    )  # fmt: skip

    [first, second] = shown(
        [
            *lived(OF_ANA, MONDAY, agreement),
            decide(
                a_lead(score=80), [*OF_ANA, *_handed_over(agreement), begun], at(MONDAY, agreement)
            ),
        ]
    )

    assert first.values["priority"] < second.values["priority"]


def _handed_over(agreement: Agreement) -> Sequence[Fact]:
    decided = decide(a_lead(score=80), OF_ANA, at(MONDAY, agreement)).facts
    return [fact for fact in decided if fact.kind is FactKind.HANDOVER]


@pytest.mark.parametrize(
    ("score", "counts"), [(84, 1080), (89.5, 1080), (None, 1000), (-5, 1000), (5000, 1990)]
)
def test_a_score_counts_by_tens_so_that_small_changes_write_nothing(
    score: float | None, counts: int
) -> None:
    lead: Lead = a_lead(RECORD, score=score)

    [write] = shown([decide(lead, OF_ANA, at(MONDAY, showing("priority")))])

    assert write.values["priority"] == counts


def test_no_text_is_longer_than_its_field() -> None:
    long = a_fact(FactKind.CHANGED, MONDAY, {"score": 80, "form": "x" * 400})
    definition = replace(an_agreement().definitions[0], reads=frozenset({"score", "form"}))
    agreement = showing(definitions=(definition,))

    says = values(lived([OF_ANA[0], long], MONDAY, agreement))

    assert len(says["why"]) == 255
    assert says["why"].endswith("…")


def test_a_late_minute_changes_nothing_that_is_shown() -> None:
    first = decide(a_lead(score=80), OF_ANA, at(MONDAY))

    again = decide(a_lead(score=80), [*OF_ANA, *first.facts], at(MONDAY + MINUTE))

    assert not shown([again])


def test_a_lead_that_goes_to_a_team_that_is_not_written_to_is_emptied() -> None:
    zoe = User(UserKey("005ZOE"), "Zoe", "zoe@sandbox.example")
    other = Pool("other", ("zoe@sandbox.example",))
    roster = Roster.of({**a_roster().users, zoe.key: zoe}, {POOL.name: POOL, other.name: other})
    teams = {POOL.name: TeamMode(), other.name: TeamMode(Mode.OBSERVE)}
    modes = Modes(TeamMode(), teams, dict(roster.pools))
    facts = [*OF_ANA, owned(MONDAY + 2 * HOUR, zoe, by=MIA)]

    decisions = lived(facts, MONDAY + 4 * HOUR, roster=roster, modes=modes)

    assert len(shown(decisions)) == 2
    assert values(decisions) == dict.fromkeys(WORDS)
    assert shown(decisions)[-1].rung.startswith("left")


def given_to(owner: User, now: datetime) -> tuple[Fact, ...]:
    """The lead is Ana's, was reminded of, and somebody gives it to another at `now`."""
    return (*OF_ANA, owned(now, owner, by=MIA))


def test_a_new_owner_is_not_overdue_by_what_another_let_pass() -> None:
    decisions = lived(given_to(BEN, MONDAY + 26 * HOUR), MONDAY + 27 * HOUR)

    assert [write.values["status"] for write in shown(decisions)] == ["open", "overdue", "open"]
    assert decisions[-1].sla_state == "open"


def test_a_clock_that_goes_on_keeps_its_new_owner_overdue() -> None:
    agreement = showing(clocks=(replace(FIRST_TOUCH, on_reassign=OnReassign.CONTINUE),))

    says = values(lived(given_to(BEN, MONDAY + 26 * HOUR), MONDAY + 27 * HOUR, agreement))

    assert says["status"] == "overdue"


@pytest.mark.parametrize(
    ("language", "begins"),
    [
        (Language.EN, "Yours since Mon 2 Mar 2026, 12:00; with sales since Mon 2 Mar 2026, 09:00:"),
        (Language.DE, "Bei Ihnen seit Mo, 02.03.2026, 12:00 Uhr; beim Vertrieb seit Mo, 02.03."),
    ],
)
def test_after_a_reassignment_it_says_since_when_the_lead_is_its_owner_s(
    language: Language, begins: str
) -> None:
    roster = a_roster(pool=replace(POOL, language=language))

    decisions = lived(given_to(BEN, MONDAY + 3 * HOUR), MONDAY + 4 * HOUR, roster=roster)

    assert values(decisions)["why"].startswith(begins)


def test_at_the_hand_over_what_is_due_is_not_the_hand_over_itself() -> None:
    not_yet_read = {"first_touch": MONDAY - MINUTE, "processing": MONDAY - MINUTE}

    [write] = shown([decide(a_lead(score=80), OF_ANA, at(MONDAY, ready=not_yet_read))])

    assert write.values["due"] == (MONDAY + DAY).isoformat()
    assert write.values["next_step"] == "Call or write by Tue 3 Mar 2026, 09:00"


def test_marketing_is_told_the_same_due_time_from_the_start() -> None:
    not_yet_read = {"first_touch": MONDAY - MINUTE, "processing": MONDAY - MINUTE}

    first = decide(a_lead(RECORD, CONTACT, score=80), OF_ANA, at(MONDAY, ready=not_yet_read))

    [told] = [w for w in first.writes if w.action is Action.PROPERTIES]
    assert told.values["due"] == (MONDAY + DAY).isoformat()


@pytest.mark.parametrize("same", [True, False])
def test_a_record_made_of_two_is_written_anew_unless_both_said_the_same(*, same: bool) -> None:
    """Salesforce keeps the fields of whichever record somebody chose."""
    theirs = OF_ANA if same else (OF_ANA[0], scored(MONDAY + HOUR))
    until = MONDAY + 2 * HOUR
    histories = [
        [*facts, *(f for d in lived(facts, until) for f in d.facts)] for facts in (OF_ANA, theirs)
    ]
    both = [*histories[0], *of(OTHER, histories[1]), joined(until)]

    learned = decide(a_lead(score=80), both, at(until + MINUTE))
    later = decide(a_lead(score=80), [*both, *learned.facts], at(until + 2 * MINUTE))

    assert len(shown([learned])) == (not same)
    assert not shown([later])
