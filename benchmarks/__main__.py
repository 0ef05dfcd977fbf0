"""`python -m benchmarks [NAME ...]`: run every module that has `measure`, or those named.

A benchmark is a module of this package with `def measure() -> Iterator[Figure]`; putting the file
here is all that is needed. Each figure is printed as one JSON line as soon as it is known.
"""

import sys
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from importlib import import_module
from pkgutil import iter_modules

import benchmarks
from benchmarks.figures import Figure

NOT_BENCHMARKS = {"__main__", "figures"}


def available() -> list[str]:
    """Return the names of all modules beside this one that may be benchmarks."""
    return sorted({found.name for found in iter_modules(benchmarks.__path__)} - NOT_BENCHMARKS)


def run(names: Iterable[str]) -> None:
    """Measure and print; a module without `measure` is a helper and is passed over."""
    for name in names:
        measure = getattr(import_module(f"benchmarks.{name}"), "measure", None)
        for figure in measure() if measure else ():
            show(figure)


def show(figure: Figure) -> None:
    print(figure.as_json(), flush=True)


def main(asked: Sequence[str]) -> int:
    """Return 0, or 2 when a name is not known."""
    known = available()
    for name in asked:
        if name not in known:
            near = get_close_matches(name, known, n=1)
            hint = f" (did you mean {near[0]}?)" if near else ""
            print(f"no benchmark {name!r}{hint}: {', '.join(known)}", file=sys.stderr)
            return 2
    run(asked or known)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
