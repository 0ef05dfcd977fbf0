"""First loads: long ones go on by Bulk after their first page, through the pull step and kills."""

import json
import signal
import subprocess
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from benchmarks.first_load_memory import STATUS
from benchmarks.salesforce_load import MONDAY, Office
from benchmarks.shipped import new_database
from slasync.connectors.salesforce.bulk import is_place
from slasync.domain.facts import FactKind
from slasync.errors import Stopped, TryLater
from slasync.ports import Ask
from slasync.sandbox.faults import Kind
from slasync.sandbox.http import Request, Response
from slasync.sandbox.server import Server
from slasync.store.engine import open_engine
from slasync.store.unit import reading
from slasync.workers.pulling.pull import LEASE, Pull
from tests.connectors.salesforce.org import OrgRig
from tests.faults.marks import fault
from tests.workers.given import Crash
from tests.workers.mirror import Mirror

LEADS, TASKS = "salesforce.leads", "salesforce.tasks"
ROOT = Path(__file__).parents[3]


def an_org(leads: int, **changed: int) -> Iterator[OrgRig]:
    rig = OrgRig(changed={"page_size": 10, "bulk_read_from": 25} | changed)
    rows = [{"LastName": f"N{n}", "Company": "Initech"} for n in range(leads)]
    rig.org.load("Lead", rows, rig.org.admin_id)
    yield rig
    rig.close()


@pytest.fixture
def long() -> Iterator[OrgRig]:
    """An org whose leads are so many that they go by Bulk."""
    yield from an_org(30)


def counted(rig: OrgRig) -> int:
    return sum(b"COUNT%28%29" in request.body for request in rig.adapter.sent)


def jobs(rig: OrgRig) -> int:
    return sum(r.method == "POST" and "/jobs/query" in r.url for r in rig.adapter.sent)


# -- which way


def test_an_object_of_one_page_is_not_counted() -> None:
    for rig in an_org(9):
        [answer] = rig.source.read([Ask(LEADS, rig.source.vendor_now())])
        assert len(answer.readings) == 9
        assert (answer.position, counted(rig)) == (None, 0)


def test_a_long_one_goes_on_by_bulk_after_its_first_page(long: OrgRig) -> None:
    [answer] = long.source.read([Ask(LEADS, long.source.vendor_now())])
    assert len(answer.readings) == 10
    assert is_place(answer.position)
    assert (counted(long), jobs(long)) == (1, 0)


def test_an_increment_however_long_is_read_by_rest(long: OrgRig) -> None:
    since = long.clock.now() - timedelta(hours=1)
    [answer] = long.source.read([Ask(LEADS, long.source.vendor_now(), since)])
    assert answer.position
    assert not is_place(answer.position)
    assert counted(long) == 0


def test_users_and_queues_are_read_again_each_hour_and_never_by_bulk() -> None:
    for rig in an_org(0, bulk_read_from=1):
        for _ in range(12):
            rig.rep()
        [answer] = rig.source.read([Ask("salesforce.users", rig.source.vendor_now())])
        assert answer.position
        assert not is_place(answer.position)


def test_an_object_too_large_to_be_counted_in_time_is_long(long: OrgRig) -> None:
    body = [{"errorCode": "QUERY_TIMEOUT", "message": "Your query request was running too long."}]
    count_fails(long, body)
    [answer] = long.source.read([Ask(LEADS, long.source.vendor_now())])
    assert is_place(answer.position)


def test_an_object_that_may_not_be_counted_is_read_by_rest(long: OrgRig) -> None:
    count_fails(long, [{"errorCode": "INVALID_TYPE", "message": "not supported"}])
    [answer] = long.source.read([Ask(LEADS, long.source.vendor_now())])
    assert answer.position
    assert not is_place(answer.position)


def count_fails(rig: OrgRig, errors: list[dict[str, str]]) -> None:
    def tamper(request: Request, answer: Response) -> Response:
        if b"COUNT%28%29" not in request.body:
            return answer
        parts = answer.json()["compositeResponse"]
        told = [part | {"httpStatusCode": 400, "body": errors} for part in parts]
        return Response(200, answer.headers, json.dumps({"compositeResponse": told}).encode())

    rig.tamper = tamper


# -- beside other streams


def test_trouble_with_a_job_costs_the_other_streams_nothing(long: OrgRig) -> None:
    long.log_call(long.lead(), long.rep())
    upto = long.source.vendor_now()
    [first] = long.source.read([Ask(LEADS, upto)])
    long.strike(Kind.SERVER_ERROR, "jobs/query")
    leads, tasks = long.source.read([Ask(LEADS, upto, None, first.position), Ask(TASKS, upto)])
    assert isinstance(leads.error, TryLater)
    assert len(tasks.readings) == 1


