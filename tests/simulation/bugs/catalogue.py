"""All seeded bugs, by what they are about; none of them has a branch in src/."""

from collections.abc import Sequence

from tests.simulation.bugs import of_deciding, of_reading, of_storing, of_writing
from tests.simulation.bugs.bug import Bug

BUGS: tuple[Bug, ...] = (
    *of_reading.BUGS,
    *of_deciding.BUGS,
    *of_storing.BUGS,
    *of_writing.BUGS,
)


def named(names: Sequence[str]) -> list[Bug]:
    """Return the bugs of these names, all where none is given. Raises ValueError."""
    by_name = {bug.name: bug for bug in BUGS}
    unknown = sorted(set(names) - by_name.keys())
    if unknown:
        raise ValueError(f"no bug is named {', '.join(unknown)}; there are: {', '.join(by_name)}")
    return [by_name[name] for name in names] if names else list(BUGS)
