"""Having an organisation made ready: compared first, then deployed, and never changed by force."""

import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import groupby
from urllib.parse import quote

from slasync.clock import Clock
from slasync.connectors.http import Lane
from slasync.connectors.provisioning import Made, Needed, Standing
from slasync.connectors.salesforce import SalesforceConnector
from slasync.connectors.salesforce.ids import to18
from slasync.connectors.salesforce.labels import INTEGRATION
from slasync.connectors.salesforce.metadata import (
    Component,
    CustomField,
    ListView,
    Package,
    PermissionSet,
    ReportType,
    package,
)
from slasync.connectors.salesforce.metadata_api import MetadataApi
from slasync.connectors.salesforce.metadata_diff import standing_of
from slasync.connectors.salesforce.metadata_xml import TYPES, deployable
from slasync.connectors.salesforce.soap_xml import Element
from slasync.connectors.salesforce.soql import quoted
from slasync.connectors.salesforce.token import Token, Tokens
from slasync.connectors.salesforce.transport import Transport
from slasync.errors import Refused, Stopped, TryLater
from slasync.systems import Secret

ASSIGNMENT = "PermissionSetAssignment"
PAUSE = 2.0  # seconds between looks at a deployment
LONGEST = timedelta(minutes=15)
ROUNDS = 3  # without what failed, and then without what failed of the rest
ADMIN_TOKEN = "SALESFORCE_ADMIN_TOKEN"  # noqa: S105 - the name of a variable


class GivenSession(Tokens):
    """A session that somebody brought. It is not slasync's to renew."""

    def __init__(self, token: Token) -> None:
        self._given = token

    def current(self) -> Token:
        return self._given

    def renew(self, stale: Token) -> Token:  # noqa: ARG002 - the same for every session
        raise Stopped(f"the session in {ADMIN_TOKEN} has ended: put a new one there")


class SalesforceProvisioner:
    """One organisation, as its admin: see `provisioning.Provisioner`."""

    def __init__(
        self, connector: SalesforceConnector, wanted: Package, clock: Clock, admin: Secret | None
    ) -> None:
        self._connector = connector
        self._wanted = wanted
        self._clock = clock
        self._transport = _acting(connector, admin) if admin else connector.transport
        self._api = MetadataApi(self._transport, connector.config.api_version)

    def compare(self) -> Sequence[Needed]:
        """Return every component as it stands, and whether slasync's user has its rights."""
        return [*(needed for _, needed in self._compared()), self._assignment()]

    def apply(self) -> Sequence[Made]:
        """Deploy what is missing but for what is refused; then give slasync's user its rights."""
        components = [each for each, needed in self._compared() if needed.to_make]
        made = self._deployed(components)
        return [*made, *self._assigned()] if self._assignment().to_make else made

    def _compared(self) -> list[tuple[Component, Needed]]:
        there: dict[tuple[str, str], Element] = {}
        by_kind = sorted(self._wanted, key=lambda each: TYPES[type(each)])
        for kind, some in groupby(by_kind, key=lambda each: TYPES[type(each)]):
            names = [each.full_name for each in some]
            found = self._api.read(kind, names)
            there |= {(kind, name): element for name, element in found.items()}
        return [(each, _needed(each, there)) for each in self._wanted]

    def _deployed(self, components: Sequence[Component]) -> list[Made]:
        """Deploy; a deployment is all or nothing, so what failed is left out of the next."""
        failed: dict[str, str] = {}
        rest = list(components)
        for _ in range(ROUNDS):
            if not rest:
                break
            failures = self._once(rest)
            if not failures:
                break
            failed |= failures
            rest = list(_without(rest, failed))
        else:
            failed |= {each.full_name: "it was undone with the others" for each in rest}
        told = {each.full_name for each in rest} - failed.keys()
        return [
            Made(TYPES[type(each)], each.full_name, _why(each, told, failed)) for each in components
        ]

    def _once(self, components: Sequence[Component]) -> Mapping[str, str]:
        """Deploy components and wait for the end; return why each of them failed."""
        packed = deployable(components, self._connector.config.api_version)
        deployment = self._api.deploy(packed)
        until = self._clock.mono() + LONGEST.total_seconds()
        while (ended := self._api.status(deployment)) is None:
            if self._clock.mono() > until:
                what = f"deployment {deployment} is still at work: see Setup, Deployment Status"
                raise TryLater(f"{what}; then run this again")
            self._clock.wait(PAUSE, threading.Event())
        return ended.failures

    def _assignment(self) -> Needed:
        """Tell whether slasync's user has the permission set."""
        user = self._connector.user_id
        given = self._rows(
            f"SELECT Id FROM {ASSIGNMENT} WHERE AssigneeId = {quoted(user)}"  # noqa: S608 - quoted
            f" AND PermissionSet.Name = {quoted(INTEGRATION)}"
        )
        name = f"{INTEGRATION} to {user}"
        return Needed(ASSIGNMENT, name, Standing.THERE if given else Standing.MISSING)

    def _assigned(self) -> Iterator[Made]:
        user = self._connector.user_id
        name = f"{INTEGRATION} to {user}"
        sets = self._rows(f"SELECT Id FROM PermissionSet WHERE Name = {quoted(INTEGRATION)}")  # noqa: S608 - quoted
        if not sets:
            yield Made(ASSIGNMENT, name, "the permission set is not there")
            return
        body = {"AssigneeId": user, "PermissionSetId": to18(sets[0])}
        try:
            self._transport.call(Lane.WRITE, "POST", f"sobjects/{ASSIGNMENT}", body)
            yield Made(ASSIGNMENT, name)
        except Refused as error:
            yield Made(ASSIGNMENT, name, str(error))

    def _rows(self, text: str) -> list[str]:
        told = self._transport.call(Lane.READ, "GET", f"query/?q={quote(text, safe='')}")
        try:
            return [str(row["Id"]) for row in told["records"]]
        except (KeyError, TypeError) as error:
            raise TryLater("the answer to a query is not one") from error


