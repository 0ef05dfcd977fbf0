"""`python -m tests.faults`: print the fault table; exit 1 when a row has no answer."""

import sys

from tests.faults.catalogue import MOST_LATER, ROWS, SECTIONS
from tests.faults.scan import marked
from tests.faults.table import printed, problems, summary, table


def main() -> int:
    """Print the table, its counts, and what is wrong with it."""
    marks = marked()
    lines = [*printed(SECTIONS, marks), "", summary(table(ROWS, marks))]
    wrong = list(problems(ROWS, marks, MOST_LATER))
    sys.stdout.write("\n".join([*lines, *wrong]) + "\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
