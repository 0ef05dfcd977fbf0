"""Users of the dashboard, their sessions, logins that failed, and those on their way back."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select, update

from slasync.domain.access import Rank
from slasync.store.bulk import AnyRow, Insert, changed, keep_old, plainly, put
from slasync.store.repository import Repository
from slasync.store.tables import ACCESS_ATTEMPT, ACCESS_SESSION, ACCESS_THROTTLE, ACCESS_USER


@dataclass(frozen=True, slots=True)
class LocalUser:
    """A user that this database knows. `password` is a hash."""

    name: str
    rank: Rank
    password: str
    made_at: datetime
    changed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """Somebody who is logged in. `token` is a hash; `rank` None: that of the local user."""

    token: str
    who: str
    rank: Rank | None
    address: str
    agent: str
    begun_at: datetime
    seen_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Failures:
    """How often somebody failed to log in, and when last."""

    count: int
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Attempt:
    """A login that was begun at the identity provider. `state` and `browser` are hashes."""

    state: str
    browser: str
    nonce: str
    verifier: str
    then: str
    ends_at: datetime


class Access(Repository):
    def any_users(self) -> bool:
        """Tell whether there is a local user at all."""
        return self._db.execute(select(ACCESS_USER.c.name).limit(1)).first() is not None

    def users(self) -> list[LocalUser]:
        rows = self._db.execute(select(ACCESS_USER).order_by(ACCESS_USER.c.name))
        return [_user(row) for row in rows]

    def user(self, name: str) -> LocalUser | None:
        row = self._db.execute(select(ACCESS_USER).where(ACCESS_USER.c.name == name)).first()
        return _user(row) if row else None

    def add(self, user: LocalUser) -> bool:
        """Add a user; False when there is one of that name."""
        row = {
            "name": user.name,
            "rank": user.rank.value,
            "password": user.password,
            "made_at": user.made_at,
            "changed_at": user.changed_at,
        }
        return put(self._db, ACCESS_USER, keep_old, [row]) == 1

    def change(
        self, name: str, at: datetime, *, rank: Rank | None = None, password: str | None = None
    ) -> bool:
        """Give a user another rank or password; False when there is no such user.

        Whoever is logged in by the old password is so no more.
        """
        values: dict[str, object] = {"changed_at": at}
        if rank is not None:
            values["rank"] = rank.value
        if password is not None:
            values["password"] = password
            self.end_all(name)
        one = update(ACCESS_USER).where(ACCESS_USER.c.name == name)
        return changed(self._db.execute(one.values(values))) == 1

    def remove(self, name: str) -> bool:
        """Remove a user and end all sessions; False when there is no such user."""
        self.end_all(name)
        one = delete(ACCESS_USER).where(ACCESS_USER.c.name == name)
        return changed(self._db.execute(one)) == 1

    # sessions

    def begin(self, session: Session) -> None:
        """Keep a session; those that have ended long since go."""
        self._db.execute(delete(ACCESS_SESSION).where(ACCESS_SESSION.c.ends_at < session.begun_at))
        row = {name: getattr(session, name) for name in Session.__dataclass_fields__}
        put(
            self._db, ACCESS_SESSION, plainly, [row | {"rank": session.rank and session.rank.value}]
        )

    def session(self, token: str) -> Session | None:
        """Return a session by its token's hash, ended or not."""
        query = select(ACCESS_SESSION).where(ACCESS_SESSION.c.token == token)
        row = self._db.execute(query).first()
        return _session(row) if row else None

    def sessions(self, now: datetime, who: str | None = None) -> list[Session]:
        """Return the sessions that have not reached their end, of one user or all."""
        query = select(ACCESS_SESSION).where(ACCESS_SESSION.c.ends_at >= now)
        if who is not None:
            query = query.where(ACCESS_SESSION.c.who == who)
        rows = self._db.execute(query.order_by(ACCESS_SESSION.c.who, ACCESS_SESSION.c.begun_at))
        return [_session(row) for row in rows]

    def seen(self, token: str, at: datetime) -> None:
        """Note that somebody is still there."""
        one = update(ACCESS_SESSION).where(ACCESS_SESSION.c.token == token)
        self._db.execute(one.values(seen_at=at))

    def end(self, token: str) -> bool:
        """End one session; False when it has ended before."""
        one = delete(ACCESS_SESSION).where(ACCESS_SESSION.c.token == token)
        return changed(self._db.execute(one)) == 1

    def end_all(self, who: str) -> int:
        """End every session of a user; return how many there were."""
        return changed(self._db.execute(delete(ACCESS_SESSION).where(ACCESS_SESSION.c.who == who)))

    # logins that failed

    def failures(self, key: str) -> Failures | None:
        query = select(ACCESS_THROTTLE).where(ACCESS_THROTTLE.c.key == key)
        row = self._db.execute(query).first()
        return Failures(row.failures, row.last_at) if row else None

    def failed(self, key: str, at: datetime, forgotten: datetime) -> None:
        """Count a failure; those before `forgotten` do not count any more, whoever's they are."""
        self._db.execute(delete(ACCESS_THROTTLE).where(ACCESS_THROTTLE.c.last_at < forgotten))
        put(self._db, ACCESS_THROTTLE, _one_more, [{"key": key, "failures": 1, "last_at": at}])

    def forgive(self, key: str) -> None:
        """Forget the failures, after a login that did not fail."""
        self._db.execute(delete(ACCESS_THROTTLE).where(ACCESS_THROTTLE.c.key == key))

    def take_back(self, key: str) -> None:
        """Take back one failure that was counted before it was known to be none."""
        one = update(ACCESS_THROTTLE).where(ACCESS_THROTTLE.c.key == key)
        self._db.execute(one.values(failures=ACCESS_THROTTLE.c.failures - 1))

    # on their way to the identity provider

    def expect(self, attempt: Attempt, now: datetime, most: int) -> bool:
        """Expect somebody back; False when too many are expected already."""
        self._db.execute(delete(ACCESS_ATTEMPT).where(ACCESS_ATTEMPT.c.ends_at < now))
        if self._db.execute(select(func.count()).select_from(ACCESS_ATTEMPT)).scalar_one() >= most:
            return False
        row = {name: getattr(attempt, name) for name in Attempt.__dataclass_fields__}
        put(self._db, ACCESS_ATTEMPT, plainly, [row])
        return True

    def back(self, state: str, now: datetime) -> Attempt | None:
        """Return who was expected with this state; nobody comes back with it twice."""
        one = delete(ACCESS_ATTEMPT).where(ACCESS_ATTEMPT.c.state == state)
        row = self._db.execute(one.returning(*ACCESS_ATTEMPT.c)).first()
        if row is None or row.ends_at < now:
            return None
        return Attempt(row.state, row.browser, row.nonce, row.verifier, row.then, row.ends_at)


def _one_more(insert: Insert) -> Insert:
    new = insert.excluded
    return insert.on_conflict_do_update(
        index_elements=[ACCESS_THROTTLE.c.key],
        set_={"failures": ACCESS_THROTTLE.c.failures + new.failures, "last_at": new.last_at},
    )


def _user(row: AnyRow) -> LocalUser:
    return LocalUser(row.name, Rank(row.rank), row.password, row.made_at, row.changed_at)


def _session(row: AnyRow) -> Session:
    return Session(
        token=row.token,
        who=row.who,
        rank=Rank(row.rank) if row.rank else None,
        address=row.address,
        agent=row.agent,
        begun_at=row.begun_at,
        seen_at=row.seen_at,
        ends_at=row.ends_at,
    )
