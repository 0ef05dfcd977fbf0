"""`slasync sandbox`: simulated Salesforce, HubSpot and Marketo, and CSV files put into them.

Exit codes: 0 done or stopped by a signal, 1 failed, 2 something given is wrong.
"""

import json
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

import click
import httpx

from slasync.cli.lazy import LazyGroup, Place
from slasync.sandbox import load as loading
from slasync.sandbox.marked import Wrong
from slasync.sandbox.runner import Settings, Up
from slasync.sandbox.time import FASTEST

MARKETING = ("hubspot", "marketo")
HIDDEN = {"private_key", "code", "developer_key"}  # of little use on a terminal; --json has them
PORT = click.IntRange(0, 65_535)
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
REPLAY = Place("slasync.cli.replay:replay", "Run the main job over a history of leads.")


ENV = Place("slasync.cli.sandbox_env:env", "What a shell has to know to work with it.")


@click.group(name="sandbox", cls=LazyGroup, places={"replay": REPLAY, "env": ENV})
def sandbox() -> None:
    """Simulated Salesforce, HubSpot and Marketo, for rehearsals."""


@sandbox.command()
@click.option(
    "--json", "as_json", is_flag=True, help="Print addresses and credentials as one line."
)
@click.option("--tls", is_flag=True, help="Serve https, with a throw-away authority.")
@click.option("--ca", "ca_file", type=click.Path(dir_okay=False, path_type=Path),
              help="Where to write the authority's certificate; implies --tls.")  # fmt: skip
@click.option("--speed", type=click.FloatRange(0, FASTEST, min_open=True), default=1.0,
              show_default=True, help="How many times as fast time passes.")  # fmt: skip
@click.option("--start", type=click.DateTime(["%Y-%m-%dT%H:%M:%S%z"]),
              help="When the sandbox begins, 2026-03-02T09:00:00+01:00; default: now.")  # fmt: skip
@click.option("--port-salesforce", type=PORT, default=0, help="0 takes a free one.")
@click.option("--port-hubspot", type=PORT, default=0, help="0 takes a free one.")
@click.option("--port-marketo", type=PORT, default=0, help="0 takes a free one.")
@click.option("--pubsub", is_flag=True, help="Serve Salesforce's Pub/Sub API as well.")
@click.option("--port-pubsub", type=PORT, default=0, help="0 takes a free one.")
@click.option("--port-control", type=PORT, default=0, help="0 takes a free one.")
@click.option("--seed", type=int, default=1, show_default=True, help="Of everything by chance.")
@click.option("--webhook", help="Address on this machine that HubSpot sends its events to.")
@click.option("--marketing", type=click.Choice(MARKETING), default=MARKETING[0], show_default=True,
              help="Where marketing works: there contacts arrive.")  # fmt: skip
@click.option("--marketo-webhook", help="Address on this machine that Marketo's campaigns call.")
@click.option("--contacts-a-day", type=click.IntRange(0), default=0, show_default=True,
              help="Contacts that arrive by themselves.")  # fmt: skip
@click.option("--native-sync", is_flag=True,
              help="Have HubSpot's own connector to Salesforce work beside slasync.")  # fmt: skip
@click.option("--people/--no-people", default=True, help="Whether reps work.")
def up(*, as_json: bool, **options: Any) -> None:
    """Serve the systems until stopped."""
    options["tls"] = options["tls"] or options["ca_file"] is not None
    signalled = False
    with _started(Settings(**options)) as running:

        def end(*_: object) -> None:
            nonlocal signalled
            signalled = True
            running.stopped.set()

        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, end)
        _show(running.describe(), as_json=as_json)
        running.stopped.wait()
    if not signalled:
        _fail(1, "the sandbox failed")


@sandbox.command()
@click.argument("file", type=FILE)
@click.option("--map", "map_file", type=FILE, required=True, help="Which column is which field.")
@click.option("--to", "up_file", type=FILE, help="The line that `sandbox up --json` printed.")
@click.option("--control", envvar="SLASYNC_SANDBOX_CONTROL", help="Or its control address ...")
@click.option("--token", envvar="SLASYNC_SANDBOX_TOKEN", help="... and its token.")
@click.option("--json", "as_json", is_flag=True, help="Print the outcome as JSON.")
def load(  # noqa: PLR0913 - one parameter an option
    *,
    file: Path,
    map_file: Path,
    up_file: Path | None,
    control: str | None,
    token: str | None,
    as_json: bool,
) -> None:
    """Put the rows of FILE into a running sandbox. Nothing is loaded if anything is wrong."""
    if up_file is not None:
        control, token = _from_line(up_file)
    if not control or not token:
        _fail(2, "say which sandbox: --to FILE, or --control and --token")
    with _client(control, token) as client, _telling_problems():
        outcome = _load(client, loading.load_map(map_file), file)
    if as_json:
        click.echo(json.dumps(outcome))
    else:
        click.echo("{rows} rows: {created} created, {updated} updated".format(**outcome))


def _load(client: httpx.Client, map_: loading.LoadMap, file: Path) -> dict[str, int]:
    place = {"system": map_.system, "object": map_.object}
    fields = _ok(client.get("/fields", params=place))["fields"]
    outcome = {"rows": loading.check(map_, fields, file), "created": 0, "updated": 0}
    for rows in loading.batches(map_, file):
        done = _ok(client.post("/load", json=place | {"key": map_.key, "rows": rows}))
        outcome["created"] += done["created"]
        outcome["updated"] += done["updated"]
    return outcome


@contextmanager
def _started(settings: Settings) -> Iterator[Up]:
    try:
        running = Up(settings)
    except (OSError, ValueError) as error:
        _fail(2, str(error))
    with running:
        yield running


def _show(described: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(described))
        return
    for system in ("salesforce", "hubspot", "marketo", "control"):
        click.echo(system)
        for name, value in described[system].items():
            if name not in HIDDEN:
                click.echo(f"  {name:16} {value}")
    if described["ca_file"]:
        click.echo(f"trust {described['ca_file']}")
    click.echo(f"time {described['now']}, passing at {described['speed']:g} times")


def _from_line(path: Path) -> tuple[str, str]:
    try:
        control = json.loads(path.read_text("utf-8"))["control"]
        return str(control["url"]), str(control["token"])
    except (ValueError, KeyError, TypeError):
        _fail(2, f"{path}: not what `sandbox up --json` prints")


def _client(control: str, token: str) -> httpx.Client:
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.Client(base_url=control, headers=headers, timeout=60, trust_env=False)


def _ok(answer: httpx.Response) -> Any:
    """Return what the sandbox answered, or end with what it said was wrong."""
    if not answer.is_success:
        as_json = "json" in answer.headers.get("content-type", "")
        said = answer.json().get("error") if as_json else None
        _fail(1, said or f"the sandbox answered {answer.status_code}")
    return answer.json()


@contextmanager
def _telling_problems() -> Iterator[None]:
    try:
        yield
    except Wrong as error:
        _fail(2, str(error))
    except (httpx.HTTPError, OSError) as error:
        _fail(1, str(error))


def _fail(code: int, message: str) -> NoReturn:
    click.echo(message, err=True)
    raise SystemExit(code)
