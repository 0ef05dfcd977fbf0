"""A disk that keeps nothing: the kernel refuses every sync of one thread, by a filter it sets."""

import ctypes
import errno
import platform
import sys
import threading
from collections.abc import Callable

import pytest

SYNCS = {"x86_64": (74, 75), "aarch64": (82, 83)}  # numbers of fsync and fdatasync
NO_NEW_PRIVILEGES, SECCOMP, BY_FILTER = 38, 22, 2  # of prctl
LOAD, IF_EQUAL, RETURN = 0x20, 0x15, 0x06
ALLOW, FAIL = 0x7FFF0000, 0x00050000


class Step(ctypes.Structure):
    """One instruction of a filter."""

    _fields_ = (
        ("code", ctypes.c_ushort),
        ("then", ctypes.c_ubyte),
        ("otherwise", ctypes.c_ubyte),
        ("value", ctypes.c_uint),
    )


class Filter(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("steps", ctypes.POINTER(Step)))


def while_syncs_fail(work: Callable[[], object]) -> BaseException | None:
    """Do `work` in a thread that can sync nothing to disk; return what it raised."""
    numbers = SYNCS.get(platform.machine())
    if sys.platform != "linux" or numbers is None:
        pytest.skip("only Linux can be asked to refuse a thread's syncs")
    raised: list[BaseException] = []

    def run() -> None:
        try:
            _refuse(*numbers)
            work()
        except BaseException as error:  # noqa: BLE001 - told to who asked
            raised.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    return raised[0] if raised else None


def _refuse(fsync: int, fdatasync: int) -> None:
    """Have the kernel answer every sync of this thread with EIO, for the rest of its life."""
    steps = (Step * 5)(
        Step(LOAD, 0, 0, 0),
        Step(IF_EQUAL, 1, 0, fsync),
        Step(IF_EQUAL, 0, 1, fdatasync),
        Step(RETURN, 0, 0, FAIL | errno.EIO),
        Step(RETURN, 0, 0, ALLOW),
    )
    libc = ctypes.CDLL(None, use_errno=True)
    wanted = Filter(len(steps), steps)
    if libc.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0) or libc.prctl(
        SECCOMP, BY_FILTER, ctypes.byref(wanted), 0, 0
    ):
        pytest.skip(f"this kernel takes no filter: {errno.errorcode.get(ctypes.get_errno())}")
