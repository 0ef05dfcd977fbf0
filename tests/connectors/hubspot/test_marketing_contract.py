"""HubSpot as marketing's system keeps the contracts of what is read and written to."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest

from slasync.connectors.hubspot import HubSpotSink, HubSpotSource
from slasync.domain.lead import Ref
from slasync.ports import Ask
from slasync.sandbox.faults import Kind, Rule
from slasync.sandbox.hubspot.properties_api import define
from slasync.systems import Direction, FieldMapping
from tests.connectors.contract_marketing import MarketingContract
from tests.connectors.contract_source import ReadingContract, ReadingRig
from tests.connectors.hubspot.bench import MAPPED, WRITTEN, Bench

REPLY = FieldMapping("reply", "sla_reply", Direction.BOTH)


class Passing:
    """The bench's clock."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench

    def now(self) -> datetime:
        return self._bench.clock.now()

    def advance(self, by: float) -> object:
        return self._bench.clock.advance(timedelta(seconds=by))


class MarketingsPortal:
    """slasync on one side, people on the other."""

    def __init__(self, **changed: Any) -> None:
        fields = {"contact_fields": (*MAPPED, REPLY)}
        self.bench = Bench(
            changes=fields | changed, options={"index_lag": timedelta(0), "stale_totals": False}
        )
        self.clock = Passing(self.bench)
        portal = self.bench.hubspot.portal
        schema = portal.schema(portal.kind("contacts"))
        reply = {"name": REPLY.field, "label": "r", "type": "string", "fieldType": "text"}
        define(schema, {**reply, "groupName": next(iter(schema.groups))}, portal.now)
        self._people = 0

    @property
    def source(self) -> HubSpotSource:
        return self.bench.source

    @property
    def sink(self) -> HubSpotSink:
        return self.bench.sink

    def lead(self) -> Ref:
        self._people += 1
        made = self.bench.contact(email=f"ada{self._people}@example.com")
        return Ref("hubspot", "contact", made)

    def held(self, ref: Ref) -> Mapping[str, str | None]:
        record = self.bench.hubspot.get("contacts", ref.id)
        names = {"stage": WRITTEN["stage"], "owner": WRITTEN["owner"], "reply": REPLY.field}
        return {word: record.get(name) for word, name in names.items()}

    def reply(self, ref: Ref, value: str) -> None:
        self.bench.hubspot.update("contacts", ref.id, {REPLY.field: value})

    def delete(self, ref: Ref) -> None:
        self.bench.hubspot.archive("contacts", ref.id)

    def lose_answer(self) -> None:
        self._strike(Kind.TIMEOUT_AFTER, "batch/update")

    def lose_request(self) -> None:
        self._strike(Kind.TIMEOUT_BEFORE, "batch/update")

    def cut_off(self) -> None:
        self._strike(Kind.TOO_MANY, "crm")

    def _strike(self, kind: Kind, path: str) -> None:
        self.bench.world.faults.switch_on(Rule(kind, path, times=1))


@pytest.fixture
def rig() -> MarketingsPortal:
    return MarketingsPortal()


class TestHubSpotSource(ReadingContract):
    """The reading contract over HubSpot as marketing's system."""

    stream = "contacts"

    @pytest.fixture
    def small_pages(self) -> MarketingsPortal:
        return MarketingsPortal(page_size=3, search_page_size=3)

    def edit(self, rig: Any, ref: Ref) -> None:
        rig.bench.hubspot.update("contacts", ref.id, {"hubspotscore": "77"})

    def test_what_changed_after_the_interval_is_left_for_the_next(self, rig: ReadingRig) -> None:
        """Of increments. A first load holds it: left for later, it would be taken for news."""
        early, later = rig.lead(), rig.lead()
        upto = rig.clock.now()
        rig.clock.advance(1)
        self.edit(rig, later)
        since = upto - timedelta(hours=1)
        told = {stamp: rig.source.read([Ask(self.named(rig), upto, stamp)])[0].readings
                for stamp in (since, None)}  # fmt: skip
        assert [reading.ref for reading in told[since]] == [early]
        assert {reading.ref for reading in told[None]} == {early, later}


class TestHubSpotSink(MarketingContract):
    """The marketing contract over HubSpot."""
