"""Leads at work as pages list and count them, on either database."""

from datetime import datetime

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, delete, text

from slasync.domain.lead import LeadKey, UserKey
from slasync.store.board import FIRST, WORKED_STATES, From, Place
from slasync.store.leads import LeadUpdate, Summary
from slasync.store.tables import LEAD
from slasync.store.unit import reading, transaction
from tests.builders import DAY, HOUR, MONDAY

ANA, BEN = UserKey("005ANA"), UserKey("005BEN")


def a_place(
    number: int, due: datetime | None, owner: UserKey | None = ANA, state: str = "open"
) -> Place:
    return Place(LeadKey(f"hubspot:contact:{number:04}"), owner, state, due, "mql")


def stored(engine: Engine, places: list[Place]) -> None:
    with transaction(engine) as unit:
        unit.leads.put([LeadUpdate(p.key, None, {}, None) for p in places], MONDAY)
        unit.leads.summarise(
            [Summary(p.key, p.stage, p.owner, p.state, p.due_at) for p in places], MONDAY
        )


def walked(engine: Engine, size: int, owners: list[UserKey] | None = None) -> list[LeadKey]:
    """Go from page to page as a person does."""
    found: list[LeadKey] = []
    start = FIRST
    with reading(engine) as unit:
        while page := unit.board.page(size, start, owners=owners):
            found += [place.key for place in page]
            start = From(page[-1].due_at, page[-1].key)
    return found


def test_what_is_due_first_comes_first_and_what_has_nothing_to_come_last(engine: Engine) -> None:
    places = [
        a_place(1, None, state="stale"),
        a_place(2, MONDAY + 2 * HOUR, state="touched"),
        a_place(3, MONDAY + HOUR, BEN, "overdue"),
        a_place(4, None, None, "converted"),
    ]
    stored(engine, places)
    with reading(engine) as unit:
        assert [p.key[-1] for p in unit.board.page(9)] == ["3", "2", "1"]
        assert [p.key[-1] for p in unit.board.page(9, owners=[ANA])] == ["2", "1"]
        assert [p.key[-1] for p in unit.board.page(9, states=["overdue"])] == ["3"]
        assert unit.board.page(9, owners=[]) == []
        assert unit.board.of(places[3].key) == places[3]
        assert unit.board.of(LeadKey("none")) is None


leads_at_work = st.lists(
    st.tuples(
        st.none() | st.integers(0, 3), st.sampled_from([ANA, BEN]), st.sampled_from(WORKED_STATES)
    ),
    max_size=25,
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(leads=leads_at_work, size=st.integers(1, 7))
def test_pages_show_every_lead_once_whatever_falls_together(
    sqlite_engine: Engine, leads: list[tuple[int | None, UserKey, str]], size: int
) -> None:
    with transaction(sqlite_engine) as unit:
        unit.db.execute(delete(LEAD))
    places = [
        a_place(n, None if hours is None else MONDAY + hours * HOUR, owner, state)
        for n, (hours, owner, state) in enumerate(leads)
    ]
    stored(sqlite_engine, places)
    in_order = sorted(places, key=lambda p: (p.due_at is None, p.due_at or MONDAY, p.key))

    assert walked(sqlite_engine, size) == [p.key for p in in_order]
    assert walked(sqlite_engine, size, [BEN]) == [p.key for p in in_order if p.owner == BEN]


def test_leads_at_work_are_counted_by_owner_and_state(engine: Engine) -> None:
    stored(
        engine, [a_place(1, MONDAY), a_place(2, MONDAY, BEN, "stale"), a_place(3, None, None, "")]
    )
    with reading(engine) as unit:
        assert unit.board.counts() == {(ANA, "open"): 1, (BEN, "stale"): 1}
        assert unit.board.coming(MONDAY, MONDAY + HOUR) == {ANA: 1, BEN: 1}
        assert unit.board.coming(MONDAY + HOUR, MONDAY + DAY) == {}
        assert unit.board.stages() == {("mql", "open"): 1, ("mql", "stale"): 1, ("mql", ""): 1}


def test_addresses_that_several_leads_have_are_found(engine: Engine) -> None:
    with transaction(engine) as unit:
        emails = ["a@x.example", "a@x.example", "b@x.example", None]
        unit.leads.put(
            [LeadUpdate(LeadKey(f"k{n}"), e, {}, None) for n, e in enumerate(emails)], MONDAY
        )
        assert unit.board.doubles(5) == [("a@x.example", 2)]


def test_no_page_of_the_queue_reads_all_leads(sqlite_engine: Engine) -> None:
    query = (
        "EXPLAIN QUERY PLAN SELECT key FROM lead WHERE sla_state NOT IN"
        " ('', 'converted', 'recycled', 'disqualified', 'deleted') AND sla_state = 'open'"
        " AND due_at >= '2026' ORDER BY due_at, key LIMIT 51"
    )
    with sqlite_engine.connect() as db:
        plan = " ".join(str(row) for row in db.execute(text(query)))

    assert "USING COVERING INDEX ix_lead_due" in plan
    assert "TEMP B-TREE" not in plan
