"""Where HubSpot's own connector makes the leads, slasync comes second and does not quarrel."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from slasync.rehearsal.stage import shipped_settings
from slasync.sandbox.town import Town, connect
from slasync.settings import Settings
from slasync.systems import CreateLeads
from tests.faults.marks import fault
from tests.rehearsal.scene import BEGINS, a_scene

STAMPS = frozenset({"salesforcelastsynctime", "lastmodifieddate", "hs_lastmodifieddate"})


def beside_the_connector(town: Town) -> Settings:
    """Leave the making of leads to it, and say that its user is no person."""
    connect(town)
    settings = shipped_settings(town, BEGINS.date())
    assert settings.salesforce is not None
    crm = replace(
        settings.salesforce,
        create_leads=CreateLeads.NEVER,
        automation_users=("hubspot.connector@sandbox.example",),
    )
    return replace(
        settings, salesforce=crm, agreement=replace(settings.agreement, create_leads=False)
    )


@fault("V32")
@pytest.mark.slow
def test_leads_that_hubspots_own_connector_makes_are_dealt_out_and_worked(tmp_path: Path) -> None:
    with a_scene(tmp_path, native=beside_the_connector) as played:
        played.play()
        town, figures = played.stage.town, played.figures()
    assert figures.handed_over >= 5
    assert figures.touched
    assert (figures.duplicate_tasks, figures.double_effects) == (0, 0)
    assert (figures.mirror_differences, figures.parked) == (0, 0)

    us, reps = town.salesforce.integration_user_id, set(town.users.values())
    made = town.world.journal.writes("salesforce", "Lead", "create")
    assert len(made) == figures.leads  # one for each contact
    assert us not in {each.by for each in made}
    tasks = [t for t in town.world.journal.writes("salesforce", "Task", "create") if t.by == us]
    assert len(tasks) >= figures.handed_over
    assert {task.after["OwnerId"] for task in tasks} <= reps  # none is the connector's


@fault("V32")
@pytest.mark.slow
def test_neither_takes_back_what_the_other_wrote(tmp_path: Path) -> None:
    with a_scene(tmp_path, new=8, native=beside_the_connector) as played:
        played.play(days=2, afterwards=2)
        journal = played.stage.town.world.journal
    values = Counter(
        (entry.id, name, str(value))
        for entry in journal.entries()
        if entry.operation == "update" and entry.object in {"Lead", "contacts"}
        for name, value in entry.after.items()
        if name not in STAMPS
    )
    assert values
    # a value that comes a third time was taken back twice
    assert max(values.values()) <= 2, values.most_common(3)
