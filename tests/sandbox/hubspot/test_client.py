"""HubSpot's own client library, on calls that slasync never makes, over the sandbox in process."""

from collections.abc import Iterable, Mapping
from importlib import import_module
from io import BytesIO
from typing import Any
from urllib.parse import urlencode

import pytest
import urllib3
from hubspot.hubspot import HubSpot as Client

from slasync.sandbox.http import Request
from slasync.sandbox.hubspot import HubSpot, Limits
from tests.sandbox.hubspot.account import NO_LAG, Account

# generated modules: without types, and not exporting their names as mypy wants it
contacts: Any = import_module("hubspot.crm.contacts")
companies: Any = import_module("hubspot.crm.companies")
properties: Any = import_module("hubspot.crm.properties")
tasks: Any = import_module("hubspot.crm.objects.tasks")
links: Any = import_module("hubspot.crm.associations.v4")
oauth: Any = import_module("hubspot.oauth")

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


class Pool:
    """Stands in for urllib3's pool behind the client's REST layer."""

    def __init__(self, hubspot: HubSpot) -> None:
        self._hubspot = hubspot

    def request(  # noqa: PLR0913 - urllib3's own signature
        self,
        method: str,
        url: str,
        *,
        body: str | bytes | None = None,
        fields: Iterable[tuple[str, str]] | None = None,
        headers: Mapping[str, str] | None = None,
        encode_multipart: bool = False,
        **_: Any,
    ) -> urllib3.HTTPResponse:
        assert not encode_multipart
        encoded = urlencode(list(fields or ()))
        if encoded and method in {"GET", "HEAD"}:
            url = f"{url}?{encoded}"
        data = body if isinstance(body, bytes) else (body or encoded).encode()
        answer = self._hubspot.handle(Request(method, url, dict(headers or {}), data))
        shown = urllib3.HTTPHeaderDict(answer.headers)
        return urllib3.HTTPResponse(BytesIO(answer.body), status=answer.status, headers=shown)


class Vendor:
    """An account and the client's APIs aimed at it."""

    def __init__(self) -> None:
        self.account = Account(index_lag=NO_LAG, limits=Limits(search_a_second=100))
        self.hubspot = self.account.hubspot
        self.crm = Client(access_token=self.account.token).crm
        self.oauth = Client().oauth

    def aim(self, api: Any) -> Any:
        """Have this API of the client talk to the sandbox."""
        api.api_client.rest_client.pool_manager = Pool(self.hubspot)
        return api


@pytest.fixture
def vendor() -> Vendor:
    return Vendor()


def a_contact(name: str, **more: str) -> Any:
    given = {"email": f"{name}@example.com", **more}
    return contacts.SimplePublicObjectInputForCreate(properties=given, associations=[])


def test_contacts_are_made_read_changed_and_archived(vendor: Vendor) -> None:
    api = vendor.aim(vendor.crm.contacts.basic_api)
    made = api.create(simple_public_object_input_for_create=a_contact("ana", firstname="Ana"))
    assert made.created_at == made.updated_at
    changes = contacts.SimplePublicObjectInput(properties={"firstname": "Anna"})
    api.update(contact_id=made.id, simple_public_object_input=changes)
    read = api.get_by_id(
        "ana@example.com",
        id_property="email",
        properties=["firstname", "lastname"],
        properties_with_history=["firstname"],
    )
    assert read.properties["firstname"] == "Anna"
    assert read.properties["lastname"] is None
    assert [h.value for h in read.properties_with_history["firstname"]] == ["Anna", "Ana"]
    api.archive(contact_id=made.id)
    assert [c.id for c in api.get_page(archived=True).results] == [made.id]
    with pytest.raises(contacts.ApiException) as caught:
        api.get_by_id(made.id)
    assert caught.value.status == 404


def test_pages_follow_each_other(vendor: Vendor) -> None:
    for n in range(5):
        vendor.account.contact(f"c{n}")
    api = vendor.aim(vendor.crm.contacts.basic_api)
    first = api.get_page(limit=3, properties=["email", "company"])
    rest = api.get_page(limit=3, after=first.paging.next.after)
    assert [len(first.results), len(rest.results)] == [3, 2]
    assert rest.paging is None


def test_a_conflict_is_an_exception_with_its_body(vendor: Vendor) -> None:
    one = vendor.account.contact("ana")
    api = vendor.aim(vendor.crm.contacts.basic_api)
    with pytest.raises(contacts.ApiException) as caught:
        api.create(simple_public_object_input_for_create=a_contact("ana"))
    assert caught.value.status == 409
    assert f"Existing ID: {one}" in caught.value.body


def test_searches(vendor: Vendor) -> None:
    for n in range(3):
        vendor.account.contact(f"c{n}", hubspotscore=str(n))
    api = vendor.aim(vendor.crm.contacts.search_api)
    condition = contacts.Filter(property_name="hubspotscore", operator="GTE", value="1")
    request = contacts.PublicObjectSearchRequest(
        filter_groups=[contacts.FilterGroup(filters=[condition])],
        sorts=["-hubspotscore"],
        properties=["hubspotscore"],
        limit=1,
    )
    found = api.do_search(public_object_search_request=request)
    assert (found.total, found.paging.next.after) == (2, "1")
    assert found.results[0].properties["hubspotscore"] == "2"


