"""How long something took, in words."""

from datetime import timedelta

from slasync.domain.counting import so_many

_MINUTE = timedelta(minutes=1)


def minutes(span: timedelta) -> str:
    return so_many(span // _MINUTE, "minute")
