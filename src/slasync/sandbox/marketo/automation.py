"""Runs campaigns: started by what happens to leads or by request, one lead after the other.

Guessed: that a campaign is not started by what it did itself.
"""

import json
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from functools import partial
from http import HTTPStatus
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

from slasync.sandbox.http import NoAnswer, Reset, Response
from slasync.sandbox.marketo import membership, stamps
from slasync.sandbox.marketo.activities import Activity
from slasync.sandbox.marketo.activity_types import CALL_WEBHOOK, MOMENT, REQUEST_CAMPAIGN
from slasync.sandbox.marketo.campaigns import (
    NAMES,
    CallWebhook,
    Campaign,
    Moment,
    PutOnList,
    Score,
    SetValue,
)
from slasync.sandbox.marketo.failures import Failure, invalid, no_object
from slasync.sandbox.marketo.instance import Instance, Source
from slasync.sandbox.marketo.leads import Lead
from slasync.sandbox.marketo.webhooks import Deliver, Webhook, fill, look_up

FIRST_CAMPAIGN, FIRST_WEBHOOK = 3711, 1

Tokens = Mapping[str, str]  # My Tokens, "{{my.message}}" -> text


class Automation:
    """All campaigns and webhooks. `sent` counts webhook calls by outcome: taken, failed."""

    def __init__(self, instance: Instance, deliver: Deliver) -> None:
        self._instance = instance
        self._ids = count(FIRST_CAMPAIGN)
        self.deliver = deliver
        self.campaigns: dict[int, Campaign] = {}
        self.webhooks: dict[str, Webhook] = {}
        self.sent: Counter[str] = Counter()

    def add(self, name: str, **what: Any) -> Campaign:
        """Make a campaign; the keyword arguments are the fields of `Campaign`."""
        made = Campaign(next(self._ids), name, self._instance.now, **what)
        self.campaigns[made.id] = made
        return made

    def switch(self, number: int, *, active: bool) -> None:
        """Activate or deactivate a campaign."""
        self.campaigns[number] = replace(self.need(number), active=active)

    def add_webhook(self, name: str, url: str, template: str, **what: Any) -> Webhook:
        """Make a webhook; the keyword arguments are the fields of `Webhook`."""
        made = Webhook(FIRST_WEBHOOK + len(self.webhooks), name, url, template, **what)
        self.webhooks[name] = made
        return made

    def need(self, number: int) -> Campaign:
        """Return a campaign. Raises Failure 1013."""
        if number not in self.campaigns:
            raise no_object("Campaign")
        return self.campaigns[number]

    def request(self, campaign: Campaign, leads: list[Lead], tokens: Tokens, by: Source) -> None:
        """Queue a trigger campaign for leads. Raises Failure 1003."""
        if not campaign.requestable or not campaign.active:
            raise invalid(f"Campaign '{campaign.name}' is not an active requested campaign")
        for lead in leads:
            told = {f"campaign:{campaign.id}": "requested", **tokens}
            self._instance.journal(lead.id, "request", by.by, after=told)
            self._instance.tell(
                REQUEST_CAMPAIGN,
                lead.id,
                primary_id=campaign.id,
                primary=campaign.name,
                attributes=(("Source", by.name),),
            )
            self._queue(campaign, lead.id, tokens)

    def heard(self, row: Activity) -> None:
        """Start the campaigns that wait for such an activity."""
        for campaign in self.campaigns.values():
            if campaign.when is None or not campaign.active or row.campaign == campaign.id:
                continue
            if campaign.when.starts(row):
                self._queue(campaign, row.lead, {})

    def _queue(self, campaign: Campaign, lead: int, tokens: Tokens) -> None:
        instance = self._instance
        at = instance.world.now() + instance.options.campaign_starts_after
        run = partial(self._run, campaign, lead, tokens)
        instance.world.agenda.add(at, "marketo.campaign", run)

    def _run(self, campaign: Campaign, lead: int, tokens: Tokens) -> None:
        for step in campaign.steps:
            with self._instance.lock:
                found = self._instance.leads.rows.get(self._instance.owner_of(lead))
            if found is None:
                return  # deleted while it waited
            if isinstance(step, CallWebhook):
                self._call(campaign, self.webhooks[step.webhook], found, tokens)
            else:
                # a step that the rules refuse is passed over, and the next one done
                with self._instance.lock, suppress(Failure):
                    self._do(campaign, step, found, tokens)

    def _do(
        self,
        campaign: Campaign,
        step: Moment | Score | SetValue | PutOnList,
        lead: Lead,
        tokens: Tokens,
    ) -> None:
        instance, value = self._instance, partial(self._value, campaign, lead, tokens)
        source = Source("Campaign Run", f"Campaign Run: {campaign.name}", f"campaign:{campaign.id}")
        match step:
            case Moment():
                moment(
                    instance,
                    lead,
                    kind=fill(step.kind, value),
                    description=fill(step.description, value),
                    source=source.name,
                    campaign=campaign.id,
                )
            case Score():
                field = instance.schema.need(step.field)
                instance.change_score(lead, field, step.by, source, campaign.id)
            case SetValue():
                checked = instance.schema.need(step.field).checked(fill(step.value, value))
                instance.update(lead, {step.field: checked}, source)
            case PutOnList():
                to = instance.lists.named(step.name)
                if to is not None:
                    membership.add(instance, to, lead, source)

    def _call(self, campaign: Campaign, webhook: Webhook, lead: Lead, tokens: Tokens) -> None:
        """Send one webhook; never under the lock, for the receiver may call us."""
        instance = self._instance
        with instance.lock:
            request = webhook.request(partial(self._value, campaign, lead, tokens))
        started, answer, error = instance.world.now(), None, "timeout"
        try:
            answer = self.deliver(request)
            if instance.world.now() - started > instance.options.webhook_within:
                answer = None
        except Reset:
            error = "connection reset"
        except NoAnswer:
            pass
        taken = answer is not None and HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES
        self.sent["taken" if taken else "failed"] += 1
        with instance.lock:
            if answer is not None and taken:
                self._keep(webhook, lead, answer)
            self._told(campaign, webhook, lead, answer, "" if taken else error)

    def _keep(self, webhook: Webhook, lead: Lead, answer: Response) -> None:
        """Put parts of an answer into fields of the lead; what does not fit is left out."""
        try:
            body = json.loads(answer.body) if webhook.answers else {}
        except ValueError:
            return
        values: dict[str, Any] = {}
        for path, name in webhook.answers.items():
            found = look_up(body, path)
            try:
                field = self._instance.schema.need(name)
                values |= {} if found is None else {name: field.checked(found)}
            except Failure:
                continue
        current = self._instance.leads.rows.get(lead.id)
        if values and current is not None:
            by = f"webhook:{webhook.id}"
            self._instance.update(current, values, Source("Webhook", webhook.name, by))

    def _told(
        self, campaign: Campaign, webhook: Webhook, lead: Lead, answer: Response | None, error: str
    ) -> None:
        if error and answer is not None:
            error = HTTPStatus(answer.status).phrase if answer.status in _PHRASES else "unknown"
        response = answer.body.decode(errors="replace") if answer is not None else ""
        self._instance.tell(
            CALL_WEBHOOK,
            lead.id,
            primary_id=webhook.id,
            primary=webhook.name,
            attributes=(("Error Type", error), ("Response", response)),
            campaign=campaign.id,
        )

    def _value(self, campaign: Campaign, lead: Lead, tokens: Tokens, kind: str, name: str) -> Any:
        """Return the value of one token of a template."""
        if kind in {"lead", "company"}:
            return self._of_lead(lead, name)
        local = self._instance.world.now().astimezone(ZoneInfo(self._instance.options.zone))
        known: dict[str, Mapping[str, Any]] = {
            "my": {**campaign.tokens, **tokens},
            "campaign": {"name": campaign.name, "id": campaign.id},
            "program": {"Name": campaign.program, "id": campaign.program_id},
            "trigger": {"Name": NAMES[campaign.when.event]} if campaign.when else {},
            "system": {"dateTime": local.strftime("%Y-%m-%d %H:%M:%S")},
        }
        return known.get(kind, {}).get(name)

    def _of_lead(self, lead: Lead, label: str) -> Any:
        current = self._instance.leads.rows.get(lead.id, lead)
        field = next((each for each in self._instance.schema if each.label == label), None)
        if field is None:
            return None
        found = self._instance.value(current, field.name)
        return "" if found is None and field.length else found


_PHRASES = frozenset(int(status) for status in HTTPStatus)


def moment(  # noqa: PLR0913 - a moment has that many parts
    instance: Instance,
    lead: Lead,
    *,
    kind: str,
    description: str,
    source: str,
    campaign: int | None = None,
) -> Activity:
    """Make an interesting moment of a lead."""
    told = (("Description", description), ("Source", source), ("Date", stamps.iso(instance.now)))
    return instance.tell(MOMENT, lead.id, primary=kind, attributes=told, campaign=campaign)
