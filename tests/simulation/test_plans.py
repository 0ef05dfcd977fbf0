"""What a seed has in store is a value: it can be written down, read again and taken apart."""

from dataclasses import replace

from slasync.rehearsal.simulation.drawing import draw
from slasync.rehearsal.simulation.judging import Broken, Verdict
from slasync.rehearsal.simulation.plan import LISTS, Plan, from_json
from slasync.rehearsal.simulation.shrinking import shrunk, smaller

SEEDS = range(1, 60)


def test_a_plan_is_the_same_after_it_was_written_down() -> None:
    for seed in SEEDS:
        assert from_json(draw(seed).as_json()) == draw(seed)


def test_each_seed_draws_a_subset_of_what_can_go_wrong() -> None:
    plans = [draw(seed) for seed in SEEDS]
    for name in LISTS:
        some = [bool(getattr(plan, name)) for plan in plans]
        assert any(some), name
        assert not all(some), name
    assert {plan.second is None for plan in plans} == {True, False}
    assert {plan.crash.rate > 0 for plan in plans} == {True, False}


def test_no_run_has_more_than_fifty_leads() -> None:
    for seed in SEEDS:
        assert draw(seed).new + draw(seed).old <= 50


def test_every_smaller_plan_is_another_one() -> None:
    plan = draw(1)
    for name, less in smaller(plan):
        assert less != plan, name


def breaks_on(kind: str, plan: Plan) -> Verdict:
    """Stand in for a run: the promise breaks whenever one kind of act is there."""
    there = any(act.kind == kind for act in plan.acts)
    return Verdict(plan, "", (Broken(3, "", "says"),) if there else ())


def test_shrinking_leaves_only_what_the_failure_needs() -> None:
    plan = next(p for p in map(draw, SEEDS) if len(p.acts) > 5 and p.faults)
    kind = plan.acts[3].kind
    found = shrunk(breaks_on(kind, plan), lambda less: breaks_on(kind, less), lambda _: None)
    assert found is not None
    assert [act.kind for act in found.plan.acts] == [kind]
    assert not found.plan.faults
    assert found.plan.second is None
    assert not found.plan.people


def test_a_plan_that_breaks_nothing_is_not_taken_apart() -> None:
    plan = replace(draw(1), acts=())
    assert shrunk(breaks_on("call", plan), lambda _: breaks_on("call", plan), print) is None