def provisioner(
    connector: SalesforceConnector,
    clock: Clock,
    nurture_paths: tuple[str, ...],
    admin: Secret | None,
) -> SalesforceProvisioner:
    """Prepare to compare. `admin`: his session, where slasync's own user may change nothing."""
    return SalesforceProvisioner(connector, package(connector.config, nurture_paths), clock, admin)


def _acting(connector: SalesforceConnector, admin: Secret) -> Transport:
    """Return the way out with an admin's session, of the same organisation."""
    ours = connector.transport.tokens.current()
    token = Token(admin, ours.instance_url, ours.org_id, "")
    transport = connector.transport.acting_by(GivenSession(token))
    try:
        told = transport.identity()
    except (Refused, Stopped) as error:
        raise Stopped(
            f"the session in {ADMIN_TOKEN} is not accepted, put a new one there"
        ) from error
    org = to18(str(told.get("organization_id") or ours.org_id))
    if org != ours.org_id:
        raise Stopped(f"the session in {ADMIN_TOKEN} is of organisation {org}, not {ours.org_id}")
    return transport


def _needed(component: Component, there: Mapping[tuple[str, str], Element]) -> Needed:
    kind = TYPES[type(component)]
    standing, words = standing_of(component, there.get((kind, component.full_name)))
    return Needed(kind, component.full_name, standing, words)


def _why(component: Component, told: set[str], failed: Mapping[str, str]) -> str:
    name = component.full_name
    return failed.get(name, "" if name in told else "what it needs could not be made")


def _without(components: Sequence[Component], failed: Mapping[str, str]) -> Iterator[Component]:
    """Yield what is left when some failed, and parts of others are not to be had."""
    for each in components:
        if each.full_name in failed or (isinstance(each, CustomField) and each.object in failed):
            continue
        match each:
            case PermissionSet():
                fields = {name: edit for name, edit in each.fields.items() if name not in failed}
                objects = {name: r for name, r in each.objects.items() if name not in failed}
                yield replace(each, fields=fields, objects=objects)
            case ReportType():
                yield replace(each, columns=tuple(_left(each.columns, failed)))
            case ListView() if any(f"Lead.{f.field}" in failed for f in each.filters):
                continue
            case ListView():
                yield replace(each, columns=tuple(_left(each.columns, failed)))
            case _:
                yield each


def _left(columns: Sequence[str], failed: Mapping[str, str]) -> Iterator[str]:
    return (name for name in columns if f"Lead.{name}" not in failed)
