"""One table of every path, whatever version it is called by, and what each needs to be allowed."""

import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import unquote

from slasync.sandbox.hubspot import (
    account,
    associations_api,
    batch,
    forms,
    lists_api,
    objects,
    owners_api,
    properties_api,
    search,
    webhooks_api,
)
from slasync.sandbox.hubspot.call import Answer, Call
from slasync.sandbox.hubspot.catalogue import Kind
from slasync.sandbox.hubspot.errors import Problem

Handler = Callable[[Call], Answer]

READ, WRITE = "crm.objects.{}.read", "crm.objects.{}.write"
SCHEMA_READ, SCHEMA_WRITE = "crm.schemas.{}.read", "crm.schemas.{}.write"
OWNERS = "crm.objects.owners.read"
LISTS_READ, LISTS_WRITE = "crm.lists.read", "crm.lists.write"
OPEN = "open"  # no bearer token asked
ANY = "any"  # a valid token, whatever its scopes


@dataclass(frozen=True, slots=True)
class Route:
    """One call. `{name}` in the template stands for one segment of the path."""

    method: str
    template: str
    handler: Handler
    scope: str

    @property
    def search(self) -> bool:
        return self.handler is search.search

    def scope_for(self, kind: Kind | None) -> str:
        """Return the scope needed; engagements use the contacts' scopes."""
        return self.scope.format((kind.scope or kind.name) if kind else "contacts")


_O = "/crm/v3/objects/{object}"
_P = "/crm/v3/properties/{object}"
_A3, _A4 = "/crm/v3/associations/{object}/{to}", "/crm/v4/associations/{object}/{to}"
_L3 = "/crm/v3/objects/{object}/{id}/associations/{to}"
_L4 = "/crm/v4/objects/{object}/{id}/associations"
_LIST = "/crm/v3/lists/{list}"
_W = "/webhooks/v3/{app}"

