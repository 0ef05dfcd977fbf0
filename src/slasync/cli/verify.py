"""`slasync verify`: the mirror beside the systems as they are now; nothing is written."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
from sqlalchemy import Engine

from slasync.cli.databases import used_database
from slasync.cli.main import Exit
from slasync.cli.output import print_json, progress, say, warn
from slasync.cli.surroundings import Surroundings, WrongCall, around, config_option, json_option
from slasync.domain.budgets import Lane
from slasync.domain.counting import so_many
from slasync.ports import Source
from slasync.purpose import made_for
from slasync.store.unit import reading
from slasync.wiring import Connectors
from slasync.workers.sweeping.verifying import Difference, listed_refs, rereading, verified

SAMPLE = 200
PEOPLE = {"leads": "lead", "contacts": "contact"}  # streams whose records are persons
SHOWN = 100  # differences; the rest is counted


@click.command()
@click.argument("system", required=False)
@click.option("--all", "everything", is_flag=True, help="Every record, not a sample.")
@click.option(
    "--sample",
    metavar="N",
    type=click.IntRange(1),
    default=SAMPLE,
    show_default=True,
    help="So many records of each stream, by chance.",
)
@json_option
@config_option
def verify(
    *, system: str | None, everything: bool, sample: int, as_json: bool, config_dir: Path | None
) -> None:  # fmt: skip
    """Compare mirror and systems now, field by field. Exits 1 if anything differs.

    A change of the last minute differs too, until the next reading brings it: each difference is
    shown with its probable cause.
    """
    surroundings = around()
    settings = surroundings.settings(config_dir)
    most = None if everything else sample
    with used_database(settings) as engine, surroundings.connected(settings) as connectors:
        sources = chosen(connectors, system)
        with made_for(Lane.BACKFILL):
            comparing = _Comparing(surroundings, engine, connectors, most)
            found = [d for source in sources for d in comparing.system(source)]
    told = [_told(difference) for difference in found]
    if as_json:
        print_json({"compared": comparing.compared, "differences": told})
    else:
        _show(comparing.compared, told)
    raise SystemExit(Exit.WRONG if found else Exit.OK)


def chosen(connectors: Connectors, system: str | None) -> list[Source]:
    """Return the sources asked for, or all of them."""
    sources = connectors.sources
    if system is not None and system not in sources:
        raise WrongCall(f"no system {system} is configured: there are {', '.join(sources)}")
    return [source for name, source in sources.items() if system in {None, name}]


class _Comparing:
    """One comparison, with what it has counted."""

    def __init__(
        self, surroundings: Surroundings, engine: Engine, connectors: Connectors, most: int | None
    ) -> None:
        self._chance = surroundings.seams.chance("verify")
        self._engine, self._connectors, self._most = engine, connectors, most
        self.compared: dict[str, int] = {}

    def system(self, source: Source) -> Iterator[Difference]:
        for stream in source.streams:
            kind = PEOPLE.get(stream.partition(".")[2])
            if kind is not None:
                yield from self._stream(source, stream, kind)

    def _stream(self, source: Source, stream: str, kind: str) -> Iterator[Difference]:
        lister = self._connectors.listers.get(source.system)
        with progress(stream) as tell:

            def told(done: int, of: int) -> None:
                tell(f"{done} of {of}", done, of)

            with reading(self._engine) as unit:
                refs = unit.sweeps.mirrored(source.system, kind)
            if self._most is None:
                there = listed_refs(lister, stream, told) if lister else []
                refs = sorted({*refs, *there})
            else:
                refs = sorted(self._chance.sample(refs, min(self._most, len(refs))))
            self.compared[stream] = len(refs)
            yield from verified(self._engine, stream, refs, rereading(source, lister), told)


def _show(compared: dict[str, int], told: list[dict[str, Any]]) -> None:
    for each in told[:SHOWN]:
        say(f"{each['record']} {each['field']}: mirror {each['mirror']!r},"
            f" system {each['system']!r}; {each['cause']}")  # fmt: skip
    if len(told) > SHOWN:
        say(f"and {len(told) - SHOWN} more: --json shows all")
    for stream, count in compared.items():
        say(f"{stream}: {so_many(count, 'record')} compared")
    if told:
        warn(so_many(len(told), "difference"))
    else:
        say("no difference")


def _told(difference: Difference) -> dict[str, Any]:
    return {
        "record": str(difference.ref),
        "field": difference.field,
        "mirror": difference.mirror,
        "system": difference.system,
        "cause": difference.cause,
    }
