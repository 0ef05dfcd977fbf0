"""Digests hold each line once, are leased like writes, and give back what did not go out."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, text

from slasync.domain.lead import LeadKey
from slasync.domain.writes import DigestLine
from slasync.ports import Message
from slasync.store.digest_lines import DigestState, Untold
from slasync.store.digests import ClaimedDigest, DigestEnd, NewDigest
from slasync.store.engine import open_engine
from slasync.store.outbox_values import Chosen
from slasync.store.schema import HISTORY, migrate
from slasync.store.unit import reading, transaction
from tests.faults.marks import fault
from tests.store.given import DAY, HOUR, LEASE, MINUTE, NOW, lead

LATER = NOW + DAY
LEA, KIM = "lea@x.example", "kim@x.example"


def a_line(number: int, to: str = LEA) -> DigestLine:
    return DigestLine(f"line-{number}", lead(number), to, f"Lead {number} waits")


def a_digest(key: str = "d1", *lines: int, **changes: object) -> NewDigest:
    message = Message(key=key, to=LEA, subject="News", text="- Größe\n", at=NOW)
    made = NewDigest(
        reader=LEA,
        channel="smtp",
        slot=NOW,
        message=message,
        lines=tuple(f"line-{number}" for number in lines),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def keep(engine: Engine, *lines: DigestLine, at: datetime = NOW) -> None:
    with transaction(engine) as unit:
        unit.digests.add(lines, at)


def make(engine: Engine, digest: NewDigest) -> bool:
    with transaction(engine) as unit:
        return unit.digests.make(digest, NOW)


def claim(engine: Engine, by: str = "one", now: datetime = NOW) -> ClaimedDigest:
    """Claim a digest of which the test knows that there is one."""
    with transaction(engine) as unit:
        claimed = unit.digests.claim(by, now, now + LEASE)
    assert claimed is not None
    return claimed


def untold(engine: Engine) -> dict[str, Untold]:
    with reading(engine) as unit:
        return unit.digests.untold()


def settle(
    engine: Engine, claimed: ClaimedDigest, state: DigestState, by: str = "one", why: str = "told"
) -> bool:
    with transaction(engine) as unit:
        return unit.digests.settle(
            DigestEnd(claimed.message.key, claimed.term, state, why), by, NOW
        )


def state_of(engine: Engine, reader: str = LEA) -> tuple[DigestState, str | None]:
    with reading(engine) as unit:
        (last,) = [each for each in unit.digests.last() if each.reader == reader]
    return last.state, last.outcome


def test_what_waits_is_counted_by_recipient_with_the_oldest(engine: Engine) -> None:
    keep(engine, a_line(1))
    keep(engine, a_line(2), a_line(3, KIM), at=NOW + HOUR)

    assert untold(engine) == {LEA: Untold(2, NOW), KIM: Untold(1, NOW + HOUR)}


def test_a_digest_takes_its_lines_and_no_line_is_in_two(engine: Engine) -> None:
    keep(engine, a_line(1), a_line(2), a_line(3, KIM))

    assert make(engine, a_digest("d1", 1, 2))
    assert make(engine, a_digest("d2", 2, 3))
    assert untold(engine) == {}
    with transaction(engine) as unit:
        assert unit.digests.give_back(LEA, LATER, "why", NOW) == 2
    assert untold(engine) == {LEA: Untold(2, NOW), KIM: Untold(1, NOW)}


def test_a_key_is_made_once_for_ever(engine: Engine) -> None:
    keep(engine, a_line(1), a_line(2))

    assert make(engine, a_digest("d1", 1))
    assert not make(engine, a_digest("d1", 2))
    assert untold(engine) == {LEA: Untold(1, NOW)}
    with reading(engine) as unit:
        assert unit.digests.known("d1")
        assert not unit.digests.known("d2")


def test_lines_are_those_written_up_to_a_time_oldest_first(engine: Engine) -> None:
    keep(engine, a_line(1), at=NOW + MINUTE)
    keep(engine, a_line(2))
    keep(engine, a_line(3), at=NOW + HOUR)
    keep(engine, a_line(4, KIM))
    with transaction(engine) as unit:
        found = unit.digests.lines([LEA], NOW + MINUTE)

    assert [(line.key, line.at) for line in found] == [("line-2", NOW), ("line-1", NOW + MINUTE)]


def test_a_message_is_kept_to_the_letter(engine: Engine) -> None:
    digest = a_digest()
    make(engine, digest)

    claimed = claim(engine)
    assert claimed.message == digest.message
    assert (claimed.reader, claimed.channel) == (LEA, "smtp")
    assert (claimed.state, claimed.attempts, claimed.term) == (DigestState.PENDING, 1, 1)


def test_what_is_claimed_is_free_again_when_the_lease_has_ended(engine: Engine) -> None:
    make(engine, a_digest())
    first = claim(engine)

    with transaction(engine) as unit:
        assert unit.digests.next_at() == NOW + LEASE
        assert unit.digests.claim("two", NOW + LEASE - MINUTE, NOW + HOUR) is None
    second = claim(engine, "two", NOW + LEASE)
    assert second.term == first.term + 1


@fault("L5", "L20")
def test_a_late_holder_neither_marks_nor_settles(engine: Engine) -> None:
    make(engine, a_digest())
    late = claim(engine)
    claim(engine, "two", NOW + LEASE)

    with transaction(engine) as unit:
        assert not unit.digests.mark_sent(late, "one", NOW + LEASE)
    assert not settle(engine, late, DigestState.DONE)
    assert state_of(engine) == (DigestState.PENDING, None)


def test_who_overslept_his_own_lease_marks_nothing(engine: Engine) -> None:
    make(engine, a_digest())
    claimed = claim(engine)

    with transaction(engine) as unit:
        assert not unit.digests.mark_sent(claimed, "one", NOW + LEASE)
        assert unit.digests.mark_sent(claimed, "one", NOW + LEASE - MINUTE)
    assert claim(engine, "two", NOW + LEASE).state == DigestState.MAYBE_SENT


def test_what_is_settled_is_not_settled_again(engine: Engine) -> None:
    keep(engine, a_line(1))
    make(engine, a_digest("d1", 1))
    claimed = claim(engine)

    assert settle(engine, claimed, DigestState.DONE, why="250 queued")
    assert not settle(engine, claimed, DigestState.GIVEN_BACK)
    assert state_of(engine) == (DigestState.DONE, "250 queued")
    assert untold(engine) == {}
    with reading(engine) as unit:
        assert unit.digests.next_at() is None


def test_a_digest_given_back_frees_its_lines(engine: Engine) -> None:
    keep(engine, a_line(1))
    make(engine, a_digest("d1", 1))

    assert settle(engine, claim(engine), DigestState.GIVEN_BACK, why="550 no such mailbox")
    assert untold(engine) == {LEA: Untold(1, NOW)}
    assert state_of(engine) == (DigestState.GIVEN_BACK, "550 no such mailbox")


def test_what_somebody_is_sending_is_not_given_back(engine: Engine) -> None:
    make(engine, a_digest("d1"))
    claim(engine)

    with transaction(engine) as unit:
        assert unit.digests.give_back(LEA, LATER, "why", NOW) == 0
        assert unit.digests.give_back(KIM, LATER, "why", NOW + HOUR) == 0
        assert unit.digests.give_back(LEA, LATER, "why", NOW + LEASE) == 1  # its holder is dead


@fault("L20")
def test_the_digest_that_another_process_has_just_made_is_not_given_back(engine: Engine) -> None:
    make(engine, a_digest("d1"))

    with transaction(engine) as unit:
        assert unit.digests.give_back(LEA, NOW, "why", NOW) == 0


def test_the_last_digest_of_each_reader_is_told(engine: Engine) -> None:
    make(engine, a_digest("d1"))
    make(engine, a_digest("d2", slot=NOW + HOUR))
    make(engine, a_digest("d3", reader=KIM))
    with transaction(engine) as unit:
        unit.digests.give_back(KIM, LATER, "why", NOW)

    assert state_of(engine, LEA) == (DigestState.PENDING, None)
    assert state_of(engine, KIM) == (DigestState.GIVEN_BACK, "why")


@pytest.mark.parametrize("version", ["0001", "0002"])
def test_lines_of_an_older_database_wait_to_be_told(tmp_path: Path, version: str) -> None:
    engine = open_engine(f"sqlite:///{tmp_path}/old.db", durable=False)
    config = Config()
    config.set_main_option("script_location", str(HISTORY))
    with engine.connect() as db:
        config.attributes["connection"] = db
        command.upgrade(config, version)
    with transaction(engine) as unit:
        unit.db.execute(
            text("INSERT INTO digest_line VALUES ('k', 'hubspot:contact:1', :to, 'waits', :at)"),
            {"to": LEA, "at": NOW.isoformat(" ", "microseconds")},
        )

    migrate(engine)
    assert untold(engine) == {LEA: Untold(1, NOW)}
    assert make(engine, a_digest("d1"))
    engine.dispose()


def test_lines_of_a_time_are_told_with_where_they_are_and_only_those_that_wait_are_withdrawn(
    engine: Engine,
) -> None:
    chosen = Chosen(NOW, NOW + MINUTE)
    keep(engine, *map(a_line, (1, 2, 3, 4)), replace(a_line(5), lead=LeadKey("")))
    keep(engine, a_line(6), at=NOW + MINUTE)
    make(engine, a_digest("d1", 1))
    settle(engine, claim(engine), DigestState.DONE)
    make(engine, a_digest("d2", 2))

    with transaction(engine) as unit:
        unit.digests.withdraw([lead(4)])
        assert {each.line.key: each.digest for each in unit.digests.placed(chosen)} == {
            "line-1": DigestState.DONE, "line-2": DigestState.PENDING, "line-3": None
        }  # fmt: skip
        assert [each.line.key for each in unit.digests.placed(chosen, [lead(3)])] == ["line-3"]
        assert unit.digests.withdraw_lines([f"line-{n}" for n in range(1, 5)]) == 1
        assert {each.line.key for each in unit.digests.placed(chosen)} == {"line-1", "line-2"}
    assert untold(engine) == {LEA: Untold(2, NOW)}
