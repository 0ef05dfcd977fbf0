"""Marketo keeps the contracts of what is read and of a marketing system that is written to."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pytest

from slasync.connectors.marketo import MarketoSink, MarketoSource
from slasync.domain.lead import Ref
from slasync.sandbox.faults import Kind, Rule
from tests.connectors.contract_marketing import MarketingContract
from tests.connectors.contract_source import ReadingContract
from tests.connectors.marketo.bench import WRITTEN, Bench


class Passing:
    """The bench's clock, which lets happen what is on the agenda."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench

    def now(self) -> datetime:
        return self._bench.driven.now()

    def advance(self, by: float) -> object:
        return self._bench.wait(seconds=by)


class MarketoRig:
    """slasync on one side, people on the other."""

    def __init__(self, **changed: Any) -> None:
        self.bench = Bench(changes=changed)
        self.clock = Passing(self.bench)
        self._people = 0

    @property
    def source(self) -> MarketoSource:
        return self.bench.source

    @property
    def sink(self) -> MarketoSink:
        return self.bench.sink

    def lead(self) -> Ref:
        self._people += 1
        return Ref("marketo", "contact", self.bench.lead(f"ada{self._people}"))

    def held(self, ref: Ref) -> Mapping[str, str | None]:
        record = self.bench.marketo.get(ref.id)
        names = {"stage": WRITTEN["stage"], "owner": WRITTEN["owner"], "reply": "reply"}
        return {word: record.get(name) for word, name in names.items()}

    def reply(self, ref: Ref, value: str) -> None:
        self.bench.marketo.update(ref.id, {"reply": value})

    def delete(self, ref: Ref) -> None:
        self.bench.marketo.delete(ref.id)

    def lose_answer(self) -> None:
        self._strike(Kind.TIMEOUT_AFTER, "POST .*/leads.json")

    def lose_request(self) -> None:
        self._strike(Kind.TIMEOUT_BEFORE, "POST .*/leads.json")

    def cut_off(self) -> None:
        self._strike(Kind.TOO_MANY, "v1/(leads|activities)")

    def _strike(self, kind: Kind, path: str) -> None:
        self.bench.world.faults.switch_on(Rule(kind, path, times=1))


@pytest.fixture
def rig() -> MarketoRig:
    return MarketoRig()


class TestMarketoSource(ReadingContract):
    """The reading contract over Marketo: its log tells what changed."""

    stream = "contacts"

    @pytest.fixture
    def small_pages(self) -> MarketoRig:
        return MarketoRig(page_size=3)

    def edit(self, rig: MarketoRig, ref: Ref) -> None:
        rig.bench.marketo.score(ref.id, 5)


class TestMarketoSink(MarketingContract):
    """The marketing contract over Marketo."""
