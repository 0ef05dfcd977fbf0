"""What is wrong with the configuration, said so that an admin can mend it: where, what, and how."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from slasync.errors import SlasyncError

Path = tuple[str | int, ...]
"""Where in a file: keys and list positions from the top."""


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing wrong, at a place in a file that counts from 1."""

    file: str
    line: int
    col: int
    path: str  # "clocks.first_touch.ladder[2]"
    what: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.col}: {self.path or '(top)'}: {self.what}"


class ConfigurationError(SlasyncError):
    """The configuration is refused; `problems` are all there are, in the order of the files."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


def did_you_mean(word: str, options: Iterable[str]) -> str:
    """Return " (did you mean x?)" for the nearest of `options`, or nothing when none is near."""
    by_lower = {option.lower(): option for option in options}
    near = get_close_matches(word.lower(), by_lower, n=1, cutoff=0.5)
    return f" (did you mean {by_lower[near[0]]}?)" if near else ""


def written(path: Path) -> str:
    """Write a path as people do: `pools.inbound.members[0]`."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text
