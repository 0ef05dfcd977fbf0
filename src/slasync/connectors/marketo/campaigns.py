"""Trigger campaigns requested for leads: nurture programmes that begin because slasync says so.

A request is no state that could be read back, and made twice the lead gets everything twice. So
after a lost answer the activity log is asked, which tells of each request some minutes later; until
then nobody knows, and nothing is sent again.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from slasync.connectors.marketo.transport import Json, Transport
from slasync.connectors.marketo.values import instant
from slasync.connectors.receipts import Missing, receipt_of
from slasync.domain.writes import Write
from slasync.errors import Refused, TryLater
from slasync.ports import Outcome, Receipt

PROGRAMMES = "programmes"
MOST_LEADS = 100  # a request
MOST_ASKED = 30  # leads whose activities one call tells
REQUESTED = "Request Campaign"
LATE = timedelta(minutes=10)  # after that a request that was made is in the log
EARLIER = timedelta(minutes=1)  # before the decision nobody asked for it
PAGES = 20


class Requests:
    """Writes of one action: which campaign runs for whom."""

    def __init__(self, transport: Transport, programmes: Mapping[str, str]) -> None:
        self._transport = transport
        self._numbers = programmes
        self._type: int | None = None
        self._doubted: dict[str, datetime] = {}  # by key: since when it is looked for

    def refusal(self, write: Write) -> str | None:
        """Say why Marketo could not even be asked; None when it can."""
        name = write.values.get("programme")
        if name not in self._numbers:
            return f"connectors/marketo/connector.yaml names no campaign {name!r} in `programmes`"
        return None

    def apply(self, writes: Sequence[Write]) -> dict[str, Receipt]:
        """Request each campaign for its leads; return receipts by key. Raises TryLater, Stopped."""
        receipts: dict[str, Receipt] = {}
        for batch in self._batches(writes):
            try:
                receipts |= self._send(batch)
            except TryLater as error:
                if not receipts and not error.unknown:
                    raise  # nothing at all was sent
                receipts |= {write.key: receipt_of(error, write.target) for write in batch}
        return receipts

    def look(self, writes: Sequence[Write]) -> dict[str, Receipt]:
        """Tell by the activity log which requests were made. Raises TryLater or Stopped."""
        receipts: dict[str, Receipt] = {}
        for start in range(0, len(writes), MOST_ASKED):
            some = writes[start : start + MOST_ASKED]
            made = self._made(some)
            now = self._transport.now()
            receipts |= {write.key: self._looked(write, made, now) for write in some}
        return receipts

    def _batches(self, writes: Sequence[Write]) -> list[list[Write]]:
        """Writes with the same campaign and words go together; of one lead each goes alone."""
        batches: dict[tuple[object, ...], list[Write]] = {}
        times: dict[tuple[object, object], int] = {}
        for write in writes:
            tokens = tuple(sorted(_tokens(write).items()))
            name = write.values["programme"]
            nth = times[name, write.target] = times.get((name, write.target), 0) + 1
            batches.setdefault((name, tokens, nth), []).append(write)
        return [
            batch[start : start + MOST_LEADS]
            for batch in batches.values()
            for start in range(0, len(batch), MOST_LEADS)
        ]

    def _send(self, batch: Sequence[Write]) -> dict[str, Receipt]:
        """Send one request. One that is refused as a whole is halved until one lead is alone."""
        number = self._number(batch[0])
        ids = [write.target.id for write in batch if write.target]
        try:
            self._transport.request_campaign(number, ids, _tokens(batch[0]))
        except Refused as error:
            if len(batch) > 1:
                middle = len(batch) // 2
                return self._send_half(batch[:middle]) | self._send_half(batch[middle:])
            return {batch[0].key: _refused(batch[0], error)}
        return {write.key: Receipt(Outcome.APPLIED, write.target) for write in batch}

    def _send_half(self, batch: Sequence[Write]) -> dict[str, Receipt]:
        try:
            return self._send(batch)
        except TryLater as error:
            return {write.key: receipt_of(error, write.target) for write in batch}

    def _made(self, writes: Sequence[Write]) -> list[Json]:
        """Read which campaigns were requested for these leads since the first was decided."""
        kind = self._request_type()
        since = min(instant(str(write.values["at"])) for write in writes) - EARLIER
        ids = list(dict.fromkeys(write.target.id for write in writes if write.target))
        token, found = self._transport.paging_token(since), []
        for _ in range(PAGES):
            feed = self._transport.activities(token, [kind], 300, ids)
            found += feed.rows
            token = feed.token
            if not feed.more:
                return found
        raise TryLater("the activity log of requested campaigns does not end")

    def _looked(self, write: Write, made: Sequence[Json], now: datetime) -> Receipt:
        number, since = self._number(write), instant(str(write.values["at"])) - EARLIER
        lead = write.target.id if write.target else ""
        if any(
            _is(row, lead, number) and instant(str(row["activityDate"])) >= since for row in made
        ):
            self._doubted.pop(write.key, None)
            return Receipt(Outcome.APPLIED, write.target)
        first = self._doubted.setdefault(write.key, now)
        if now - first < LATE:
            words = "the activity log does not tell yet whether the campaign was requested"
            return Receipt(Outcome.UNKNOWN, write.target, message=words, after=first + LATE - now)
        self._doubted.pop(write.key, None)
        return Receipt(Outcome.TRY_LATER, write.target, message="the campaign was not requested")

    def _request_type(self) -> int:
        if self._type is None:
            named = {str(row.get("name")): row for row in self._transport.activity_types()}
            if REQUESTED not in named:
                raise TryLater(f"Marketo has no activities of type {REQUESTED}")
            self._type = int(named[REQUESTED]["id"])
        return self._type

    def _number(self, write: Write) -> str:
        return self._numbers[str(write.values["programme"])]


def _tokens(write: Write) -> dict[str, str]:
    given = write.values.get("tokens")
    return {str(n): str(v) for n, v in given.items()} if isinstance(given, Mapping) else {}


def _is(row: Json, lead: str, number: str) -> bool:
    return (str(row.get("leadId")), str(row.get("primaryAttributeValueId"))) == (lead, number)


def _refused(write: Write, error: Refused) -> Receipt:
    """The lead may be gone, or the campaign not what it has to be: the words tell."""
    gone = isinstance(error, Missing) and "lead" in str(error).rpartition(":")[2].lower()
    if gone:
        return Receipt(Outcome.GONE, write.target, message=str(error))
    remedy = "it has to be an active trigger campaign with `Campaign is Requested`"
    words = f"campaign {write.values['programme']!r}: {error}: {remedy}"
    return Receipt(Outcome.REFUSED, write.target, message=words)
