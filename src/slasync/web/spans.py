"""How long something took, in words."""

from datetime import timedelta

_MINUTE = timedelta(minutes=1)


def minutes(span: timedelta) -> str:
    return f"{span // _MINUTE} minutes"
