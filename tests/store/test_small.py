"""The small families: settings kept, users, pools, decisions, digests."""

from dataclasses import replace

from sqlalchemy import Engine

from slasync.domain.languages import Language
from slasync.domain.lead import User, UserKey, UserKind
from slasync.domain.writes import DigestLine
from slasync.store.decisions import DecisionRow
from slasync.store.unit import transaction
from tests.store.given import ANA, HOUR, LEAD, NOW, lead


def test_the_first_value_of_its_kind_stands_where_it_must_not_change(engine: Engine) -> None:
    with transaction(engine) as unit:
        assert unit.meta.put_new("effective_from", "2026-03-02") == "2026-03-02"
        assert unit.meta.put_new("effective_from", "2027-01-01") == "2026-03-02"
        unit.meta.put("mode", "observe")
        unit.meta.put("mode", "enforce")
        assert unit.meta.get("mode") == "enforce"
        assert unit.meta.get("unknown") is None


def test_users_are_kept_as_they_were_last_seen(engine: Engine) -> None:
    ana = User(ANA, "Ana", "ana@x.example", manager=UserKey("005MIA"), zone="Europe/Berlin",
               language=Language.DE)  # fmt: skip
    queue = User(UserKey("00G1"), "Inbound", kind=UserKind.QUEUE)
    with transaction(engine) as unit:
        unit.users.put([ana, queue], NOW)
        unit.users.put([replace(ana, active=False)], NOW + HOUR)
        assert unit.users.all() == {ANA: replace(ana, active=False), queue.key: queue}
        assert unit.users.of_kind(UserKind.QUEUE) == {queue.key}


def test_a_pool_starts_empty_and_keeps_whose_turn_it_is(engine: Engine) -> None:
    with transaction(engine) as unit:
        assert unit.pools.locked("inbound") == {}
        unit.pools.save("inbound", {"last": "ana@x.example"})
    with transaction(engine) as unit:
        assert unit.pools.locked("inbound") == {"last": "ana@x.example"}
        assert unit.pools.peek("other") == {}


def test_a_leads_decisions_are_told_in_the_order_they_were_taken(engine: Engine) -> None:
    first = DecisionRow(LEAD, NOW, "abc", "observe", ("handed over",), (), ("task-1",))
    second = DecisionRow(LEAD, NOW, "abc", "enforce", ("day 1", "late"), ("key",), ())
    with transaction(engine) as unit:
        unit.decisions.add([first, replace(first, lead=lead(2))])
        unit.decisions.add([second])
        unit.decisions.add([])
        assert unit.decisions.of(LEAD) == [first, second]


def test_a_digest_line_is_written_once(engine: Engine) -> None:
    line = DigestLine("k1", LEAD, "lea@x.example", "Three leads wait")
    later = replace(line, key="k0")
    with transaction(engine) as unit:
        assert unit.digests.add([line], NOW) == 1
        assert unit.digests.add([line, later], NOW + HOUR) == 1
        assert unit.digests.since(NOW) == [line, later]
        assert unit.digests.since(NOW + HOUR) == [later]
