"""Bugs in how effects are sent: keys, preconditions, unknown outcomes, refusals, limits."""

from tests.simulation.bugs.bug import Bug, Edit

PUSH = "workers/pushing/push.py"
CLAIMING = "workers/pushing/claiming.py"
SETTLING = "workers/pushing/settling.py"
WRITE = "connectors/salesforce/write.py"
RECORDS = "connectors/salesforce/records.py"
TRANSPORT = "connectors/salesforce/transport.py"
UPSERT_TASKS = '        told = self._upsert("Task", config.task_key_field, rows)\n'
INSERT_LEADS = '        told = self._collections.send("composite/sobjects", rows, "POST")\n'
AGAIN = "state = State.MAYBE_SENT if receipt.outcome == Outcome.UNKNOWN else State.PENDING"
MARK = "sent = unit.outbox.mark_sent(replace(batch, rows=tuple(fit)), checked)"

BUGS = (
    Bug(
        "post-instead-of-upsert",
        "Tasks are created by POST, as the vendor's first example does, without a key.",
        (1, 6),
        (
            Edit(
                WRITE,
                UPSERT_TASKS,
                """\
        key = config.task_key_field
        plain = [{n: v for n, v in row.items() if n != key} for row in rows]
        body = {"allOrNone": False, "records": plain}
        told = self._transport.rows(Lane.WRITE, "POST", "composite/sobjects", body, len(rows))
""",
            ),
        ),
    ),
    Bug(
        "look-up-then-create",
        "A task is looked up by its key, else created, and then given the key: no unique field of"
        " the vendor is trusted.",
        (1, 6),
        (
            Edit(
                WRITE,
                UPSERT_TASKS,
                "        told = self._found_or_created(config.task_key_field, rows)\n",
            ),
            Edit(
                WRITE,
                "    def _change_tasks(self, writes",
                """\
    def _found_or_created(self, key: str, rows: Sequence[records.Record]) -> list[Any]:
        found = self._finder.tasks([row[key] for row in rows])
        old = [row for row in rows if row[key] in found]
        new = [row for row in rows if row[key] not in found]
        told = {}
        if old:
            there = [{**row, "id": found[row[key]]["Id"]} for row in old]
            told |= zip([row[key] for row in old], self._update(there), strict=True)
        if new:
            plain = [{n: v for n, v in row.items() if n != key} for row in new]
            body = {"allOrNone": False, "records": plain}
            made = self._transport.rows(Lane.WRITE, "POST", "composite/sobjects", body, len(new))
            told |= zip([row[key] for row in new], made, strict=True)
            task = {"type": "Task"}
            named = [
                {"attributes": task, "id": item["id"], key: row[key]}
                for row, item in zip(new, made, strict=True)
                if item.get("success")
            ]
            if named:
                self._update(named)
        return [told[row[key]] for row in rows]

    def _change_tasks(self, writes""",
            ),
        ),
    ),
    Bug(
        "done-before-sending",
        "Rows are settled as done in the transaction before the call, so that a crash cannot send"
        " them twice.",
        (2, 3, 6, 8),
        (
            Edit(
                PUSH,
                MARK,
                f"""\
{MARK}
            ended = [Settlement(row.id, row.term, State.DONE, "sent") for row in sent.rows]
            unit.outbox.settle(ended, self.owner, checked)""",
            ),
        ),
    ),
    Bug(
        "maybe-sent-after-sending",
        "Rows are marked as maybe sent once the answer is there: before that nothing was sent.",
        (1, 13),
        (
            Edit(PUSH, MARK, "sent = replace(batch, rows=tuple(fit))"),
            Edit(
                PUSH,
                '        self.seams.reached("push.answered")\n',
                """\
        with transaction(self.engine) as unit:
            unit.outbox.mark_sent(sent, checked)
        self.seams.reached("push.answered")
""",
            ),
        ),
    ),
    Bug(
        "partial-failure-read-as-success",
        "The call was answered by 200, so every row of it is taken for written.",
        (2, 6),
        (
            Edit(
                WRITE,
                'return [records.settle_row(item, "task", None, config) for item in told]',
                "return [Receipt(Outcome.APPLIED) for _ in told]",
            ),
        ),
    ),
    Bug(
        "replay-drops-headers",
        "After a 401 the request is put together anew from method, address and body; its other"
        " headers are lost.",
        (5, 6, 15),
        (
            Edit(
                TRANSPORT,
                "            answer = self._sent(request, self._tokens.renew(token), given)\n",
                """\
            json = {"Content-Type": "application/json"}
            again = requests.Request(request.method, request.url, json, data=request.body)
            answer = self._sent(again.prepare(), self._tokens.renew(token), given)
""",
            ),
        ),
    ),
    Bug(
        "no-owner-precondition",
        "An owner is changed without saying on which version of the lead that was decided.",
        (15,),
        (
            Edit(
                RECORDS,
                "    if write.judged and write.judged.modified_at:\n"
                '        headers["If-Unmodified-Since"] = http_date(write.judged.modified_at)\n',
                "",
            ),
        ),
    ),
    Bug(
        "412-ignored",
        "That the lead was changed meanwhile (412) is read as: it is done already.",
        (5, 6),
        (Edit(WRITE, "if status == NO_CONTENT:", "if status in {NO_CONTENT, 412}:"),),
    ),
    Bug(
        "overtaken-owner-forced",
        "A write that was overtaken is made conditional on what is there now and sent again at"
        " once, whoever owns the lead by then: the history is waited for no more than looked at.",
        (15,),
        (
            Edit(
                "workers/pushing/judging.py",
                "elif shown and as_judged(row.write, shown):",
                "elif shown:",
            ),
            Edit(
                CLAIMING,
                "    if batch.uncertain or not again:\n",
                "    if batch.rows:\n",
            ),
        ),
    ),
    Bug(
        "no-reread-before-blame",
        "A task or flag is written as it was decided, without reading the lead again.",
        (3, 15),
        (
            Edit(
                PUSH,
                "return write.action in BLAMING or (write.action in CONDITIONAL and unread)",
                "return write.action in CONDITIONAL and unread",
            ),
        ),
    ),
    Bug(
        "unknown-treated-as-done",
        "A call that got no answer is taken for done: it was sent, after all.",
        (2, 6),
        (
            Edit(
                SETTLING,
                "case Outcome.APPLIED | Outcome.ALREADY:",
                "case Outcome.APPLIED | Outcome.ALREADY | Outcome.UNKNOWN:",
            ),
        ),
    ),
    Bug(
        "unknown-sent-again",
        "A call that got no answer is sent again without looking: the key makes that safe.",
        (1, 13),
        (Edit(SETTLING, AGAIN, "state = State.PENDING"),),
    ),
    Bug(
        "lead-posted-and-sent-again",
        "Leads are created by POST, and a call that got no answer is sent again.",
        (1,),
        (
            Edit(SETTLING, AGAIN, "state = State.PENDING"),
            Edit(
                WRITE,
                INSERT_LEADS,
                """\
        key = config.lead_key_field
        bare = [{n: v for n, v in row.items() if n != key} for row in rows]
        told = self._collections.send("composite/sobjects", bare, "POST")
""",
            ),
        ),
    ),
    Bug(
        "retry-after-ignored",
        "After a refusal slasync waits by its own reckoning, not as long as it was told to.",
        (11,),
        (
            Edit(
                "workers/pulling/pull.py",
                "error.after or _doubling(cursors[0].failures)",
                "_doubling(cursors[0].failures)",
            ),
            Edit(
                PUSH,
                "told, failures = error.after, self._pauses.failed(now)",
                "told, failures = None, self._pauses.failed(now)",
            ),
            Edit(
                PUSH,
                "(error.after or self._wait(rows[0].attempts, LONGEST_BLOCKED))",
                "self._wait(rows[0].attempts, LONGEST_BLOCKED)",
            ),
            Edit("workers/pulling/inbox.py", "(error.after or RETRY)", "RETRY"),
            Edit(
                "connectors/http.py",
                "        if after is not None and status >= REFUSING:\n",
                "        if after is not None and status < 0:\n",
            ),
        ),
    ),
    Bug(
        "assign-rule-header-forgotten",
        "Nobody tells Salesforce to leave its assignment rules alone; where there are none, nobody"
        " notices.",
        (5, 15),
        (
            Edit(TRANSPORT, '    "Sforce-Auto-Assign": "FALSE",\n', ""),
            Edit(
                RECORDS,
                'headers = {"Sforce-Auto-Assign": "FALSE"}',
                "headers: dict[str, str] = {}",
            ),
        ),
    ),
    Bug(
        "writes-out-of-order",
        "Each row is sent when its own time has come, also where an older one to the same record"
        " waits.",
        (3, 19),
        (
            Edit(
                CLAIMING,
                "    if batch.uncertain:\n        return batch\n    leads",
                "    if batch.rows:\n        return batch\n    leads",
            ),
        ),
    ),
    Bug(
        "budget-never-asked",
        "Calls are counted against the share of the quota, but nothing stops at it.",
        (11, 26),
        (
            Edit(
                "domain/budgets.py",
                "    return max(0, min(most - total, max(least[lane], most - total - above - below)))\n",  # noqa: E501
                "    return calls + above + below\n",
            ),
        ),
    ),
    Bug(
        "names-in-logs",
        "A warning shows the values that could not be written, to help who looks for the reason.",
        (23,),
        (
            Edit(
                PUSH,
                'log.warning("system not written", system=self.sink.system, error=str(error))',
                "values = [dict(row.write.values) for row in batch.rows]\n"
                '        log.warning("system not written", error=str(error), values=values)',
            ),
        ),
    ),
)
