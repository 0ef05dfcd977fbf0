import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from slasync.domain.wording import PLACEHOLDERS
from slasync.settings import schemas

MANUAL = Path(__file__).parents[2] / "docs" / "configuration.md"
PAGES = (MANUAL, MANUAL.with_name("testing_policies.md"))
SAID = " ".join(said for page in PAGES for said in re.findall(r"`([^`\n]+)`", page.read_text()))
WORDS = set(re.findall(r"[A-Za-z_]+", SAID))


def keys(schema: dict[str, Any]) -> Iterator[str]:
    yield from schema.get("properties", {})
    for definition in schema.get("$defs", {}).values():
        yield from definition.get("properties", {})


@pytest.mark.parametrize("name", schemas())
def test_the_manual_explains_every_key(name: str) -> None:
    days = {"tue", "wed", "thu", "fri", "sat"}  # "mon to sun"

    assert set(keys(schemas()[name])) - days <= WORDS


def test_the_manual_explains_every_placeholder() -> None:
    text = MANUAL.read_text()

    assert [name for name in sorted(PLACEHOLDERS) if f"`${name}`" not in text] == []
