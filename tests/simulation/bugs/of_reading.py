"""Bugs in how systems are read: cursors, pages, deletes, echoes, webhooks."""

from tests.simulation.bugs.bug import Bug, Edit

PULL = "workers/pulling/pull.py"
INGEST = "workers/pulling/ingest.py"
MARKETO = "connectors/marketo/read.py"
KEEPING = "web/keeping.py"

BUGS = (
    Bug(
        "cursor-from-highest-stamp",
        "The next pass begins at the highest stamp seen, not at the vendor's time when the last"
        " one began: what was read seems to say how far reading has come.",
        (2, 3, 5),
        (
            Edit(
                PULL,
                "        since=None,\n        upto=None,\n",
                "        since=max((r.modified_at for r in answer.readings),"
                " default=cursor.since),\n"
                "        upto=None,\n",
            ),
            Edit(
                PULL,
                "since = None if full else _before(cursor, self.pace)",
                "since = None if full else cursor.since or _before(cursor, self.pace)",
            ),
        ),
    ),
    Bug(
        "no-overlap",
        "Each pass begins exactly where the last one ended: reading anything twice looks wasteful.",
        (2, 3, 5),
        (Edit(PULL, "cursor.watermark - pace.overlap if", "cursor.watermark if"),),
    ),
    Bug(
        "no-settle",
        "A pass counts as complete up to its very beginning: that a change shows up after its stamp"
        " is not thought of.",
        (3, 9),
        (Edit(PULL, "(cursor.upto or now) - pace.settle", "cursor.upto or now"),),
    ),
    Bug(
        "cursor-before-page",
        "The cursor is moved in a transaction of its own before the page is stored, to let go of"
        " its lease early.",
        (2, 3, 5, 9),
        (
            Edit(
                PULL,
                """\
            left = [self._left(unit, cursor, answer, now) for cursor, answer in pages]
            if unit.cursors.settle(left, self.owner) < len(left):
""",
                """\
            left = [_advanced(c, a, self.pace, now) for c, a in pages if a.error is None]
            kept = unit.cursors.settle(left, self.owner)
        self.seams.reached("pull.page_stored")
        with transaction(self.engine) as unit:
            for cursor, answer in pages:
                self._left(unit, cursor, answer, now)
            if kept < len(left):
""",
            ),
        ),
    ),
    Bug(
        "failed-page-counts-as-read",
        "A page that could not be read is taken for an empty one, and the cursor moves on.",
        (2, 3, 5),
        (
            Edit(
                PULL,
                """\
            failed = [_with_failure(cursor, error, now) for cursor in cursors]
""",
                """\
            failed = [_advanced(c, Answer(c.stream), self.pace, now) for c in cursors]
""",
            ),
        ),
    ),
    Bug(
        "deletes-ignored",
        "Records are asked for by `query`, which leaves deleted ones out, as most examples do.",
        (5, 19),
        (Edit("connectors/salesforce/read.py", "queryAll/?q=", "query/?q="),),
    ),
    Bug(
        "quarantine-swallowed",
        "What cannot be placed is logged and dropped instead of set aside until it can be.",
        (3, 5),
        (
            Edit(
                "workers/pulling/waiting.py",
                "        unit.quarantine.put(rejected, now)\n",
                "        return\n",
            ),
            Edit(
                PULL,
                "            unit.quarantine.put(not_forgotten(unit, answer.rejected), now)\n",
                '            log.warning("rows not understood", rows=len(answer.rejected))\n',
            ),
            Edit(
                INGEST,
                "    if done.rejected:\n        unit.quarantine.put(done.rejected, now)\n",
                "",
            ),
        ),
    ),
    Bug(
        "no-echo-fence",
        "Our own closing of a task, read back, counts as somebody's touch: a closed task is a"
        " closed task.",
        (2, 16),
        (
            Edit(
                "connectors/salesforce/activities.py",
                'if not row["IsDeleted"] and not (key and _closed_by_us(row, context)):',
                'if not row["IsDeleted"]:',
            ),
            Edit(
                "domain/touching.py",
                "if wished is None or touch.at < wished - SKEW:",
                "if wished is None or touch.by is not None:",
            ),
        ),
    ),
    Bug(
        "facts-deduplicated-by-content",
        "A fact is known by what it says, not by the version that said it: so a lead deleted,"
        " restored and deleted again is deleted once.",
        (2, 5, 19),
        (
            Edit(
                "workers/pulling/changes.py",
                'f":{person.modified_at.isoformat()}{self._second(data)}"',
                'f":{_digest(data)}"',
            ),
        ),
    ),
    Bug(
        "late-touch-ignored",
        "Activities older than ten minutes are skipped, since an earlier poll must have read them.",
        (3, 5),
        (
            Edit(
                "workers/pulling/activities.py",
                "        if lead is None:\n            continue\n        data = ",
                "        old = now - activity.occurred_at > timedelta(minutes=10)\n"
                "        if lead is None or old:\n            continue\n        data = ",
            ),
        ),
    ),
    Bug(
        "inbox-dedup-by-lead",
        "Webhooks are told apart by contact and kind: the second change of a contact looks like the"
        " first one delivered again.",
        (10,),
        (Edit(KEEPING, 'f"{event.key}:{ref.id}"', 'f"{event.kind}:{ref.id}"'),),
    ),
    Bug(
        "webhook-answered-before-commit",
        "A delivery is answered at once and stored when the next one comes, to answer quickly and"
        " write in batches.",
        (10,),
        (
            Edit(
                KEEPING,
                "    def keep(delivery: Delivery) -> int:\n",
                "    waiting: list[object] = []\n\n    def keep(delivery: Delivery) -> int:\n",
            ),
            Edit(
                KEEPING,
                "        return retrying(engine, store)\n",
                "        waiting.append(store)\n"
                "        while len(waiting) > 1:\n"
                "            retrying(engine, waiting.pop(0))\n"
                "        return len(delivery.events)\n",
            ),
        ),
    ),
    Bug(
        "zombie-moves-cursor",
        "A cursor is saved by whoever read a page, whether or not its lease is still his: the page"
        " was read after all.",
        (5, 9, 12),
        (
            Edit(
                "store/cursors.py",
                'CURSOR.c.term == bindparam("of_term")',
                'CURSOR.c.term >= bindparam("of_term")',
            ),
            Edit(
                "store/cursors.py",
                '    .where(CURSOR.c.lease_by == bindparam("holder"))\n    .values({name',
                '    .where(CURSOR.c.stream != bindparam("holder"))\n    .values({name',
            ),
        ),
    ),
    Bug(
        "paging-by-stamp-alone",
        "The next page begins after the last stamp of this one, without looking at ids: no two"
        " records are thought to share a stamp.",
        (2, 5),
        (
            Edit(
                "connectors/salesforce/soql.py",
                "({table.stamp} > {at} OR ({table.stamp} = {at} AND Id > {quoted(last.id)}))",
                "({table.stamp} > {at})",
            ),
            Edit(
                "connectors/hubspot/read.py",
                "return Moment(ahead[0]) if set(stamps) == {ahead[0]} else Window(ahead[-1])",
                "return Window(ahead[-1] + 1)",
            ),
        ),
    ),
    Bug(
        "marketo-log-from-now",
        "The log of Marketo is read from the beginning of this pass, not from where the last one"
        " ended: a paging token is thought to remember that by itself.",
        (2, 5),
        (Edit(MARKETO, "paging_token(ask.since or ask.upto)", "paging_token(ask.upto)"),),
    ),
    Bug(
        "marketo-losers-forgotten",
        "Of a merge in Marketo only the survivor is read: who became part of him is no more, and"
        " what is no more need not be told.",
        (5, 19),
        (
            Edit(
                "connectors/marketo/activities.py",
                "        if name == MERGE:\n"
                "            page.losers.setdefault(lead, []).extend(_losers(row))\n"
                "            page.merged_at[lead] = max(at, page.merged_at.get(lead, at))\n",
                "",
            ),
        ),
    ),
    Bug(
        "marketo-queued-twice-is-an-error",
        "A first load that cannot queue its job a second time, for it has run since, fails, and"
        " tries again for ever.",
        (5,),
        (
            Edit(
                "connectors/marketo/first_load.py",
                'if self._transport.export_status(job.id).get("status") == "Created":',
                "if job.id:",
            ),
        ),
    ),
)
