"""The clocks of agreement.yaml: what can be written down, and what each mistake is told."""

from datetime import timedelta
from pathlib import Path

import pytest

from slasync.domain.agreement import (
    EffectKind,
    End,
    Follows,
    Haste,
    OnReassign,
    Situation,
    Stage,
    Start,
)
from slasync.domain.facts import Grade
from slasync.domain.lead import UserKind
from slasync.domain.time.calendars import Offset, Unit
from tests.pains.marks import pain
from tests.settings.configs import Configuration, shipped

AGREEMENT = "config/agreement.yaml"
BEFORE = "# (5) Where leads go"
CLOCK = """  {name}:
    unit: business_hours
    ends_on: [converted, recycled, disqualified, deleted]
    reads: [salesforce.leads]
{more}
    ladder:
      - rung: warn
        after: 4
        effects: [{{do: task, to: owner, text: reminder}}]

"""


def with_clock(root: Path, more: str = "", name: str = "extra") -> Configuration:
    """The shipped files with a third clock."""
    lines = "\n".join(f"    {line}" for line in more.splitlines())
    text = CLOCK.format(name=name, more=lines)
    return shipped(root).change(AGREEMENT, BEFORE, text + BEFORE)


def test_a_clock_can_go_by_stages_and_rules(tmp_path: Path) -> None:
    configuration = with_clock(
        tmp_path,
        "starts_on: {reaches: sal}\nends_on: [{leaves: sal}, {when: score > 90, at: form_at}]",
    )
    text = (tmp_path / AGREEMENT).read_text()
    before, mark, rest = text.partition("  extra:")
    rest = rest.replace("    ends_on: [converted, recycled, disqualified, deleted]\n", "", 1)
    rest = rest.replace("[salesforce.leads]", "[salesforce.leads, hubspot.contacts]", 1)

    clock = configuration.write(AGREEMENT, before + mark + rest).load().agreement.clock("extra")

    assert (clock.starts_on, clock.begins_in) == (Start.STAGE, Situation(stage=Stage.SAL))
    left, holds = clock.stops
    assert left == Situation(stage=Stage.SAL, left=True)
    assert holds.rule is not None
    assert (holds.rule.question, holds.rule.rule({"score": 91.0})) == (
        "score > 90 at form_at",
        True,
    )
    assert {End.STAGE, End.RULE} < clock.ends


def test_a_clock_of_queues_ends_when_a_person_has_the_lead(tmp_path: Path) -> None:
    configuration = with_clock(tmp_path, "starts_on: queue")
    text = (tmp_path / AGREEMENT).read_text()
    before, mark, rest = text.partition("  extra:")
    rest = rest.replace("to: owner, text: reminder", "to: manager, text: manager_untouched", 1)

    clock = configuration.write(AGREEMENT, before + mark + rest).load().agreement.clock("extra")

    assert clock.begins_in == Situation(held_by=UserKind.QUEUE)
    assert clock.stops == (Situation(held_by=UserKind.QUEUE, left=True),)
    assert End.TAKEN in clock.ends


def test_any_number_of_clocks_can_be_written_down(tmp_path: Path) -> None:
    agreement = with_clock(tmp_path, "starts_on: attempt").load().agreement

    assert [c.name for c in agreement.clocks] == ["first_touch", "processing", "extra"]
    assert agreement.clock("extra").starts_on == Start.ATTEMPT
    assert agreement.clock("first_touch").starts_on == Start.HANDOVER


