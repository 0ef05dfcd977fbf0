"""What the CRM's journal says of leads: owners, touches, ends, and the tasks slasync wrote."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from slasync.rehearsal.simulation.evidence import Evidence
from slasync.rehearsal.simulation.story import (
    Ended,
    Flag,
    Owned,
    Story,
    TaskStory,
    TaskWrite,
    Touch,
)
from slasync.sandbox.journal import Entry

CRM = "salesforce"
TASKS = "salesforce.tasks"
KEY, LEAD_KEY, STALE = "Slasync_Key__c", "Slasync_Lead_Key__c", "Slasync_Stale__c"
SNOOZE_UNTIL, DISPUTE = "Slasync_Snooze_Until__c", "Slasync_Dispute__c"
CALL_FIELDS = ("CallType", "CallDisposition", "CallDurationInSeconds")
MAILS = {"Call", "Email"}
LAST_CHANGES = {"update", "delete", "undelete"}  # after them the CRM names who did that
SECOND = timedelta(seconds=1)


@dataclass(slots=True)
class CrmReader:
    """Reads the journal entry by entry into stories; `of_lead` finds the story of a lead's id."""

    evidence: Evidence
    of_lead: Mapping[str, Story]
    _tasks: dict[str, dict[str, Any]] = field(default_factory=dict)  # as they are, by id
    _story: dict[str, Story] = field(default_factory=dict)  # by id of task
    _touch: dict[str, tuple[Story, int]] = field(default_factory=dict)  # its place, by id
    _contacts: dict[str, Story] = field(default_factory=dict)  # converted to
    _tried_again: set[str] = field(default_factory=set)  # our tasks, by key
    _closed_by_others: dict[str, Entry] = field(default_factory=dict)  # our tasks, by id

    def read(self) -> None:
        log = self.evidence.outbox_log
        claims = Counter(c.key for c in log if c.old_state and c.new_term != c.old_term)
        for row in self.evidence.tables.get("outbox", ()):
            if claims[row["key"]] > 1:
                self._tried_again.add(str(row["payload"].get("task_key")))
        for entry in self.evidence.journal:
            if entry.system == CRM:
                self._entry(entry)

    def _entry(self, entry: Entry) -> None:
        match entry.object:
            case "Lead":
                story = self.of_lead.get(entry.id)
                if story is not None:
                    self._lead(entry, story)
            case "Task":
                self._task(entry)
            case "Event":
                self._event(entry)

    def _visible(self, entry: Entry) -> datetime:
        return self.evidence.visible.get(entry.number, entry.at)

    def _person(self, user: str) -> bool:
        known = self.evidence.users.get(user)
        return known is not None and known.kind == "person"

    # leads

    def _lead(self, entry: Entry, story: Story) -> None:
        visible, after = self._visible(entry), entry.after
        if after.get(SNOOZE_UNTIL) or after.get(DISPUTE):
            story.rested = True
            story.unclear = story.unclear or "its clocks stand still as its rep asked for"
        if until := after.get(SNOOZE_UNTIL):
            story.wakes.append(datetime.fromisoformat(until))
        if "OwnerId" in after and entry.operation in {"create", "update"}:
            before = None if entry.operation == "create" else entry.before.get("OwnerId")
            story.owners.append(Owned(entry.at, visible, after["OwnerId"], entry.by, before))
        if after.get(STALE) is not None and (entry.operation == "update" or after[STALE]):
            story.flags.append(Flag(entry.at, bool(after[STALE]), entry.by))
        if entry.operation == "update" and "Status" in after:
            self._status(entry, story, str(after["Status"]))
        if entry.operation == "delete" and not after.get("MasterRecordId"):
            story.ends.append(Ended(entry.at, visible, "deleted", entry.by))
        if entry.operation == "undelete":
            story.restored.append(entry.at)
        if entry.operation == "convert":
            story.ends.append(Ended(entry.at, visible, "converted", entry.by))
            if contact := after.get("ConvertedContactId"):
                self._contacts[str(contact)] = story

    def _status(self, entry: Entry, story: Story, status: str) -> None:
        visible = self._visible(entry)
        if self.evidence.policy.status_touches and self._person(entry.by):
            story.touches.append(Touch(_second(entry.at), visible, entry.by, "status", counts=True))
        stage = self.evidence.policy.stage_of_status.get(status)
        if stage in {"recycled", "disqualified"}:
            story.ends.append(Ended(entry.at, visible, stage, entry.by))

    # tasks and meetings

    def _task(self, entry: Entry) -> None:
        row = self._tasks.setdefault(entry.id, {})
        was_closed = bool(row.get("IsClosed"))
        row.update(entry.after)
        if entry.operation == "create":
            row.setdefault("CreatedById", entry.by)
        story = self._story.get(entry.id) or self._of(row.get("WhoId"))
        if story is None:
            return
        self._story[entry.id] = story
        if row.get(KEY):
            self._ours(entry, story, row)
        self._ending(entry, story, row, was_closed=was_closed)

    def _of(self, who: Any) -> Story | None:
        return self.of_lead.get(str(who)) or self._contacts.get(str(who))

    def _ours(self, entry: Entry, story: Story, row: Mapping[str, Any]) -> None:
        known = story.tasks.get(entry.id)
        if known is None:
            lead, visible = str(row.get("WhoId")), self._visible(entry)
            known = TaskStory(entry.id, str(row[KEY]), lead, entry.at, visible)
            story.tasks[entry.id] = known
        after = entry.after
        if entry.by == self.evidence.us.get(CRM) and entry.operation in {"create", "update"}:
            written = {"Subject", "OwnerId", "Status", "Priority", "Description"} & after.keys()
            self._written_over(entry, story, known.key)
            if written:
                known.writes.append(
                    TaskWrite(
                        entry.at,
                        after.get("Subject"),
                        after.get("OwnerId"),
                        created=entry.operation == "create",
                        closed=bool(after.get("IsClosed")),
                    )
                )
        elif entry.operation in LAST_CHANGES and self._person(entry.by):
            self._changed_after(entry, story)
        if entry.operation == "delete" or after.get("IsClosed") is True:
            known.over.append((entry.at, entry.by))
        reopened = entry.operation == "update" and after.get("IsClosed") is False
        if reopened or entry.operation == "undelete":
            known.back.append((entry.at, entry.by))

    def _written_over(self, entry: Entry, story: Story, key: str) -> None:
        """Somebody closed our task, and before that was read we changed it: the CRM tells that it
        was closed before, and not by whom. Not even that, where both fell into one second, or we
        tried more than once.
        """
        if entry.id in self._touch:
            of, place = self._touch[entry.id]
            touch = of.touches[place]
            untold = entry.at < max(touch.visible, touch.at + SECOND) or key in self._tried_again
            if untold and not self._read(touch.visible, entry.at):
                of.touches[place] = replace(touch, counts=False)
        closing = self._closed_by_others.get(entry.id)
        if closing is not None and not self._read(visible := self._visible(closing), entry.at):
            unsure = Touch(_second(closing.at), visible, closing.by, "our task", counts=False)
            story.touches.append(unsure)

    def _changed_after(self, entry: Entry, story: Story) -> None:
        """Some automation closed our task, and a person changed it before that was read, by a
        conversion for instance: the CRM tells who was the last, and nobody else.
        """
        closing = self._closed_by_others.get(entry.id)
        if closing is None or closing.by == self.evidence.us.get(CRM):
            return
        if not self._read(visible := self._visible(closing), entry.at):
            unsure = Touch(_second(closing.at), visible, closing.by, "our task", counts=False)
            story.touches.append(unsure)

    def _read(self, visible: datetime, by: datetime) -> bool:
        return any(
            c.stream == TASKS
            and c.new_watermark is not None
            and c.new_watermark >= visible
            and c.at <= by
            for c in self.evidence.cursor_log
        )

    def _ending(
        self, entry: Entry, story: Story, row: Mapping[str, Any], *, was_closed: bool
    ) -> None:
        closed = bool(row.get("IsClosed")) and entry.operation in {"create", "update"}
        if closed and not was_closed:
            self._touched(entry, story, row)
        elif entry.id in self._touch and (entry.operation == "delete" or not row.get("IsClosed")):
            of, place = self._touch.pop(entry.id)
            of.touches[place] = replace(of.touches[place], gone=entry.at)

    def _touched(self, entry: Entry, story: Story, row: Mapping[str, Any]) -> None:
        """A task was closed. Of ours whoever closed it counts, of others whoever made them."""
        if not self._person(entry.by) or row.get("TaskSubtype") == "ListEmail":
            if row.get(KEY):
                self._closed_by_others[entry.id] = entry
            return
        made_by_person = bool(row.get(KEY)) or self._person(str(row.get("CreatedById")))
        called = any(row.get(name) is not None for name in CALL_FIELDS)
        mailed = not row.get(KEY) and row.get("TaskSubtype") in MAILS
        grade = "strong" if called or mailed else "weak"
        grades = [
            ladder.grades for ladder in self.evidence.policy.ladders if "touch" in ladder.ends
        ]
        counts = made_by_person and all(grade in each for each in grades)
        self._touch[entry.id] = (story, len(story.touches))
        how = "our task" if row.get(KEY) else str(row.get("TaskSubtype") or "task").lower()
        at = _second(entry.at)
        story.touches.append(Touch(at, self._visible(entry), entry.by, how, counts))

    def _event(self, entry: Entry) -> None:
        story = self._of(entry.after.get("WhoId"))
        if entry.operation != "create" or story is None or not self._person(entry.by):
            return
        begins = _instant(entry.after.get("StartDateTime"))
        if begins is None:
            return
        visible = max(self._visible(entry), begins)
        counts = not entry.after.get("IsAllDayEvent")
        story.touches.append(Touch(begins, visible, entry.by, "meeting", counts))


def _second(at: datetime) -> datetime:
    """The CRM tells whole seconds."""
    return at.replace(microsecond=0)


def _instant(text: Any) -> datetime | None:
    if not isinstance(text, str):
        return None
    return datetime.fromisoformat(text.replace("+0000", "+00:00")).astimezone(UTC)


def leads_of(journal: Iterable[Entry]) -> dict[str, dict[str, Any]]:
    """Return key and every e-mail address of each lead of the CRM, by id."""
    found: dict[str, dict[str, Any]] = {}
    for entry in journal:
        if entry.system != CRM or entry.object != "Lead":
            continue
        lead = found.setdefault(entry.id, {"key": None, "emails": []})
        if entry.after.get(LEAD_KEY):
            lead["key"] = str(entry.after[LEAD_KEY])
        if entry.after.get("Email"):
            lead["emails"].append(str(entry.after["Email"]).strip().lower())
    return found
