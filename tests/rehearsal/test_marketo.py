"""The whole daemon with Marketo as marketing's system."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from slasync.cli.verify import Comparing
from slasync.domain.facts import FactKind
from slasync.domain.lead import Ref
from slasync.domain.writes import Action
from slasync.rehearsal.comparing import differences
from slasync.sandbox.faults import Kind, Rule
from slasync.store.outbox_values import State
from slasync.store.unit import reading
from tests.faults.marks import fault
from tests.rehearsal.scene import Scene, a_scene

FAULTS = (
    Rule(Kind.TOO_MANY, path="/rest/", probability=0.05),
    Rule(Kind.SERVER_ERROR, path="/rest/", probability=0.05),
    Rule(Kind.TIMEOUT_AFTER, path="/rest/v1/leads", probability=0.05),
    Rule(Kind.TOKEN_EXPIRED, path="/rest/", probability=0.05),
    Rule(Kind.TRUNCATED, path="/rest/", probability=0.03),
    Rule(Kind.ROW_LOCKED, path="marketo/leads", probability=0.05),
    Rule(Kind.LATE_VISIBLE, path="marketo/leads", probability=0.1, delay=timedelta(seconds=45)),
)


def crm_leads(scene: Scene) -> list[dict[str, Any]]:
    return [dict(row) for row in scene.stage.town.salesforce.rows("Lead")]


def facts(scene: Scene, number: str) -> list[tuple[FactKind, datetime]]:
    with reading(scene.stage.engine) as unit:
        key = unit.links.of([Ref("marketo", "contact", number)])[Ref("marketo", "contact", number)]
        return [(fact.kind, fact.occurred_at) for fact in unit.facts.of([key])[key]]


def test_a_form_sent_in_marketo_becomes_a_lead_with_a_task_in_salesforce(tmp_path: Path) -> None:
    with a_scene(tmp_path, old=2, new=0, marketing="marketo") as scene:
        driver, town = scene.stage.driver, scene.stage.town
        sent = scene.stage.driven.now()
        number = town.marketo.fill_form(
            "Demo request", {"email": "ana@prospect.example", "lastName": "Abel", "company": "Acme"}
        )
        driver.run(sent + timedelta(minutes=4))

        [lead] = crm_leads(scene)
        [task] = town.salesforce.rows("Task")
        driver.run(sent + timedelta(minutes=10))
        handed = [at for kind, at in facts(scene, number) if kind is FactKind.HANDOVER]

        assert (lead["Email"], lead["LastName"]) == ("ana@prospect.example", "Abel")
        assert task["WhoId"] == lead["Id"]
        assert handed == [sent]  # when it was sent, not when it was learned
        assert town.marketo.get(number)["slasyncStage"] == "mql"


def test_what_marketo_does_not_list_is_said_not_to_be_compared(tmp_path: Path) -> None:
    with a_scene(tmp_path, old=2, new=0, marketing="marketo") as scene:
        chance = scene.stage.town.world.chance("verify")
        connectors = scene.stage.application.connectors
        for most, unlisted in ((None, ["marketo.contacts"]), (5, [])):
            comparing = Comparing(chance, scene.stage.engine, connectors, most)
            assert [d for s in connectors.sources.values() for d in comparing.system(s)] == []
            assert comparing.compared["marketo.contacts"] == 2
            assert comparing.unlisted == unlisted


@pytest.mark.slow
def test_a_week_with_marketo_ends_with_nothing_missed_and_nothing_twice(tmp_path: Path) -> None:
    with a_scene(tmp_path, marketing="marketo") as scene:
        assert not crm_leads(scene)  # nothing is written about those who were there before
        scene.play()
        figures = scene.figures()

    assert (figures.leads, figures.mirrored) == (25, 25)
    assert figures.handed_over > 5
    assert figures.tasks_written > 5
    assert (figures.duplicate_tasks, figures.double_effects, figures.parked) == (0, 0, 0)
    assert figures.mirror_differences == 0


@pytest.mark.slow
@fault("V1", "V2", "V6", "V13", "V24", "V25")
@pytest.mark.parametrize("seed", [1, 2])
def test_a_week_of_marketos_failures_changes_nothing_of_that(tmp_path: Path, seed: int) -> None:
    with a_scene(tmp_path, marketing="marketo", seed=seed) as scene:
        scene.play(faults=FAULTS)
        figures = scene.figures()
        with reading(scene.stage.engine) as unit:
            differing = differences(scene.stage, unit)
            waiting = {s for (_, s), n in unit.outbox.counts().items() if n} - {State.DONE}

    assert differing == []
    assert figures.mirrored == 25
    assert (figures.duplicate_tasks, figures.double_effects, figures.parked) == (0, 0, 0)
    assert waiting <= {State.SUPERSEDED}


@pytest.mark.slow
def test_without_any_webhook_polls_find_everything(tmp_path: Path) -> None:
    with a_scene(tmp_path, marketing="marketo") as scene:
        marketo = scene.stage.town.marketo
        for number in list(marketo.automation.campaigns):
            marketo.switch_campaign(number, active=False)
        scene.play()
        figures = scene.figures()

    assert not marketo.automation.sent
    assert figures.mirrored == 25
    assert figures.handed_over > 5
    assert (figures.mirror_differences, figures.duplicate_tasks) == (0, 0)


@fault("V29")
def test_deleted_and_merged_leads_are_gone_from_the_mirror_too(tmp_path: Path) -> None:
    with a_scene(tmp_path, old=6, new=0, marketing="marketo") as scene:
        marketo, driver = scene.stage.town.marketo, scene.stage.driver
        ids = [str(row["id"]) for row in marketo.rows()]
        marketo.delete(ids[0])
        marketo.merge(ids[1], [ids[2]])
        driver.run(scene.stage.driven.now() + timedelta(hours=3))
        with reading(scene.stage.engine) as unit:
            assert differences(scene.stage, unit) == []
            known = unit.records.current([Ref("marketo", "contact", each) for each in ids])

    gone = {ref.id for ref, record in known.items() if record.deleted}
    assert {ids[0], ids[2]} == gone
    assert all(known[Ref("marketo", "contact", each)].fields["email"] for each in ids)


@pytest.mark.slow
def test_what_is_shown_in_marketo_does_not_come_back_as_news(tmp_path: Path) -> None:
    with a_scene(tmp_path, marketing="marketo") as scene:
        scene.play()
        with reading(scene.stage.engine) as unit:
            told = [v for v in unit.outbox.everything(Action.PROPERTIES) if v.state is State.DONE]
        reads = scene.stage.town.marketo.calls["GET /rest/v1/leads.json"]

    assert len(told) > 20
    assert reads < len(told) * 8  # each window is read once more after half an hour
