"""Days of a company whose marketing works in Marketo: what its log tells is judged as well."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from slasync.rehearsal.simulation.database import Files, opened
from slasync.rehearsal.simulation.drawing import draw
from slasync.rehearsal.simulation.evidence import BOOKS, MARKETO, Evidence, Row
from slasync.rehearsal.simulation.judging import Verdict, try_plan
from slasync.rehearsal.simulation.oracle import judge
from slasync.rehearsal.simulation.plan import (
    ActPart,
    CompanyPart,
    FaultPart,
    OutagePart,
    Plan,
    WebhookPart,
)
from slasync.rehearsal.simulation.points import EVERY, NAMED
from slasync.rehearsal.simulation.running import Played, play
from slasync.rehearsal.simulation.stories import tell
from slasync.rehearsal.simulation.variations import IN_MARKETO, READ_IN_MARKETO, with_marketo
from tests.simulation.evidences import MET, Run, at, entry

MONDAY = datetime(2026, 3, 2, 10, tzinfo=UTC)
CALM = Plan(
    seed=1, start=MONDAY, calendar="long", pace="hourly", new=4, old=2, diligence=0.0,
    company=CompanyPart(marketing="marketo"),
)  # fmt: skip
SEEDS = range(1, 200)


@pytest.fixture(scope="module")
def files() -> Iterator[Files]:
    with opened() as found:
        yield found


@pytest.fixture(scope="module")
def calm(files: Files) -> Played:
    acts = [
        ActPart(number=n, kind=kind, at=60.0 * n)
        for n, kind in enumerate(("form", "score_up", "form", "archive", "merge_contacts"), 1)
    ]
    return play(replace(CALM, acts=tuple(acts)), files)


def held(verdict: Verdict) -> Verdict:
    told = [f"{each.invariant} {each.lead}: {each.says}" for each in verdict.broken]
    assert not told, "\n".join([*told, *verdict.story])
    return verdict


# what is drawn


def test_in_some_seeds_marketing_works_in_marketo_and_what_goes_wrong_goes_wrong_there() -> None:
    there = [p for p in map(draw, SEEDS) if p.company.marketing == "marketo"]
    assert 0.08 < len(there) / len(SEEDS) < 0.25
    assert all("hubspot" not in plan.as_json() for plan in there)
    assert any(out.system == "marketo" for plan in there for out in plan.outages)
    assert any("rest/v1" in fault.path for plan in there for fault in plan.faults)


def test_in_some_of_them_the_daemon_dies_early_while_it_reads_whom_marketo_has() -> None:
    there = [p for p in map(draw, SEEDS) if p.company.marketing == "marketo"]
    early = [any(READ_IN_MARKETO in name for name in plan.crash.named) for plan in there]
    assert {True, False} == set(early)


def test_the_same_day_befalls_it_otherwise() -> None:
    plan = next(p for p in map(draw, SEEDS) if p.acts and p.company.marketing == "hubspot")
    there = with_marketo(plan)
    assert (there.acts, there.start, there.new) == (plan.acts, plan.start, plan.new)


# what is played


@pytest.mark.slow
def test_leads_of_marketo_are_handed_over_by_score_and_by_a_form_that_the_log_tells_of(
    calm: Played,
) -> None:
    met = {m.definition for story in tell(calm.evidence) for m in story.mets}
    assert met == {"score", "bottom_of_funnel"}
    handed_over = [f for f in calm.evidence.tables["fact"] if f["kind"] == "handover"]
    assert {f["data"]["definition"] for f in handed_over} == met
    assert not calm.failures
    assert judge(calm.evidence) == ()


@pytest.mark.slow
def test_what_such_days_are_to_show_does_happen(calm: Played) -> None:
    happened = {name for name in calm.counters if name.startswith("marketo: ")}
    assert happened >= {
        "marketo: contact deleted", "marketo: contacts merged", "marketo: extract read",
        "marketo: form told by the log", "marketo: webhook kept",
    }  # fmt: skip


@pytest.mark.slow
def test_a_daemon_can_be_made_to_die_at_every_point_that_such_a_day_passes(calm: Played) -> None:
    passed = {n.removeprefix("passed@") for n in calm.counters if n.startswith("passed@")}
    named = {name.replace("hubspot", IN_MARKETO["hubspot"]) for name in EVERY}
    assert passed <= named
    assert {n.replace("hubspot", "marketo") for n in NAMED if "hubspot" in n} <= passed


@pytest.mark.slow
def test_one_plan_leaves_one_trace(files: Files) -> None:
    assert play(CALM, files).trace == play(CALM, files).trace


@pytest.mark.slow
def test_without_webhooks_with_its_quota_used_up_and_answers_lost_nothing_is_broken(
    files: Files,
) -> None:
    plan = replace(
        CALM,
        webhooks=WebhookPart(dropped=1.0),
        outages=(OutagePart(system="marketo", how="quota", since=120, until=300),),
        faults=tuple(
            FaultPart(kind=kind, path=path, probability=0.1, delay=30, since=0, until=1440)
            for kind, path in (
                ("timeout_after", "rest/v1"), ("token_expired", "rest/v1"),
                ("late_visible", "marketo/"), ("row_refused", "marketo/"),
            )
        ),
    )  # fmt: skip
    counters = held(try_plan(plan, files)).counters
    assert counters["outage.marketo.quota"] == 1
    assert counters["webhook lost"] > 0
    assert counters["fault.token_expired"] > 0


# what is judged


def a_day(*activities: Row) -> Evidence:
    """The ordinary run, told by Marketo; nobody there has a score."""
    run = Run()
    run.policy = replace(run.policy, marketing=MARKETO, bottom_forms=frozenset({"Demo request"}))
    run.journal = [
        entry(1, "create", "leads", "901", "website", leadScore=10, email="a@b.example"),
        entry(2, "create", "leads", "902", "website", leadScore=10, email="c@d.example"),
        entry(30, "merge", "leads", "901", "somebody", mergedIds="902"),
    ]
    vendor = {"marketo.leads": ({"id": 901},), MARKETO.activities: activities}
    return replace(run.evidence(), vendor=vendor)


def a_form(name: str, minutes: float, told_after: float = 0) -> Row:
    happened = at(minutes)
    told = happened + timedelta(minutes=told_after)
    return {"lead": "901", "at": happened, "visible": told, "form": name}


def test_a_form_of_which_only_the_log_tells_is_a_reason_for_a_hand_over() -> None:
    stories = tell(a_day(a_form("Newsletter", MET), a_form("Demo request", MET + 1)))
    story = next(s for s in stories if s.contact == "901")
    assert [(m.definition, m.at) for m in story.mets] == [("bottom_of_funnel", at(MET + 1))]
    assert story.marketing == "marketo"


def test_times_are_cut_to_the_second_as_the_log_tells_them() -> None:
    (story, _) = tell(a_day(a_form("Demo request", MET + 0.01)))
    assert story.mets[0].at == at(MET)


def test_a_contact_that_became_part_of_another_is_told_by_its_number() -> None:
    stories = {s.contact: s for s in tell(a_day())}
    assert all(stories[contact].merged for contact in ("901", "902"))


def test_each_system_has_books_of_its_own() -> None:
    assert {books.rows for books in BOOKS.values()} == {"hubspot.contacts", "marketo.leads"}
