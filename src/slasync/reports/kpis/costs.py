"""What was spent, and visitors that were counted, from a CSV file; every bad row is told by line.

Columns: month, and source or campaign or both, cost, visits. Comma or semicolon between them.
"""

import csv
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from io import StringIO
from pathlib import Path

from slasync.domain.time.months import Month
from slasync.errors import Refused

COLUMNS = ("month", "source", "campaign", "cost", "visits")
_NUMBER = re.compile(r"\d+(?:[.,]\d{1,2})?")
_WHOLE = re.compile(r"\d+")
MOST_TOLD = 20
LARGEST = 20_000_000  # bytes


class WrongCosts(Refused):
    """The file has rows that nobody can add up."""


@dataclass(frozen=True, slots=True)
class Cost:
    """One row: what was spent in a month on a source, or a campaign."""

    month: Month
    source: str
    campaign: str
    cost: Fraction
    visits: int | None = None


@dataclass(frozen=True, slots=True)
class Spent:
    """What was spent in one month. A row of a campaign of a source counts for both, once in all."""

    total: Fraction
    by_source: Mapping[str, Fraction]
    by_campaign: Mapping[str, Fraction]


def read_costs(path: Path) -> tuple[Cost, ...]:
    """Read a file. Raises WrongCosts naming each line that is wrong, and how to mend it."""
    try:
        if path.stat().st_size > LARGEST:
            raise WrongCosts(
                f"{path} is larger than {LARGEST // 1_000_000} MB: is it the right file?"
            )
        text = path.read_text("utf-8-sig")
    except OSError as error:
        raise WrongCosts(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise WrongCosts(f"{path} is not UTF-8: save it as CSV UTF-8") from error
    return costs_of(text, str(path))


def costs_of(text: str, name: str) -> tuple[Cost, ...]:
    """Read the text of a file that is called so."""
    first = text.partition("\n")[0]
    reader = csv.reader(
        StringIO(text), delimiter=";" if first.count(";") > first.count(",") else ","
    )
    try:
        lines = [(reader.line_num, row) for row in reader if any(cell.strip() for cell in row)]
    except csv.Error as error:
        raise WrongCosts(f"{name}:{reader.line_num}: {error}") from error
    if not lines:
        raise WrongCosts(f"{name} is empty: its first line names the columns {', '.join(COLUMNS)}")
    header = [cell.strip().lower() for cell in lines[0][1]]
    problems = [*_wrong_header(header)]
    found: list[Cost] = []
    for line, row in [] if problems else lines[1:]:
        try:
            found.append(_cost(header, row))
        except ValueError as error:
            problems.append(f"{line}: {error}")
    if problems:
        more = [f"and {len(problems) - MOST_TOLD} more"] if len(problems) > MOST_TOLD else []
        raise WrongCosts("\n".join([*(f"{name}:{each}" for each in problems[:MOST_TOLD]), *more]))
    return tuple(found)


def _wrong_header(header: Sequence[str]) -> Iterator[str]:
    strange = [cell for cell in header if cell not in COLUMNS]
    if strange:
        yield f"1: there is no column {strange[0]!r}: there are {', '.join(COLUMNS)}"
    for needed in ("month", "cost"):
        if needed not in header:
            yield f"1: the column {needed} is missing"
    if not {"source", "campaign"} & set(header):
        yield "1: one of the columns source and campaign is needed"
    twice = [cell for cell in header if header.count(cell) > 1]
    if twice:
        yield f"1: the column {twice[0]} is there twice"


def _cost(header: Sequence[str], row: Sequence[str]) -> Cost:
    if len(row) != len(header):
        raise ValueError(f"{len(row)} values, and the first line names {len(header)} columns")
    values = {name: cell.strip() for name, cell in zip(header, row, strict=True)}
    source, campaign = values.get("source", ""), values.get("campaign", "")
    if not source and not campaign:
        raise ValueError("neither source nor campaign is given: whose cost is it?")
    visits = values.get("visits", "")
    if visits and not _WHOLE.fullmatch(visits):
        raise ValueError(f"visits {visits!r} is no whole number")
    month = Month.parse(values["month"])
    return Cost(month, source, campaign, _amount(values["cost"]), int(visits) if visits else None)


def _amount(text: str) -> Fraction:
    if not _NUMBER.fullmatch(text):
        raise ValueError(
            f"cost {text!r} is no amount: write 1234.50, without currency or thousands separators"
        )
    return Fraction(text.replace(",", "."))


def spent_in(costs: Iterable[Cost], month: Month) -> Spent:
    """Add up what was spent in a month."""
    by_source: dict[str, Fraction] = {}
    by_campaign: dict[str, Fraction] = {}
    total = Fraction(0)
    for each in costs:
        if each.month != month:
            continue
        total += each.cost
        for by, name in ((by_source, each.source), (by_campaign, each.campaign)):
            if name:
                by[name] = by.get(name, Fraction(0)) + each.cost
    return Spent(total, by_source, by_campaign)


def visits_in(costs: Iterable[Cost], month: Month) -> int | None:
    """Add up the visitors of a month; None where nobody counted any."""
    found = [each.visits for each in costs if each.month == month and each.visits is not None]
    return sum(found) if found else None
