"""Lines for the next digest of sales leadership."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from slasync.domain.lead import LeadKey
from slasync.domain.writes import DigestLine
from slasync.store.bulk import keep_old, put
from slasync.store.repository import Repository
from slasync.store.tables import DIGEST_LINE


class Digests(Repository):
    def add(self, lines: Sequence[DigestLine], at: datetime) -> int:
        """Keep lines; return how many were not known yet."""
        rows = [
            {
                "key": line.key,
                "lead_key": line.lead,
                "recipient": line.to,
                "text": line.text,
                "at": at,
            }
            for line in sorted(lines, key=lambda line: line.key)
        ]
        return put(self._db, DIGEST_LINE, keep_old, rows)

    def since(self, at: datetime) -> list[DigestLine]:
        """Return the lines added at or after `at`, oldest first."""
        query = select(DIGEST_LINE).where(DIGEST_LINE.c.at >= at)
        ordered = query.order_by(DIGEST_LINE.c.at, DIGEST_LINE.c.key)
        return [
            DigestLine(row.key, LeadKey(row.lead_key), row.recipient, row.text)
            for row in self._db.execute(ordered)
        ]
