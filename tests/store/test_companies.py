"""The CRM's accounts: as last shown, and found by what they are found by."""

from typing import Any

from sqlalchemy import Engine

from slasync.domain.identity.company import Company, KeyKind
from slasync.domain.lead import UserKey
from slasync.store.companies import StoredCompany
from slasync.store.unit import transaction
from tests.store.given import ANA, HOUR, NOW

BY_DOMAIN, BY_NAME = (KeyKind.DOMAIN, "acme.com"), (KeyKind.NAME, "acme")


def shown(key: str = "001A", hours: int = 0, **changes: Any) -> StoredCompany:
    ordinary: dict[str, Any] = {
        "name": "Acme GmbH", "owner": UserKey(ANA), "domains": ("acme.com", "acme.de"),
    }  # fmt: skip
    return StoredCompany(Company(key, **ordinary | changes), NOW + hours * HOUR, {"Id": key})


def put(engine: Engine, *companies: StoredCompany) -> None:
    with transaction(engine) as unit:
        unit.companies.put(companies, NOW)


def found(engine: Engine, *keys: tuple[KeyKind, str]) -> list[Company]:
    with transaction(engine) as unit:
        return list(unit.companies.found(keys))


def test_an_account_comes_back_as_it_was_shown_by_any_of_its_keys(engine: Engine) -> None:
    one = shown(parent="001P")
    put(engine, one, shown("001B", name="Bolt AG", domains=()))
    for key in (BY_DOMAIN, (KeyKind.DOMAIN, "acme.de"), BY_NAME, (KeyKind.COMPANY, "001A")):
        assert found(engine, key) == [one.company]
    assert found(engine, (KeyKind.NAME, "acme.com"), (KeyKind.DOMAIN, "acme")) == []
    assert found(engine) == []


def test_one_that_was_renamed_is_found_by_its_new_name_only(engine: Engine) -> None:
    put(engine, shown())
    put(engine, shown(hours=1, name="Bolt AG", domains=("bolt.com",)))
    assert found(engine, BY_NAME, BY_DOMAIN) == []
    assert [c.key for c in found(engine, (KeyKind.NAME, "bolt"))] == ["001A"]


def test_an_older_reading_that_comes_late_changes_nothing(engine: Engine) -> None:
    put(engine, shown(hours=2))
    put(engine, shown(hours=1, name="Bolt AG", domains=()))
    assert [c.name for c in found(engine, BY_DOMAIN)] == ["Acme GmbH"]
    assert found(engine, (KeyKind.NAME, "bolt")) == []


def test_of_one_shown_twice_in_a_page_the_later_counts(engine: Engine) -> None:
    put(engine, shown(hours=1, name="New AG"), shown(name="Old AG"))
    assert [c.name for c in found(engine, (KeyKind.COMPANY, "001A"))] == ["New AG"]
    assert found(engine, (KeyKind.NAME, "old")) == []


def test_a_deleted_one_is_found_by_nothing_and_a_merged_one_leads_on(engine: Engine) -> None:
    gone = shown("001D", hours=1, name="Gone AG", deleted=True)
    merged = shown("001M", hours=1, name="Merged AG", deleted=True, merged_into="001A")
    put(engine, shown("001D", name="Gone AG"), shown("001M", name="Merged AG"), shown())
    put(engine, gone, merged)
    assert found(engine, (KeyKind.NAME, "gone"), (KeyKind.NAME, "merged")) == []
    assert [c.key for c in found(engine, (KeyKind.COMPANY, "001M"))] == ["001A", "001M"]
    with transaction(engine) as unit:
        assert unit.companies.count() == 1
        assert [c.key for c in unit.companies.all()] == ["001A", "001D", "001M"]


def test_those_above_in_the_family_come_along(engine: Engine) -> None:
    low, top = shown("001L", name="Low", parent="001T", domains=()), shown("001T", name="Top")
    put(engine, low, top)
    assert [c.key for c in found(engine, (KeyKind.NAME, "low"))] == ["001L", "001T"]


def test_thousands_of_accounts_are_stored_and_found_in_one_go(engine: Engine) -> None:
    many = [shown(f"001{n:05}", name=f"Firm {n}", domains=(f"firm{n}.com",)) for n in range(2500)]
    put(engine, *many)
    put(engine, *many)
    keys = [(KeyKind.DOMAIN, f"firm{n}.com") for n in range(2500)]
    assert len(found(engine, *keys)) == 2500
