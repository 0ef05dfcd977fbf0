"""The Metadata API: what components an organisation has, and having some made."""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import requests

from slasync.connectors.http import Lane
from slasync.connectors.salesforce.errors import Complaint, translate
from slasync.connectors.salesforce.soap_xml import Element, NoXml, parsed, written
from slasync.connectors.salesforce.token import Token
from slasync.connectors.salesforce.transport import Transport
from slasync.errors import Stopped, TryLater

READ_A_CALL = 10
OK = 200
ENDED = "INVALID_SESSION_ID"
MAY_NOT = (
    "the user may not change the organisation (Modify Metadata, Customize Application): log in as"
    " an admin and put his session into SALESFORCE_ADMIN_TOKEN, or deploy the folder metadata"
)
OPTIONS: Mapping[str, str] = {
    "allowMissingFiles": "false",
    "autoUpdatePackage": "false",
    "checkOnly": "false",
    "ignoreWarnings": "true",
    "performRetrieve": "false",
    "purgeOnDelete": "false",
    "rollbackOnError": "true",  # production takes nothing else
    "singlePackage": "true",
}


@dataclass(frozen=True, slots=True)
class Deployed:
    """How a deployment ended: why each component failed, by full name; nothing was made then."""

    failures: Mapping[str, str]


class MetadataApi:
    """Every method raises TryLater, Refused or Stopped."""

    def __init__(self, transport: Transport, version: str) -> None:
        self._transport = transport
        self._path = f"/services/Soap/m/{version}"

    def read(self, kind: str, names: Sequence[str]) -> dict[str, Element]:
        """Return the definitions of those components that are there, by full name."""
        found: dict[str, Element] = {}
        for start in range(0, len(names), READ_A_CALL):
            some = names[start : start + READ_A_CALL]
            listed = "".join(written("fullNames", name) for name in some)
            told = self._call(Lane.READ, "readMetadata", written("type", kind) + listed)
            for each in told.all("records"):
                if name := each.of("fullName"):
                    found[name] = each
        return found

    def deploy(self, package: bytes) -> str:
        """Begin a deployment and return its id. One that is sent twice makes nothing twice."""
        options = "".join(written(name, value) for name, value in OPTIONS.items())
        inner = written("ZipFile", b64encode(package).decode()) + _around("DeployOptions", options)
        told = self._call(Lane.WRITE, "deploy", inner).find("result")
        if told is None or not told.of("id"):
            raise TryLater("the answer names no deployment: run it again, nothing is made twice")
        return told.of("id")

    def status(self, deployment: str) -> Deployed | None:
        """Return how a deployment ended; None while it is at work."""
        inner = written("asyncProcessId", deployment) + written("includeDetails", "true")
        told = self._call(Lane.READ, "checkDeployStatus", inner).find("result")
        if told is None:
            raise TryLater("the answer does not tell of the deployment")
        if told.of("done") != "true":
            return None
        failures = {
            each.of("fullName"): each.of("problem") for each in told.all("componentFailures")
        }
        if told.of("success") != "true" and not failures:
            why = told.of("errorMessage") or told.of("status") or "no reason given"
            raise Stopped(f"the deployment {deployment} failed as a whole: {why}")
        return Deployed(failures)

    def _call(self, lane: Lane, name: str, inner: str) -> Element:
        token = self._transport.tokens.current()
        answer = self._sent(lane, name, inner, token)
        if _fault(answer).code == ENDED:
            answer = self._sent(lane, name, inner, self._transport.tokens.renew(token))
        if answer.status_code != OK:
            complaint = _fault(answer)
            if complaint.code in {"INSUFFICIENT_ACCESS", "API_DISABLED_FOR_ORG"}:
                raise Stopped(f"{complaint.message}: {MAY_NOT}")
            raise translate(complaint).error()
        return _read(answer)

    def _sent(self, lane: Lane, name: str, inner: str, token: Token) -> requests.Response:
        session = _around("SessionHeader", written("sessionId", token.access.reveal()))
        text = (
            '<?xml version="1.0" encoding="UTF-8"?>'
            '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"'
            ' xmlns="http://soap.sforce.com/2006/04/metadata">'
            f"<soapenv:Header>{session}</soapenv:Header>"
            f"<soapenv:Body>{_around(name, inner)}</soapenv:Body></soapenv:Envelope>"
        )
        return self._transport.post_xml(lane, self._path, name, text)


def _around(name: str, inner: str) -> str:
    return f"<{name}>{inner}</{name}>"


def _read(answer: requests.Response) -> Element:
    try:
        return parsed(answer.content)
    except NoXml as error:
        raise TryLater(f"the answer is no message of the Metadata API: {error}") from error


def _fault(answer: requests.Response) -> Complaint:
    """Read why a call was refused; a page of a gateway has its status alone."""
    if answer.status_code == OK:
        return Complaint("", "", OK)
    try:
        told = parsed(answer.content).find("Fault")
    except NoXml:
        told = None
    if told is None:
        status = answer.status_code
        return Complaint(f"HTTP {status}", "no message of the Metadata API", status)
    code = told.of("faultcode").rpartition(":")[2]
    return Complaint(code, told.of("faultstring").removeprefix(f"{code}: "), 400)
