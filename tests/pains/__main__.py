"""`python -m tests.pains`: print the table of pains; exit 1 when one has no answer."""

import sys

from tests.faults.scan import marked
from tests.faults.table import printed, problems, summary, table
from tests.pains.catalogue import MOST_LATER, ROWS, SECTIONS


def main() -> int:
    """Print the table, its counts, and what is wrong with it."""
    marks = marked(mark="pain")
    lines = [*printed(SECTIONS, marks), "", summary(table(ROWS, marks))]
    wrong = list(problems(ROWS, marks, MOST_LATER))
    sys.stdout.write("\n".join([*lines, *wrong]) + "\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
