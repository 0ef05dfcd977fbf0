"""What people do in the org by hand, and how test data gets in: no HTTP, the same rules."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import timedelta
from threading import RLock
from typing import Any

from slasync.sandbox.salesforce import leads, setup, times, writes
from slasync.sandbox.salesforce.org import AssignmentRule, Org, Validation
from slasync.sandbox.salesforce.schema import Field, Row
from slasync.sandbox.salesforce.unit import Unit

ARCHIVED_AFTER = timedelta(days=365)


class People:
    """Actions by a user id. They raise `Trouble` as the API would, and write nothing then."""

    def __init__(self, org: Org, firsts: setup.Firsts) -> None:
        self.org = org
        self.admin_id = firsts.admin
        self.integration_user_id = firsts.integration
        self.inbox_queue_id = firsts.inbox
        self.lock = RLock()

    # -- records ------------------------------------------------------------------------------

    def create(self, object_name: str, fields: Mapping[str, Any], by: str) -> str:
        """Create a record and return its id."""
        with self._acting(by) as unit:
            return writes.create(self.org, unit, self.org.schema[object_name], fields)

    def load(self, object_name: str, rows: Sequence[Mapping[str, Any]], by: str) -> list[str]:
        """Create many records and return their ids, in order."""
        return [self.create(object_name, row, by) for row in rows]

    def update(self, object_name: str, id: str, fields: Mapping[str, Any], by: str) -> None:  # noqa: A002 - a record has an id
        with self._acting(by) as unit:
            writes.update(self.org, unit, self.org.schema[object_name], id, fields)

    def delete(self, object_name: str, id: str, by: str) -> None:  # noqa: A002 - a record has an id
        """Put a record into the recycle bin, its activities with it."""
        with self._acting(by) as unit:
            writes.delete(self.org, unit, self.org.schema[object_name], id)

    def undelete(self, object_name: str, id: str, by: str) -> None:  # noqa: A002 - a record has an id
        with self._acting(by) as unit:
            writes.undelete(self.org, unit, self.org.schema[object_name], id)

    def get(self, object_name: str, id: str) -> Row | None:  # noqa: A002 - a record has an id
        """Return a copy of the current row, deleted or not; fields without a value are absent."""
        row = self.org.stores[object_name].rows.get(id)
        return None if row is None else dict(row)

    def rows(self, object_name: str) -> Iterator[Mapping[str, Any]]:
        """Yield the current rows that are not deleted. Not to be changed."""
        yield from list(self.org.rows(object_name))

    # -- leads and their activities -----------------------------------------------------------

    def merge_leads(self, winner: str, losers: Sequence[str], by: str) -> None:
        with self._acting(by) as unit:
            leads.merge(self.org, unit, winner, losers)

    def merge_accounts(self, winner: str, losers: Sequence[str], by: str) -> None:
        with self._acting(by) as unit:
            leads.merge(self.org, unit, winner, losers)

    def convert_lead(
        self, lead_id: str, by: str, *, with_opportunity: bool = False
    ) -> dict[str, str | None]:
        """Convert a lead; return the ids: `lead`, `account`, `contact`, `opportunity`."""
        with self._acting(by) as unit:
            name = (self.org.row(lead_id) or {}).get("Company") if with_opportunity else None
            made = leads.convert(self.org, unit, lead_id, leads.Conversion(opportunity=name))
        return asdict(made)

    def complete_task(self, task_id: str, by: str, status: str = "Completed") -> None:
        self.update("Task", task_id, {"Status": status}, by)

    def log_call(
        self, who_id: str, by: str, *, result: str = "Connected", minutes: int = 5, **more: Any
    ) -> str:
        """Log a call that was made just now: a task created as completed."""
        fields = {
            "WhoId": who_id, "Subject": "Call", "TaskSubtype": "Call", "CallType": "Outbound",
            "CallDisposition": result, "CallDurationInSeconds": 60 * minutes, "OwnerId": by,
            "Status": "Completed", "ActivityDate": self.org.today(by),
        }  # fmt: skip
        return self.create("Task", fields | more, by)

    def log_email(self, who_id: str, by: str, *, incoming: bool, **more: Any) -> str:
        """Log an e-mail that the person wrote, or got: its task comes with it. Return the task."""
        task = {
            "WhoId": who_id, "Subject": "Email: about your offer", "TaskSubtype": "Email",
            "OwnerId": by, "Status": "Completed", "ActivityDate": self.org.today(by),
        }  # fmt: skip
        sent = {"Incoming": incoming, "MessageDate": times.stamp(self.org.world.now())}
        with self._acting(by) as unit:
            made = writes.create(self.org, unit, self.org.schema["Task"], task)
            mail = sent | {"ActivityId": made} | more
            writes.create(self.org, unit, self.org.schema["EmailMessage"], mail)
        return made

    def log_meeting(self, who_id: str, by: str, *, minutes: int = 30, **more: Any) -> str:
        """Enter a meeting that begins now."""
        fields = {
            "WhoId": who_id, "Subject": "Meeting", "OwnerId": by, "DurationInMinutes": minutes,
            "StartDateTime": times.stamp(self.org.world.now()), "EventSubtype": "Event",
        }  # fmt: skip
        return self.create("Event", fields | more, by)

    # -- who works here -----------------------------------------------------------------------

    def add_user(
        self,
        name: str,
        email: str,
        manager: str | None = None,
        active: bool = True,  # noqa: FBT001, FBT002 - a fact about the user, agreed interface
        zone: str = "Europe/Berlin",
    ) -> str:
        """Add a user and return the id; the e-mail is the username as well."""
        first, _, last = name.rpartition(" ")
        fields = {
            "FirstName": first or None, "LastName": last, "Email": email, "Username": email,
            "Alias": last[:8].lower(), "ManagerId": manager, "IsActive": active,
            "TimeZoneSidKey": zone,
        }  # fmt: skip
        return self.create("User", fields, self.admin_id)

    def add_role(self, name: str, parent: str | None = None) -> str:
        fields = {"Name": name, "ParentRoleId": parent}
        return self.create("UserRole", fields, self.admin_id)

    def add_queue(self, name: str, objects: Sequence[str] = ("Lead",)) -> str:
        """Add a queue that may own records of these objects, and return its id."""
        with self._acting(self.admin_id) as unit:
            return setup.queue(self.org, unit, name, tuple(objects))

    def add_member(self, queue: str, user: str) -> str:
        """Have a user (or a group) belong to a queue; return the membership's id."""
        fields = {"GroupId": queue, "UserOrGroupId": user}
        return self.create("GroupMember", fields, self.admin_id)

    # -- the admin's switches -----------------------------------------------------------------

    def add_field(self, object_name: str, field: Field) -> None:
        """Add a custom field, or bring back one that was removed."""
        with self.lock:
            self.org.add_field(object_name, field)

    def remove_field(self, object_name: str, name: str) -> None:
        """Hide a field from the API, as a missing field-level security does."""
        with self.lock:
            self.org.remove_field(object_name, name)

    def remove_object(self, object_name: str) -> None:
        """Have an object not exist, as where its feature is off."""
        with self.lock:
            self.org.schema.remove(object_name)

    def assign_leads_to(self, owner: str | AssignmentRule | None) -> None:
        """Set the active assignment rule: one owner, a function of the lead, or none."""
        rule = (lambda _: owner) if isinstance(owner, str) else owner
        self.org.switches.assignment_rule = rule

    def add_validation(self, object_name: str, rule: Validation) -> None:
        """Have `rule(before, after)` refuse a save by returning the text to show."""
        self.org.switches.validations.setdefault(object_name, []).append(rule)

    @contextmanager
    def _acting(self, by: str) -> Iterator[Unit]:
        """Keep what is written inside, or take all of it back."""
        with self.lock:
            unit = Unit(self.org.world, by, self.org.world.now())
            try:
                yield unit
                unit.keep()
            finally:
                unit.rollback()

    def archive_activities(self) -> int:
        """Put away closed tasks that are a year old, as an org does by night; return how many.

        It moves no stamp, and from then on only queryAll shows them.
        """
        before = times.stamp(self.org.world.now() - ARCHIVED_AFTER)
        store, count = self.org.stores["Task"], 0
        for row in list(self.org.rows("Task")):
            old = row["IsClosed"] and row["LastModifiedDate"] < before
            if old and not row.get("IsArchived"):
                store.put(row | {"IsArchived": True})
                count += 1
        return count
