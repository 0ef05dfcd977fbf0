"""A person demands to be forgotten in HubSpot: the webhook is followed, the contact is gone."""

import orjson
import pytest
from sqlalchemy import Engine

from slasync.clock import Seams
from slasync.connectors.hubspot.webhook import parse
from slasync.domain.lead import LeadKey, Ref
from slasync.sandbox.world import Chance
from slasync.store.unit import reading, transaction
from slasync.web.keeping import keeper
from slasync.workers.pulling.inbox import Inbox
from slasync.workers.pulling.ingest import Rules, ingest
from tests.connectors.hubspot.bench import Bench

RULES = Rules(watched=frozenset({"score"}))


@pytest.fixture
def bench() -> Bench:
    return Bench()


def followed(engine: Engine, bench: Bench, contact: str, kind: str) -> None:
    """Deliver an event and let the inbox follow it."""
    told = {"objectId": int(contact), "subscriptionType": kind, "occurredAt": 1_772_442_000_000,
            "portalId": 1, "subscriptionId": 2, "changeFlag": "DELETED"}  # fmt: skip
    assert keeper(engine, bench.clock)(parse(orjson.dumps([told]))) == 1
    seams = Seams(clock=bench.clock, chance=Chance(1))
    assert Inbox(engine, seams, {"hubspot": bench.source}, RULES, "test").run()


def mirrored(engine: Engine, bench: Bench) -> Ref:
    contact = Ref("hubspot", "contact", bench.contact(email="lou@x.example", lastname="Reed"))
    with transaction(engine) as unit:
        ingest(unit, bench.source.fetch([contact]), RULES, bench.clock.now(), baseline=False)
    return contact


def test_an_erased_contact_is_forgotten_here(sqlite_engine: Engine, bench: Bench) -> None:
    contact = mirrored(sqlite_engine, bench)
    bench.hubspot.gdpr_delete("contacts", contact.id)

    followed(sqlite_engine, bench, contact.id, "contact.privacyDeletion")

    with reading(sqlite_engine) as unit:
        record = unit.records.current([contact])[contact]
        lead = unit.leads.get([LeadKey(str(contact))])[LeadKey(str(contact))]
        assert unit.leads.by_email(["lou@x.example"]) == {}
    assert (record.deleted, record.email, record.fields) == (True, None, {})
    assert record.since == {}
    assert not any(lead.fields.values())


def test_an_archived_contact_is_gone_and_what_it_said_is_kept(
    sqlite_engine: Engine, bench: Bench
) -> None:
    contact = mirrored(sqlite_engine, bench)
    bench.hubspot.archive("contacts", contact.id)

    followed(sqlite_engine, bench, contact.id, "contact.deletion")

    with reading(sqlite_engine) as unit:
        record = unit.records.current([contact])[contact]
    assert (record.deleted, record.email) == (True, "lou@x.example")


def test_an_event_that_is_not_true_erases_nothing(sqlite_engine: Engine, bench: Bench) -> None:
    contact = mirrored(sqlite_engine, bench)

    followed(sqlite_engine, bench, contact.id, "contact.privacyDeletion")

    with reading(sqlite_engine) as unit:
        record = unit.records.current([contact])[contact]
    assert (record.deleted, record.email) == (False, "lou@x.example")
