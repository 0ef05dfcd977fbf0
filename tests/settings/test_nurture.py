"""Nurture and recycling of agreement.yaml: what can be written down, what each mistake is told."""

from datetime import timedelta
from pathlib import Path

import pytest

from slasync.domain.nurture import PATH, REASON, REFUSAL, RETURN
from tests.settings.configs import Configuration, shipped

AGREEMENT = "config/agreement.yaml"
CRM = "connectors/salesforce/connector.yaml"
DAY = timedelta(days=1)
NO_ANSWER = "    for_reasons: [not reached]\n"
RECYCLING = "recycling:\n"
FIELDS = """\
  recycle_reason: {field: Recycle_Reason__c, direction: both}
  nurture_path: {field: Nurture_Path__c, direction: both}
  nurture_return: {field: Nurture_Return__c, type: date, direction: both}
  disqualify_reason: {field: Disqualify_Reason__c}
contact:
"""
GIVES_BACK = ("- {do: reassign}", "- {do: recycle, reason: not reached}")


def test_the_paths_are_compiled_with_what_the_crm_tells_of_them(tmp_path: Path) -> None:
    nurture = shipped(tmp_path).change(CRM, "contact:\n", FIELDS).load().agreement.nurture

    assert [(p.name, p.cool_down, p.returns_after) for p in nurture.paths] == [
        ("not_yet", 30 * DAY, 90 * DAY),
        ("no_answer", 7 * DAY, 30 * DAY),
    ]
    assert nurture.through == {"bottom_of_funnel"}
    assert nurture.reopens_within == 7 * DAY
    assert {REASON, PATH, RETURN, REFUSAL} == nurture.reads
    assert {REASON, PATH, RETURN} == nurture.writes  # the rep alone says why he disqualifies


def test_what_is_not_mapped_is_neither_read_nor_written(tmp_path: Path) -> None:
    nurture = shipped(tmp_path).load().agreement.nurture

    assert (nurture.reads, nurture.writes) == (frozenset(), frozenset())


def test_fields_of_ways_back_are_watched_once_they_are_mapped(tmp_path: Path) -> None:
    watched = shipped(tmp_path).change(CRM, "contact:\n", FIELDS).load().agreement.watched

    assert {REASON, PATH, REFUSAL} <= watched


def test_what_is_done_at_the_return_date(tmp_path: Path) -> None:
    part = f"{RECYCLING}  on_return: {{remind: decide_now, hand_over: true}}\n"

    nurture = shipped(tmp_path).change(AGREEMENT, RECYCLING, part).load().agreement.nurture

    assert (nurture.reminds, nurture.checks, nurture.waits) == ("decide_now", True, True)


def test_what_a_conversation_is_and_how_long_a_merge_counts(tmp_path: Path) -> None:
    configuration = shipped(tmp_path).change(
        AGREEMENT,
        "touch: {status_changes: true}",
        "touch: {conversations: {channels: [meeting, email], calls_of: null}}",
    )
    configuration.change(AGREEMENT, "  mql:\n", "  after_merge: 2 h\n  mql:\n")

    agreement = configuration.load().agreement

    assert agreement.evidence.spoken == {"meeting", "email"}
    assert agreement.evidence.call_of is None
    assert agreement.after_merge == timedelta(hours=2)


def told(configuration: Configuration) -> str:
    [problem] = configuration.problems()
    return problem


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            NO_ANSWER,
            "    for_reasons: [not reached, No Time]\n",
            "reason 'no time' is there twice: a lead takes one path",
        ),
        (
            "  - name: no_answer\n",
            "  - name: not_yet\n",
            "programme 'not_yet' is there twice",
        ),
        (
            "    cool_down: 30 d\n",
            "    cool_down: 91 d\n",
            "is left alone for 91 d, and returns after 90 d",
        ),
        (
            "    returns_after: 90 d\n",
            "    returns_after: 4000 d\n",
            "left alone for ten years at most",
        ),
        (
            "let_through: [bottom_of_funnel]",
            "let_through: [botom_of_funnel]",
            "there is no definition 'botom_of_funnel' (did you mean bottom_of_funnel?)",
        ),
        (
            RECYCLING,
            f"{RECYCLING}  on_return: {{}}\n",
            "does nothing: say hand_over: true, or remind",
        ),
        (
            RECYCLING,
            f"{RECYCLING}  on_return: {{remind: nothing_such}}\n",
            "there is no text 'nothing_such'",
        ),
        (
            RECYCLING,
            f"{RECYCLING}  reasons_required: [converted]\n",
            "'converted' is none of 'recycled', 'disqualified'",
        ),
    ],
)
def test_each_mistake_is_told(tmp_path: Path, old: str, new: str, said: str) -> None:
    problems = shipped(tmp_path).change(AGREEMENT, old, new).problems()

    assert said in "\n".join(problems)


