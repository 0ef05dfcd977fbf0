"""What the pull step relies on when it reads HubSpot."""

from datetime import timedelta

import pytest

from slasync.connectors.hubspot import ARCHIVED, CONTACTS, OWNERS
from slasync.domain.lead import Ref, UserKey
from slasync.errors import Refused, Stopped, TryLater
from slasync.ports import Ask, PersonReading, UserReading
from slasync.sandbox.faults import Kind, Rule
from slasync.systems import FieldMapping, FieldType, Secret
from tests.connectors.hubspot.bench import MONDAY, Bench
from tests.faults.marks import fault
from tests.pains.marks import pain

OVERLAP = timedelta(minutes=2)


def test_a_first_load_costs_ten_list_calls_for_a_thousand_contacts() -> None:
    bench = Bench()
    bench.hubspot.load("contacts", ({"email": f"p{n}@example.com"} for n in range(1000)))

    assert len({person.ref for person in bench.people()}) == 1000
    assert bench.hubspot.calls["GET /crm/v3/objects/contacts"] == 10


def test_a_contact_is_read_by_the_field_map_with_its_values_typed() -> None:
    bench = Bench()
    number = bench.contact(email=" Ana@Example.COM ", lastname="Abel", hubspotscore="42")

    (person,) = bench.people()

    assert person.ref == Ref("hubspot", "contact", number)
    assert person.email == "ana@example.com"
    assert (person.fields["last_name"], person.fields["score"]) == ("Abel", 42)
    assert "told" not in person.fields  # is only written
    assert (person.created_at, person.modified_at) == (MONDAY, MONDAY)
    assert not person.deleted


@fault("V43")
def test_ids_of_salesforce_become_links_whatever_their_length() -> None:
    bench = Bench()
    bench.contact(email="a@example.com", salesforceleadid="00QxE000001aBcD")
    bench.contact(email="b@example.com", salesforcecontactid="003xE000001aBcDUAU")
    bench.contact(email="c@example.com", salesforceleadid="not an id")

    links = {person.email: person.links for person in bench.people()}

    assert links["a@example.com"] == (Ref("salesforce", "lead", "00QxE000001aBcDUAU"),)
    assert links["b@example.com"] == (Ref("salesforce", "contact", "003xE000001aBcDUAU"),)
    assert links["c@example.com"] == ()


@fault("V42")
def test_a_broken_record_is_set_aside_and_the_others_go_on() -> None:
    bench = Bench(
        changes={"contact_fields": (FieldMapping("n", "lastname", type=FieldType.NUMBER),)}
    )
    bench.contact(email="good@example.com", lastname="7")
    bad = bench.contact(email="bad@example.com", lastname="seven")

    (page,) = bench.whole()

    assert [r.fields["n"] for r in page.readings if isinstance(r, PersonReading)] == [7]
    assert [(r.stream, r.id) for r in page.rejected] == [(CONTACTS, bad)]
    assert "lastname" in page.rejected[0].reason


def test_an_increment_brings_what_changed_within_its_bounds_and_nothing_else() -> None:
    bench = Bench()
    old = bench.contact(email="old@example.com")
    changed = bench.contact(email="changed@example.com")
    bench.clock.advance(timedelta(hours=1))
    bench.hubspot.update("contacts", changed, {"lastname": "New"}, "1")
    since = bench.settle() - OVERLAP

    found = {person.ref.id for person in bench.people(since=since)}

    assert found == {changed}
    assert old not in found


def test_an_increment_leaves_out_what_changed_after_its_upper_bound() -> None:
    bench = Bench()
    bench.clock.advance(timedelta(hours=1))
    ask = Ask(CONTACTS, upto=bench.clock.now(), since=MONDAY)
    bench.clock.advance(timedelta(seconds=1))
    bench.contact(email="later@example.com")
    bench.settle()

    (answer,) = bench.source.read([ask])

    assert answer.readings == ()
    assert answer.position is None


def test_both_ends_of_the_interval_belong_to_it() -> None:
    bench = Bench(options={"index_lag": timedelta(0)})
    bench.contact(email="a@example.com")

    (answer,) = bench.source.read([Ask(CONTACTS, upto=MONDAY, since=MONDAY)])

    assert len(answer.readings) == 1


@fault("V20")
def test_a_page_is_the_same_when_it_is_read_again() -> None:
    bench = Bench(changes={"page_size": 3, "search_page_size": 3})
    for n in range(9):
        bench.contact(email=f"p{n}@example.com")
        bench.clock.advance(timedelta(seconds=1))
    upto = bench.settle()
    for since in (None, MONDAY):
        (first,) = bench.source.read([Ask(CONTACTS, upto, since)])
        ask = Ask(CONTACTS, upto, since, first.position)
        assert bench.source.read([ask]) == bench.source.read([ask])
        bench.settle()


