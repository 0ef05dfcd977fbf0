"""How many calls of Marketo's API a thousand leads cost, read and written.

The simulated Marketo counts them. Read: a first load by bulk extract, leads that are known by their
ids, and leads that the activity log tells of, one row each, where the log itself is read as well.
Floor: one call for each 300 leads, of the extract one for its file; of changes one for the log and
one for the leads. Above it is what a pass needs besides: a token for its beginning, deletions, that
come by a feed of their own that goes through the log, and pages of the log that end early.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from benchmarks.figures import Figure
from benchmarks.marketing_calls import Asked, Instance, costs
from benchmarks.shipped import AMPLE
from slasync.clock import Seams
from slasync.connectors.marketo import CONTACTS, build_connector
from slasync.rehearsal.driver import DrivenClock
from slasync.rehearsal.inprocess import in_process_httpx
from slasync.rehearsal.stage import shipped_settings
from slasync.sandbox.marketo import AT_ONCE
from slasync.sandbox.time import Driven
from slasync.sandbox.town import build
from slasync.sandbox.world import World

LEADS = 20_000
CHANGED = 3_000
A_CALL = 300
MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)


def measure(leads: int = LEADS, changed: int = CHANGED) -> Iterator[Figure]:
    """Yield calls per 1,000 leads: loaded first, read by id, learned of, written."""
    instance, page = _opened(leads), 1_000 / A_CALL
    ids = [str(row["id"]) for row in instance.town.marketo.rows()][:changed]
    yield from costs(instance, {
        "marketo_first_load_calls": Asked(lambda i: i.read(CONTACTS, None), leads, 1_000 / leads),
        "marketo_read_calls": Asked(lambda i: i.fetch(ids), changed, page),
        "marketo_changes_calls": Asked(lambda i: _learn(i, ids), changed, 2 * page),
        "marketo_write_calls": Asked(lambda i: i.write(ids), changed, page),
    })  # fmt: skip


def _opened(leads: int) -> Instance:
    driven = Driven(MONDAY)
    town = build(World(driven.now), market="marketo", marketo={"lateness": AT_ONCE})
    made = (MONDAY - timedelta(days=1)).isoformat()
    town.marketo.load({"email": f"p{n}@x.example", "createdAt": made} for n in range(leads))
    settings = shipped_settings(town, MONDAY.date(), "marketo")
    if settings.marketo is None:
        raise LookupError("the shipped configuration for Marketo lacks it")
    config = replace(settings.marketo, budget=AMPLE)
    seams = Seams(clock=DrivenClock(driven))
    carrier = in_process_httpx(town.marketo.handle)
    return Instance(driven, town, build_connector(config, seams, httpx_transport=carrier))


def _learn(instance: Instance, ids: Sequence[str]) -> int:
    since = instance.driven.now()
    for number in ids:
        instance.town.marketo.score(number, 5)
    instance.pass_time(since + timedelta(minutes=2))
    return instance.read(CONTACTS, since)
