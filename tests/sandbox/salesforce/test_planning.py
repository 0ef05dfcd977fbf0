"""Property: whatever index a query uses, it finds what looking at every row would find."""

# ruff: noqa: S608 - a test's own SOQL for a simulated org

from datetime import timedelta
from functools import cache
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from slasync.sandbox.faults import Kind, Rule
from slasync.sandbox.salesforce import compiling
from slasync.sandbox.salesforce.soql import parse
from tests.sandbox.salesforce.desk import Desk, names

SECONDS = range(0, 60, 6)


@cache
def desk(*, late: bool = False) -> Desk:
    """Forty leads within a minute, some changed again or deleted. Only read here.

    With `late` there are also one change and one lead that readers do not see yet.
    """
    made = Desk()
    leads = []
    for n in range(40):
        if n % 4 == 0:
            made.clock.pass_(seconds=6)
        leads.append(made.lead(f"L{n % 7}", Email=f"e{n % 5}@x.example", City="Ulm"[: n % 4]))
    for n in range(0, 40, 9):
        made.sf.update("Lead", leads[n], {"Email": "e1@x.example"}, made.rep)
    made.sf.delete("Lead", leads[5], made.rep)
    if not late:
        return made
    unseen = Rule(Kind.LATE_VISIBLE, "salesforce/Lead", delay=timedelta(days=1))
    made.world.faults.switch_on(unseen)
    made.sf.update("Lead", leads[12], {"Email": "e2@x.example"}, made.rep)
    made.lead("Unseen", Email="e2@x.example")
    made.world.faults.switch_off()
    return made


def stamps() -> st.SearchStrategy[str]:
    return st.sampled_from([f"2026-11-02T09:{s // 60:02d}:{s % 60:02d}Z" for s in SECONDS])


def ids() -> st.SearchStrategy[str]:
    return st.sampled_from(sorted(r["Id"] for r in desk().sf.rows("Lead"))).map(lambda i: f"'{i}'")


def emails() -> st.SearchStrategy[str]:
    return st.sampled_from([f"'e{n}@x.example'" for n in range(6)] + ["null"])


def compare(field: str, values: st.SearchStrategy[str], *operators: str) -> Any:
    return st.builds(lambda o, v: f"{field} {o} {v}", st.sampled_from(operators), values)


SIMPLE = st.one_of(
    compare("SystemModstamp", stamps(), "=", "<", "<=", ">", ">=", "!="),
    compare("CreatedDate", stamps(), "<", ">="),
    st.deferred(lambda: compare("Id", ids(), "=", "<", ">", ">=", "!=")),
    compare("Email", emails(), "=", "!="),
    st.lists(emails(), min_size=1, max_size=3).map(lambda v: f"Email IN ({','.join(v)})"),
    st.just("LastName LIKE 'L1%'"),
    st.just("City = 'Ul'"),
)
CONDITIONS = st.recursive(
    SIMPLE,
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=3).map(lambda p: f"({' AND '.join(p)})"),
        st.lists(inner, min_size=2, max_size=3).map(lambda p: f"({' OR '.join(p)})"),
        inner.map(lambda p: f"(NOT {p})"),
    ),
    max_leaves=6,
)
ORDERS = ("SystemModstamp, Id", "Id", "CreatedDate, Id", "Email, Id DESC", "LastName, Id")


def expected(at: Desk, where: str) -> set[str]:
    """Return the ids that match, by looking at each row as readers see it."""
    org, now = at.sf.org, at.clock.at
    statement = parse(f"SELECT Id FROM Lead WHERE {where}")
    assert statement.where is not None
    scope = compiling.Scope(org, org.schema["Lead"], at.rep, now, statement.text)
    test = compiling.tested(scope, statement.where)
    seen = [org.seen(record_id) for record_id in org.stores["Lead"].rows]
    return {row["Id"] for row in seen if row is not None and test(row)}


DESKS = st.booleans().map(lambda late: desk(late=late))


@settings(deadline=None, max_examples=300)
@given(DESKS, CONDITIONS)
def test_an_index_finds_what_a_scan_finds(at: Desk, where: str) -> None:
    found = names(at.query(f"SELECT Id FROM Lead WHERE {where}"), "Id")
    assert sorted(found) == sorted(expected(at, where))


@settings(deadline=None, max_examples=200)
@given(DESKS, CONDITIONS, st.sampled_from(ORDERS), st.integers(1, 12), st.integers(0, 5))
def test_a_limit_cuts_the_ordered_whole(
    at: Desk, where: str, order: str, limit: int, offset: int
) -> None:
    soql = f"SELECT Id FROM Lead WHERE {where} ORDER BY {order}"
    whole = names(at.query(soql), "Id")
    cut = names(at.query(f"{soql} LIMIT {limit} OFFSET {offset}"), "Id")
    assert cut == whole[offset : offset + limit]
    assert sorted(whole) == sorted(expected(at, where))