@pain("P26")
@fault("V23")
def test_more_than_ten_thousand_changes_are_all_read_though_a_search_ends_at_ten_thousand() -> None:
    bench = Bench()
    first = MONDAY - timedelta(hours=6)
    rows = [
        {
            "email": f"p{n}@example.com",
            "createdate": first.isoformat(),
            "lastmodifieddate": (first + timedelta(seconds=n)).isoformat(),
        }
        for n in range(10_400)
    ]
    bench.hubspot.load("contacts", rows)

    assert len({p.ref for p in bench.people(since=first)}) == 10_400


@pain("P26")
@fault("V22", "V23")
def test_more_than_ten_thousand_contacts_of_one_millisecond_are_all_read() -> None:
    bench = Bench()
    stamp = (MONDAY - timedelta(hours=1)).isoformat()
    rows = [
        {"email": f"p{n}@example.com", "createdate": stamp, "lastmodifieddate": stamp}
        for n in range(10_250)
    ]
    bench.hubspot.load("contacts", rows)
    after = bench.contact(email="after@example.com")
    bench.settle()

    found = bench.people(since=MONDAY - timedelta(hours=2))

    assert len({p.ref for p in found}) == 10_251
    assert after in {p.ref.id for p in found}
    assert bench.hubspot.calls["POST /crm/v3/objects/contacts/search"] < 60


@fault("V22")
@pytest.mark.parametrize("same", [2, 199, 200, 201, 450])
def test_contacts_sharing_a_timestamp_across_a_page_are_all_read(same: int) -> None:
    bench = Bench()
    for n in range(150):
        bench.contact(email=f"before{n}@example.com")
        bench.clock.advance(timedelta(milliseconds=1))
    for n in range(same):
        bench.contact(email=f"same{n}@example.com")
    bench.clock.advance(timedelta(milliseconds=1))
    bench.contact(email="last@example.com")
    bench.settle()

    assert len({p.ref for p in bench.people(since=MONDAY)}) == 151 + same


def test_a_crowded_moment_is_not_read_twice_before_it_is_read_by_id() -> None:
    bench = Bench()
    bench.clock.advance(timedelta(minutes=1))
    for n in range(250):
        bench.contact(email=f"p{n}@example.com")
    bench.settle()

    pages = bench.whole(since=MONDAY)

    # full of one stamp; by id, twice; what comes after that stamp
    assert [len(page.readings) for page in pages] == [200, 200, 50, 0]


@fault("V21")
def test_a_contact_modified_while_a_pass_is_under_way_makes_no_other_one_be_skipped() -> None:
    bench = Bench()
    numbers = []
    for n in range(450):
        numbers.append(bench.contact(email=f"p{n}@example.com"))
        bench.clock.advance(timedelta(milliseconds=10))
    upto = bench.settle()
    ask = Ask(CONTACTS, upto, since=MONDAY)
    (first,) = bench.source.read([ask])
    for number in numbers[:100]:  # they leave the window, and all behind them move up
        bench.hubspot.update("contacts", number, {"lastname": "Moved"}, "1")
    bench.settle()

    found = {r.ref.id for r in first.readings}
    position = first.position
    while position is not None:
        bench.clock.advance(timedelta(seconds=1))
        (page,) = bench.source.read([Ask(CONTACTS, upto, MONDAY, position)])
        found |= {r.ref.id for r in page.readings}
        position = page.position

    assert found >= set(numbers[100:])


def test_a_total_without_rows_ends_the_pass() -> None:
    bench = Bench()
    number = bench.contact(email="gone@example.com")
    since = bench.settle() - timedelta(hours=1)
    bench.hubspot.archive("contacts", number, "1")  # still counted by the index

    assert bench.people(since=since) == []


def test_archived_contacts_are_read_as_deleted() -> None:
    bench = Bench()
    number = bench.contact(email="gone@example.com")
    bench.contact(email="here@example.com")
    archived_at = bench.clock.advance(timedelta(hours=1))
    bench.hubspot.archive("contacts", number, "1")

    (person,) = bench.people(ARCHIVED)

    assert (person.ref.id, person.deleted, person.modified_at) == (number, True, archived_at)
    assert bench.people(ARCHIVED, since=archived_at + timedelta(seconds=1)) == []


@pain("P20")
def test_owners_are_read_when_asked_for_and_deactivated_ones_are_inactive() -> None:
    bench = Bench()
    here = UserKey(bench.hubspot.add_owner("O@Example.com", "Ona", "Oak"))
    left = UserKey(bench.hubspot.add_owner("left@example.com", "Lee", "Left", archived=True))

    users = [r for page in bench.whole(OWNERS) for r in page.readings]

    told = {u.user.key: u.user for u in users if isinstance(u, UserReading)}
    assert (told[here].name, told[here].email) == ("Ona Oak", "o@example.com")
    assert {key: user.active for key, user in told.items()} == {here: True, left: False}
    assert OWNERS not in bench.source.streams


def test_fetch_reads_what_there_is_a_hundred_a_call_and_leaves_out_what_is_gone() -> None:
    bench = Bench()
    numbers = [bench.contact(email=f"p{n}@example.com") for n in range(120)]
    bench.hubspot.archive("contacts", numbers[3], "1")
    refs = [Ref("hubspot", "contact", n) for n in [*numbers, numbers[0], "99"]]

    found = bench.source.fetch(refs)

    assert {r.ref.id for r in found} == set(numbers) - {numbers[3]}
    assert bench.hubspot.calls["POST /crm/v3/objects/contacts/batch/read"] == 2