def test_an_acceptance_clock_with_all_its_settings(tmp_path: Path) -> None:
    settings = with_clock(
        tmp_path,
        "starts_on: assignment\n"
        "only_for: [bottom_of_funnel]\n"
        "pauses: {statuses: [Recycled], absent: true, when: score < 10}\n"
        "calendar_by: {field: country, calendars: {Germany: berlin}}\n"
        "on_reassign: minimum_grace\n"
        "grace: {after: 2}\n"
        "deadline: {after: 1, unit: business_days}",
    )
    text = (tmp_path / AGREEMENT).read_text()
    settings.write(AGREEMENT, text.replace("[converted, recycled, d", "[accepted, d", 1))
    clock = settings.load().agreement.clock("extra")

    assert clock.only_for == frozenset({"bottom_of_funnel"})
    assert clock.pausing is not None
    assert (clock.pausing.statuses, clock.pausing.absent) == (frozenset({"Recycled"}), True)
    assert clock.pausing.condition is not None
    assert clock.pausing.condition.rule({"score": 5.0})
    assert clock.calendar_by is not None
    assert clock.calendar_by.names == {"Germany": "berlin"}
    assert (clock.on_reassign, clock.grace) == (
        OnReassign.MINIMUM_GRACE,
        Offset(2, Unit.BUSINESS_HOURS),
    )
    assert clock.deadline == Offset(1, Unit.BUSINESS_DAYS)


@pytest.mark.parametrize(
    ("written", "follows"),
    [
        ("owner", Follows.OWNER),
        ("team", Follows.TEAM),
        ("{of: owner}", Follows.OWNER),
        ("{of: owner, zone: owner}", Follows.OWNER_IN_ZONE),
    ],
)
def test_a_clocks_calendar_can_go_with_the_owner(
    tmp_path: Path, written: str, follows: Follows
) -> None:
    clock = with_clock(tmp_path, f"calendar_by: {written}").load().agreement.clock("extra")

    assert (clock.follows, clock.calendar_by) == (follows, None)


def test_fields_that_a_pause_reads_are_watched(tmp_path: Path) -> None:
    agreement = with_clock(tmp_path, "pauses: {when: country == 'XX'}").load().agreement

    assert "country" in agreement.watched


