"""Bugs in what is kept, by whom, and in which transaction: leases, timers, caps, keys."""

from tests.simulation.bugs.bug import Bug, Edit

DECIDE = "workers/deciding/decide.py"
OUTBOX = "store/outbox.py"
WIRING = "wiring.py"
AT_START = "    with transaction(engine) as unit:\n        note_start("
DECIDING = "retrying(deciding.engine, lambda unit: _decide_batch(deciding, unit, clock.now()))"
COMMITTED = '    deciding.seams.reached("decide.committed")\n'
CLAIM = "keys = claim(unit, ready, now, deciding.batch)"

NO_TERM = (
    Edit(
        OUTBOX,
        "            if row.term == terms[row.id]\n",
        "            if row.id in terms\n",
    ),
    Edit(OUTBOX, "            and row.lease_until > now\n", ""),
    Edit(OUTBOX, "            and row.lease_until is not None\n", ""),
    Edit(OUTBOX, "        row.lease_by == by\n", "        bool(by)\n"),
    Edit(OUTBOX, "        and row.term == settlement.term\n", ""),
)

BUGS = (
    Bug(
        "timer-and-outbox-in-two-transactions",
        "Decisions and clocks are committed first and the writes queued afterwards, to keep"
        " transactions short.",
        (2, 14),
        (
            Edit(
                DECIDE,
                "    unit.outbox.add(items_of(deciding, unit, sent, now), now)\n",
                "    unit.later = items_of(deciding, unit, sent, now)\n",
            ),
            Edit(
                DECIDE,
                f"found = {DECIDING}",
                "units: list[Unit] = []\n"
                "    found = retrying(\n"
                "        deciding.engine,\n"
                "        lambda unit: units.append(unit)"
                " or _decide_batch(deciding, unit, clock.now()),\n"
                "    )",
            ),
            Edit(
                DECIDE,
                COMMITTED,
                f"{COMMITTED}"
                '    later = getattr(units[-1], "later", [])\n'
                "    if later:\n"
                "        now = clock.now()\n"
                "        retrying(deciding.engine, lambda unit: unit.outbox.add(later, now))\n",
            ),
        ),
    ),
    Bug(
        "timers-only-in-memory",
        "Wake-ups belong to the process that set them: what an earlier one left behind is cleared"
        " at the start.",
        (2,),
        (
            Edit(
                WIRING,
                AT_START,
                """\
    with transaction(engine) as unit:
        every = unit.clocks.of(unit.clocks.not_ended(None)).values()
        unit.clocks.put([replace(row, wake_at=None) for rows in every for row in rows])
        note_start(""",
            ),
        ),
    ),
    Bug(
        "dirty-flag-cleared-before-commit",
        "Leads with news are taken in one transaction and decided about in the next, so that two"
        " processes do not wait for each other.",
        (2, 8),
        (
            Edit(
                DECIDE,
                "def _decide_batch(deciding: Deciding, unit: Unit, now: datetime) -> bool:",
                "def _taken(deciding: Deciding, unit: Unit, now: datetime) -> list[LeadKey]:\n"
                "    if not set(deciding.needed) <= set(unit.cursors.watermarks()):\n"
                "        return []\n"
                "    return unit.leads.claim_dirty(now, deciding.batch)\n\n\n"
                "def _decide_batch(\n"
                "    deciding: Deciding, unit: Unit, now: datetime, taken: Sequence[LeadKey]\n"
                ") -> bool:",
            ),
            Edit(
                DECIDE,
                f"found = {DECIDING}",
                "now = clock.now()\n"
                "    taken = retrying(deciding.engine, lambda unit: _taken(deciding, unit, now))\n"
                '    deciding.seams.reached("decide.taken")\n'
                "    found = retrying(\n"
                "        deciding.engine, lambda unit: _decide_batch(deciding, unit, now, taken)\n"
                "    )",
            ),
            Edit(
                DECIDE,
                CLAIM,
                "keys = sorted({*taken, *claim(unit, ready, now, deciding.batch)})",
            ),
        ),
    ),
    Bug(
        "no-skew-guard",
        "The daemon's time is the machine's, also while that is wrong by hours or days: it is the"
        " time there is.",
        (2, 4, 5, 9, 16),
        (
            Edit(
                "clock.py",
                "return at + timedelta(seconds=self._machine.mono() - mono)",
                "return self._machine.now()",
            ),
        ),
    ),
    Bug(
        "no-catch-up-cap",
        "Late tasks are counted, but never held: they are due, after all.",
        (7,),
        (
            Edit(
                "workers/deciding/caps.py",
                "over = is_over(counts, caps)",
                "over = sum(counts.values()) < 0",
            ),
        ),
    ),
    Bug(
        "held-released-by-restart",
        "At the start everything left over is put back in the queue, held writes included.",
        (7, 13),
        (
            Edit(
                WIRING,
                AT_START,
                """\
    with transaction(engine) as unit:
        unit.outbox.let_go([view.key for view in unit.outbox.held()], seams.clock.now())
        note_start(""",
            ),
        ),
    ),
    Bug(
        "database-number-in-key",
        "A lead is known by the number of its row: a restored backup gives the number again, to"
        " another lead.",
        (1, 5, 14, 19),
        (
            Edit(
                "workers/pulling/identifying.py",
                "        lead = found.lead if isinstance(found, Same) else lead_key(person.ref)\n",
                """\
        number = len(self._unit.leads.all_keys()) + len(self.founded) + 1
        row = LeadKey(f"{person.ref.system}:{person.ref.kind}:{number}")
        lead = found.lead if isinstance(found, Same) else row
""",
            ),
        ),
    ),
    Bug(
        "lease-without-term",
        "Whoever claimed a row may send and settle it, however long ago that was: a lease has an"
        " owner, but no term.",
        (1, 12),
        NO_TERM,
    ),
    Bug(
        "leases-only-written-down",
        "A claim writes its lease down, and nobody looks at it: neither who claims nor who settles."
        " Either alone makes up for the other.",
        (12, 13),
        (
            *NO_TERM,
            Edit(OUTBOX, 'not_before=bindparam("until")', "not_before=OUTBOX.c.not_before"),
        ),
    ),
)
