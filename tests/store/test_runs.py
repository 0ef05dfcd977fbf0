"""Runs: what was decided together is found again, by its second, its time or its batch."""

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import Engine

from slasync.domain.lead import LeadKey
from slasync.store.outbox_values import Chosen, Run
from slasync.store.unit import reading, transaction
from tests.store.given import HOUR, NOW, an_item, lead

SECOND = timedelta(seconds=1)
RUN = Chosen(NOW, NOW + SECOND)


def filled(engine: Engine) -> None:
    """Two writes within a second, another a second later, and one that is held."""
    with transaction(engine) as unit:
        unit.outbox.add([an_item("a"), an_item("b", write={"lead": lead(2)})], NOW)
        unit.outbox.add([an_item("c")], NOW + timedelta(milliseconds=900))
        unit.outbox.add([an_item("d", lane="owner")], NOW + SECOND)
        held = replace(an_item("e"), held=True, batch="late-2026-03-02")
        unit.outbox.add([held], NOW + HOUR)


def keys(engine: Engine, chosen: Chosen, leads: list[LeadKey]) -> list[str]:
    with reading(engine) as unit:
        return [view.key for view in unit.outbox.chosen(chosen, leads)]


def test_runs_are_told_second_by_second_the_latest_first(engine: Engine) -> None:
    filled(engine)

    with reading(engine) as unit:
        runs = unit.outbox.runs(NOW, NOW + HOUR)

    assert runs == [Run(NOW + SECOND, 1, {"task": 1}), Run(NOW, 2, {"task": 3})]


def test_a_run_is_chosen_by_its_time_and_of_some_leads(engine: Engine) -> None:
    filled(engine)

    with reading(engine) as unit:
        assert unit.outbox.leads_of(RUN) == sorted([lead(), lead(2)])
    assert keys(engine, RUN, [lead(), lead(2)]) == ["a", "b", "c"]
    assert keys(engine, RUN, [lead(2)]) == ["b"]
    assert keys(engine, RUN, []) == []


def test_a_batch_is_chosen_by_its_name_whenever_it_was_decided(engine: Engine) -> None:
    filled(engine)
    batch = Chosen(NOW, NOW, "late-2026-03-02")

    with reading(engine) as unit:
        assert unit.outbox.leads_of(batch) == [lead()]
    assert keys(engine, batch, [lead(), lead(2)]) == ["e"]


def test_rows_are_found_by_their_keys(engine: Engine) -> None:
    filled(engine)

    with reading(engine) as unit:
        found = unit.outbox.by_key(["a", "e", "nothing"])

    assert {key: view.state.value for key, view in found.items()} == {"a": "pending", "e": "held"}
