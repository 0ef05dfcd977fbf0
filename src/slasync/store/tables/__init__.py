"""All tables. Whoever imports this package knows the whole schema."""

from slasync.store.tables.base import Row, table_of
from slasync.store.tables.companies import CompanyKeyTable, CompanyTable
from slasync.store.tables.digests import DigestLineTable, DigestTable
from slasync.store.tables.journal import DecisionTable, EditionTable
from slasync.store.tables.leads import FactTable, LeadTable, LinkTable
from slasync.store.tables.modes import LeadModeTable, ShadowWriteTable
from slasync.store.tables.progress import ClockTable, CursorTable, MetaTable, PoolTable
from slasync.store.tables.queues import HeldBatchTable, InboxTable, OutboxTable
from slasync.store.tables.records import QuarantineTable, RecordTable, UserTable

METADATA = Row.metadata

CLOCK = table_of(ClockTable)
COMPANY = table_of(CompanyTable)
COMPANY_KEY = table_of(CompanyKeyTable)
CURSOR = table_of(CursorTable)
DECISION = table_of(DecisionTable)
DIGEST = table_of(DigestTable)
DIGEST_LINE = table_of(DigestLineTable)
EDITION = table_of(EditionTable)
FACT = table_of(FactTable)
HELD_BATCH = table_of(HeldBatchTable)
INBOX = table_of(InboxTable)
LEAD = table_of(LeadTable)
LEAD_MODE = table_of(LeadModeTable)
LINK = table_of(LinkTable)
META = table_of(MetaTable)
OUTBOX = table_of(OutboxTable)
POOL = table_of(PoolTable)
QUARANTINE = table_of(QuarantineTable)
RECORD = table_of(RecordTable)
SHADOW_WRITE = table_of(ShadowWriteTable)
USER = table_of(UserTable)
