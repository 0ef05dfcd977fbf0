"""`slasync provision`: what the systems lack of what slasync needs, and having it made."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from slasync.cli.main import Exit
from slasync.cli.output import print_json, say, table
from slasync.cli.surroundings import (
    WrongCall,
    around,
    config_option,
    json_option,
)
from slasync.connectors.provisioning import Made, Needed, Provisioner, Standing
from slasync.domain.counting import so_many
from slasync.settings import Settings
from slasync.settings.environment import Environment
from slasync.systems import Secret

if TYPE_CHECKING:
    from slasync.wiring import Connectors

apply_option = click.option("--apply", "applies", is_flag=True, help="Make what is missing.")


@click.group()
def provision() -> None:
    """Compare a system with what slasync needs there. Nothing is written without --apply."""


@provision.command()
@apply_option
@click.option(
    "--metadata",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Write the metadata for this configuration into DIR instead, to deploy it by hand.",
)
@json_option
@config_option
def salesforce(
    *, applies: bool, metadata: Path | None, as_json: bool, config_dir: Path | None
) -> None:
    """Fields, permission sets, list views and a report type in Salesforce.

    Where slasync's own user may not change the organisation, as it should be, the session of an
    admin is taken from SALESFORCE_ADMIN_TOKEN.
    """
    surroundings = around()
    settings = surroundings.settings(config_dir)
    if metadata is not None:
        _write(settings, metadata)
        return
    with surroundings.connected(settings) as connectors:
        from slasync.connecting import salesforce_of  # noqa: PLC0415 - vendors' libraries
        from slasync.connectors.salesforce.provision import ADMIN_TOKEN, provisioner  # noqa: PLC0415 - vendors' libraries

        found = Environment(surroundings.environ).find(ADMIN_TOKEN)
        admin = Secret(found) if found else None
        paths = nurture_paths(settings)
        prepared = provisioner(salesforce_of(connectors), surroundings.seams.clock, paths, admin)
        _provision("salesforce", prepared, applies=applies, as_json=as_json)


@provision.command()
@apply_option
@json_option
@config_option
def hubspot(*, applies: bool, as_json: bool, config_dir: Path | None) -> None:
    """A property group and the properties that slasync writes in HubSpot."""
    _marketing("hubspot", applies=applies, as_json=as_json, config_dir=config_dir)


@provision.command()
@apply_option
@json_option
@config_option
def marketo(*, applies: bool, as_json: bool, config_dir: Path | None) -> None:
    """The fields that slasync writes in Marketo; lists and campaigns are checked."""
    _marketing("marketo", applies=applies, as_json=as_json, config_dir=config_dir)


def _marketing(system: str, *, applies: bool, as_json: bool, config_dir: Path | None) -> None:
    surroundings = around()
    settings = surroundings.settings(config_dir)
    with surroundings.connected(settings) as connectors:
        prepared = _marketing_of(connectors, system)
        _provision(system, prepared, applies=applies, as_json=as_json)


def _marketing_of(connectors: "Connectors", system: str) -> Provisioner:
    from slasync.connectors.hubspot import HubSpotConnector  # noqa: PLC0415 - vendors' libraries
    from slasync.connectors.hubspot.provision import HubSpotProvisioner  # noqa: PLC0415
    from slasync.connectors.marketo import MarketoConnector  # noqa: PLC0415
    from slasync.connectors.marketo.provision import MarketoProvisioner  # noqa: PLC0415

    connector = connectors.marketing
    if isinstance(connector, HubSpotConnector) and system == "hubspot":
        return HubSpotProvisioner(connector.config, connector.transport)
    if isinstance(connector, MarketoConnector) and system == "marketo":
        return MarketoProvisioner(connector.config, connector.transport)
    there = connector.source.system
    raise WrongCall(f"{system} is not among the systems of slasync.yaml, {there} is")


def nurture_paths(settings: Settings) -> tuple[str, ...]:
    """Return the names that a rep may choose among."""
    return tuple(path.name for path in settings.agreement.nurture.paths)


def _provision(system: str, prepared: Provisioner, *, applies: bool, as_json: bool) -> None:
    """Show how everything stands; with `applies` make what is missing, and show it again."""
    needed = prepared.compare()
    made = prepared.apply() if applies else ()
    after = prepared.compare() if made else needed
    if as_json:
        print_json({"system": system, "needed": _listed(after), "made": _told(made)})
    else:
        _show(system, needed, made, applies=applies)
    whole = all(each.standing is Standing.THERE for each in after)
    raise SystemExit(Exit.OK if whole else Exit.WRONG)


def _show(system: str, needed: Sequence[Needed], made: Sequence[Made], *, applies: bool) -> None:
    lacking = [each for each in needed if each.standing is not Standing.THERE]
    say(f"{system}: {len(needed) - len(lacking)} of {len(needed)} are there")
    if lacking:
        table("Lacking", ("", "type", "name", "what to know"), list(_rows(lacking)))
    if made:
        rows = [("made" if each.ok else "FAILED", each.kind, each.name, each.why) for each in made]
        table("Done", ("", "type", "name", "why not"), rows)
    elif any(each.to_make for each in lacking) and not applies:
        say("Nothing was written: --apply makes what is missing or incomplete.")


def _rows(lacking: Sequence[Needed]) -> Iterator[tuple[str, ...]]:
    for each in lacking:
        yield each.standing.value, each.kind, each.name, each.words


def _listed(needed: Sequence[Needed]) -> list[dict[str, Any]]:
    return [
        {"type": e.kind, "name": e.name, "standing": e.standing.value, "words": e.words}
        for e in needed
    ]


def _told(made: Sequence[Made]) -> list[dict[str, Any]]:
    return [{"type": e.kind, "name": e.name, "ok": e.ok, "why": e.why} for e in made]


def _write(settings: Settings, folder: Path) -> None:
    """Write the metadata of this configuration; files that are there are replaced."""
    from slasync.connectors.salesforce.metadata import package  # noqa: PLC0415 - vendors' libraries
    from slasync.connectors.salesforce.metadata_xml import source_files  # noqa: PLC0415

    config = settings.salesforce
    if config is None:
        raise WrongCall("salesforce is not among the systems of slasync.yaml")
    files = source_files(package(config, nurture_paths(settings)), config.api_version)
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    say(
        f"{so_many(len(files), 'file is', 'files are')} in {folder}: sf project deploy start"
        " --manifest package.xml"
    )
