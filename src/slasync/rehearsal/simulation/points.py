"""The points of a daemon at which it can die, by name: `step:last named point>what comes next`."""

from collections.abc import Iterator

SYSTEMS = ("salesforce", "hubspot")
WITHIN = ("transaction.begin", "commit.before", "transaction.after")
CALLS = ("sending", "answered", "unanswered")
NAMED = (
    "inbox:inbox.claimed", "inbox:inbox.done", "decide:decide.committed",
    *(f"pull:{system}:pull.{point}" for system in SYSTEMS
      for point in ("claimed", "page_received", "page_stored")),
    *(f"push:{system}:push.{point}" for system in SYSTEMS
      for point in ("claimed", "marked", "answered", "settled")),
    "webhook:begin>commit.before", "webhook:begin>transaction.after",
)  # fmt: skip


def _database(step: str, *places: str) -> Iterator[str]:
    yield from (f"{step}:{place}>{what}" for place in places for what in WITHIN)


def _calls(step: str, system: str, *places: str) -> Iterator[str]:
    yield from (f"{step}:{place}>{system}.{call}" for place in places for call in CALLS)


def _every() -> Iterator[str]:
    yield from NAMED
    yield "webhook:begin>transaction.begin"
    yield from _database("start", "begin")
    yield from _calls("start", "salesforce", "begin")
    yield from _database("decide", "begin")
    yield from _database("inbox", "begin", "inbox.claimed")
    yield from _calls("inbox", "hubspot", "inbox.claimed")
    for system in SYSTEMS:
        pull, push = f"pull:{system}", f"push:{system}"
        yield from _database(pull, "begin", "pull.claimed", "pull.page_received")
        yield from _calls(pull, system, "pull.claimed")
        yield from _database(push, "begin", "push.claimed", "push.marked", "push.answered")
        yield from _calls(push, system, "push.claimed", "push.marked")
    yield from _calls("push:salesforce", "salesforce", "push.answered")  # what overtook is read
    yield from _database("pull:salesforce", "pull.page_stored")  # what was written is compared


EVERY = tuple(dict.fromkeys(_every()))
