"""The example of docs/configuration.md: leads that come back, with a clock of marketing's."""

import re
from io import StringIO
from pathlib import Path
from textwrap import dedent
from typing import Any

from ruamel.yaml import YAML

from slasync.settings import copy_defaults
from tests.settings.configs import Configuration

MANUAL = Path(__file__).parents[2] / "docs" / "configuration.md"
EXAMPLE = re.compile(r"\n(    # connectors/hubspot.*?)\n\n(?! {4})", re.DOTALL)


def with_enrolment(root: Path) -> Configuration:
    """Copy the shipped files to `root`, with the example of the manual in them."""
    copy_defaults(root)
    put_example(root)
    return Configuration(root)


def put_example(root: Path) -> None:
    """Put the example of the manual into a configuration that is there."""
    for name, text in _parts():
        path = root / name
        shipped = _yaml().load(path.read_text("utf-8"))
        _merge(shipped, _yaml().load(text))
        path.write_text(_written(shipped), "utf-8")


def _parts() -> list[tuple[str, str]]:
    found = EXAMPLE.search(MANUAL.read_text("utf-8"))
    assert found, "the manual has no example of enrolment"
    files = re.split(r"^# (\S+\.yaml)$", dedent(found[1]), flags=re.MULTILINE)[1:]
    return list(zip(files[::2], files[1::2], strict=True))


def _merge(into: Any, more: Any) -> None:
    for key, value in more.items():
        if key == "enrolment" and "within" in (into.get(key) or {}):
            into[key] = value  # the limit stands in one place
        elif isinstance(value, dict) and isinstance(into.get(key), dict):
            _merge(into[key], value)
        else:
            into[key] = value


def _yaml() -> YAML:
    yaml = YAML()
    yaml.width = 4096
    return yaml


def _written(data: Any) -> str:
    stream = StringIO()
    _yaml().dump(data, stream)
    return stream.getvalue()