def test_fetching_a_contact_that_was_merged_gives_the_one_it_became() -> None:
    bench = Bench()
    kept, lost = bench.contact(email="a@example.com"), bench.contact(email="b@example.com")
    survivor = bench.hubspot.merge("contacts", kept, lost, "1")

    found = bench.source.fetch([Ref("hubspot", "contact", kept), Ref("hubspot", "contact", lost)])

    assert [r.ref.id for r in found] == [survivor]


def test_the_systems_time_is_told_even_before_the_first_read_and_is_never_ahead() -> None:
    bench = Bench()
    bench.clock.advance(timedelta(milliseconds=700))

    told = bench.source.vendor_now()

    assert bench.clock.now() - timedelta(seconds=1) <= told <= bench.clock.now()


def test_one_stream_in_trouble_does_not_hold_up_the_others() -> None:
    bench = Bench()
    bench.contact(email="a@example.com")
    bench.world.faults.switch_on(Rule(Kind.SERVER_ERROR, path="search"))
    asks = [Ask(CONTACTS, MONDAY, since=MONDAY), Ask(ARCHIVED, MONDAY)]

    contacts, archived = bench.source.read(asks)

    assert isinstance(contacts.error, TryLater)
    assert archived.error is None


def test_an_unknown_stream_is_told_as_the_error_of_that_ask_alone() -> None:
    answers = Bench().source.read([Ask("hubspot.deals", MONDAY), Ask(CONTACTS, MONDAY)])

    assert isinstance(answers[0].error, Refused)
    assert answers[1].error is None


@fault("V5", "V16")
@pytest.mark.parametrize(
    "kind",
    [Kind.TOO_MANY, Kind.SERVER_ERROR, Kind.TIMEOUT_BEFORE, Kind.HTML, Kind.TRUNCATED],
)
def test_trouble_while_reading_never_looks_like_an_empty_page(kind: Kind) -> None:
    bench = Bench()
    bench.contact(email="a@example.com")
    bench.world.faults.switch_on(Rule(kind))

    with pytest.raises(TryLater) as trouble:
        bench.source.read([Ask(CONTACTS, MONDAY)])

    assert not trouble.value.unknown


@fault("V13")
def test_a_token_refused_once_is_tried_once_more() -> None:
    bench = Bench()
    bench.contact(email="a@example.com")
    bench.world.faults.switch_on(Rule(Kind.TOKEN_EXPIRED, times=1))

    assert len(bench.people()) == 1


@fault("V14")
def test_a_wrong_token_stops_and_says_what_to_mend() -> None:
    bench = Bench(changes={"secrets": {"access_token": Secret("wrong")}})

    with pytest.raises(Stopped, match="access token"):
        bench.source.read([Ask(CONTACTS, MONDAY)])


@fault("V14")
def test_a_missing_scope_stops_and_names_it() -> None:
    bench = Bench(options={"scopes": frozenset({"crm.objects.contacts.write"})})

    with pytest.raises(Stopped, match=r"crm\.objects\.contacts\.read"):
        bench.source.read([Ask(CONTACTS, MONDAY)])


def test_searches_are_kept_below_the_accounts_five_a_second() -> None:
    bench = Bench()
    for _ in range(4):
        bench.source.read([Ask(CONTACTS, MONDAY, since=MONDAY)])

    (held,) = bench.source.read([Ask(CONTACTS, MONDAY, since=MONDAY)])

    assert (held.wait, held.error, held.position) == (timedelta(seconds=1), None, None)
    assert not bench.hubspot.refused


@fault("V40")
def test_every_call_has_both_time_outs_and_all_share_one_pool() -> None:
    bench = Bench()
    number = bench.contact(email="a@example.com")
    bench.source.vendor_now()
    bench.people()
    bench.people(since=MONDAY)
    bench.people(ARCHIVED)
    bench.whole(OWNERS)
    bench.source.fetch([Ref("hubspot", "contact", number)])
    bench.connector.probe()

    assert {(t.connect_timeout, t.read_timeout) for t in bench.pool.timeouts} == {(5, 30)}
    assert len(bench.pool.timeouts) == bench.connector.calls.total()


@fault("V20")
def test_a_position_that_is_not_ours_is_refused() -> None:
    (answer,) = Bench().source.read([Ask(CONTACTS, MONDAY, None, "garbage")])

    assert isinstance(answer.error, Refused)


def test_a_lacking_property_is_named_by_the_probe() -> None:
    fields = (FieldMapping("score", "our_score"),)
    written = {"stage": "slasync_stage", "due": "createdate", "owner": "no_such"}
    bench = Bench(changes={"contact_fields": fields, "written": written})

    problems = " / ".join(bench.connector.probe())

    assert "our_score" in problems
    assert "no_such" in problems
    assert "createdate of contacts is read-only" in problems
