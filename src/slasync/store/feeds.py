"""How far each feed has been heard, and which process listens to it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, or_, select, update

from slasync.ports import Position
from slasync.store.bulk import changed, keep_old, put
from slasync.store.repository import Repository
from slasync.store.tables import FEED


@dataclass(frozen=True, slots=True)
class FeedPlace:
    """Where a feed stands. What was told up to `position` is in the inbox."""

    name: str
    system: str
    position: Position | None = None
    heard_at: datetime | None = None  # when it last told something, signs of life included
    failures: int = 0  # in a row
    error: str | None = None


FIELDS = tuple(FeedPlace.__dataclass_fields__)
COLUMNS = [FEED.c[name] for name in FIELDS]


class Feeds(Repository):
    def hold(
        self, name: str, system: str, by: str, now: datetime, until: datetime
    ) -> FeedPlace | None:
        """Take a feed that nobody else listens to, or keep it; None: it is another's."""
        put(self._db, FEED, keep_old, [{"name": name, "system": system, "failures": 0}])
        free = or_(FEED.c.lease_by == by, FEED.c.lease_until.is_(None), FEED.c.lease_until <= now)
        mine = update(FEED).where(FEED.c.name == name, free)
        if not changed(self._db.execute(mine.values(lease_by=by, lease_until=until))):
            return None
        row = self._db.execute(select(*COLUMNS).where(FEED.c.name == name)).one()
        return FeedPlace(*row)

    def keep(self, place: FeedPlace, by: str) -> bool:
        """Store where a feed stands, if it is still `by`'s; tell whether it is."""
        stored = {name: getattr(place, name) for name in FIELDS if name not in {"name", "system"}}
        mine = update(FEED).where(FEED.c.name == place.name, FEED.c.lease_by == by)
        return bool(changed(self._db.execute(mine.values(stored))))

    def heard_since(self, system: str, since: datetime) -> bool:
        """Tell whether a feed of `system` told anything since then."""
        found = select(FEED.c.name).where(FEED.c.system == system, FEED.c.heard_at >= since)
        return self._db.execute(found.limit(1)).first() is not None

    def unheard(self, since: datetime, tried: datetime) -> tuple[FeedPlace, ...]:
        """Return the feeds that told nothing since then though somebody has tried after `tried`."""
        never = and_(FEED.c.heard_at.is_(None), FEED.c.failures > 0)
        silent = or_(never, FEED.c.heard_at < since)
        found = select(*COLUMNS).where(silent, FEED.c.lease_until >= tried)
        return tuple(FeedPlace(*row) for row in self._db.execute(found.order_by(FEED.c.name)))

    def all(self) -> tuple[FeedPlace, ...]:
        return tuple(FeedPlace(*row) for row in self._db.execute(select(*COLUMNS)))