def test_an_acceptance_clock_ends_when_a_status_stands_for_sal(tmp_path: Path) -> None:
    configuration = with_clock(tmp_path)
    text = (tmp_path / AGREEMENT).read_text()
    before, mark, rest = text.partition("  extra:")
    rest = rest.replace("[converted, recycled", "[accepted, converted, recycled", 1)
    configuration.write(AGREEMENT, before + mark + rest)

    assert End.ACCEPTED in configuration.load().agreement.clock("extra").ends

    changed = (before + mark + rest).replace("Working - Contacted: sal", "Working - Contacted: mql")
    [problem] = configuration.write(AGREEMENT, changed).problems()
    assert "accepted never comes: no status in stages.of_status stands for sal" in problem


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ("starts_on: handoff", "(did you mean handover?)"),
        ("starts_on: attempt\nends_on: [touch]", "begins anew with each touch"),
        ("starts_on: accepted\nends_on: [accepted]", "begins when the lead is accepted"),
        ("starts_on: assignment\non_reassign: restart", "two ways to begin anew"),
        ("on_reassign: minimum_grace", "minimum_grace and grace belong together"),
        ("grace: {after: 2}", "minimum_grace and grace belong together"),
        ("starts_on: immediate", "scoring.immediate names none"),
        ("starts_on: stage", "is none of 'handover', 'assignment', 'accepted', 'attempt',"),
        ("starts_on: {reaches: sqll}", "'sqll' is none of"),
        ("starts_on: {reaches: sqll}", "(did you mean sql?)"),
        ("starts_on: {reach: sql}", "unknown key 'reach': allowed are at, leaves, reaches, when"),
        ("starts_on: {reaches: lead}", "no clock runs before the hand-over, and lead is before"),
        ("starts_on: {reaches: recycled}", "with recycled the lead is over for sales"),
        ("starts_on: {leaves: sal}", "a clock starts when a stage is reached"),
        ("starts_on: {reaches: opportunity}", "no status in stages.of_status stands for opport"),
        ("starts_on: {reaches: sal, when: score > 3}", "name one of reaches (a stage), leaves"),
        ("starts_on: {reaches: sal, at: form_at}", "at goes with when"),
        ("starts_on: {when: scor > 3}", "unknown field 'scor' (did you mean score?)"),
        ("starts_on: {when: score > 3}", "the rule is told by hubspot.contacts: name it here"),
        ("ends_on: [{when: score > 3}]", "the rule is told by hubspot.contacts: name it here"),
        ("starts_on: {reaches: sal}\non_reassign: restart", "{reaches: sal} and on_reassign: rest"),
        ("starts_on: {reaches: sal}\nends_on: [{reaches: sal}]", "would end it at once"),
        ("starts_on: {reaches: sal}\nends_on: [accepted]", "reaches sal, which is accepted: leave"),
        ("starts_on: accepted\nends_on: [{reaches: sal}]", "reaches: sal would end it at once"),
        ("ends_on: [{reaches: mql}]", "begins when the lead is in mql"),
        ("starts_on: {when: score > 3}\nends_on: [{when: score > 3}]", "the same rule would end"),
        ("starts_on: recycled\nends_on: [enrolled, {reaches: sal}]", "a stage cannot end this"),
        ("starts_on: queue", "a queue has the lead, and nobody reads that: write to manager"),
        (
            "starts_on: queue\non_reassign: minimum_grace\ngrace: {after: 1}",
            "leave out on_reassign",
        ),
        ("starts_on: queue\npauses: {absent: true}", "a queue has the lead, and is never absent"),
        ("only_for: [scor]", "no definition 'scor' (did you mean score?)"),
        ("pauses: {}", "name statuses, absent: true or when"),
        ("pauses: {statuses: [Recyceld]}", "no lead status 'Recyceld'"),
        ("pauses: {when: scor > 3}", "unknown field 'scor'"),
        ("calendar_by: {field: contry, calendars: {DE: berlin}}", "unknown field 'contry'"),
        ("calendar_by: {field: country, calendars: {DE: berln}}", "no calendar 'berln'"),
        ("calendar_by: onwer", "'onwer' has no calendar (did you mean owner?)"),
        ("calendar_by: {of: owner, field: country}", "name either a field of the lead, or whose"),
        ("calendar_by: {zone: owner}", "name either a field of the lead, or whose calendar"),
        ("calendar_by: {field: country}", "field and calendars belong together"),
        ("calendar_by: {of: team, calendars: {DE: berlin}}", "field and calendars belong together"),
        ("calendar_by: {of: team, zone: owner}", "zone: owner goes with of: owner"),
        (
            "calendar: berlin\ncalendar_by: owner",
            "calendar berlin would never count beside calendar_by: owner: keep one",
        ),
        ("deadline: {after: 3}", "the first rung after 4 business hours: nobody would"),
        ("deadline: {after: 1.5, unit: business_days}", "whole days only"),
    ],
)
def test_what_cannot_be_is_told(tmp_path: Path, more: str, told: str) -> None:
    configuration = with_clock(tmp_path, more)
    if more.count("ends_on"):
        text = (tmp_path / AGREEMENT).read_text()
        before, mark, rest = text.partition("  extra:")
        ends = "    ends_on: [converted, recycled, disqualified, deleted]\n"
        configuration.write(AGREEMENT, before + mark + rest.replace(ends, "", 1))

    problems = configuration.problems()

    assert any(told in problem for problem in problems), problems


@pain("P10")
def test_a_lead_that_is_over_ends_every_clock_whether_it_is_said_or_not(tmp_path: Path) -> None:
    named = "ends_on: [touch, converted, recycled, disqualified, deleted]"
    configuration = shipped(tmp_path).change(AGREEMENT, named, "ends_on: [touch]")

    ends = configuration.load().agreement.clock("first_touch").ends

    over = {End.CONVERTED, End.RECYCLED, End.DISQUALIFIED, End.DELETED}
    assert ends == {End.TOUCH, *over}


