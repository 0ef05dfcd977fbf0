"""Simulated Marketo: `Marketo(world).handle(request) -> response`."""

from slasync.sandbox.marketo.campaigns import (
    CallWebhook,
    Campaign,
    Event,
    Moment,
    PutOnList,
    Score,
    SetValue,
    When,
)
from slasync.sandbox.marketo.failures import Failure
from slasync.sandbox.marketo.options import (
    AT_ONCE,
    Extract,
    Insight,
    Lateness,
    Limits,
    Options,
    Order,
)
from slasync.sandbox.marketo.vendor import Marketo
from slasync.sandbox.marketo.webhooks import Encoding, Webhook

__all__ = [
    "AT_ONCE",
    "CallWebhook",
    "Campaign",
    "Encoding",
    "Event",
    "Extract",
    "Failure",
    "Insight",
    "Lateness",
    "Limits",
    "Marketo",
    "Moment",
    "Options",
    "Order",
    "PutOnList",
    "Score",
    "SetValue",
    "Webhook",
    "When",
]