_TABLE = (
    ("GET", _O, objects.listed, READ),
    ("POST", _O, objects.create, WRITE),
    ("POST", f"{_O}/search", search.search, READ),
    ("POST", f"{_O}/merge", objects.merge, WRITE),
    ("POST", f"{_O}/gdpr-delete", objects.gdpr_delete, WRITE),
    ("POST", f"{_O}/batch/read", batch.read, READ),
    ("POST", f"{_O}/batch/create", batch.create, WRITE),
    ("POST", f"{_O}/batch/update", batch.update, WRITE),
    ("POST", f"{_O}/batch/upsert", batch.upsert, WRITE),
    ("POST", f"{_O}/batch/archive", batch.archive, WRITE),
    ("GET", f"{_O}/{{id}}", objects.got, READ),
    ("PATCH", f"{_O}/{{id}}", objects.update, WRITE),
    ("DELETE", f"{_O}/{{id}}", objects.archive, WRITE),
    ("GET", _L3, associations_api.listed_v3, READ),
    ("PUT", f"{_L3}/{{to_id}}/{{type}}", associations_api.tie_v3, WRITE),
    ("DELETE", f"{_L3}/{{to_id}}/{{type}}", associations_api.untie, WRITE),
    ("POST", f"{_A3}/batch/{{action}}", associations_api.batch_v3, WRITE),
    ("GET", f"{_L4}/{{to}}", associations_api.listed, READ),
    ("PUT", f"{_L4}/default/{{to}}/{{to_id}}", associations_api.tie_default, WRITE),
    ("PUT", f"{_L4}/{{to}}/{{to_id}}", associations_api.tie, WRITE),
    ("DELETE", f"{_L4}/{{to}}/{{to_id}}", associations_api.untie, WRITE),
    ("GET", f"{_A4}/labels", associations_api.labels, READ),
    ("POST", f"{_A4}/batch/read", associations_api.batch_read, READ),
    ("POST", f"{_A4}/batch/create", associations_api.batch_tie, WRITE),
    ("POST", f"{_A4}/batch/associate/default", associations_api.batch_default, WRITE),
    ("POST", f"{_A4}/batch/archive", associations_api.batch_untie, WRITE),
    ("POST", f"{_A4}/batch/labels/archive", associations_api.batch_untie_labels, WRITE),
    ("GET", _P, properties_api.listed, SCHEMA_READ),
    ("POST", _P, properties_api.create, SCHEMA_WRITE),
    ("GET", f"{_P}/groups", properties_api.groups, SCHEMA_READ),
    ("POST", f"{_P}/groups", properties_api.group_created, SCHEMA_WRITE),
    ("GET", f"{_P}/groups/{{name}}", properties_api.group_got, SCHEMA_READ),
    ("PATCH", f"{_P}/groups/{{name}}", properties_api.group_changed, SCHEMA_WRITE),
    ("DELETE", f"{_P}/groups/{{name}}", properties_api.group_archived, SCHEMA_WRITE),
    ("POST", f"{_P}/batch/{{action}}", properties_api.batch, SCHEMA_WRITE),
    ("GET", f"{_P}/{{name}}", properties_api.got, SCHEMA_READ),
    ("PATCH", f"{_P}/{{name}}", properties_api.change, SCHEMA_WRITE),
    ("DELETE", f"{_P}/{{name}}", properties_api.archive, SCHEMA_WRITE),
    ("GET", "/crm/v3/owners", owners_api.listed, OWNERS),
    ("GET", "/crm/v3/owners/{id}", owners_api.got, OWNERS),
    ("GET", "/crm/v3/pipelines/{object}", account.pipelines, READ),
    ("GET", "/crm/v3/pipelines/{object}/{pipeline}", account.pipeline, READ),
    ("GET", "/crm/v3/pipelines/{object}/{pipeline}/stages", account.stages, READ),
    ("GET", "/crm/v3/pipelines/{object}/{pipeline}/stages/{stage}", account.stage, READ),
    ("GET", "/crm/v3/lists", lists_api.several, LISTS_READ),
    ("POST", "/crm/v3/lists", lists_api.create, LISTS_WRITE),
    ("POST", "/crm/v3/lists/search", lists_api.search, LISTS_READ),
    ("GET", "/crm/v3/lists/object-type-id/{object}/name/{name}", lists_api.named, LISTS_READ),
    ("PUT", f"{_LIST}/update-list-name", lists_api.renamed, LISTS_WRITE),
    ("PUT", f"{_LIST}/restore", lists_api.restored, LISTS_WRITE),
    ("GET", _LIST, lists_api.got, LISTS_READ),
    ("DELETE", _LIST, lists_api.deleted, LISTS_WRITE),
    ("GET", f"{_LIST}/memberships", lists_api.members, LISTS_READ),
    ("DELETE", f"{_LIST}/memberships", lists_api.emptied, LISTS_WRITE),
    ("PUT", f"{_LIST}/memberships/add", lists_api.added, LISTS_WRITE),
    ("PUT", f"{_LIST}/memberships/remove", lists_api.removed, LISTS_WRITE),
    ("PUT", f"{_LIST}/memberships/add-and-remove", lists_api.added_and_removed, LISTS_WRITE),
    ("GET", "/crm/v3/lists/records/{object}/{id}/memberships", lists_api.of_record, LISTS_READ),
    ("GET", "/account-info/v3/details", account.details, ANY),
    ("GET", "/account-info/v3/api-usage/daily/private-apps", account.usage, ANY),
    ("GET", "/integrations/v1/me", account.me, ANY),
    ("POST", "/oauth/v1/token", account.token_v1, OPEN),
    ("POST", "/oauth/v3/token", account.token, OPEN),
    ("POST", "/oauth/v3/token/introspect", account.introspected, OPEN),
    ("POST", "/oauth/v3/token/revoke", account.revoked, OPEN),
    ("GET", "/oauth/v1/access-tokens/{token}", account.access_token, OPEN),
    ("GET", "/oauth/v1/refresh-tokens/{token}", account.refresh_token, OPEN),
    ("DELETE", "/oauth/v1/refresh-tokens/{token}", account.revoked, OPEN),
    ("GET", f"{_W}/settings", webhooks_api.settings, OPEN),
    ("PUT", f"{_W}/settings", webhooks_api.settings_changed, OPEN),
    ("DELETE", f"{_W}/settings", webhooks_api.settings_cleared, OPEN),
    ("GET", f"{_W}/subscriptions", webhooks_api.subscriptions, OPEN),
    ("POST", f"{_W}/subscriptions", webhooks_api.subscribed, OPEN),
    ("POST", f"{_W}/subscriptions/batch/update", webhooks_api.batch_switched, OPEN),
    ("GET", f"{_W}/subscriptions/{{id}}", webhooks_api.subscription, OPEN),
    ("PATCH", f"{_W}/subscriptions/{{id}}", webhooks_api.switched, OPEN),
    ("DELETE", f"{_W}/subscriptions/{{id}}", webhooks_api.unsubscribed, OPEN),
    ("GET", "/form-integrations/v1/submissions/forms/{form}", forms.submissions, "forms"),
    ("POST", "/submissions/v3/integration/submit/{portal}/{form}", forms.submit, OPEN),
    ("POST", "/submissions/v3/integration/secure/submit/{portal}/{form}", forms.submit, "forms"),
)

