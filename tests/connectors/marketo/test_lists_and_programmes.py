"""Static lists, and trigger campaigns, which are requested once or not at all."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from slasync.domain.writes import Action, Write
from slasync.errors import TryLater
from slasync.ports import Outcome, Receipt
from slasync.sandbox.faults import Kind, Rule
from slasync.sandbox.marketo import Event, Lateness, Moment, When
from tests.connectors.marketo.bench import Bench, a_write
from tests.faults.marks import fault

ADD, ISMEMBER = "POST /rest/v1/lists/{id}/leads.json", "GET /rest/v1/lists/{id}/leads/ismember.json"
TRIGGER = "POST /rest/v1/campaigns/{id}/trigger.json"


class Office(Bench):
    """An instance with a list and a campaign, of which slasync knows one more each."""

    def __init__(self, **options: Any) -> None:
        super().__init__(options=options)
        self.number = self.marketo.make_list("Nurture")
        self.campaign = self.marketo.add_campaign(
            "Begin nurture",
            when=When(Event.REQUESTED),
            steps=(Moment("Milestone", "{{my.slasyncText}}"),),
            tokens={"slasyncSubject": "", "slasyncText": "none"},
        )
        self.restart(
            lists={"nurture": self.number, "gone": "77"},
            programmes={"begin": str(self.campaign.id), "gone": "9"},
        )

    def requested(self) -> list[str]:
        entries = self.world.journal.entries()
        return [each.id for each in entries if each.operation == "request"]


def lists(lead: str | None, change: str = "add", name: str = "nurture", key: str = "k") -> Write:
    return a_write(Action.LIST, lead, key, list=name, change=change)


def asks(
    office: Bench, lead: str | None, key: str = "k", name: str = "begin", **more: Any
) -> Write:
    at = office.driven.now().isoformat()
    return a_write(Action.PROGRAMME, lead, key, programme=name, at=at, **more)


def outcomes(receipts: Sequence[Receipt]) -> list[Outcome]:
    return [receipt.outcome for receipt in receipts]


# lists


def test_leads_of_one_list_go_in_one_call_and_each_is_told() -> None:
    office = Office()
    one, two = office.lead("a"), office.lead("b")

    receipts = office.sink.apply([lists(one, key="1"), lists(two, key="2"), lists("1", key="3")])

    assert outcomes(receipts) == [Outcome.APPLIED, Outcome.APPLIED, Outcome.GONE]
    assert office.marketo.members(office.number) == [one, two]
    assert office.marketo.calls[ADD] == 1


def test_a_lead_is_taken_off_a_list_and_one_that_is_not_on_it_is_as_wished() -> None:
    office = Office()
    lead = office.lead()
    office.sink.apply([lists(lead)])

    assert outcomes(office.sink.apply([lists(lead, "remove")])) == [Outcome.APPLIED]
    assert outcomes(office.sink.apply([lists(lead, "remove")])) == [Outcome.ALREADY]
    assert office.marketo.members(office.number) == []


def test_changes_of_one_lead_on_one_list_go_one_after_the_other() -> None:
    office = Office()
    lead = office.lead()

    receipts = office.sink.apply([lists(lead, key="1"), lists(lead, "remove", key="2")])

    assert outcomes(receipts) == [Outcome.APPLIED, Outcome.TRY_LATER]
    assert office.marketo.members(office.number) == [lead]


@fault("V6")
@pytest.mark.parametrize("kind", [Kind.TIMEOUT_BEFORE, Kind.TIMEOUT_AFTER, Kind.TRUNCATED])
def test_after_a_lost_answer_one_call_tells_of_all_leads_of_a_list(kind: Kind) -> None:
    office = Office()
    leads = [office.lead(f"p{n}") for n in range(40)]
    office.connector.transport.usage()
    office.world.faults.switch_on(Rule(kind, path="lists", times=1))
    writes = [lists(each, key=each) for each in leads]

    assert set(outcomes(office.sink.apply(writes))) == {Outcome.UNKNOWN}

    there = bool(office.marketo.members(office.number))
    expected = Outcome.APPLIED if there else Outcome.TRY_LATER
    assert set(outcomes(office.sink.look(writes))) == {expected}
    assert office.marketo.calls[ISMEMBER] == 1


def test_a_list_that_is_gone_is_at_fault_and_not_the_lead() -> None:
    office = Office()
    lead = office.lead()

    [receipt] = office.sink.apply([lists(lead, name="gone")])
    [looked] = office.sink.look([lists(lead, name="gone")])

    assert (receipt.outcome, looked.outcome) == (Outcome.REFUSED, Outcome.REFUSED)
    assert "list 77" in receipt.message


@pytest.mark.parametrize(
    ("write", "words"),
    [
        (lists("1", name="hot"), "connectors/marketo/connector.yaml names no list 'hot'"),
        (lists("1", "empty"), "a list is not changed by 'empty'"),
    ],
)
def test_a_list_that_cannot_be_changed_is_refused_without_a_call(write: Write, words: str) -> None:
    office = Office()
    before = len(office.requests)

    [receipt] = office.sink.apply([write])

    assert receipt.outcome is Outcome.REFUSED
    assert words in receipt.message
    assert len(office.requests) == before


# programmes


def test_a_campaign_runs_for_the_leads_with_the_words_it_was_given() -> None:
    office = Office()
    one, two = office.lead("a"), office.lead("b")
    tokens = {"slasyncSubject": "Back", "slasyncText": "no budget yet"}
    since = office.driven.now()

    receipts = office.sink.apply([asks(office, each, each, tokens=tokens) for each in (one, two)])
    office.wait(seconds=10)

    assert outcomes(receipts) == [Outcome.APPLIED, Outcome.APPLIED]
    assert office.marketo.calls[TRIGGER] == 1
    moments = [values["moment"] for _, _, values in office.told(since)]
    assert moments == ["no budget yet", "no budget yet"]


def test_other_words_are_another_request_and_so_is_the_same_lead_again() -> None:
    office = Office()
    one, two = office.lead("a"), office.lead("b")
    writes = [
        asks(office, one, "1"), asks(office, two, "2", tokens={"slasyncText": "x"}),
        asks(office, one, "3"),
    ]  # fmt: skip

    assert outcomes(office.sink.apply(writes)) == [Outcome.APPLIED] * 3
    assert office.marketo.calls[TRIGGER] == 3
    assert sorted(office.requested()) == [one, one, two]


def test_a_hundred_leads_go_in_a_request() -> None:
    office = Office()
    leads = [office.lead(f"p{n}") for n in range(101)]

    receipts = office.sink.apply([asks(office, each, each) for each in leads])

    assert set(outcomes(receipts)) == {Outcome.APPLIED}
    assert office.marketo.calls[TRIGGER] == 2


@fault("V12")
def test_a_lead_that_is_gone_keeps_no_other_from_it() -> None:
    office = Office()
    leads = [office.lead(f"p{n}") for n in range(5)]
    office.marketo.delete(leads[2])

    receipts = office.sink.apply([asks(office, each, each) for each in leads])

    assert outcomes(receipts) == [Outcome.GONE if n == 2 else Outcome.APPLIED for n in range(5)]
    assert sorted(office.requested()) == sorted(set(leads) - {leads[2]})


def test_a_campaign_that_is_not_active_is_refused_with_what_it_has_to_be() -> None:
    office = Office()
    office.marketo.switch_campaign(office.campaign.id, active=False)

    [receipt] = office.sink.apply([asks(office, office.lead())])

    assert receipt.outcome is Outcome.REFUSED
    assert "it has to be an active trigger campaign" in receipt.message


@pytest.mark.parametrize("name", ["gone", "nobody knows"])
def test_a_campaign_that_is_not_there_is_refused_by_name(name: str) -> None:
    office = Office()

    [receipt] = office.sink.apply([asks(office, office.lead(), name=name)])

    assert receipt.outcome is Outcome.REFUSED
    assert repr(name) in receipt.message


@fault("V6")
def test_a_request_whose_answer_was_lost_is_found_in_the_log_and_not_made_again() -> None:
    office = Office(lateness=Lateness(timedelta(seconds=90), timedelta(seconds=90)))
    lead = office.lead()
    office.connector.transport.usage()
    office.world.faults.switch_on(Rule(Kind.TIMEOUT_AFTER, path="trigger", times=1))
    write = asks(office, lead)

    assert outcomes(office.sink.apply([write])) == [Outcome.UNKNOWN]
    [first] = office.sink.look([write])
    office.wait(minutes=2)
    [second] = office.sink.look([write])

    assert first.outcome is Outcome.UNKNOWN  # the log does not tell yet: nobody knows
    assert first.after is not None
    assert second.outcome is Outcome.APPLIED
    assert office.requested() == [lead]


@fault("V6")
def test_a_request_that_got_lost_is_made_again_once_the_log_would_tell_of_it() -> None:
    office = Office()
    lead = office.lead()
    office.connector.transport.usage()
    office.world.faults.switch_on(Rule(Kind.TIMEOUT_BEFORE, path="trigger", times=1))
    write = asks(office, lead)

    assert outcomes(office.sink.apply([write])) == [Outcome.UNKNOWN]
    assert outcomes(office.sink.look([write])) == [Outcome.UNKNOWN]
    office.wait(minutes=10)

    assert outcomes(office.sink.look([write])) == [Outcome.TRY_LATER]
    assert office.requested() == []


def test_a_request_of_an_earlier_time_is_not_taken_for_this_one() -> None:
    office = Office()
    lead = office.lead()
    office.sink.apply([asks(office, lead, "earlier")])
    office.wait(days=3)
    write = asks(office, lead)
    office.sink.look([write])
    office.wait(minutes=10)

    assert outcomes(office.sink.look([write])) == [Outcome.TRY_LATER]


def test_where_the_limit_is_reached_nothing_is_requested() -> None:
    office = Office()
    lead = office.lead()
    office.world.faults.switch_on(Rule(Kind.TOO_MANY, path="trigger", times=1))

    with pytest.raises(TryLater) as told:
        office.sink.apply([asks(office, lead)])

    assert not told.value.unknown
    assert office.requested() == []
