"""What the agreement says of too many touches reaches the step that reads them."""

from contextlib import ExitStack
from datetime import timedelta

import pytest

from slasync.cli.databases import database
from slasync.cli.surroundings import Surroundings
from slasync.domain.agreement import Haste
from slasync.domain.facts import FactKind
from slasync.rehearsal.stage import in_process
from slasync.wiring import assemble
from slasync.workers.pulling.hurried import Hurry
from tests.cli.desk import Desk

TOUCH, STATUS = FactKind.TOUCH, FactKind.STATUS


@pytest.mark.parametrize(
    ("touch", "hurry"),
    [
        ("{status_changes: true}", None),
        ("{burst: 5}", Hurry(Haste(5, timedelta(minutes=1)), frozenset({TOUCH, STATUS}))),
        (
            "{status_changes: false, burst: 3, burst_within: 30 s}",
            Hurry(Haste(3, timedelta(seconds=30)), frozenset({TOUCH})),
        ),
    ],
)
def test_too_many_touches_are_looked_for_as_it_is_agreed(
    desk: Desk, touch: str, hurry: Hurry | None
) -> None:
    desk.change("config/agreement.yaml", "{status_changes: true}", touch)
    settings = Surroundings(desk.environ, desk.seams).settings(None)
    with ExitStack() as closing:
        engine = closing.enter_context(database(settings))
        connectors = in_process(settings, desk.town, desk.seams, closing)
        found = assemble(settings, desk.seams, connectors, engine=engine).rules.hurry

    assert found == hurry
