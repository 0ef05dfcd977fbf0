"""One table of every call: its path, who answers it, and which permissions let one make it."""

import re
from collections import defaultdict
from dataclasses import dataclass
from urllib.parse import unquote

from slasync.sandbox.marketo import (
    activities_api,
    bulk_api,
    campaigns_api,
    fields_api,
    leads_api,
    lists_api,
    sync_api,
    usage_api,
)
from slasync.sandbox.marketo.call import Handler
from slasync.sandbox.marketo.identity import (
    CUSTOM_SCHEMA,
    EXECUTE,
    READ_ACTIVITY,
    READ_ASSETS,
    READ_CAMPAIGN,
    READ_LEAD,
    STANDARD_SCHEMA,
    WRITE_ASSETS,
    WRITE_LEAD,
)

TOKEN_PATH = "/identity/oauth/token"  # noqa: S105 - a path

ANY: tuple[str, ...] = ()  # a valid token, whatever its user may do
LEADS, WRITE = (READ_LEAD, WRITE_LEAD), (WRITE_LEAD,)
ACTIVITIES = (READ_ACTIVITY,)
CAMPAIGNS = (READ_CAMPAIGN, EXECUTE)
ASSETS, ASSETS_WRITE = (READ_ASSETS, WRITE_ASSETS), (WRITE_ASSETS,)
SCHEMA, SCHEMA_WRITE = (STANDARD_SCHEMA, CUSTOM_SCHEMA), (CUSTOM_SCHEMA,)


@dataclass(frozen=True, slots=True)
class Route:
    """One call. `{name}` in the template stands for part of a segment of the path."""

    method: str
    template: str
    handler: Handler
    permissions: tuple[str, ...]

    @property
    def name(self) -> str:
        return f"{self.method} {self.template}"

    def allows(self, permissions: frozenset[str]) -> bool:
        return not self.permissions or not permissions.isdisjoint(self.permissions)


_R, _A = "/rest/v1", "/rest/asset/v1"
_MEMBERS = f"{_R}/lists/{{id}}/leads"
_CHANGES = f"{_R}/activities"


def _extracts(kind: str, permissions: tuple[str, ...]) -> tuple[Route, ...]:
    at = f"/bulk/v1/{kind}/export"
    return (
        Route("GET", f"{at}.json", bulk_api.listed, permissions),
        Route("POST", f"{at}/create.json", bulk_api.created, permissions),
        Route("POST", f"{at}/{{id}}/enqueue.json", bulk_api.enqueued, permissions),
        Route("POST", f"{at}/{{id}}/cancel.json", bulk_api.cancelled, permissions),
        Route("GET", f"{at}/{{id}}/status.json", bulk_api.status, permissions),
        Route("GET", f"{at}/{{id}}/file.json", bulk_api.file, permissions),
    )


