"""What people do in the instance, not through the API: visitors, marketers, admins.

Same rules, same journal, their own name on it. Refusals raise `failures.Failure`.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from slasync.sandbox.marketo import insight, membership, merging, stamps
from slasync.sandbox.marketo.activities import Activity
from slasync.sandbox.marketo.activity_types import FORM, VISIT
from slasync.sandbox.marketo.automation import Automation, moment
from slasync.sandbox.marketo.campaigns import Campaign
from slasync.sandbox.marketo.failures import no_lead
from slasync.sandbox.marketo.fields import Field
from slasync.sandbox.marketo.instance import Instance, Source
from slasync.sandbox.marketo.leads import Lead
from slasync.sandbox.marketo.webhooks import Deliver, Webhook

Given = Mapping[str, Any]
SOMEBODY = "marketer@example.com"
FORM_IDS = 1029
_STAMPS = ("createdAt", "updatedAt")


class People:
    """Acts of visitors, users and loaders; leads are named by their id, as text."""

    def __init__(self, instance: Instance, automation: Automation) -> None:
        self.instance = instance
        self.automation = automation
        self._forms: dict[str, int] = {}

    def create(self, values: Given, by: str = SOMEBODY) -> str:
        """Make a lead, whether or not there is one with this e-mail address; return its id."""
        with self.instance.lock:
            made = self.instance.create(self._checked(values), _user(by))
            return str(made.id)

    def update(self, lead_id: str, values: Given, by: str = SOMEBODY) -> None:
        """Write values into a lead; None clears a field."""
        with self.instance.lock:
            self.instance.update(self._need(lead_id), self._checked(values), _user(by))

    def delete(self, lead_id: str, by: str = SOMEBODY) -> None:
        with self.instance.lock:
            self.instance.delete(self._need(lead_id), _user(by))

    def merge(self, winner_id: str, loser_ids: Iterable[str], by: str = SOMEBODY) -> None:
        """Make one lead of several, in Marketo alone."""
        with self.instance.lock:
            losers = [int(each) for each in loser_ids]
            merging.merge(self.instance, int(winner_id), losers, _user(by), in_crm=False)

    def fill_form(self, form: str, values: Given) -> str:
        """Have a visitor send in a form: known by e-mail address, or new. Return the lead's id."""
        with self.instance.lock:
            checked = self._checked(values)
            source = Source("Web form fillout", f"Form: {form}", "visitor")
            found = self.instance.leads.find("email", checked.get("email", ""))
            if found:
                lead = self.instance.update(self._need(str(found[0])), checked, source)
            else:
                lead = self.instance.create(checked, source)
            number = self._forms.setdefault(form, FORM_IDS + len(self._forms))
            told = (("Form Fields", ",".join(sorted(checked))),)
            self.instance.tell(FORM, lead.id, primary_id=number, primary=form, attributes=told)
            return str(lead.id)

    def visit(self, lead_id: str, page: str) -> None:
        """Have a lead look at a page."""
        with self.instance.lock:
            told = (("Webpage URL", f"/{page}"),)
            self.instance.tell(VISIT, self._need(lead_id).id, primary=page, attributes=told)

    def score(self, lead_id: str, by: int, part: str = "", reason: str = "Scoring") -> None:
        """Change a lead's score; `part` is a further score field that changes by as much."""
        with self.instance.lock:
            source = Source("Campaign Run", reason, "scoring")
            lead = self._need(lead_id)
            for name in (part, insight.SCORE) if part else (insight.SCORE,):
                field = self.instance.schema.need(name)
                lead = self.instance.change_score(lead, field, by, source)

    def moment(self, lead_id: str, kind: str, description: str) -> None:
        """Make an interesting moment: kind is Email, Web, Milestone or one's own."""
        with self.instance.lock:
            lead = self._need(lead_id)
            moment(self.instance, lead, kind=kind, description=description, source="Sales Insight")

    def get(self, lead_id: str) -> dict[str, Any]:
        """Return the values that are set, with id, stamps and Sales Insight."""
        with self.instance.lock:
            return self._flat(self._need(lead_id))

    def rows(self) -> Iterator[dict[str, Any]]:
        """Yield every live lead as `get` shows it."""
        for lead in list(self.instance.leads.rows.values()):
            yield self._flat(lead)

    def hidden_until(self, lead_id: str) -> datetime | None:
        """Return when readers see the last write of a lead; None when they see it."""
        with self.instance.lock:
            until = self.instance.leads.hidden_until(int(lead_id))
            return None if until is None else stamps.instant(until)

    def activities(self, type_: int) -> list[Activity]:
        """Return what the log holds of one type, whether it can be read yet or not."""
        with self.instance.lock:
            return [row for row in self.instance.log if row.type == type_]

    def load(self, rows: Iterable[Given]) -> int:
        """Import many new leads fast and return how many. Neither journal nor activities tell.

        A row may give the stamps themselves (`createdAt`, `updatedAt`).
        """
        with self.instance.lock:
            now = self.instance.now

            def leads() -> Iterator[tuple[Given, int, int]]:
                for row in rows:
                    given = {n: v for n, v in row.items() if n not in _STAMPS}
                    made = stamps.parse(str(row["createdAt"])) if row.get("createdAt") else now
                    last = stamps.parse(str(row["updatedAt"])) if row.get("updatedAt") else made
                    yield self._checked(given), made, last

            return self.instance.load(leads())

    def make_list(self, name: str) -> str:
        """Make a static list; return its number."""
        with self.instance.lock:
            return str(self.instance.lists.make(name, self.instance.now).id)

    def put_on_list(self, number: str, lead_id: str, by: str = SOMEBODY) -> None:
        with self.instance.lock:
            to = self.instance.lists.need(int(number))
            membership.add(self.instance, to, self._need(lead_id), _user(by))

    def take_off_list(self, number: str, lead_id: str, by: str = SOMEBODY) -> None:
        with self.instance.lock:
            of = self.instance.lists.need(int(number))
            membership.remove(self.instance, of, self._need(lead_id), _user(by))

    def members(self, number: str) -> list[str]:
        """Return who is on a list, by id."""
        with self.instance.lock:
            return [str(each) for each in sorted(self.instance.lists.need(int(number)).members)]

    def add_field(self, name: str, kind: str = "string", label: str = "") -> Field:
        """Add a custom field; a score part is one of kind "score"."""
        with self.instance.lock:
            return self.instance.schema.add(name, label or name, kind)

    def add_campaign(self, name: str, **what: Any) -> Campaign:
        """Build a campaign; the keyword arguments are the fields of `Campaign`."""
        with self.instance.lock:
            return self.automation.add(name, **what)

    def switch_campaign(self, number: int, *, active: bool) -> None:
        with self.instance.lock:
            self.automation.switch(number, active=active)

    def add_webhook(self, name: str, url: str, template: str, **what: Any) -> Webhook:
        """Define a webhook; the keyword arguments are the fields of `Webhook`."""
        with self.instance.lock:
            return self.automation.add_webhook(name, url, template, **what)

    def send_webhooks_by(self, deliver: Deliver) -> None:
        """Have webhooks delivered in this way from now on."""
        self.automation.deliver = deliver

    def expire_paging_tokens(self) -> None:
        """Have every paging token that was given so far refused."""
        with self.instance.lock:
            self.instance.tokens.expire()

    def _need(self, lead_id: str) -> Lead:
        lead = self.instance.leads.rows.get(int(lead_id))
        if lead is None:
            raise no_lead()
        return lead

    def _checked(self, values: Given) -> dict[str, Any]:
        schema = self.instance.schema
        return {
            name: None if value is None else schema.need(name).checked(value)
            for name, value in values.items()
        }

    def _flat(self, lead: Lead) -> dict[str, Any]:
        shown = {name: self.instance.value(lead, name) for name in ("id", *_STAMPS)}
        scores = {name: self.instance.value(lead, name) for name in sorted(insight.NAMES)}
        return shown | scores | dict(lead.values)


def _user(by: str) -> Source:
    return Source("Marketo", "Changed by user", by)