def test_trouble_that_concerns_the_whole_system_is_raised_by_a_load_alone(long: OrgRig) -> None:
    upto = long.source.vendor_now()
    [first] = long.source.read([Ask(LEADS, upto)])
    body = json.dumps([{"errorCode": "API_DISABLED_FOR_ORG", "message": "off"}]).encode()
    long.tamper = lambda _, answer: Response(403, answer.headers, body)
    with pytest.raises(Stopped):
        long.source.read([Ask(LEADS, upto, None, first.position)])


# -- through the pull step


def read_out(rig: OrgRig, mirror: Mirror, pull: Pull) -> None:
    """Read until every stream has been read once, letting the time pass that is asked for."""
    for _ in range(300):
        if pull.run():
            continue
        if mirror.cursor().passes:
            return
        at = pull.next_at()
        assert at
        assert at > rig.clock.now(), "it is asked for again at once, without end"
        rig.clock.advance((at - rig.clock.now()).total_seconds())
    raise AssertionError("the load does not end")


def test_an_object_below_the_threshold_is_read_by_rest_alone(sqlite_engine: Engine) -> None:
    for rig in an_org(24):
        mirror = Mirror(sqlite_engine, rig.clock)
        read_out(rig, mirror, mirror.pull(rig.source))
        assert len(mirror.keys()) == 24
        assert (counted(rig), jobs(rig)) == (1, 0)


def test_a_job_that_is_prepared_yet_is_no_failure_and_is_not_asked_for_at_once(
    sqlite_engine: Engine, long: OrgRig
) -> None:
    mirror = Mirror(sqlite_engine, long.clock)
    pull = mirror.pull(long.source)
    while pull.run():
        pass
    cursor = mirror.cursor()
    assert (cursor.passes, cursor.failures, cursor.error) == (0, 0, None)
    at = pull.next_at()
    assert at
    assert timedelta(0) < at - long.clock.now() <= timedelta(seconds=5)
    read_out(long, mirror, pull)
    assert len(mirror.keys()) == 30
    assert len(mirror.facts(FactKind.ENTERED)) == 30


def test_other_streams_are_read_while_a_job_is_prepared(
    sqlite_engine: Engine, long: OrgRig
) -> None:
    long.log_call(long.lead(), long.rep())
    mirror = Mirror(sqlite_engine, long.clock)
    pull = mirror.pull(long.source)
    while pull.run():
        pass
    assert mirror.cursor(TASKS).passes == 1
    assert mirror.cursor().passes == 0


@fault("L1", "V20")
def test_a_load_killed_at_any_point_goes_on_and_begins_one_job_again_at_most(
    sqlite_engine: Engine, long: OrgRig
) -> None:
    mirror, kills = Mirror(sqlite_engine, long.clock), 0
    for number in range(60):
        left = [number % 5 + 1]

        def reached(name: str, left: list[int] = left) -> None:
            left[0] -= 1
            if not left[0]:
                raise Crash(name)

        try:
            read_out(long, mirror, mirror.pull(long.source, reached))
            break
        except Crash:
            kills += 1
            long.source.close()
            long.clock.advance((LEASE + timedelta(seconds=1)).total_seconds())
    assert kills > 5
    assert len(mirror.keys()) == len(mirror.facts(FactKind.ENTERED)) == 30
    assert jobs(long) <= 3


@pytest.mark.slow
@pytest.mark.skipif(not STATUS.exists(), reason="/proc tells the peak of memory")
@fault("L1", "V42")
def test_a_hundred_thousand_leads_are_loaded_in_flat_memory_by_processes_killed_on_the_way(
    tmp_path: Path,
) -> None:
    database, office = new_database(tmp_path / "slasync.db"), Office(100_000)
    with Server(office.handle) as server:
        office.crm.served_at(server.url)
        for number, pages in enumerate((1, 3, 11, 24)):
            command = office.command(database, server.url, later(number), 20_000)
            assert last_line_of(command, killed_after=pages) == "page"
        told = last_line_of(office.command(database, server.url, later(4), 20_000))
    assert float(told.split()[1]) < 250  # MB, at most
    assert stored(database) == 100_000
    assert office.called() <= 70  # each process learns where it is, and fetches one part again


def later(number: int) -> datetime:
    """Return when another process starts: the one before it is known to be gone by then."""
    return MONDAY + number * 2 * LEASE


def last_line_of(command: list[str], killed_after: int = 0) -> str:
    """Run a process to its end, or kill it after so many lines; return the last one."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:  # noqa: S603 - ourselves
        assert process.stdout
        last = ""
        for number, line in enumerate(process.stdout, 1):
            last = line.strip()
            if number == killed_after:
                process.send_signal(signal.SIGKILL)
        assert process.wait() == (-signal.SIGKILL if killed_after else 0)
    return last


def stored(database: str) -> int:
    engine = open_engine(database)
    with reading(engine) as unit:
        found = len(unit.leads.all_keys())
    engine.dispose()
    return found
