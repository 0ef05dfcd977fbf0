"""The Metadata API: reading components, deploying a zip of them, and what became of it."""

import base64
import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from slasync.sandbox.http import Request, Response
from slasync.sandbox.salesforce import metadata_apply, soap
from slasync.sandbox.salesforce.errors import Trouble
from slasync.sandbox.salesforce.metadata_apply import Component
from slasync.sandbox.salesforce.unit import Unit

if TYPE_CHECKING:
    from slasync.sandbox.salesforce.vendor import Salesforce

SPACE = "{http://soap.sforce.com/2006/04/metadata}"
MOST_READ = 10
LOOKS = 2  # a deployment is at work until it was looked at so often
CHILDREN = {"fields": "CustomField", "listViews": "ListView"}


@dataclass(slots=True)
class Deployment:
    """One deployment: what it made, what it could not, and whether that was told yet."""

    id: str
    made: list[Component] = field(default_factory=list)
    failures: list[tuple[Component, str]] = field(default_factory=list)
    looks: int = 0


@dataclass(slots=True)
class MetadataApi:
    """The SOAP resource at /services/Soap/m/."""

    vendor: "Salesforce"
    deployments: dict[str, Deployment] = field(default_factory=dict)

    def answer(self, request: Request) -> Response:
        text = request.body.decode(errors="replace")
        try:
            call, user = self._called(text)
            self.vendor.limits.count("POST Soap", self.vendor.world.now())
            self._may(user)
            body = self._done(call, user)
        except Trouble as trouble:
            return soap.fault(trouble)
        except ET.ParseError:
            return soap.fault(Trouble("INVALID_TYPE", "the request is not well-formed"))
        return soap.envelope(200, body)

    def _called(self, text: str) -> tuple[ET.Element, str]:
        root = ET.fromstring(text)  # noqa: S314 - of a client on this machine
        session = root.findtext(f".//{SPACE}sessionId") or ""
        user = self.vendor.auth.user_of_token(session)
        if user is None:
            raise Trouble("INVALID_SESSION_ID", "Invalid Session ID found in SessionHeader")
        body = root.find("{http://schemas.xmlsoap.org/soap/envelope/}Body")
        if body is None or len(body) != 1:
            raise Trouble("INVALID_TYPE", "the body names no call")
        return body[0], user

    def _may(self, user: str) -> None:
        """Only who may modify metadata gets this far."""
        org = self.vendor.org
        sets = {
            r["PermissionSetId"] for r in org.rows("PermissionSetAssignment")
            if r["AssigneeId"] == user
        }  # fmt: skip
        rights = ("PermissionsModifyMetadata", "PermissionsModifyAllData")
        if not any(r.get(n) for r in org.rows("PermissionSet") if r["Id"] in sets for n in rights):
            text = "use of the Metadata API requires a user with the ModifyAllData or ModifyMetadata permissions"  # noqa: E501 - the vendor's sentence
            raise Trouble("INSUFFICIENT_ACCESS", text)

    def _done(self, call: ET.Element, user: str) -> str:
        match call.tag.removeprefix(SPACE):
            case "readMetadata":
                return self._read(call)
            case "deploy":
                return self._deploy(call, user)
            case "checkDeployStatus":
                return self._status(call.findtext(f"{SPACE}asyncProcessId") or "")
        raise Trouble("UNKNOWN_EXCEPTION", f"this call is not simulated: {call.tag}")

    def _read(self, call: ET.Element) -> str:
        kind = call.findtext(f"{SPACE}type") or call.findtext(f"{SPACE}metadataType") or ""
        names = [each.text or "" for each in call.findall(f"{SPACE}fullNames")]
        if len(names) > MOST_READ:
            text = f"you can read no more than {MOST_READ} components at a time"
            raise Trouble("LIMIT_EXCEEDED", text)
        known = metadata_apply.stored(self.vendor.org)
        records = ""
        for name in names:
            found = known.get((kind, name))
            inner = "".join(found.texts()) if found else ""
            records += (
                f'<records xsi:type="{kind}"><fullName>{escape(name)}</fullName>{inner}</records>'
                if found
                else '<records xsi:nil="true"/>'
            )
        return f"<readMetadataResponse><result>{records}</result></readMetadataResponse>"

    def _deploy(self, call: ET.Element, user: str) -> str:
        packed = base64.b64decode(call.findtext(f"{SPACE}ZipFile") or "")
        options = call.find(f"{SPACE}DeployOptions")
        rolls = options is not None and options.findtext(f"{SPACE}rollbackOnError") == "true"
        org = self.vendor.org
        made = Deployment(org.new_id("0Af"))
        self.deployments[made.id] = made
        unit = Unit(self.vendor.world, user, self.vendor.world.now())
        components = [*_unpacked(packed)]
        problems = metadata_apply.problems(org, components)
        made.failures = problems
        bad = {id(each) for each, _ in made.failures}
        if not (rolls and bad):
            made.made = [each for each in components if id(each) not in bad]
            metadata_apply.apply(org, unit, made.made)
            unit.keep()
        inner = f"<done>false</done><id>{made.id}</id><state>Queued</state>"
        return f"<deployResponse><result>{inner}</result></deployResponse>"

    def _status(self, deployment: str) -> str:
        found = self.deployments.get(deployment)
        if found is None:
            raise Trouble("INVALID_CROSS_REFERENCE_KEY", f"invalid id: {deployment}")
        found.looks += 1
        done = found.looks >= LOOKS
        state = ("Failed" if found.failures else "Succeeded") if done else "InProgress"
        details = "".join(_details(found)) if done else ""
        inner = (
            f"<details>{details}</details><done>{str(done).lower()}</done><id>{found.id}</id>"
            f"<numberComponentErrors>{len(found.failures)}</numberComponentErrors>"
            f"<status>{state}</status><success>{str(not found.failures).lower()}</success>"
        )
        return f"<checkDeployStatusResponse><result>{inner}</result></checkDeployStatusResponse>"


