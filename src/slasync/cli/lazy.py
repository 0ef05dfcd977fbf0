"""A group of commands whose modules are imported when they are called: `--help` stays quick."""

import gc
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType
from typing import Any

import click
from click.shell_completion import CompletionItem


@dataclass(frozen=True, slots=True)
class Place:
    """Where a command is written, as `module:name`, and its line in the list of commands."""

    target: str
    summary: str


def imported(module: str) -> ModuleType:
    """Import a module; modules stay, so nobody looks among them for garbage, then or later.

    A third of a command's start went into that.
    """
    if module in sys.modules:
        return sys.modules[module]
    gc.disable()
    try:
        return import_module(module)
    finally:
        gc.freeze()
        gc.enable()


class LazyGroup(click.Group):
    """Takes `places` besides the commands that are added to it."""

    def __init__(self, *args: Any, places: Mapping[str, Place] | None = None, **more: Any) -> None:
        super().__init__(*args, **more)
        self._places = dict(places or {})

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*self._places, *(n for n in super().list_commands(ctx) if n not in self._places)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        place = self._places.get(cmd_name)
        if place is None:
            return super().get_command(ctx, cmd_name)
        module, _, name = place.target.partition(":")
        command = getattr(imported(module), name)
        if not isinstance(command, click.Command):
            raise TypeError(f"{place.target} is no command")
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing those that have a place."""
        rows = [(name, self._summary(ctx, name)) for name in self.list_commands(ctx)]
        with formatter.section("Commands"):
            formatter.write_dl(rows)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Complete commands without importing them: a key that is pressed is answered at once."""
        names = [name for name in self.list_commands(ctx) if name.startswith(incomplete)]
        commands = [CompletionItem(name, help=self._summary(ctx, name)) for name in names]
        return commands + click.Command.shell_complete(self, ctx, incomplete)

    def _summary(self, ctx: click.Context, name: str) -> str:
        place = self._places.get(name)
        if place is not None:
            return place.summary
        command = super().get_command(ctx, name)
        return command.get_short_help_str() if command else ""
