"""Marks of people who are forgotten: an address or a record that has one is not taken in again."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select, update

from slasync.domain.forgetting import Pseudonyms
from slasync.store.bulk import among, keep_old, put
from slasync.store.meta import Meta
from slasync.store.repository import Repository
from slasync.store.tables import FORGOTTEN

KEY = "forgetting_key"
ANY = select(FORGOTTEN.c.mark).limit(1)
KNOWN = select(FORGOTTEN.c.mark, FORGOTTEN.c.person, FORGOTTEN.c.at)
AGAIN = (
    select(FORGOTTEN.c.system, func.count())
    .where(FORGOTTEN.c.system != "", FORGOTTEN.c.times > 0)
    .group_by(FORGOTTEN.c.system)
    .order_by(FORGOTTEN.c.system)
)


@dataclass(frozen=True, slots=True)
class Mark:
    """`system` holds the record that is marked; empty: it is an address."""

    mark: str
    person: str
    system: str = ""


class Forgotten(Repository):
    def any(self) -> bool:
        """Tell whether there is anybody at all: most pages need not ask further."""
        return self._db.execute(ANY).first() is not None

    def names(self) -> Pseudonyms | None:
        """Return what gives people other names; None while nobody was ever forgotten."""
        key = Meta(self._db).get(KEY)
        return Pseudonyms(bytes.fromhex(key)) if key else None

    def begin(self, key: bytes) -> Pseudonyms:
        """Keep the key of all marks, unless there is one; return what uses the one that stands."""
        return Pseudonyms(bytes.fromhex(Meta(self._db).put_new(KEY, key.hex())))

    def known(self, marks: Collection[str]) -> dict[str, tuple[str, datetime]]:
        """Return those of `marks` that are somebody's who is forgotten, whose, and since when."""
        rows = among(self._db, KNOWN, FORGOTTEN.c.mark, sorted(marks))
        return {row.mark: (row.person, row.at) for row in rows}

    def add(self, marks: Iterable[Mark], at: datetime) -> None:
        rows = [
            {"mark": m.mark, "person": m.person, "system": m.system, "at": at, "times": 0}
            for m in sorted(marks, key=lambda mark: mark.mark)
        ]
        put(self._db, FORGOTTEN, keep_old, rows)

    def told(self, marks: Mapping[str, str], now: datetime) -> None:
        """Note that records of people who are forgotten were read again, each with its system."""
        for mark, system in sorted(marks.items()):
            one = update(FORGOTTEN).where(FORGOTTEN.c.mark == mark)
            again = {"told_at": now, "times": FORGOTTEN.c.times + 1, "system": system}
            self._db.execute(one.values(again))

    def read_again(self) -> dict[str, int]:
        """Count the records that a system goes on telling of people who are forgotten."""
        return {system: count for system, count in self._db.execute(AGAIN)}  # noqa: C416 - typed rows

    def lift(self, person: str) -> int:
        """Let somebody be taken in again; return how many marks there were."""
        return self._db.execute(delete(FORGOTTEN).where(FORGOTTEN.c.person == person)).rowcount