def _details(made: Deployment) -> Iterator[str]:
    for each, words in made.failures:
        told = (
            f"<componentType>{each.kind}</componentType><fullName>{escape(each.name)}</fullName>"
            f"<problem>{escape(words)}</problem><problemType>Error</problemType>"
            "<success>false</success>"
        )
        yield f"<componentFailures>{told}</componentFailures>"
    for each in made.made:
        told = (
            f"<componentType>{each.kind}</componentType><fullName>{escape(each.name)}</fullName>"
            "<success>true</success>"
        )
        yield f"<componentSuccesses>{told}</componentSuccesses>"


def _unpacked(packed: bytes) -> Iterator[Component]:
    """Yield the components of a zip that package.xml names, those of one object apart."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(packed))
    except zipfile.BadZipFile:
        raise Trouble("INVALID_TYPE", "the zip file is not one") from None
    named = _named(archive)
    for path in archive.namelist():
        if path == "package.xml":
            continue
        root = ET.fromstring(archive.read(path))  # noqa: S314 - as above
        name = path.rpartition("/")[2].rpartition(".")[0]
        for each in _components(root, name):
            if (each.kind, each.name) in named:
                yield each


def _named(archive: zipfile.ZipFile) -> set[tuple[str, str]]:
    root = ET.fromstring(archive.read("package.xml"))  # noqa: S314 - as above
    return {
        (types.findtext(f"{SPACE}name") or "", member.text or "")
        for types in root.findall(f"{SPACE}types")
        for member in types.findall(f"{SPACE}members")
    }


def _components(root: ET.Element, name: str) -> Iterator[Component]:
    kind = root.tag.removeprefix(SPACE)
    if kind != "CustomObject":
        yield Component(kind, name, root)
        return
    yield Component(kind, name, root)
    for tag, child in CHILDREN.items():
        for each in root.findall(f"{SPACE}{tag}"):
            yield Component(child, f"{name}.{each.findtext(f'{SPACE}fullName')}", each)
