"""How the mirror stands to the systems, as health and metrics tell it."""

from datetime import timedelta

from slasync.domain.self_check import Cause, Comparison
from slasync.reports.self_check import Standing, silence
from slasync.store.feeds import FeedPlace
from slasync.store.sweeps import Run
from slasync.store.vanished import Answer, VanishedBatch
from slasync.web.self_check import mirror_gauges, mirror_notes
from slasync.web.symptoms import Symptom
from tests.builders import DAY, HOUR, MINUTE, MONDAY
from tests.faults.marks import fault

EVENTS = [MONDAY + n * HOUR for n in range(20)]
LAST = EVENTS[-1]


@fault("W3")
def test_webhooks_are_silent_when_none_came_for_five_times_the_usual_and_three_days() -> None:
    found = silence(EVENTS, LAST + 3 * DAY + MINUTE)
    assert found
    assert (found.last, found.usual, found.too_long) == (LAST, HOUR, True)


def test_a_weekend_is_no_silence_nor_is_what_is_usual_where_events_are_rare() -> None:
    weekend = silence(EVENTS, LAST + 3 * DAY)
    assert weekend
    assert not weekend.too_long
    rare = silence([MONDAY + n * DAY for n in range(20)], MONDAY + 23 * DAY)
    assert rare
    assert not rare.too_long


def test_where_hardly_any_event_ever_came_nothing_is_usual() -> None:
    assert silence(EVENTS[:4], LAST + 90 * DAY) is None
    assert silence([], LAST) is None


def standing() -> Standing:
    batch = VanishedBatch(
        name="vanished-hubspot-contacts-20260302", system="hubspot", kind="contact",
        because="9000 of 10000 hubspot contacts were not among the 1000 listed",
        answer=Answer.OPEN, opened_at=MONDAY, records=9000,
    )  # fmt: skip
    run = Run(kind=Comparison.SWEEP, system="hubspot", stream="hubspot.contacts", began_at=MONDAY,
              upto=MONDAY, advanced_at=MONDAY, ended_at=MONDAY + HOUR)  # fmt: skip
    silent = silence(EVENTS, LAST + 4 * DAY)
    assert silent
    unheard = FeedPlace("/data/ChangeEvents", "salesforce", heard_at=LAST, error="it is down")
    return Standing(
        unheard=(unheard,),
        missed={"hubspot.contacts": {Cause.MISSING: 3, Cause.OLDER: 1}},
        last={"sweep:hubspot.contacts": run},
        vanished=(batch,),
        silences={"hubspot": silent},
    )


@fault("W3")
def test_health_names_what_vanished_what_was_missed_and_who_is_silent() -> None:
    told = list(mirror_notes(standing(), LAST + 4 * DAY))
    assert [problem.symptom for problem in told] == [
        Symptom.VANISHED, Symptom.MISSED, Symptom.WEBHOOKS_SILENT, Symptom.FEED_SILENT,
    ]  # fmt: skip
    vanished, missed, silent, unheard = (problem.words for problem in told)
    assert "slasync sweep accept vanished-hubspot-contacts-20260302" in vanished
    assert missed.endswith("since repaired: 3 missing, 1 older")
    assert silent == "no webhook of hubspot has come for 5760 minutes: see its subscriptions"
    assert unheard == (
        "/data/ChangeEvents of salesforce has told nothing for 5760 minutes, it is down:"
        " salesforce is polled as without it"
    )


def test_a_mirror_that_agrees_gives_no_note() -> None:
    assert list(mirror_notes(Standing(), MONDAY)) == []


def test_gauges_tell_counts_by_stream_and_cause_and_the_age_of_each_look() -> None:
    found = mirror_gauges(standing(), LAST + timedelta(minutes=1))
    assert found["vanished_records"] == 9000
    assert found["missed_records[hubspot.contacts:missing]"] == 3
    assert found["compared_seconds[sweep:hubspot.contacts]"] == 18 * 3600 + 60
    assert found["webhook_silence_seconds[hubspot]"] == 60
    assert found["unheard_feeds"] == 1
