"""How many calls were made, and how many failed: today and in the last seven days."""

from slasync.sandbox.marketo.call import Answer, Call

WEEK = 7


def today(call: Call) -> Answer:
    """GET /rest/v1/stats/usage.json."""
    return Answer(list(call.services.meter.usage(1)))


def week(call: Call) -> Answer:
    """GET /rest/v1/stats/usage/last7days.json."""
    return Answer(list(call.services.meter.usage(WEEK)))


def errors_today(call: Call) -> Answer:
    """GET /rest/v1/stats/errors.json."""
    return Answer(list(call.services.meter.errors(1)))


def errors_week(call: Call) -> Answer:
    """GET /rest/v1/stats/errors/last7days.json."""
    return Answer(list(call.services.meter.errors(WEEK)))
