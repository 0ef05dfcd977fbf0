"""JSON Schemas of the files, for editors and for suggestions."""

from collections.abc import Iterator, Mapping
from functools import cache
from itertools import chain
from typing import Any

from pydantic.json_schema import GenerateJsonSchema
from pydantic_core.core_schema import WithDefaultSchema

from slasync.settings.agreement_file import AgreementFile
from slasync.settings.calendars_file import CalendarsFile
from slasync.settings.connector_files import HubSpotFile, SalesforceFile
from slasync.settings.deployment_file import DeploymentFile
from slasync.settings.marketo_file import MarketoFile
from slasync.settings.policy_test_file import PolicyTestFile
from slasync.settings.problems import Path
from slasync.settings.strict import Strict
from slasync.settings.teams_file import TeamsFile

Schema = dict[str, Any]

FILES: Mapping[str, type[Strict]] = {
    "config/slasync.yaml": DeploymentFile,
    "config/agreement.yaml": AgreementFile,
    "config/calendars.yaml": CalendarsFile,
    "config/teams.yaml": TeamsFile,
    "connectors/salesforce/connector.yaml": SalesforceFile,
    "connectors/hubspot/connector.yaml": HubSpotFile,
    "connectors/marketo/connector.yaml": MarketoFile,
}
TESTS = "config/tests/tests.yaml"
"""Stands for every file of that folder: they have any names."""


def schemas() -> dict[str, Schema]:
    """Return the JSON Schema (Draft 2020-12) of each file, by its place under the directory."""
    return {
        name: {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema_of(model)}
        for name, model in {**FILES, TESTS: PolicyTestFile}.items()
    }


class _WithoutDefaults(GenerateJsonSchema):
    """Defaults are compiled values, such as timedelta, and stand in docs/configuration.md."""

    def default_schema(self, schema: WithDefaultSchema) -> Schema:
        return self.generate_inner(schema["schema"])


@cache
def schema_of(model: type[Strict]) -> Schema:
    """Return the JSON Schema of a model."""
    return model.model_json_schema(schema_generator=_WithoutDefaults)


def keys_at(schema: Schema, path: Path) -> list[str]:
    """Return the keys that the mapping at `path` may have."""
    nodes = list(_plain(schema, schema))
    for part in path:
        nodes = [
            deep for node in nodes for child in _step(node, part) for deep in _plain(schema, child)
        ]
    return sorted({key for node in nodes for key in node.get("properties", {})})


def _step(node: Schema, part: str | int) -> Iterator[Schema]:
    if isinstance(part, int):
        yield from (node[key] for key in ("items",) if key in node)
    elif part in node.get("properties", {}):
        yield node["properties"][part]
    else:
        free = [node.get("additionalProperties"), *node.get("patternProperties", {}).values()]
        yield from (inner for inner in free if isinstance(inner, dict))


def _plain(schema: Schema, node: Schema) -> Iterator[Schema]:
    """Yield what a node stands for: references followed, alternatives one by one."""
    if "$ref" in node:
        yield from _plain(schema, schema["$defs"][node["$ref"].rpartition("/")[2]])
        return
    yield node
    several = (node.get(key, ()) for key in ("anyOf", "oneOf", "allOf"))
    for alternative in chain.from_iterable(several):
        yield from _plain(schema, alternative)
