"""`slasync status` tells how the calls to each system stand, those of other programs too."""

from datetime import timedelta

from slasync.sandbox.http import Request, Response
from tests.cli.desk import Desk
from tests.faults.marks import fault
from tests.pains.marks import pain

HOUR = timedelta(hours=1)


@fault("V3")
def test_calls_of_several_runs_are_counted_together(desk: Desk) -> None:
    for _ in range(3):
        desk.work(HOUR)

    told = desk.json("status")["calls"]["salesforce"]

    assert 3 <= told["spent"] <= 40
    assert sum(told["by_lane"].values()) == told["spent"]  # blocks were given back at each end
    assert (told["share"], told["ends"], told["stopped"]) == (20_000, None, [])
    assert "salesforce" in desk.slasync("status").stdout


@pain("P28")
@fault("V3")
def test_a_share_that_is_used_up_is_told_and_survives_a_restart(desk: Desk) -> None:
    desk.change("connectors/salesforce/connector.yaml", "daily_calls: 100000", "daily_calls: 25")
    desk.change("config/slasync.yaml", "poll: auto", "poll: 1 min")
    desk.change("config/slasync.yaml", "    poll: auto\n", "")
    for _ in range(6):
        desk.work(timedelta(minutes=20))

    assert 3 <= desk.town.salesforce.calls.total() <= 5
    told = desk.json("status")["calls"]["salesforce"]
    assert "read" in told["stopped"]
    shown = desk.slasync("status")
    assert "none left for" in shown.stderr
    assert "some are free again from 2026-03-03" in shown.stderr


@fault("V4")
def test_calls_of_other_programs_are_shown_and_stop_slasync_before_the_organisation_runs_out(
    desk: Desk,
) -> None:
    desk.work(HOUR)
    desk.town.salesforce.others_call(99_000)
    desk.work(timedelta(minutes=2))
    before = desk.town.salesforce.calls.total()
    desk.work(timedelta(minutes=2))

    assert desk.town.salesforce.calls.total() <= before + 2
    told = desk.json("status")["calls"]["salesforce"]
    assert 99_000 - 50 <= told["others"] <= 99_000
    assert told["quota"]["allowed"] == 100_000
    assert "read" in told["stopped"]


@fault("V44")
def test_that_an_interface_is_about_to_end_is_shown(desk: Desk) -> None:
    handle = desk.town.salesforce.handle

    def about_to_end(request: Request) -> Response:
        answer = handle(request)
        sunset = ("Sunset", "Fri, 01 May 2026 00:00:00 GMT")
        return Response(answer.status, (*answer.headers, sunset), answer.body)

    desk.town.salesforce.handle = about_to_end  # type: ignore[method-assign] # as it will be
    desk.work(HOUR)
    desk.work(HOUR)

    told = desk.slasync("status")
    assert "salesforce: the interface in use ends on 2026-05-01" in told.stderr
