"""How records end and come back: merges over several hops, conversion, bin, archive."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from slasync.domain.facts import FactKind
from slasync.domain.lead import Ref, UserKey, UserKind
from slasync.ports import ActivityReading, PersonReading, UserReading
from slasync.systems import Managers
from tests.connectors.contract_source import people, read_all
from tests.connectors.salesforce.org import OrgRig
from tests.faults.marks import fault
from tests.pains.marks import pain
from tests.workers.mirror import Mirror

YEAR = timedelta(days=366)


@pytest.fixture
def rig() -> Iterator[OrgRig]:
    rig = OrgRig()
    yield rig
    rig.close()


def activities(rig: OrgRig, stream: str) -> list[ActivityReading]:
    return [each for each in read_all(rig, stream) if isinstance(each, ActivityReading)]


def merges(rig: OrgRig) -> dict[str, str]:
    """Return which lead each merged one went into, as the stream tells."""
    told = [each for each in activities(rig, "leads") if each.kind is FactKind.MERGED]
    return {each.data["from"][0]: each.about.id for each in told}


# -- merges


@fault("V29")
def test_a_chain_of_merges_is_told_hop_by_hop_and_each_hop_once(rig: OrgRig) -> None:
    one, two, three, four = (rig.lead(email=f"{n}@prospect.example").id for n in range(4))
    for winner, loser in ((two, one), (three, two), (four, three)):
        rig.clock.advance(60)
        rig.org.merge_leads(winner, [loser], rig.org.admin_id)
    assert merges(rig) == {one: two, two: three, three: four}
    found = people(rig)
    assert [found[Ref("salesforce", "lead", each)].deleted for each in (one, two, three, four)] == [
        True, True, True, False,
    ]  # fmt: skip


@fault("V29")
def test_two_leads_merged_at_once_into_one_are_two_merges(rig: OrgRig) -> None:
    winner, one, two = (rig.lead(email=f"{n}@prospect.example").id for n in range(3))
    rig.org.merge_leads(winner, [one, two], rig.org.admin_id)
    assert merges(rig) == {one: winner, two: winner}


def test_a_hop_that_comes_with_a_later_increment_names_its_own_winner(rig: OrgRig) -> None:
    one, two, three = (rig.lead(email=f"{n}@prospect.example").id for n in range(3))
    rig.org.merge_leads(two, [one], rig.org.admin_id)
    rig.clock.advance(600)
    since = rig.clock.now()
    rig.org.merge_leads(three, [two], rig.org.admin_id)
    read = read_all(rig, "leads", since)
    later = [r for r in read if isinstance(r, ActivityReading) and r.kind is FactKind.MERGED]
    assert [(each.data["from"], each.about.id) for each in later] == [([two], three)]


# -- the bin


@fault("V28")
def test_a_lead_that_comes_out_of_the_bin_is_told_as_restored(
    rig: OrgRig, sqlite_engine: Engine
) -> None:
    mirror = Mirror(sqlite_engine, rig.clock)
    pull = mirror.pull(rig.source)
    lead = rig.lead()
    rig.clock.advance(300)
    mirror.read(pull)
    rig.delete(lead)
    rig.clock.advance(300)
    mirror.read(pull)
    assert [fact.kind for fact in mirror.facts(FactKind.DELETED, FactKind.RESTORED)] == [
        FactKind.DELETED
    ]
    rig.org.undelete("Lead", lead.id, rig.org.admin_id)
    rig.clock.advance(300)
    mirror.read(pull)
    kinds = [fact.kind for fact in mirror.facts(FactKind.DELETED, FactKind.RESTORED)]
    assert sorted(kinds) == [FactKind.DELETED, FactKind.RESTORED]
    assert len(mirror.keys()) == 1


def test_a_converted_lead_that_is_deleted_afterwards_is_still_converted(rig: OrgRig) -> None:
    lead = rig.lead()
    rig.convert(lead)
    converted = people(rig)[lead].converted
    assert converted
    rig.clock.advance(60)
    rig.org.delete("Lead", lead.id, rig.org.admin_id)
    found = people(rig)[lead]
    assert found.deleted
    assert found.converted == converted


# -- the archive


@pain("also/archived")
def test_a_call_of_archived_age_is_read_all_the_same(rig: OrgRig) -> None:
    lead, rep = rig.lead(), rig.rep()
    rig.log_call(lead, rep)
    before = activities(rig, "tasks")
    rig.clock.advance(YEAR.total_seconds())
    assert rig.org.archive_activities() == 1
    [touch] = activities(rig, "tasks")
    assert touch.about == lead
    assert touch.occurred_at == before[0].occurred_at


def test_what_is_archived_is_no_change(rig: OrgRig) -> None:
    rig.log_call(rig.lead(), rig.rep())
    rig.clock.advance(YEAR.total_seconds())
    since = rig.clock.now() - timedelta(days=1)
    rig.org.archive_activities()
    assert read_all(rig, "tasks", since) == []


# -- who is there


def test_managers_queues_and_who_has_left_are_read(rig: OrgRig) -> None:
    boss, rep = rig.rep(), rig.rep()
    rig.org.update("User", rep, {"ManagerId": boss, "IsActive": False}, rig.org.admin_id)
    listed = [*read_all(rig, "users"), *read_all(rig, "queues")]
    users = {each.user.key: each.user for each in listed if isinstance(each, UserReading)}
    assert (users[rep].manager, users[rep].active) == (boss, False)
    assert users[boss].manager is None
    assert users[rig.org.inbox_queue_id].kind is UserKind.QUEUE  # type: ignore[index] # an id is a key


@pain("P20")
def test_a_lead_of_a_queue_has_the_queue_for_its_owner(rig: OrgRig) -> None:
    lead = rig.lead(rig.org.inbox_queue_id)  # type: ignore[arg-type] # an id is a key
    [found] = [each for each in read_all(rig, "leads") if isinstance(each, PersonReading)]
    assert (found.ref, found.owner) == (lead, rig.org.inbox_queue_id)


# -- managers by role


@pytest.fixture
def roles() -> Iterator[OrgRig]:
    rig = OrgRig(changed={"managers": Managers.ROLE_ABOVE})
    yield rig
    rig.close()


def in_role(rig: OrgRig, role: str, **more: object) -> UserKey:
    user = rig.rep()
    rig.org.update("User", user, {"UserRoleId": role} | more, rig.org.admin_id)
    return user


def managers(rig: OrgRig) -> dict[UserKey, UserKey | None]:
    read = [each for each in read_all(rig, "users") if isinstance(each, UserReading)]
    return {each.user.key: each.user.manager for each in read}


def test_who_has_no_manager_entered_has_who_holds_the_role_above(roles: OrgRig) -> None:
    top = roles.org.add_role("CEO")
    between = roles.org.add_role("nobody holds it", top)
    low = roles.org.add_role("Rep", between)
    boss = in_role(roles, top)
    rep = in_role(roles, low)
    entered = in_role(roles, low, ManagerId=rep)
    found = managers(roles)
    assert (found[rep], found[entered], found[boss]) == (boss, rep, None)


def test_of_several_who_hold_the_role_above_nobody_is_taken_for_the_manager(roles: OrgRig) -> None:
    top = roles.org.add_role("Heads")
    low = roles.org.add_role("Rep", top)
    first, rep = in_role(roles, top), in_role(roles, low)
    assert managers(roles)[rep] == first
    in_role(roles, top)
    assert managers(roles)[rep] is None


def test_who_has_left_holds_no_role(roles: OrgRig) -> None:
    top = roles.org.add_role("CEO")
    head = roles.org.add_role("Head", top)
    low = roles.org.add_role("Rep", head)
    boss, rep = in_role(roles, top), in_role(roles, low)
    in_role(roles, head, IsActive=False)
    assert managers(roles)[rep] == boss


def test_roles_in_a_circle_have_nobody_above(roles: OrgRig) -> None:
    one = roles.org.add_role("one")
    two = roles.org.add_role("two", one)
    roles.org.update("UserRole", one, {"ParentRoleId": two}, roles.org.admin_id)
    a, b = in_role(roles, one), in_role(roles, two)
    assert (managers(roles)[a], managers(roles)[b]) == (b, a)
    roles.org.update("User", b, {"IsActive": False}, roles.org.admin_id)
    assert managers(roles)[a] is None


def test_where_roles_may_not_be_read_users_are_read_all_the_same(roles: OrgRig) -> None:
    low = roles.org.add_role("Rep", roles.org.add_role("CEO"))
    rep = in_role(roles, low)
    roles.org.remove_field("UserRole", "ParentRoleId")
    assert managers(roles)[rep] is None


def test_as_shipped_roles_are_not_asked_for(rig: OrgRig) -> None:
    in_role(rig, rig.org.add_role("Rep", rig.org.add_role("CEO")))
    managers(rig)
    assert not any(b"UserRole" in request.body for request in rig.adapter.sent)
