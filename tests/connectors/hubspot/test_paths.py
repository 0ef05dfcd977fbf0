"""The paths of HubSpot: one table, in the numbered version and in the dated ones."""

import re
from pathlib import Path

import pytest

import slasync.connectors.hubspot as package
from slasync.connectors.hubspot import ARCHIVED, CONTACTS, OWNERS, paths
from slasync.connectors.hubspot.paths import Route
from slasync.connectors.hubspot.provision import HubSpotProvisioner
from slasync.sandbox.hubspot import routes
from tests.connectors.hubspot.bench import MONDAY, Bench
from tests.faults.marks import fault

TABLE = {name: route for name, route in vars(paths).items() if isinstance(route, Route)}
VERSIONED = re.compile(r"/(v[0-9]+|\{version\})/")


@pytest.mark.parametrize("name", TABLE)
@pytest.mark.parametrize("version", ["v3", "2026-03", "2026-09"])
def test_every_path_is_one_that_hubspot_has(name: str, version: str) -> None:
    path = re.sub(r"\{[a-z]+\}", "1", TABLE[name].path(version))
    path = path.replace("/batch/1", "/batch/read").replace("/memberships/1", "/memberships/add")
    assert routes.find(TABLE[name].method, path)


@fault("V44")
def test_a_dated_version_calls_no_numbered_path() -> None:
    bench = Bench(changes={"api_version": "2026-03", "lists": {"nurture": "7"}})
    contact = bench.contact(email="a@example.com")
    for stream in (CONTACTS, ARCHIVED, OWNERS):
        bench.whole(stream)
    bench.settle()
    assert [p.ref.id for p in bench.people(since=MONDAY)] == [contact]
    HubSpotProvisioner(bench.connector.config, bench.connector.transport).apply()
    assert bench.connector.account
    called = {request.url for request in bench.pool.requests}
    assert len(called) >= 7
    assert not [url for url in called if re.search(r"/v[0-9]+/", url)]


def test_no_path_stands_outside_the_table() -> None:
    folder = Path(str(package.__file__)).parent
    named = [
        f"{source.name}: {line.strip()}"
        for source in folder.glob("*.py")
        if source.name != "paths.py"
        for line in source.read_text().splitlines()
        if VERSIONED.search(line) and "# " not in line
    ]
    assert named == []


def test_a_call_is_named_without_the_records_it_is_about() -> None:
    members = paths.MEMBERS.operation("v3", change="add")
    assert members == "PUT /crm/v3/lists/{list}/memberships/add"
    assert paths.SEARCH.operation("2026-09", object="deals") == (
        "POST /crm/objects/2026-09/deals/search"
    )
