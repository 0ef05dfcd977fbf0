"""Parked: writes that were refused and records set aside; done again, or given up."""

from starlette.responses import Response

from slasync.domain.explaining.planned import described
from slasync.store.held import Order
from slasync.store.outbox_values import OutboxView, State
from slasync.store.unit import Unit, reading, retrying
from slasync.web.dashboard.people import known_leads
from slasync.web.dashboard.visit import Visit
from slasync.workers.pushing.parked import again, give_up, may_be_read_again, record_name

MOST = 200  # of each are shown
WHY_LONGEST = 300


def show(visit: Visit) -> Response:
    """List what is parked."""
    with reading(visit.front.engine) as unit:
        writes, records = unit.outbox.parked(), unit.quarantine.list()
        known = known_leads(unit, [view.lead for view in writes[:MOST]])
    return visit.page(
        "parked.html",
        writes=[
            (view, described(view.write, visit.tongue), known.get(view.lead))
            for view in writes[:MOST]
        ],
        records=[(record_name(r), r, may_be_read_again(r)) for r in records[:MOST]],
        all_writes=len(writes),
        all_records=len(records),
        operator=visit.may("operator"),
    )


def retry(visit: Visit) -> Response:
    """Have a write sent, or a record read, again."""
    key = visit.form.get("key", "")

    def done(unit: Unit) -> State | None:
        state = again(unit, key, visit.now)
        told = state.value if state else "nothing"
        unit.audit.add(visit.deed("parked.retry", key, "done" if state else "refused", state=told))
        return state

    state = retrying(visit.front.engine, done)
    said = {State.PENDING: "parked.again", State.SUPERSEDED: "parked.overtaken"}
    return visit.go("/parked", said=said.get(state, "parked.gone") if state else "parked.gone")


def discard(visit: Visit) -> Response:
    """Give a write up for good."""
    key, why = visit.form.get("key", ""), visit.form.get("why", "").strip()[:WHY_LONGEST]
    person = visit.person
    order = Order(person.name if person else "", visit.now, why)

    def done(unit: Unit) -> bool:
        given_up = give_up(unit, key, order)
        outcome = "done" if given_up else "refused"
        unit.audit.add(visit.deed("parked.discard", key, outcome, why=why))
        return given_up

    given_up = retrying(visit.front.engine, done)
    return visit.go("/parked", said="parked.discarded" if given_up else "parked.gone")


__all__ = ["OutboxView", "discard", "retry", "show"]
