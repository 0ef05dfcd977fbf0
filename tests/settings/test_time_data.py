"""Which time zone data a machine works with: the system's where it has any, else the package's."""

import zoneinfo
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest

from slasync.settings.time_data import time_data

HOLIDAYS = f"holidays {metadata.version('holidays')}"


@pytest.fixture
def system(tmp_path: Path) -> Iterator[Path]:
    """A folder where zoneinfo looks first."""
    before = zoneinfo.TZPATH
    zoneinfo.reset_tzpath([str(tmp_path / "none"), str(tmp_path)])
    yield tmp_path
    zoneinfo.reset_tzpath(before)


def test_without_zones_of_the_system_it_is_the_package_that_is_named(system: Path) -> None:
    assert not list(system.iterdir())
    assert time_data() == f"tzdata {metadata.version('tzdata')}, {HOLIDAYS}"


def test_the_systems_zones_are_named_by_their_version(system: Path) -> None:
    (system / "UTC").touch()
    (system / "tzdata.zi").write_text("# version 2020a\n# ddeps\n")

    assert time_data() == f"tzdata 2020a, {HOLIDAYS}"


@pytest.mark.parametrize("text", [None, "R d 1916 o\n"])
def test_zones_of_the_system_that_bear_no_version_are_named_by_their_folder(
    system: Path, text: str | None
) -> None:
    (system / "UTC").touch()
    if text is not None:
        (system / "tzdata.zi").write_text(text)

    assert time_data() == f"tzdata of {system}, {HOLIDAYS}"
