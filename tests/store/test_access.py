"""Users, sessions, failures and the audit, on either database."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import Engine, delete, insert, select, update
from sqlalchemy.exc import DBAPIError

from slasync.domain.access import Rank
from slasync.domain.audit import Deed
from slasync.store.access import Attempt, LocalUser, Session
from slasync.store.tables import ACCESS_SESSION, AUDIT, META
from slasync.store.unit import reading, retrying, transaction
from tests.builders import HOUR, MINUTE, MONDAY
from tests.faults.marks import fault

ANA = LocalUser("ana", Rank.OPERATOR, "$argon2id$x", MONDAY, MONDAY)


def a_session(**changes: object) -> Session:
    ordinary: dict[str, object] = {
        "token": "t1", "who": "ana", "rank": None, "address": "127.0.0.1", "agent": "a browser",
        "begun_at": MONDAY, "seen_at": MONDAY, "ends_at": MONDAY + 12 * HOUR,
    }  # fmt: skip
    return Session(**ordinary | changes)  # type: ignore[arg-type] # what a test is about


def a_deed(what: str = "login") -> Deed:
    return Deed(at=MONDAY, who="ana", action=what, detail={"why": "Überprüfung"})


def test_a_user_is_added_once(engine: Engine) -> None:
    with transaction(engine) as unit:
        assert not unit.access.any_users()
        assert unit.access.add(ANA)
        assert not unit.access.add(LocalUser("ana", Rank.ADMIN, "other", MONDAY, MONDAY))
        assert unit.access.users() == [ANA]
        assert unit.access.any_users()


def test_another_password_ends_every_session_and_another_rank_none(engine: Engine) -> None:
    with transaction(engine) as unit:
        unit.access.add(ANA)
        unit.access.begin(a_session())
        assert unit.access.change("ana", MONDAY, rank=Rank.VIEWER)
        assert len(unit.access.sessions(MONDAY)) == 1
        assert unit.access.change("ana", MONDAY, password="new")
        assert not unit.access.sessions(MONDAY)
        assert not unit.access.change("ben", MONDAY, rank=Rank.ADMIN)


def test_who_is_removed_has_no_session_any_more(engine: Engine) -> None:
    with transaction(engine) as unit:
        unit.access.add(ANA)
        unit.access.begin(a_session())
        assert unit.access.remove("ana")
        assert not unit.access.remove("ana")
        assert unit.access.session("t1") is None


def test_sessions_that_ended_go_when_the_next_one_begins(engine: Engine) -> None:
    later = MONDAY + timedelta(days=1)
    with transaction(engine) as unit:
        unit.access.begin(a_session())
        unit.access.begin(a_session(token="t2", begun_at=later, ends_at=later + HOUR))
    with engine.connect() as db:
        assert db.execute(select(ACCESS_SESSION.c.token)).scalars().all() == ["t2"]


def test_failures_are_counted_until_they_are_forgiven_or_forgotten(engine: Engine) -> None:
    with transaction(engine) as unit:
        for n in range(3):
            unit.access.failed("account:ana", MONDAY + n * MINUTE, MONDAY - HOUR)
        failures = unit.access.failures("account:ana")
        assert failures
        assert (failures.count, failures.last_at) == (3, MONDAY + 2 * MINUTE)
        unit.access.failed("account:ben", MONDAY + 2 * HOUR, MONDAY + HOUR)
        assert unit.access.failures("account:ana") is None
        unit.access.forgive("account:ben")
        assert unit.access.failures("account:ben") is None


def test_who_was_expected_comes_back_once_and_in_time(engine: Engine) -> None:
    attempt = Attempt("s1", "b1", "n", "v", "/", MONDAY + 10 * MINUTE)
    with transaction(engine) as unit:
        assert unit.access.expect(attempt, MONDAY, most=1)
        other = Attempt("s2", "b1", "n", "v", "/", MONDAY + 10 * MINUTE)
        assert not unit.access.expect(other, MONDAY, most=1)
        assert unit.access.back("s1", MONDAY + MINUTE) == attempt
        assert unit.access.back("s1", MONDAY + MINUTE) is None
        assert unit.access.expect(other, MONDAY, most=1)
        assert unit.access.back("s2", MONDAY + HOUR) is None


def test_the_audit_can_be_added_to_and_never_changed(engine: Engine) -> None:
    with transaction(engine) as unit:
        unit.audit.add(a_deed())
    for change in (update(AUDIT).values(who="ben"), delete(AUDIT)):
        with pytest.raises(DBAPIError, match="append-only"), transaction(engine) as unit:
            unit.db.execute(change)


def test_the_audit_tells_what_was_written_newest_first(engine: Engine) -> None:
    with transaction(engine) as unit:
        unit.audit.add(a_deed("login"))
        unit.audit.add(a_deed("held.allow"))
    with reading(engine) as unit:
        assert [e.deed for e in unit.audit.page(5)] == [a_deed("held.allow"), a_deed("login")]
        assert [e.number for e in unit.audit.page(5, before=2)] == [1]
        assert unit.audit.check().entries == 2
        assert not unit.audit.check().problem


def test_the_audits_last_entries_are_missed_as_well(engine: Engine) -> None:
    with transaction(engine) as unit:
        unit.audit.add(a_deed())
        head = unit.audit.add(a_deed("logout"))
    with transaction(engine) as unit:
        unit.db.execute(update(META).where(META.c.value == head).values(value="f" * 64))
    with reading(engine) as unit:
        assert unit.audit.check().problem == "entries after 2 are missing"


def test_an_entry_that_somebody_slipped_in_is_found(engine: Engine) -> None:
    with transaction(engine) as unit:
        unit.audit.add(a_deed())
    forged = {
        "number": 2, "at": MONDAY, "who": "ana", "action": "held.allow", "target": "",
        "outcome": "done", "address": "", "detail": {}, "before": "0" * 64 + "x", "hash": "f" * 64,
    }  # fmt: skip
    with transaction(engine) as unit:
        unit.db.execute(insert(AUDIT).values(**forged))
    with reading(engine) as unit:
        assert unit.audit.check().problem == "entry 2 does not follow the one before it"


def _dying(engine: Engine) -> None:
    with transaction(engine) as unit:
        unit.audit.add(a_deed("lost"))
        raise KeyboardInterrupt


@fault("crash/audit-append")
def test_a_deed_that_was_not_stored_leaves_no_gap_in_the_chain(engine: Engine) -> None:
    """A process that dies before its commit has done nothing, and the next goes on from there."""
    with transaction(engine) as unit:
        unit.audit.add(a_deed("first"))
    with pytest.raises(KeyboardInterrupt):
        _dying(engine)
    with transaction(engine) as unit:
        unit.audit.add(a_deed("second"))

    with reading(engine) as unit:
        assert unit.audit.check().entries == 2
        assert not unit.audit.check().problem


def test_deeds_of_many_at_once_stand_in_one_chain(engine: Engine) -> None:
    def write(name: str) -> None:
        for _ in range(5):
            retrying(engine, lambda unit: unit.audit.add(a_deed(name)))

    threads = [threading.Thread(target=write, args=(f"deed{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with reading(engine) as unit:
        assert unit.audit.check().entries == 20
        assert not unit.audit.check().problem
