"""What the sink of every marketing system promises. Suites inherit these tests and bring a rig."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import pytest

from slasync.domain.lead import LeadKey, Ref
from slasync.domain.writes import Action, Write
from slasync.errors import TryLater
from slasync.ports import Outcome, Receipt, Sink
from tests.faults.marks import fault


class MarketingRig(Protocol):
    """A marketing system, seen by the people who work in it."""

    @property
    def sink(self) -> Sink: ...
    def lead(self) -> Ref: ...
    def held(self, ref: Ref) -> Mapping[str, str | None]:
        """Return what the record shows of `stage`, `owner` and `reply`."""

    def reply(self, ref: Ref, value: str) -> None:
        """Have a person fill in the field `reply`."""

    def delete(self, ref: Ref) -> None: ...
    def lose_answer(self) -> None: ...
    def lose_request(self) -> None: ...
    def cut_off(self) -> None: ...


def a_write(rig: MarketingRig, target: Ref | None, key: str = "k", **values: Any) -> Write:
    told = values or {"stage": "MQL"}
    return Write(
        key=key, lead=LeadKey("l"), system=rig.sink.system, action=Action.PROPERTIES,
        values=told, target=target,
    )  # fmt: skip


def a_reply(rig: MarketingRig, target: Ref, value: str, before: str | None = None) -> Write:
    return Write(
        key="reply", lead=LeadKey("l"), system=rig.sink.system, action=Action.PROPERTY,
        values={"field": "reply", "value": value, "before": before}, target=target,
    )  # fmt: skip


def outcomes(receipts: Sequence[Receipt]) -> list[Outcome]:
    return [receipt.outcome for receipt in receipts]


class MarketingContract:
    """Inherit, and give `rig` as a fixture."""

    def test_every_write_has_a_lane_of_limited_size(self, rig: MarketingRig) -> None:
        assert rig.sink.lanes[rig.sink.lane(a_write(rig, rig.lead()))] >= 1

    def test_what_is_written_is_there_and_the_receipt_names_the_record(
        self, rig: MarketingRig
    ) -> None:
        lead = rig.lead()
        [receipt] = rig.sink.apply([a_write(rig, lead)])
        assert (receipt.outcome, receipt.ref) == (Outcome.APPLIED, lead)
        assert rig.held(lead)["stage"] == "MQL"

    def test_written_again_it_is_the_same(self, rig: MarketingRig) -> None:
        lead = rig.lead()
        for _ in range(2):
            [receipt] = rig.sink.apply([a_write(rig, lead)])
            assert receipt.outcome in {Outcome.APPLIED, Outcome.ALREADY}
        assert rig.held(lead)["stage"] == "MQL"

    def test_of_two_writes_to_one_lead_the_later_value_stays(self, rig: MarketingRig) -> None:
        lead = rig.lead()
        first = a_write(rig, lead, "1", stage="MQL", owner="ana")
        told = rig.sink.apply([first, a_write(rig, lead, "2", stage="SAL")])
        assert set(outcomes(told)) <= {Outcome.APPLIED, Outcome.ALREADY}
        assert (rig.held(lead)["stage"], rig.held(lead)["owner"]) == ("SAL", "ana")

    def test_a_value_is_cleared(self, rig: MarketingRig) -> None:
        lead = rig.lead()
        rig.sink.apply([a_write(rig, lead, owner="ana")])
        rig.sink.apply([a_write(rig, lead, owner=None)])
        assert not rig.held(lead)["owner"]

    @fault("V10", "V27")
    def test_a_lead_that_is_gone_does_not_hold_up_the_others(self, rig: MarketingRig) -> None:
        leads = [rig.lead() for _ in range(3)]
        rig.delete(leads[1])
        told = rig.sink.apply([a_write(rig, each, str(n)) for n, each in enumerate(leads)])
        assert outcomes(told) == [Outcome.APPLIED, Outcome.GONE, Outcome.APPLIED]

    def test_what_the_system_is_not_sent_is_refused_and_the_others_go(
        self, rig: MarketingRig
    ) -> None:
        lead = rig.lead()
        nobody = a_write(rig, None, "nobody")
        elsewhere = a_write(rig, Ref("salesforce", "lead", "1"), "elsewhere")
        told = rig.sink.apply([nobody, a_write(rig, lead), elsewhere])
        assert outcomes(told) == [Outcome.REFUSED, Outcome.APPLIED, Outcome.REFUSED]

    @fault("V6")
    def test_when_the_answer_is_lost_reading_tells_that_it_took_effect(
        self, rig: MarketingRig
    ) -> None:
        write = a_write(rig, rig.lead())
        rig.lose_answer()
        assert outcomes(rig.sink.apply([write])) == [Outcome.UNKNOWN]
        assert outcomes(rig.sink.look([write])) == [Outcome.APPLIED]

    @fault("V6")
    def test_when_the_request_is_lost_reading_tells_to_send_again(self, rig: MarketingRig) -> None:
        write = a_write(rig, rig.lead())
        rig.lose_request()
        assert outcomes(rig.sink.apply([write])) == [Outcome.UNKNOWN]
        assert outcomes(rig.sink.look([write])) == [Outcome.TRY_LATER]
        assert outcomes(rig.sink.apply([write])) == [Outcome.APPLIED]

    @fault("V48")
    def test_a_value_that_a_person_gave_meanwhile_is_not_sent_over(self, rig: MarketingRig) -> None:
        lead = rig.lead()
        write = a_reply(rig, lead, "ours")
        assert outcomes(rig.sink.look([write])) == [Outcome.TRY_LATER]
        rig.reply(lead, "a person's")
        assert outcomes(rig.sink.look([write])) == [Outcome.OVERTAKEN]
        assert rig.held(lead)["reply"] == "a person's"

    def test_rereading_tells_who_is_gone(self, rig: MarketingRig) -> None:
        kept, gone = rig.lead(), rig.lead()
        rig.delete(gone)
        told = rig.sink.reread([kept, gone])
        assert told[kept] is not None
        assert told[gone] is None

    def test_when_the_system_is_cut_off_nothing_is_written_and_all_is_kept(
        self, rig: MarketingRig
    ) -> None:
        write = a_write(rig, rig.lead())
        rig.sink.reread([rig.lead()])  # logged in
        rig.cut_off()
        with pytest.raises(TryLater) as told:
            rig.sink.apply([write])
        assert not told.value.unknown
        assert outcomes(rig.sink.look([write])) == [Outcome.TRY_LATER]
        assert outcomes(rig.sink.apply([write])) == [Outcome.APPLIED]