# How later versions write the paths above: the version is a month and stands elsewhere.
_MONTH = r"\d{4}-\d\d(?:-beta)?"
_VERSIONS = tuple(
    (re.compile(pattern.replace("MONTH", _MONTH)), plain)
    for pattern, plain in (
        (r"/crm/objects/MONTH/([^/]+/[^/]+/associations/.*)", r"/crm/v4/objects/\1"),
        (r"/crm/objects/MONTH/(.*)", r"/crm/v3/objects/\1"),
        (r"/crm/associations/MONTH/(.*)", r"/crm/v4/associations/\1"),
        (r"/crm/(properties|owners|pipelines|lists)/MONTH(/.*)?", r"/crm/\1/v3\2"),
        (r"/crm/(properties|owners|pipelines|lists)/v3(/.*)?", r"/crm/v3/\1\2"),
        (r"/oauth/MONTH/(.*)", r"/oauth/v3/\1"),
        (r"/(account-info|webhooks)/MONTH/(.*)", r"/\1/v3/\2"),
    )
)


def _by_shape() -> dict[tuple[str, int], list[tuple[list[str], Route]]]:
    shapes: dict[tuple[str, int], list[tuple[list[str], Route]]] = defaultdict(list)
    for row in _TABLE:
        parts = row[1].split("/")
        shapes[row[0], len(parts)].append((parts, Route(*row)))
    return dict(shapes)


_ROUTES = _by_shape()
_METHODS = sorted({row[0] for row in _TABLE})


def same_path(path: str) -> str:
    """Return the path as the table has it, whatever version it was called by."""
    for pattern, plain in _VERSIONS:
        if pattern.fullmatch(path):
            path = pattern.sub(plain, path)
    return path.rstrip("/")


def find(method: str, raw_path: str) -> tuple[Route, dict[str, str]] | None:
    """Return the route of a call and what its path names; the path is still percent-encoded."""
    parts = same_path(raw_path).split("/")
    for template, route in _ROUTES.get((method, len(parts)), ()):
        params = _match(template, parts)
        if params is not None:
            return route, params
    return None


def lost(raw_path: str) -> Problem:
    """Word what a call gets that is none: of a known path the method is wrong."""
    if any(find(method, raw_path) for method in _METHODS):
        return Problem(HTTPStatus.METHOD_NOT_ALLOWED, "Method Not Allowed")
    return Problem(HTTPStatus.NOT_FOUND, "resource not found")


def _match(template: list[str], parts: list[str]) -> dict[str, str] | None:
    params: dict[str, str] = {}
    for wanted, part in zip(template, parts, strict=True):
        if wanted.startswith("{"):
            params[wanted[1:-1]] = unquote(part)
        elif wanted != part:
            return None
    return params
