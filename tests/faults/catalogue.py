"""All rows of the fault table, and how many of them may still wait for a part of slasync."""

from tests.faults import crash_points, invariants, process, security, times, vendors, webhooks
from tests.faults.rows import Row

SECTIONS: dict[str, tuple[Row, ...]] = {
    "vendors": vendors.ROWS,
    "webhooks": webhooks.ROWS,
    "process, database, disk": process.ROWS,
    "time": times.ROWS,
    "security": security.ROWS,
    "invariants": invariants.ROWS,
    "crash points": crash_points.ROWS,
}

ROWS: tuple[Row, ...] = tuple(row for rows in SECTIONS.values() for row in rows)

MOST_LATER = 0
"""How many rows are answered by `Later`. May only be lowered: whoever builds a part lowers it."""
