"""Two pieces of work at one time, where the system lets a process make a copy of itself."""

import pickle
import sys
from collections.abc import Callable
from multiprocessing import get_all_start_methods, get_context
from multiprocessing.connection import Connection
from typing import TypeVar

Mine = TypeVar("Mine")
Theirs = TypeVar("Theirs")
CAN_COPY = "fork" in get_all_start_methods() and sys.platform != "darwin"  # unsafe there


def side_by_side(mine: Callable[[], Mine], theirs: Callable[[], Theirs]) -> tuple[Mine, Theirs]:
    """Return what both come to; `theirs` is worked out in a copy of this process.

    It may read whatever there is but change nothing that anybody else sees: files, connections. Its
    result and what it raises are pickled. One after the other where there are no copies.
    """
    if not CAN_COPY:
        return mine(), theirs()
    context = get_context("fork")
    told, tells = context.Pipe(duplex=False)
    copy = context.Process(target=_tell, args=(theirs, tells), daemon=True)
    copy.start()
    tells.close()  # the copy's end alone keeps the pipe open: it ends with the copy
    try:
        first = mine()
        second, error = told.recv()
    except EOFError:
        copy.join()
        raise RuntimeError(f"a copy of this process ended early, by {copy.exitcode}") from None
    finally:
        copy.kill()  # where `mine` failed nobody waits for the other
        copy.join()
    if error is not None:
        raise error
    return first, second


def _tell(work: Callable[[], object], tells: Connection) -> None:
    try:
        found = work()
    except Exception as error:  # noqa: BLE001 - raised again by who asked for it
        tells.send((None, _carried(error)))
    else:
        tells.send((found, None))


def _carried(error: Exception) -> Exception:
    """Return an error as it can be raised in another process: not every one can be told of."""
    try:
        pickle.loads(pickle.dumps(error))  # noqa: S301 - our own, made a line ago
    except Exception:  # noqa: BLE001 - whatever its class does
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error
