"""Simulated HubSpot: `HubSpot(world).handle(request) -> response`."""

from slasync.sandbox.hubspot.options import Backward, Delivery, Limits, Options
from slasync.sandbox.hubspot.vendor import HubSpot

__all__ = ["Backward", "Delivery", "HubSpot", "Limits", "Options"]
