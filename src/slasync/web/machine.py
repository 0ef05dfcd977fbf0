"""Health of what slasync stands on: credentials, disk, clocks, threads, webhooks."""

from collections.abc import Iterator
from datetime import timedelta

from slasync.domain.counting import so_many
from slasync.web.snapshot import Progress
from slasync.web.spans import minutes
from slasync.web.symptoms import Problem, Symptom

REFUSED = timedelta(minutes=2)  # a session that has ended is refused once, and made anew
STALL = timedelta(seconds=30)
SKEW = timedelta(minutes=1)
FORGED = 10  # webhooks refused within an hour, and more than were taken
MEBIBYTE = 2**20
LEAST, LITTLE = 256 * MEBIBYTE, 1024 * MEBIBYTE  # free bytes; of a small disk, a part of it
LEAST_PART, LITTLE_PART = 0.05, 0.15


def machine_risks(progress: Progress) -> Iterator[Problem]:
    """Tell what keeps slasync from working."""
    for system, since in sorted(progress.refused.items()):
        if progress.now - since > REFUSED:
            said = (
                f"{system} has refused slasync's credentials for {minutes(progress.now - since)}:"
                f" `slasync check --live` tells which{_answered(progress, system)}"
            )
            yield Problem(Symptom.CREDENTIALS, said)
    if progress.disk and progress.disk.free < min(LEAST, progress.disk.size * LEAST_PART):
        said = f"{_mebibytes(progress)} are free on the database's disk: soon nothing is kept"
        yield Problem(Symptom.DISK_FULL, said)
    if progress.stalled > STALL:
        seconds = int(progress.stalled.total_seconds())
        said = (
            f"nothing in slasync went on for {so_many(seconds, 'second')}: one thread kept all"
            " others out"
        )
        yield Problem(Symptom.STALLED, said)


def machine_notes(progress: Progress) -> Iterator[Problem]:
    """Tell what is about to keep slasync from working."""
    disk = progress.disk
    least = min(LEAST, disk.size * LEAST_PART) if disk else 0
    if disk and least <= disk.free < min(LITTLE, disk.size * LITTLE_PART):
        said = f"{_mebibytes(progress)} are free on the database's disk"
        yield Problem(Symptom.DISK_FULL, said)
    for system, skew in sorted(progress.skews.items()):
        if abs(skew) > SKEW:
            way = "behind" if skew > timedelta(0) else "ahead of"
            said = f"this machine's clock is {minutes(abs(skew))} {way} {system}'s"
            yield Problem(Symptom.CLOCK_SKEW, said)
    refused = progress.unsigned_webhooks
    if refused >= FORGED and refused > progress.webhooks:
        said = (
            f"{refused} webhooks were refused within the last hour and {progress.webhooks} taken:"
            " a wrong secret or address, or somebody knocks"
        )
        yield Problem(Symptom.WEBHOOKS_REFUSED, said)


def _answered(progress: Progress, system: str) -> str:
    """Repeat what the system said, which names what is to be mended."""
    cursors = sorted(progress.cursors.items())
    said = [c.error for name, c in cursors if name.startswith(f"{system}.") and c.error]
    return f"; {said[0]}" if said else ""


def _mebibytes(progress: Progress) -> str:
    return f"{progress.disk.free // MEBIBYTE if progress.disk else 0} MiB"
