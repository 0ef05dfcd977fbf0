"""All tables. Whoever imports this package knows the whole schema."""

from slasync.store.tables.access import (
    AccessAttemptTable,
    AccessSessionTable,
    AccessThrottleTable,
    AccessUserTable,
    AuditTable,
)
from slasync.store.tables.base import Row, table_of
from slasync.store.tables.budgets import CallBudgetTable, CallSlotTable
from slasync.store.tables.companies import CompanyKeyTable, CompanyTable
from slasync.store.tables.digests import DigestLineTable, DigestTable
from slasync.store.tables.forgotten import ErasingTable, ForgottenTable
from slasync.store.tables.identity import (
    FieldConflictTable,
    FieldDueTable,
    KeptFieldTable,
    LeadJoinTable,
    LinkNoteTable,
    LinkRefusalTable,
)
from slasync.store.tables.journal import DecisionTable, EditionTable
from slasync.store.tables.leads import FactTable, LeadTable, LinkTable
from slasync.store.tables.modes import LeadModeTable, ShadowWriteTable
from slasync.store.tables.progress import (
    ClockTable,
    CursorTable,
    FeedTable,
    MetaTable,
    PoolTable,
)
from slasync.store.tables.queues import HeldBatchTable, InboxTable, OutboxTable
from slasync.store.tables.records import QuarantineTable, RecordTable, UserTable
from slasync.store.tables.sweeps import (
    SweepRunTable,
    SweepSeenTable,
    VanishedBatchTable,
    VanishedTable,
)

METADATA = Row.metadata

ACCESS_ATTEMPT = table_of(AccessAttemptTable)
ACCESS_SESSION = table_of(AccessSessionTable)
ACCESS_THROTTLE = table_of(AccessThrottleTable)
ACCESS_USER = table_of(AccessUserTable)
AUDIT = table_of(AuditTable)
CALL_BUDGET = table_of(CallBudgetTable)
CALL_SLOT = table_of(CallSlotTable)
CLOCK = table_of(ClockTable)
COMPANY = table_of(CompanyTable)
COMPANY_KEY = table_of(CompanyKeyTable)
CURSOR = table_of(CursorTable)
DECISION = table_of(DecisionTable)
DIGEST = table_of(DigestTable)
DIGEST_LINE = table_of(DigestLineTable)
EDITION = table_of(EditionTable)
ERASING = table_of(ErasingTable)
FACT = table_of(FactTable)
FEED = table_of(FeedTable)
FIELD_CONFLICT = table_of(FieldConflictTable)
FIELD_DUE = table_of(FieldDueTable)
FORGOTTEN = table_of(ForgottenTable)
HELD_BATCH = table_of(HeldBatchTable)
INBOX = table_of(InboxTable)
KEPT_FIELD = table_of(KeptFieldTable)
LEAD = table_of(LeadTable)
LEAD_JOIN = table_of(LeadJoinTable)
LEAD_MODE = table_of(LeadModeTable)
LINK = table_of(LinkTable)
LINK_NOTE = table_of(LinkNoteTable)
LINK_REFUSAL = table_of(LinkRefusalTable)
META = table_of(MetaTable)
OUTBOX = table_of(OutboxTable)
POOL = table_of(PoolTable)
QUARANTINE = table_of(QuarantineTable)
RECORD = table_of(RecordTable)
SHADOW_WRITE = table_of(ShadowWriteTable)
SWEEP_RUN = table_of(SweepRunTable)
SWEEP_SEEN = table_of(SweepSeenTable)
USER = table_of(UserTable)
VANISHED = table_of(VanishedTable)
VANISHED_BATCH = table_of(VanishedBatchTable)