# of two templates that a path matches, the first one is meant
TABLE = (
    Route("GET", f"{_R}/leads/describe.json", fields_api.describe, LEADS),
    Route("GET", f"{_R}/leads/describe2.json", fields_api.describe2, LEADS),
    Route("GET", f"{_R}/leads/partitions.json", leads_api.partitions, LEADS),
    Route("GET", f"{_R}/leads/schema/fields.json", fields_api.listed, SCHEMA),
    Route("POST", f"{_R}/leads/schema/fields.json", fields_api.created, SCHEMA_WRITE),
    Route("GET", f"{_R}/leads/schema/fields/{{name}}.json", fields_api.got, SCHEMA),
    Route("POST", f"{_R}/leads/schema/fields/{{name}}.json", fields_api.changed, SCHEMA),
    Route("GET", f"{_R}/lead/{{id}}.json", leads_api.one, LEADS),
    Route("GET", f"{_R}/leads.json", leads_api.by_filter, LEADS),
    Route("POST", f"{_R}/leads.json", sync_api.sync, WRITE),
    Route("DELETE", f"{_R}/leads.json", leads_api.deleted, WRITE),
    Route("POST", f"{_R}/leads/delete.json", leads_api.deleted, WRITE),
    Route("POST", f"{_R}/leads/{{id}}/merge.json", leads_api.merged, WRITE),
    Route("GET", f"{_R}/leads/{{id}}/listMembership.json", leads_api.list_membership, LEADS),
    Route("GET", f"{_CHANGES}/pagingtoken.json", activities_api.paging_token, ACTIVITIES),
    Route("GET", f"{_CHANGES}/types.json", activities_api.types, ACTIVITIES),
    Route("GET", f"{_CHANGES}.json", activities_api.listed, ACTIVITIES),
    Route("GET", f"{_CHANGES}/leadchanges.json", activities_api.lead_changes, ACTIVITIES),
    Route("GET", f"{_CHANGES}/deletedleads.json", activities_api.deleted, ACTIVITIES),
    Route("GET", f"{_R}/lists.json", lists_api.listed, LEADS),
    Route("GET", f"{_R}/lists/{{id}}.json", lists_api.got, LEADS),
    Route("GET", f"{_R}/list/{{id}}/leads.json", lists_api.members, LEADS),
    Route("GET", f"{_MEMBERS}.json", lists_api.members, LEADS),
    Route("POST", f"{_MEMBERS}.json", lists_api.added, WRITE),
    Route("DELETE", f"{_MEMBERS}.json", lists_api.removed, WRITE),
    Route("GET", f"{_MEMBERS}/ismember.json", lists_api.is_member, LEADS),
    Route("GET", f"{_A}/staticLists.json", lists_api.assets, ASSETS),
    Route("POST", f"{_A}/staticLists.json", lists_api.asset_made, ASSETS_WRITE),
    Route("GET", f"{_A}/staticList/byName.json", lists_api.asset_named, ASSETS),
    Route("GET", f"{_A}/staticList/{{id}}.json", lists_api.asset, ASSETS),
    Route("POST", f"{_A}/staticList/{{id}}/delete.json", lists_api.asset_deleted, ASSETS_WRITE),
    Route("GET", f"{_A}/folder/byName.json", lists_api.folder_named, ASSETS),
    Route("GET", f"{_R}/campaigns.json", campaigns_api.listed, CAMPAIGNS),
    Route("GET", f"{_R}/campaigns/{{id}}.json", campaigns_api.got, CAMPAIGNS),
    Route("POST", f"{_R}/campaigns/{{id}}/trigger.json", campaigns_api.triggered, (EXECUTE,)),
    Route("GET", f"{_R}/stats/usage.json", usage_api.today, ANY),
    Route("GET", f"{_R}/stats/usage/last7days.json", usage_api.week, ANY),
    Route("GET", f"{_R}/stats/errors.json", usage_api.errors_today, ANY),
    Route("GET", f"{_R}/stats/errors/last7days.json", usage_api.errors_week, ANY),
    *_extracts("leads", LEADS),
    *_extracts("activities", ACTIVITIES),
)


def _pattern(template: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+?)", re.escape(template)) + r"\Z")


def _by_shape() -> dict[int, list[tuple[re.Pattern[str], Route]]]:
    shapes: dict[int, list[tuple[re.Pattern[str], Route]]] = defaultdict(list)
    for route in TABLE:
        shapes[route.template.count("/")].append((_pattern(route.template), route))
    return dict(shapes)


_ROUTES = _by_shape()


def find(method: str, raw_path: str) -> tuple[Route, dict[str, str]] | None:
    """Return the route of a call and what its path names; the path is still percent-encoded."""
    for pattern, route in _ROUTES.get(raw_path.count("/"), ()):
        match = pattern.match(raw_path)
        if match and route.method == method:
            return route, {name: unquote(value) for name, value in match.groupdict().items()}
    return None


def known(raw_path: str) -> bool:
    """Tell whether a path can be called by any method."""
    return any(pattern.match(raw_path) for pattern, _ in _ROUTES.get(raw_path.count("/"), ()))
