"""Snooze, dispute, interactions and what is shown: what can be written down, what each mistake is
told.
"""

from pathlib import Path

import pytest

from slasync.domain.interactions import Traced
from slasync.domain.rep_fields import WORDS
from slasync.domain.time.calendars import Offset, Unit
from tests.settings.configs import Configuration, shipped

AGREEMENT = "config/agreement.yaml"
CRM = "connectors/salesforce/connector.yaml"
FIELDS = """\
  snooze_until: {field: Slasync_Snooze_Until__c, type: datetime}
  snooze_reason: {field: Slasync_Snooze_Reason__c}
  dispute: {field: Slasync_Dispute__c, type: bool}
  dispute_reason: {field: Slasync_Dispute_Reason__c}
contact:
"""
SNOOZE = "snooze: {clocks: [first_touch], at_most: 5 business_days, times: 2}\n"
DISPUTE = "dispute: {clocks: [processing], text: decide_now}\n"


@pytest.fixture
def mapped(tmp_path: Path) -> Configuration:
    return shipped(tmp_path).change(CRM, "contact:\n", FIELDS)


def agreed(one: Configuration, part: str) -> Configuration:
    return one.change(AGREEMENT, "interactions:\n", f"{part}\ninteractions:\n")


def test_both_are_compiled_with_the_agreement_s_calendar(mapped: Configuration) -> None:
    agreement = agreed(mapped, SNOOZE + DISPUTE).load().agreement

    snooze, dispute = agreement.rests.snooze, agreement.rests.dispute
    assert snooze is not None
    assert dispute is not None
    assert (snooze.at_most, snooze.times) == (Offset(5, Unit.BUSINESS_DAYS), 2)
    assert (snooze.reason_required, dispute.reason_required) == (True, True)
    assert dispute.within == Offset(1, Unit.BUSINESS_DAYS)
    assert snooze.calendar is not None
    assert snooze.calendar.spec.name == "berlin"
    assert {"snooze_until", "snooze_reason", "dispute"} <= agreement.watched


def test_left_out_reps_cannot_ask_and_nothing_is_read(mapped: Configuration) -> None:
    agreement = mapped.load().agreement

    assert not agreement.rests
    assert "snooze_until" not in agreement.watched


@pytest.mark.parametrize(
    ("part", "said"),
    [
        (
            "snooze: {clocks: [first_tuch]}",
            "snooze.clocks[0]: there is no clock 'first_tuch' (did you mean first_touch?)",
        ),
        (
            "dispute: {clocks: [procesing], text: decide_now}",
            "dispute.clocks[0]: there is no clock 'procesing' (did you mean processing?)",
        ),
        ("snooze: {clocks: []}", "snooze.clocks: "),
        (
            "snooze: {clocks: [first_touch], at_most: 5 days}",
            "snooze.at_most: is no span of time: write 5 business_days or 7 calendar_days, say",
        ),
        (
            "snooze: {clocks: [first_touch], at_most: 0 business_days}",
            "snooze.at_most: is no time at all",
        ),
        ("snooze: {clocks: [first_touch], times: 0}", "snooze.times: "),
        (
            "dispute: {clocks: [first_touch], text: decide_nwo}",
            "dispute.text: there is no text 'decide_nwo' (did you mean decide_now?)",
        ),
        ("dispute: {clocks: [first_touch]}", "dispute.text: "),
    ],
)
def test_each_mistake_is_told(mapped: Configuration, part: str, said: str) -> None:
    [problem, *_] = agreed(mapped, f"{part}\n").problems()

    assert said in problem


@pytest.mark.parametrize(
    ("part", "field"), [(SNOOZE, "snooze_until"), (DISPUTE, "dispute")], ids=["snooze", "dispute"]
)
def test_a_field_that_no_rep_could_fill_is_told_with_its_remedy(
    tmp_path: Path, part: str, field: str
) -> None:
    problems = agreed(shipped(tmp_path), part).problems()

    words = f"reps ask for it by the field {field}, and connectors/salesforce"
    assert any(words in each and "take the # from its line there" in each for each in problems)


def test_a_reason_needs_no_field_where_none_is_asked_for(tmp_path: Path) -> None:
    one = shipped(tmp_path).change(CRM, "contact:\n", f"{FIELDS.splitlines()[0]}\ncontact:\n")
    part = "snooze: {clocks: [first_touch], reason_required: false}\n"

    assert agreed(one, part).load().agreement.rests.snooze is not None


def test_a_time_must_be_a_time(tmp_path: Path) -> None:
    wrong = FIELDS.replace("type: datetime", "type: text")

    problems = shipped(tmp_path).change(CRM, "contact:\n", wrong).problems()

    assert any("snooze_until must be of type datetime" in each for each in problems)


def test_interactions_name_fields_that_are_there_and_are_watched(tmp_path: Path) -> None:
    agreement = shipped(tmp_path).load().agreement

    assert agreement.traced == (Traced("form", "form_at"),)
    assert {"form", "form_at"} <= agreement.watched


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{field: frm, at: form_at}", "interactions[0].field: unknown field 'frm'"),
        ("{field: form, at: company}", "interactions[0].at: field 'company' holds text"),
    ],
)
def test_an_interaction_of_no_field_is_refused(tmp_path: Path, line: str, said: str) -> None:
    one = shipped(tmp_path).change(AGREEMENT, "  - {field: form, at: form_at}", f"  - {line}")

    assert any(said in problem for problem in one.problems())


def test_what_is_shown_is_what_the_connector_s_file_says(tmp_path: Path) -> None:
    settings = shipped(tmp_path).load()

    assert settings.agreement.shows == set(WORDS)
    assert settings.salesforce is not None
    assert settings.salesforce.shows == set(WORDS)


def test_a_word_that_nothing_shows_is_refused(tmp_path: Path) -> None:
    one = shipped(tmp_path).change(CRM, "show: [status, due,", "show: [status, deu,")

    [problem] = one.problems()
    assert "show[1]" in problem
