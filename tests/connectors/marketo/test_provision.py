"""Making a Marketo instance ready: fields are made, lists and campaigns are a checked list."""

from typing import Any

import pytest

from slasync.connectors.marketo.provision import MarketoProvisioner
from slasync.connectors.provisioning import Standing
from slasync.errors import SlasyncError, TryLater
from slasync.sandbox.faults import Kind, Rule
from slasync.sandbox.marketo.campaigns import Event, When
from slasync.sandbox.marketo.identity import CUSTOM_SCHEMA, EVERY
from slasync.systems import Direction, FieldMapping, FieldType, Secret
from tests.connectors.marketo.bench import Bench

NEW = {"stage": "slaStage", "owner": "slaOwner", "sla_state": "slaState", "due": "slaDue"}


def provisioner(bench: Bench) -> MarketoProvisioner:
    return MarketoProvisioner(bench.connector.config, bench.connector.transport)


def standings(bench: Bench) -> dict[str, Standing]:
    return {each.name: each.standing for each in provisioner(bench).compare()}


def words(bench: Bench, name: str) -> str:
    return next(each.words for each in provisioner(bench).compare() if each.name == name)


def writes(bench: Bench) -> list[str]:
    return [r.path for r in bench.requests if r.method == "POST" and "schema" in r.path]


def test_a_prepared_instance_lacks_nothing() -> None:
    assert set(standings(Bench()).values()) == {Standing.THERE}


def test_comparing_writes_nothing() -> None:
    bench = Bench({"written": NEW})
    assert {standings(bench)[name] for name in NEW.values()} == {Standing.MISSING}
    assert not writes(bench)


def test_missing_fields_are_made_in_one_call_and_once() -> None:
    bench = Bench({"written": NEW})
    made = provisioner(bench).apply()
    assert {each.name: each.why for each in made} == dict.fromkeys(NEW.values(), "")
    assert len(writes(bench)) == 1
    assert provisioner(bench).apply() == []
    assert len(writes(bench)) == 1
    assert bench.marketo.instance.schema.need("slaDue").type == "datetime"


def test_a_field_that_is_refused_does_not_keep_the_others_from_being_made() -> None:
    bench = Bench({"written": NEW | {"owner": "9 owners"}})
    told = {each.name: each.why for each in provisioner(bench).apply()}
    assert told["9 owners"]
    assert [name for name, why in told.items() if not why] == ["slaStage", "slaState", "slaDue"]


def test_a_field_of_another_type_is_told_and_left_as_it_is() -> None:
    bench = Bench({"written": {"due": "reply"}})
    assert standings(bench)["reply"] is Standing.DIFFERENT
    assert "it is of type string, needed is datetime" in words(bench, "reply")
    assert provisioner(bench).apply() == []


def test_a_field_that_is_read_only_is_told() -> None:
    bench = Bench({"written": {"stage": "createdAt"}})
    assert "it is read-only" in words(bench, "createdAt")


@pytest.mark.parametrize("direction", [Direction.READ, Direction.BOTH])
def test_only_what_is_written_is_made(direction: Direction) -> None:
    mapped = FieldMapping("budget", "budget", direction, FieldType.NUMBER)
    bench = Bench({"contact_fields": (mapped,)})
    made = [each.name for each in provisioner(bench).apply()]
    assert made == ([] if direction is Direction.READ else ["budget"])


def test_lists_and_campaigns_are_checked_and_what_to_do_by_hand_is_told() -> None:
    bench = Bench()
    there = bench.marketo.make_list("Nurture")
    requested = When(Event.REQUESTED)
    ready = bench.marketo.add_campaign("Alert", when=requested).id
    asleep = bench.marketo.add_campaign("Later", when=requested, active=False).id
    batch = bench.marketo.add_campaign("Mailing").id
    bench.restart(
        lists={"nurture": there, "gone": "999999"},
        programmes={
            "alert": str(ready), "later": str(asleep), "mailing": str(batch), "none": "999999",
        },
    )  # fmt: skip
    found = standings(bench)
    assert (found["nurture"], found["alert"]) == (Standing.THERE, Standing.THERE)
    assert "make a static one" in words(bench, "gone")
    assert "is not active" in words(bench, "later")
    assert "batch campaign" in words(bench, "mailing")
    assert "Campaign is Requested" in words(bench, "none")
    assert provisioner(bench).apply() == []


def test_a_user_who_may_not_change_the_schema_is_told() -> None:
    bench = Bench({"written": NEW})
    narrow = bench.marketo.add_service("narrow@acme.example", EVERY - {CUSTOM_SCHEMA})
    secrets = {"client_id": Secret(narrow.client_id), "client_secret": Secret(narrow.client_secret)}
    bench.restart(secrets=secrets)
    with pytest.raises(SlasyncError, match=r"Access denied|permission"):
        provisioner(bench).apply()


def test_a_lost_answer_is_told_and_the_next_run_makes_nothing_twice() -> None:
    bench = Bench({"written": NEW})
    standings(bench)
    bench.world.faults.switch_on(Rule(Kind.TIMEOUT_AFTER, "POST .*schema.*", times=1))
    with pytest.raises(TryLater):
        provisioner(bench).apply()
    assert provisioner(bench).apply() == []
    assert set(standings(bench).values()) == {Standing.THERE}


def test_an_answer_of_another_length_is_matched_to_nothing() -> None:
    bench = Bench({"written": NEW})
    prepared = provisioner(bench)
    transport: Any = Halved(bench)
    with pytest.raises(TryLater, match="run it again"):
        MarketoProvisioner(bench.connector.config, transport).apply()
    assert prepared.apply() == []


class Halved:
    """A transport that loses half of what Marketo says of new fields."""

    def __init__(self, bench: Bench) -> None:
        self._transport = bench.connector.transport

    def describe(self) -> Any:
        return self._transport.describe()

    def create_fields(self, inputs: Any) -> Any:
        return self._transport.create_fields(inputs)[:2]
