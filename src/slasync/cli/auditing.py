"""Who decides at the command line, and its entry in the audit that the dashboard's deeds are in."""

from slasync.cli.surroundings import Surroundings
from slasync.domain.audit import Deed
from slasync.store.held import Order
from slasync.store.unit import Unit

LOGGED_IN = ("SUDO_USER", "LOGNAME", "USER", "USERNAME")


def logged_in(surroundings: Surroundings) -> str:
    """Name whoever calls, by the environment."""
    found = (surroundings.environ.get(name) for name in LOGGED_IN)
    return next((name for name in found if name), "somebody at the command line")


def note(
    unit: Unit, order: Order, action: str, target: str = "", /, **detail: object
) -> None:  # fmt: skip
    """Write a decision down in the transaction that carries it out: both or neither."""
    unit.audit.add(Deed(at=order.at, who=order.by, action=action, target=target, detail=detail))
