"""The wheel holds all that slasync needs where there is no checkout."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.packaging.dockerfile import ROOT

MAIN = "import sys, slasync.cli.main as m; print(m.__file__, file=sys.stderr); m.main()"


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build a wheel and unpack it, as pip does."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)  # noqa: S603 - our own tools
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def shipped(root: Path) -> dict[str, bytes]:
    folders = [root / "config", root / "connectors"]
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    return {str(path.relative_to(root)): path.read_bytes() for path in files}


def test_init_copies_the_shipped_configuration_far_from_any_checkout(
    unpacked: Path, tmp_path: Path
) -> None:
    done = subprocess.run(  # noqa: S603 - the interpreter that runs the tests
        [sys.executable, "-c", MAIN, "init", "mine"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(unpacked)},
        check=True,
        capture_output=True,
        text=True,
    )
    assert str(unpacked) in done.stderr
    assert shipped(tmp_path / "mine") == shipped(ROOT)


def test_migrations_and_the_sandboxs_maps_are_in_the_wheel(unpacked: Path) -> None:
    def names(folder: Path, pattern: str) -> set[str]:
        return {str(path.relative_to(folder)) for path in folder.rglob(pattern)}

    source, packed = ROOT / "src/slasync", unpacked / "slasync"
    assert names(source, "*.py") == names(packed, "*.py")
    assert names(source / "sandbox", "*.yaml") == names(packed / "sandbox", "*.yaml")