def test_a_clock_cannot_go_by_the_name_of_what_is_due_after_a_return(tmp_path: Path) -> None:
    configuration = shipped(tmp_path).change(AGREEMENT, "  processing:\n", "  nurture:\n")

    problem = told(configuration.change(AGREEMENT, "clock: processing", "clock: nurture"))

    assert "no clock can be called nurture" in problem


def test_two_default_programmes_are_refused(tmp_path: Path) -> None:
    configuration = shipped(tmp_path)
    for name in ("not_yet", "no_answer"):
        line = f"  - name: {name}\n"
        configuration.change(AGREEMENT, line, f"{line}    default: true\n")

    assert "two programmes are the default: a lead takes one path" in told(configuration)


def test_a_return_date_that_no_programme_has_is_refused(tmp_path: Path) -> None:
    configuration = shipped(tmp_path)
    for line in ("    returns_after: 90 d\n", "    returns_after: 30 d\n"):
        configuration.change(AGREEMENT, line, "")
    configuration.change(AGREEMENT, RECYCLING, f"{RECYCLING}  on_return: {{hand_over: true}}\n")

    assert "no programme of part 5 says returns_after" in told(configuration)


def test_a_reason_that_no_programme_is_for_is_refused_at_the_rung_that_gives_it(
    tmp_path: Path,
) -> None:
    configuration = shipped(tmp_path).change(
        AGREEMENT, "- {do: reassign}", "- {do: recycle, reason: not reachd}"
    )

    assert told(configuration).endswith(
        "clocks.first_touch.ladder[3].effects[1].reason: no programme of nurture is for"
        " 'not reachd' (did you mean not reached?): add it to for_reasons, or make one programme"
        " the default"
    )


def test_a_default_programme_takes_any_reason(tmp_path: Path) -> None:
    configuration = shipped(tmp_path).change(
        AGREEMENT, "- {do: reassign}", "- {do: recycle, reason: gone fishing}"
    )
    line = "  - name: no_answer\n"

    assert configuration.change(AGREEMENT, line, f"{line}    default: true\n").problems() == []


def test_a_field_of_another_type_cannot_hold_a_way_back(tmp_path: Path) -> None:
    text = FIELDS.replace("type: date, ", "")

    problem = told(shipped(tmp_path).change(CRM, "contact:\n", text))

    assert "nurture_return must be of type date or datetime" in problem


def test_what_is_not_written_into_the_crm_is_a_warning(tmp_path: Path) -> None:
    read_only = FIELDS.replace("Nurture_Path__c, direction: both", "Nurture_Path__c")
    configuration = shipped(tmp_path).change(AGREEMENT, *GIVES_BACK)

    bare = [w.what for w in configuration.load().warnings if "given back" in w.what]
    configuration.change(CRM, "contact:\n", read_only)
    partly = [w.what for w in configuration.load().warnings if "given back" in w.what]

    assert [what.split(" of a lead")[0] for what in bare] == [
        "recycle_reason, nurture_path, nurture_return"
    ]
    assert [what.split(" of a lead")[0] for what in partly] == ["nurture_path"]


def test_a_reason_that_is_required_and_cannot_be_told_is_a_warning(tmp_path: Path) -> None:
    configuration = shipped(tmp_path).change(
        AGREEMENT, RECYCLING, f"{RECYCLING}  reasons_required: [disqualified]\n"
    )

    bare = [w.what for w in configuration.load().warnings]
    mapped = [w.what for w in configuration.change(CRM, "contact:\n", FIELDS).load().warnings]

    assert any("maps no lead field to disqualify_reason" in what for what in bare)
    assert not any("disqualify_reason" in what for what in mapped)
