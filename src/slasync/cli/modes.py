"""The modes of the deployment and its teams, as commands print them."""

from typing import Any

from slasync.cli.output import table
from slasync.domain.modes import Modes


def modes_told(modes: Modes) -> dict[str, Any]:
    """Return the modes as JSON values."""
    return {
        "mode": modes.deployment.mode.value,
        "canary": str(modes.deployment.canary) if modes.deployment.canary else None,
        "modes": {name: str(team) for name, team in sorted(modes.teams.items())},
    }


def show_modes(modes: Modes) -> None:
    """Print each team's mode, where teams have modes of their own, or a canary is chosen."""
    if not modes.teams and modes.deployment.canary is None:
        return
    rows = [("the deployment, which bounds them all", str(modes.deployment))]
    rows += [(name, str(team)) for name, team in sorted(modes.teams.items())]
    table("Modes", ("team", "mode"), rows)
