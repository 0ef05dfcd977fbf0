"""Companies and deals where HubSpot is the CRM: streams that are read at intervals of their own."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC

from slasync.connectors.hubspot import companies, deals, paths
from slasync.connectors.hubspot.answers import rows
from slasync.connectors.hubspot.contact import Record
from slasync.connectors.hubspot.object_pages import Part, Parts
from slasync.connectors.hubspot.transport import Transport
from slasync.errors import TryLater
from slasync.ports import Answer, Ask, Reading, Rejected
from slasync.systems import HubSpotCrmConfig

ACCOUNTS, OPPORTUNITIES = "hubspot.accounts", "hubspot.opportunities"
CHANGED = "hs_lastmodifieddate"
COMPANIES, DEALS = Part(companies.KIND, CHANGED, tied=False), Part(deals.KIND, CHANGED)
BROKEN = (ValueError, KeyError, TypeError, AttributeError)


class Business:
    """Reads what connector.yaml says is read: companies, deals, both or neither."""

    def __init__(self, transport: Transport, crm: HubSpotCrmConfig, parts: Parts) -> None:
        self._transport, self._crm, self._parts = transport, crm, parts
        self._stages: deals.Stages = {}
        self.pages: dict[str, Callable[[Ask], Answer]] = {}
        if crm.accounts:
            self.pages[ACCOUNTS] = self._companies_page
        if crm.opportunities:
            self.pages[OPPORTUNITIES] = self._deals_page

    def read_company(self, record: Record) -> Iterator[Reading]:
        """Yield what a company tells; nothing where companies are not read."""
        if self._crm.accounts:
            yield from companies.read(record, self._crm.accounts)

    def company_properties(self) -> tuple[str, ...]:
        return companies.properties(self._crm.accounts) if self._crm.accounts else ()

    def _companies_page(self, ask: Ask) -> Answer:
        names = self.company_properties()
        _, found, _, onto = self._parts.page(ask, (COMPANIES,), lambda _: names)
        return answered(ask, found, self.read_company, onto)

    def _deals_page(self, ask: Ask) -> Answer:
        _, found, contacts, onto = self._parts.page(ask, (DEALS,), lambda _: deals.PROPERTIES)
        stages, zone = self._stages_of(found), self._transport.zone or UTC

        def read(record: Record) -> Iterator[Reading]:
            yield from deals.read(record, contacts.get(str(record["id"]), ()), stages, zone)

        return answered(ask, found, read, onto)

    def _stages_of(self, found: Sequence[Record]) -> deals.Stages:
        """Return what stages are called; asked for again where one is not known."""
        named = {(record.get("properties") or {}).get(deals.STAGE) for record in found}
        if not named - {None, ""} <= self._stages.keys():
            told = self._transport.call(paths.PIPELINES, object=deals.KIND)
            try:
                self._stages = deals.stages_in(rows(told))
            except BROKEN as error:
                raise TryLater("HubSpot's list of pipelines is not one") from error
        return self._stages


def answered(
    ask: Ask, found: Sequence[Record], read: Callable[[Record], Iterator[Reading]], onto: str | None
) -> Answer:
    """Return a page; a record that cannot be understood is set aside."""
    readings, rejected = list[Reading](), list[Rejected]()
    for record in found:
        try:
            readings += read(record)
        except BROKEN as error:
            rejected.append(rejection(ask.stream, record, error))
    return Answer(ask.stream, tuple(readings), tuple(rejected), onto)


def rejection(stream: str, record: Mapping[str, object], error: Exception) -> Rejected:
    reason = f"{type(error).__name__}: {error}".replace("\x00", "")
    return Rejected(stream, str(record.get("id", "")), reason, record)
