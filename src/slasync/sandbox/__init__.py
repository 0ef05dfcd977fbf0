"""Simulated Salesforce, HubSpot and Marketo: each a function `handle(request) -> response`.

Built from the vendors' published behaviour and recorded answers, never from what slasync's own
connectors happen to send: it shares no code with them.
"""
