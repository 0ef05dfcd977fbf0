"""Agreements to be read: the shipped one, and a small one that says everything there is to say."""

import shutil
from collections.abc import Callable
from pathlib import Path

from slasync.settings import copy_defaults
from slasync.settings.paper import Paper, load_paper

HERE = Path(__file__).parent
SMALL = HERE / "signed"
AGREEMENT, TEAMS = "config/agreement.yaml", "config/teams.yaml"
CALENDARS = "config/calendars.yaml"

Change = tuple[str, str, str]  # file, what stands there, what is to stand there


def shipped(root: Path, *changes: Change) -> Paper:
    """The shipped agreement, changed."""
    return _changed(root, copy_defaults, changes)


def small(root: Path, *changes: Change) -> Paper:
    """The small agreement, changed."""
    return _changed(root, lambda to: shutil.copytree(SMALL, to, dirs_exist_ok=True), changes)


def _changed(root: Path, copy: Callable[[Path], object], changes: tuple[Change, ...]) -> Paper:
    copy(root)
    for name, old, new in changes:
        text = (root / name).read_text("utf-8")
        assert old in text, f"{old!r} is not in {name}"
        (root / name).write_text(text.replace(old, new, 1), "utf-8")
    return load_paper(root / "config", root / "connectors")
