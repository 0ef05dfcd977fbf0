from datetime import timedelta
from urllib.request import urlopen

import pytest

from slasync.sandbox.faults import Kind, Rule
from slasync.sandbox.http import NoAnswer, Request, Reset, TimedOut
from slasync.sandbox.marketo import Marketo
from slasync.sandbox.server import Server
from slasync.sandbox.time import Driven
from slasync.sandbox.world import World
from tests.sandbox.marketo.office import LEADS, MONDAY, Office, reason

SYNC = "POST /rest/v1/leads"
ANA = {"input": [{"email": "ana@example.com"}]}


def leads(office: Office) -> int:
    return len(office.marketo.instance.leads)


@pytest.mark.parametrize(
    ("kind", "error", "applied"),
    [
        (Kind.TIMEOUT_BEFORE, TimedOut, 0),
        (Kind.TIMEOUT_AFTER, TimedOut, 1),
        (Kind.RESET_AFTER, Reset, 1),
    ],
)
def test_a_write_without_an_answer_may_have_been_applied(
    kind: Kind, error: type[NoAnswer], applied: int
) -> None:
    office = Office()
    office.world.faults.switch_on(Rule(kind, SYNC))
    with pytest.raises(error):
        office.call("POST", LEADS, ANA)
    assert leads(office) == applied


def test_a_write_that_comes_late_and_its_second_attempt_make_two_leads() -> None:
    office = Office()
    office.world.faults.switch_on(Rule(Kind.LATE, SYNC, times=1))
    with pytest.raises(TimedOut):
        office.call("POST", LEADS, ANA)
    office.sync(*ANA["input"])
    office.wait(minutes=2)
    assert leads(office) == 2
    assert reason(*office.sync(*ANA["input"]))[0] == "1007"


def test_a_call_that_was_given_up_is_still_under_way() -> None:
    office = Office()
    office.world.faults.switch_on(Rule(Kind.LATE, SYNC, times=10))
    for _ in range(10):
        with pytest.raises(TimedOut):
            office.call("POST", LEADS, ANA)
    assert office.failure("POST", LEADS, ANA)[0] == "615"
    office.wait(minutes=2)
    office.wait(seconds=21)
    assert office.body("POST", LEADS, {"input": [{"email": "ben@example.com"}]})


def test_a_rate_fault_and_an_ended_session_speak_marketos_words() -> None:
    office = Office()
    office.world.faults.switch_on(Rule(Kind.TOO_MANY, SYNC, times=1))
    assert office.failure("POST", LEADS, ANA)[0] == "606"
    office.world.faults.switch_on(Rule(Kind.TOKEN_EXPIRED, SYNC, times=1))
    assert office.failure("POST", LEADS, ANA)[0] == "602"
    office.token = office.new_token()["access_token"]
    assert office.sync(*ANA["input"])[0]["status"] == "created"


def test_an_outage_has_several_faces_and_applies_nothing() -> None:
    office = Office()
    office.world.faults.switch_on(Rule(Kind.SERVER_ERROR, SYNC))
    answers = [office.call("POST", LEADS, ANA) for _ in range(30)]
    seen = {a.json()["errors"][0]["code"] if a.status == 200 else a.status for a in answers}
    assert seen == {"608", "611", 502}
    assert leads(office) == 0


def test_one_row_can_be_refused_or_struck_for_a_moment() -> None:
    office = Office()
    office.world.faults.switch_on(Rule(Kind.ROW_REFUSED, "marketo/leads", times=1))
    rows = office.sync({"email": "ana@example.com"}, {"email": "ben@example.com"})
    assert reason(rows[0])[0] == "1003"
    assert rows[1]["status"] == "created"
    office.world.faults.switch_on(Rule(Kind.ROW_LOCKED, "marketo/leads", times=1))
    assert reason(*office.sync({"email": "ana@example.com"})) == ("713", "Transient Error")


def test_a_lead_can_become_visible_late() -> None:
    office = Office()
    late = Rule(Kind.LATE_VISIBLE, "marketo/leads", delay=timedelta(minutes=5), times=2)
    again = Rule(Kind.LATE_VISIBLE, "marketo/leads", delay=timedelta(minutes=4), times=1)
    asked = {"filterType": "email", "filterValues": "ana@example.com"}
    office.world.faults.switch_on(late, again)
    one = office.lead("ana")
    assert office.get(LEADS, **asked) == []
    office.wait(minutes=5)
    assert office.get(LEADS, **asked)[0]["firstName"] is None
    office.sync({"email": "ana@example.com", "firstName": "Ana"})
    office.wait(minutes=1)
    office.sync({"email": "ana@example.com", "firstName": "Anna"})
    assert office.get(LEADS, **asked)[0]["firstName"] is None
    office.wait(minutes=4)
    assert office.get(LEADS, **asked)[0]["firstName"] == "Anna"
    assert office.marketo.get(str(one))["firstName"] == "Anna"


def test_the_instance_can_be_served_over_http() -> None:
    marketo = Marketo(World(Driven(MONDAY).now))
    keys = marketo.credentials()
    query = "&".join(f"{n}={keys[n]}" for n in ("client_id", "client_secret"))
    with Server(marketo.handle) as server:
        path = f"{server.url}/identity/oauth/token?grant_type=client_credentials&{query}"
        with urlopen(path) as answer:  # noqa: S310 - the address of our own server
            assert answer.headers["Cache-Control"] == "no-store"
    direct = marketo.handle(Request("GET", path))
    assert direct.json()["scope"] == keys["user"]


def test_each_late_write_is_seen_in_its_turn_however_many_follow() -> None:
    office = Office()
    lead = office.marketo.create({"email": "ana@example.com", "company": "0"})
    slow = Rule(Kind.LATE_VISIBLE, "marketo/leads", delay=timedelta(minutes=3))
    office.world.faults.switch_on(slow)
    seen = []
    for minute in range(1, 7):
        office.marketo.update(lead, {"company": str(minute)})
        (row,) = office.get(LEADS, filterType="id", filterValues=lead, fields="company")
        seen.append(row["company"])
        office.wait(minutes=1)
    assert seen == ["0", "0", "0", "1", "2", "3"]
    office.world.faults.switch_off()
    office.marketo.update(lead, {"company": "7"})
    (row,) = office.get(LEADS, filterType="id", filterValues=lead, fields="company")
    assert row["company"] == "7"


def test_the_day_is_left_as_many_calls_as_others_do_not_use() -> None:
    office = Office()
    office.marketo.others_leave(2)
    assert office.get(LEADS, filterType="email", filterValues="a@example.com") == []
    assert office.get(LEADS, filterType="email", filterValues="a@example.com") == []
    assert office.failure("GET", LEADS, filterType="email", filterValues="a")[0] == "607"
    office.marketo.others_call(0)
    assert office.get(LEADS, filterType="email", filterValues="a@example.com") == []