def test_bounds_on_attempts_that_nothing_fits_are_told(tmp_path: Path) -> None:
    configuration = with_clock(tmp_path)
    bounded = "after: 4\n        attempts_from: 3\n        attempts_below: 3"
    text = (tmp_path / AGREEMENT).read_text()
    before, mark, rest = text.partition("  extra:")
    configuration.write(AGREEMENT, before + mark + rest.replace("after: 4", bounded, 1))

    [problem] = configuration.problems()

    assert "never reached: no number is 3 or more and below 3" in problem


RECYCLE = "{do: recycle, reason: not reached}"
TASK = "{do: task, to: owner, text: reminder}"


def with_effect(root: Path, effect: str) -> Configuration:
    configuration = with_clock(root)
    text = (root / AGREEMENT).read_text()
    before, mark, rest = text.partition("  extra:")
    return configuration.write(AGREEMENT, before + mark + rest.replace(TASK, effect, 1))


def test_a_rung_can_give_a_lead_back_with_a_reason(tmp_path: Path) -> None:
    [rung] = with_effect(tmp_path, RECYCLE).load().agreement.clock("extra").rungs

    [effect] = rung.effects
    assert (effect.kind, effect.status, effect.reason) == (
        EffectKind.RECYCLE,
        "Recycled",
        "not reached",
    )


@pytest.mark.parametrize(
    ("effect", "told"),
    [
        ("{do: recycle}", "do: recycle needs reason"),
        ("{do: recycle, reason: no, to: owner}", "addressed to nobody"),
        ("{do: task, to: owner, text: reminder, reason: no}", "takes neither reason nor status"),
        (
            "{do: recycle, reason: not reached, status: Disqualified}",
            "'Disqualified' does not stand for recycled",
        ),
    ],
)
def test_what_cannot_be_done_is_told(tmp_path: Path, effect: str, told: str) -> None:
    [problem] = with_effect(tmp_path, effect).problems()

    assert told in problem


def test_giving_back_needs_a_status_that_says_so(tmp_path: Path) -> None:
    configuration = with_effect(tmp_path, RECYCLE)

    [problem] = configuration.change(AGREEMENT, "    Recycled: recycled\n", "").problems()

    assert "no status in stages.of_status stands for recycled" in problem


def test_what_is_believed_of_touches_can_be_agreed(tmp_path: Path) -> None:
    strict = "{status_alone: suspect, window: 2 h, burst: 3, burst_within: 1 min, spacing: 15 min}"
    configuration = shipped(tmp_path).change(AGREEMENT, "{status_changes: true}", strict)

    evidence = configuration.load().agreement.evidence

    assert (evidence.status_alone, evidence.haste) == (
        Grade.SUSPECT,
        Haste(3, timedelta(minutes=1)),
    )
    assert (evidence.window, evidence.spacing) == (timedelta(hours=2), timedelta(minutes=15))


@pytest.mark.parametrize(
    ("touch", "told"),
    [
        ("{status_changes: false, status_alone: weak}", "no touch at all: leave out status_alone"),
        ("{status_alone: bad}", "is none of 'strong', 'weak', 'suspect', 'unclassified'"),
        ("{spacing: 15}", "a duration has a unit"),
        ("{burst: 0}", "greater than or equal to 1"),
    ],
)
def test_what_cannot_be_believed_is_told(tmp_path: Path, touch: str, told: str) -> None:
    [problem] = shipped(tmp_path).change(AGREEMENT, "{status_changes: true}", touch).problems()

    assert told in problem


def test_a_figure_of_a_clock_that_does_not_exist_is_told(tmp_path: Path) -> None:
    configuration = shipped(tmp_path).change(AGREEMENT, "clock: first_touch", "clock: first_tuch")

    [problem] = configuration.problems()

    assert "there is no clock 'first_tuch' (did you mean first_touch?)" in problem
