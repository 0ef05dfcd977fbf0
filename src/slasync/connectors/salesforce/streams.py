"""What is read from Salesforce: for each stream its table, its columns and its translator."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from slasync.connectors.salesforce import accounts, activities, opportunities, people
from slasync.connectors.salesforce.people import Context, Row, bare
from slasync.connectors.salesforce.soql import Table, listed
from slasync.ports import Reading, Rejected
from slasync.systems import AccountsConfig, SalesforceConfig

Translate = Callable[[Row, Context], Iterable[Reading]]
Complete = Callable[[Sequence[Row]], Sequence[Row]]
BROKEN_ROW = (KeyError, TypeError, ValueError, AttributeError)


@dataclass(frozen=True, slots=True)
class Stream:
    """One thing that can be read. `optional` columns are left out where an org has none.

    They are named without their parent.
    """

    name: str
    table: Table
    columns: tuple[str, ...]
    translate: Translate
    optional: frozenset[str] = frozenset()
    complete: Complete | None = None  # adds to rows what stands elsewhere, before they are read

    @property
    def in_files(self) -> bool:
        """Whether files of the Bulk API tell it: they know no parents."""
        return self.table.bounded and not any("." in column for column in self.columns)

    def without(self, names: Collection[str]) -> tuple[str, ...]:
        """Return the columns that are left without the optional ones of these names."""
        gone = self.optional.intersection(names)
        return tuple(each for each in self.columns if each.rpartition(".")[2] not in gone)


ACCOUNTS = "salesforce.accounts"
OPPORTUNITIES = "salesforce.opportunities"
ROLES = "salesforce.opportunity_roles"


def streams(config: SalesforceConfig) -> Mapping[str, Stream]:
    """Return the streams by name, users and queues first."""
    fields = (*config.tracked_history, "leadConverted")
    listing = (
        Stream(
            "salesforce.users",
            Table("User", bounded=False),
            people.user_columns(config),
            people.user,
        ),
        Stream(
            "salesforce.queues",
            Table("Group", condition="Type = 'Queue'", bounded=False),
            people.QUEUE_FIELDS,
            people.queue,
        ),
        Stream("salesforce.leads", Table("Lead"), people.lead_columns(config), people.lead),
        Stream(
            "salesforce.contacts",
            Table("Contact"),
            people.contact_columns(config),
            people.contact,
            frozenset({people.COMPANY}),
        ),
        Stream(
            "salesforce.tasks",
            Table("Task", condition=_ended_or_ours(config)),
            activities.task_columns(config),
            activities.task,
            frozenset(activities.SOMETIMES_MISSING),
        ),
        Stream(
            "salesforce.events",
            Table("Event", also="StartDateTime"),
            activities.EVENT_FIELDS,
            activities.event,
        ),
        Stream(
            "salesforce.lead_history",
            Table("LeadHistory", stamp="CreatedDate", condition=f"Field IN {listed(fields)}"),
            activities.HISTORY_FIELDS,
            activities.history,
        ),
    )
    further = [_accounts(config.accounts)] if config.accounts else []
    further += [_opportunities()] if config.opportunities else []
    further += [_roles()] if config.opportunities and config.opportunities.contact_roles else []
    return {stream.name: stream for stream in (*listing, *further)}


def _ended_or_ours(config: SalesforceConfig) -> str:
    """Open tasks tell nothing, but ours may turn up where nobody knows them to be.

    With a ledger they bear no key, and none turns up: task and row come together or not at all.
    """
    ours = "" if config.ledger else f" OR {config.task_key_field} != null"
    return f"(IsClosed = true OR IsDeleted = true{ours})"


def _accounts(config: AccountsConfig) -> Stream:
    return Stream(
        ACCOUNTS,
        Table("Account"),
        accounts.account_columns(config),
        accounts.account,
        frozenset(accounts.SOMETIMES_HIDDEN),
    )


def _opportunities() -> Stream:
    return Stream(
        OPPORTUNITIES,
        Table("Opportunity", condition=opportunities.OF_LEADS),
        opportunities.FIELDS,
        opportunities.opportunity,
        frozenset(opportunities.SOMETIMES_MISSING),
    )


def _roles() -> Stream:
    return Stream(
        ROLES,
        Table(opportunities.ROLE, also=opportunities.CHANGED),
        opportunities.ROLE_FIELDS,
        opportunities.role,
        frozenset(opportunities.SOMETIMES_MISSING),
    )


def understood(
    stream: Stream, rows: Sequence[Row], context: Context
) -> Iterator[Reading | Rejected]:
    """Translate rows; one that cannot be is set aside, and the rest goes on."""
    for row in stream.complete(rows) if stream.complete and rows else rows:
        try:
            yield from [*stream.translate(row, context)]
        except BROKEN_ROW as error:
            raw = bare(row) if isinstance(row, Mapping) else {"row": row}
            reason = f"{type(error).__name__}: {error}"
            yield Rejected(stream.name, str(raw.get("Id", "")), reason, raw)
