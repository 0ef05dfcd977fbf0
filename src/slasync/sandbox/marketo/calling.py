"""What an admin builds in Marketo to have it tell slasync: a webhook, and campaigns for it."""

from slasync.sandbox.marketo.campaigns import CallWebhook, Event, When
from slasync.sandbox.marketo.vendor import Marketo

HEADER = "X-Slasync-Secret"
TEMPLATE = '{"id": {{lead.Id}}, "event": {{campaign.name}}, "at": {{system.dateTime}}}'
WHEN = (Event.CREATED, Event.FORM, Event.SCORED, Event.MOMENT)


def tell(marketo: Marketo, url: str, secret: str) -> None:
    """Have a receiver told of new leads, forms, scores and interesting moments from now on."""
    marketo.add_webhook("slasync", url, TEMPLATE, headers={HEADER: secret})
    for event in WHEN:
        steps = (CallWebhook("slasync"),)
        marketo.add_campaign(f"Tell slasync: {event}", when=When(event), steps=steps)
