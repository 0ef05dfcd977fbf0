"""Every call of HubSpot that slasync makes, in one table: as each generation of its API writes it.

The numbered versions end in 2027; the dated ones, two a year, are supported for 18 months each.
"""

from dataclasses import dataclass

NUMBERED = "v3"


@dataclass(frozen=True, slots=True)
class Route:
    """A method and a path. `{name}` stands for one segment, `{version}` for a dated version."""

    method: str
    numbered: str
    dated: str

    def path(self, version: str) -> str:
        """Return the path as `version` writes it, `v3` or a date."""
        return self.numbered if version == NUMBERED else self.dated.replace("{version}", version)

    def operation(self, version: str, **types: str) -> str:
        """Return how a call is named for people: its method and path, types of records filled."""
        named = self.path(version)
        for name, kind in types.items():
            named = named.replace(f"{{{name}}}", kind)
        return f"{self.method} {named}"


_OBJECTS, _OBJECTS_DATED = "/crm/v3/objects/{object}", "/crm/objects/{version}/{object}"
_PROPERTIES, _PROPERTIES_DATED = "/crm/v3/properties/{object}", "/crm/properties/{version}/{object}"
_LISTS, _LISTS_DATED = "/crm/v3/lists", "/crm/lists/{version}"
_BY_ID, _MEMBERS = "/{list}", "/{list}/memberships/{change}"
_LISTS_OF = "/records/{object}/{id}/memberships"

PAGE = Route("GET", _OBJECTS, _OBJECTS_DATED)
SEARCH = Route("POST", f"{_OBJECTS}/search", f"{_OBJECTS_DATED}/search")
BATCH = Route("POST", f"{_OBJECTS}/batch/{{how}}", f"{_OBJECTS_DATED}/batch/{{how}}")
TIES = Route(
    "POST",
    "/crm/v4/associations/{object}/{to}/batch/read",
    "/crm/associations/{version}/{object}/{to}/batch/read",
)
PROPERTIES = Route("GET", _PROPERTIES, _PROPERTIES_DATED)
PROPERTY = Route("POST", _PROPERTIES, _PROPERTIES_DATED)
GROUPS = Route("GET", f"{_PROPERTIES}/groups", f"{_PROPERTIES_DATED}/groups")
GROUP = Route("POST", f"{_PROPERTIES}/groups", f"{_PROPERTIES_DATED}/groups")
OWNERS = Route("GET", "/crm/v3/owners", "/crm/owners/{version}")
LIST = Route("GET", f"{_LISTS}{_BY_ID}", f"{_LISTS_DATED}{_BY_ID}")
MEMBERS = Route("PUT", f"{_LISTS}{_MEMBERS}", f"{_LISTS_DATED}{_MEMBERS}")
LISTS_OF = Route("GET", f"{_LISTS}{_LISTS_OF}", f"{_LISTS_DATED}{_LISTS_OF}")
PIPELINES = Route("GET", "/crm/v3/pipelines/{object}", "/crm/pipelines/{version}/{object}")
ACCOUNT = Route("GET", "/account-info/v3/details", "/account-info/{version}/details")
TOKEN = Route("POST", "/oauth/v3/token", "/oauth/{version}/token")
# HubSpot has written no other version of this one
SUBMISSIONS = Route(
    "GET",
    "/form-integrations/v1/submissions/forms/{form}",
    "/form-integrations/v1/submissions/forms/{form}",
)
