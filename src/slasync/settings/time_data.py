"""Which time zone data and which holidays this machine works with: both change deadlines."""

import zoneinfo
from functools import cache
from importlib import metadata
from pathlib import Path

_MARK = "# version "


def time_data() -> str:
    """Name the versions: "tzdata 2025b, holidays 0.109"."""
    return f"tzdata {_zones()}, holidays {_version('holidays')}"


def _zones() -> str:
    """Look where zoneinfo looks: in the system's folders first, then in the package tzdata."""
    for folder in map(Path, zoneinfo.TZPATH):
        if (folder / "UTC").is_file():
            return _of_system(folder)
    return _version("tzdata")


@cache  # a process goes on with what it has imported, and a long file is read for this
def _version(package: str) -> str:
    return metadata.version(package)


def _of_system(folder: Path) -> str:
    try:
        with (folder / "tzdata.zi").open(encoding="utf-8") as file:
            first = file.readline()
    except OSError:
        return f"of {folder}"
    return first.removeprefix(_MARK).strip() if first.startswith(_MARK) else f"of {folder}"
