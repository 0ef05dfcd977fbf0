"""Answers cut at every byte, followed by rubbish, or packed badly: nothing is half believed."""

import gzip
import json
from collections.abc import Iterator
from datetime import timedelta

import pytest

from slasync.connectors.hubspot import CONTACTS
from slasync.errors import SlasyncError, TryLater
from slasync.ports import Ask, Outcome
from slasync.sandbox.http import Request, Response
from tests.builders import MONDAY
from tests.connectors.contract_sink import a_change, a_task, outcomes
from tests.connectors.salesforce.org import OrgRig
from tests.faults.marks import fault
from tests.faults.tampered import Change, Line, cut, followed_by, told

pytestmark = fault("V17")

LOGIN = "/oauth2/token"
SECOND = timedelta(seconds=1)
RUBBISH = (b"<html>", b"{}", b"\x00", b"]", b"null")
PACKED = (("Content-Type", "application/json"), ("Content-Encoding", "gzip"))


@pytest.fixture
def rig() -> Iterator[OrgRig]:
    rig = OrgRig()
    rig.source.vendor_now()
    yield rig
    rig.close()


def damaged(rig: OrgRig, change: Change) -> None:
    """Have every answer but those to a login be changed on its way."""

    def tamper(request: Request, answer: Response) -> Response:
        return answer if request.path.endswith(LOGIN) else change(answer)

    rig.tamper = tamper


def one_after_another(first: Change, second: Change) -> Change:
    return lambda answer: second(first(answer))


class Length:
    """Lets answers pass and keeps the length of the last."""

    def __init__(self) -> None:
        self.last = 0

    def __call__(self, answer: Response) -> Response:
        self.last = len(answer.body)
        return answer


@pytest.mark.parametrize("kind", ["tasks", "owners"])
def test_salesforces_answer_to_a_write_is_believed_as_a_whole_or_not_at_all(
    rig: OrgRig, kind: str
) -> None:
    lead, rep, other = rig.lead(), rig.rep(), rig.rep()
    writes = {"tasks": [a_task(lead, rep)], "owners": [a_change(lead, other, None)]}[kind]
    length = Length()
    damaged(rig, length)
    assert outcomes(rig.sink.apply(writes)) == [Outcome.APPLIED]

    for at in range(length.last):
        damaged(rig, cut(at))
        assert outcomes(rig.sink.apply(writes)) == [Outcome.UNKNOWN], at
    for tail in RUBBISH:
        damaged(rig, followed_by(tail))
        assert outcomes(rig.sink.apply(writes)) == [Outcome.UNKNOWN], tail

    rig.tamper = lambda _, answer: answer
    assert outcomes(rig.sink.look(writes)) == [Outcome.APPLIED]


def test_a_page_of_salesforce_that_is_cut_anywhere_is_no_page(rig: OrgRig) -> None:
    rig.lead()
    asks = [Ask("salesforce.leads", rig.clock.now())]
    length = Length()
    damaged(rig, length)
    assert rig.source.read(asks)[0].readings

    for at in range(0, length.last, 3):
        damaged(rig, cut(at))
        with pytest.raises(TryLater):
            rig.source.read(asks)


def test_what_is_read_again_before_blaming_is_never_taken_for_gone(rig: OrgRig) -> None:
    lead = rig.lead()
    length = Length()
    damaged(rig, length)
    assert rig.sink.reread([lead])[lead]

    for at in range(length.last):
        damaged(rig, cut(at))
        with pytest.raises(SlasyncError):
            rig.sink.reread([lead])


def test_hubspots_answer_to_a_write_is_believed_as_a_whole_or_not_at_all() -> None:
    length = Length()
    line = Line(change=length)
    contact = line.bench.contact(email="a@example.com")
    assert outcomes(line.connector.sink.apply([told(contact)])) == [Outcome.APPLIED]

    for change in [*map(cut, range(length.last)), *map(followed_by, RUBBISH)]:
        line.change = change
        line.bench.clock.advance(SECOND)
        assert outcomes(line.connector.sink.apply([told(contact)])) == [Outcome.UNKNOWN]


@pytest.mark.parametrize("since", [None, MONDAY - timedelta(days=1)], ids=["list", "search"])
def test_a_page_of_hubspot_that_is_cut_anywhere_is_no_page(since: object) -> None:
    length = Length()
    line = Line(change=length)
    line.bench.contact(email="a@example.com")
    ask = Ask(CONTACTS, line.bench.settle(), line.bench.clock.now() if since else None)
    line.connector.source.read([ask])
    line.bench.clock.advance(SECOND)

    for at in range(0, length.last, 3):
        line.change = cut(at)
        line.bench.clock.advance(SECOND)
        with pytest.raises(TryLater):
            line.connector.source.read([ask])


def test_a_packed_answer_that_is_damaged_is_no_answer() -> None:
    line = Line()
    contact = line.bench.contact(email="a@example.com")

    def packed(answer: Response) -> Response:
        return Response(answer.status, (*answer.headers, *PACKED[1:]), gzip.compress(answer.body))

    line.change = packed
    assert outcomes(line.connector.sink.apply([told(contact)])) == [Outcome.APPLIED]
    whole = len(gzip.compress(json.dumps({}).encode())) * 3
    for at in range(whole):
        line.bench.clock.advance(SECOND)
        line.change = one_after_another(packed, cut(at))
        assert outcomes(line.connector.sink.apply([told(contact)])) == [Outcome.UNKNOWN], at