def test_batches(vendor: Vendor) -> None:
    api = vendor.aim(vendor.crm.contacts.batch_api)
    made = api.create(
        contacts.BatchInputSimplePublicObjectBatchInputForCreate(
            inputs=[a_contact("ana"), a_contact("ben")]
        )
    )
    assert made.status == "COMPLETE"
    row = contacts.SimplePublicObjectBatchInputUpsert(
        id="cleo@example.com", id_property="email", properties={"lastname": "C"}
    )
    upserted = api.upsert(contacts.BatchInputSimplePublicObjectBatchInputUpsert(inputs=[row]))
    assert upserted.results[0].new is True
    ids = [contacts.SimplePublicObjectId(id=c.id) for c in made.results]
    read = api.read(
        contacts.BatchReadInputSimplePublicObjectId(
            inputs=[*ids, contacts.SimplePublicObjectId(id="1")],
            properties=["email"],
            properties_with_history=[],
        )
    )
    assert {c.properties["email"] for c in read.results} == {"ana@example.com", "ben@example.com"}
    assert read.num_errors == 1
    api.archive(contacts.BatchInputSimplePublicObjectId(inputs=ids))
    assert [row["email"] for row in vendor.hubspot.rows("contacts")] == ["cleo@example.com"]


def test_contacts_are_merged(vendor: Vendor) -> None:
    one, other = vendor.account.contact("ana"), vendor.account.contact("ben")
    api = vendor.aim(vendor.crm.contacts.basic_api)
    body = contacts.PublicMergeInput(primary_object_id=one, object_id_to_merge=other)
    merged = api.merge(public_merge_input=body)
    assert api.get_by_id(other).id == merged.id


def test_owners(vendor: Vendor) -> None:
    owner = vendor.hubspot.add_owner("o@example.com", "O", "W", team="Sales")
    api = vendor.aim(vendor.crm.owners.owners_api)
    (found,) = api.get_page(email="o@example.com").results
    assert (found.id, found.teams[0].name) == (owner, "Sales")
    assert api.get_by_id(owner_id=found.user_id, id_property="userId").id == owner


def test_property_definitions(vendor: Vendor) -> None:
    api = vendor.aim(vendor.crm.properties.core_api)
    given = properties.PropertyCreate(
        name="tier",
        label="Tier",
        type="enumeration",
        field_type="select",
        group_name="contactinformation",
        options=[
            properties.OptionInput(label="Gold", value="gold", display_order=0, hidden=False),
            properties.OptionInput(label="Tin", value="tin", display_order=1, hidden=False),
        ],
    )
    api.create(object_type="contacts", property_create=given)
    read = api.get_by_name(object_type="contacts", property_name="tier")
    assert [option.value for option in read.options] == ["gold", "tin"]
    assert len(api.get_all(object_type="contacts").results) > 50
    groups = vendor.aim(vendor.crm.properties.groups_api)
    assert [g.name for g in groups.get_all(object_type="contacts").results] == [
        "contactinformation"
    ]


def test_companies_tasks_and_what_ties_them(vendor: Vendor) -> None:
    firms = vendor.aim(vendor.crm.companies.basic_api)
    firm = firms.create(
        companies.SimplePublicObjectInputForCreate(properties={"name": "Acme"}, associations=[])
    )
    todo = vendor.aim(vendor.crm.objects.tasks.basic_api)
    due = {"hs_timestamp": "2026-03-03T09:00:00Z", "hs_task_subject": "call back"}
    types = [tasks.AssociationSpec(association_category="HUBSPOT_DEFINED", association_type_id=192)]
    tie = tasks.PublicAssociationsForObject(to=tasks.PublicObjectId(id=firm.id), types=types)
    task = todo.create(tasks.SimplePublicObjectInputForCreate(properties=due, associations=[tie]))
    (row,) = todo.get_page(associations=["companies"]).results
    assert row.associations["companies"].results[0].id == firm.id
    ties = vendor.aim(vendor.crm.associations.v4.basic_api)
    one = vendor.account.contact("ana")
    ties.create_default("tasks", task.id, "contacts", one)
    (found,) = ties.get_page("tasks", task.id, "contacts").results
    assert str(found.to_object_id) == one
    batch = vendor.aim(vendor.crm.associations.v4.batch_api)
    asked = links.PublicFetchAssociationsBatchRequest(id=task.id)
    read = batch.get_page(
        "tasks",
        "companies",
        links.BatchInputPublicFetchAssociationsBatchRequest(inputs=[asked]),
    )
    assert str(read.results[0].to[0].to_object_id) == firm.id


def test_oauth(vendor: Vendor) -> None:
    api = vendor.aim(vendor.oauth.tokens_api)
    known = vendor.hubspot.credentials()
    names = ("client_id", "client_secret", "refresh_token")
    granted = api.create(grant_type="refresh_token", **{name: known[name] for name in names})
    assert granted.expires_in == 1800
    reading = Client(access_token=granted.access_token).crm.contacts.basic_api
    assert vendor.aim(reading).get_page().results == []
    with pytest.raises(oauth.ApiException) as caught:
        api.create(grant_type="refresh_token", **dict.fromkeys(names, "x"))
    assert caught.value.status == 400
