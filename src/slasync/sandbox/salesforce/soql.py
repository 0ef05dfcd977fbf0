"""SOQL text to `soql_ast` values. Unreadable text raises MALFORMED_QUERY with row and column."""

import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache
from typing import Any

from slasync.sandbox.http import is_number
from slasync.sandbox.salesforce import times
from slasync.sandbox.salesforce.errors import Trouble
from slasync.sandbox.salesforce.soql_ast import (
    And,
    Call,
    Compare,
    Condition,
    In,
    Not,
    Or,
    Order,
    Path,
    Statement,
    TypeOf,
    Value,
)

Selected = Path | Call | TypeOf | Statement

LONGEST = 100_000
MOST_OFFSET = 2_000
TOKEN = re.compile(
    r"""\s*(?:
      (?P<string>'(?:[^'\\]|\\.)*')
    | (?P<datetime>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d))
    | (?P<date>\d{4}-\d\d-\d\d)(?![\dT])
    | (?P<number>[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)(?![\w-])
    | (?P<range>[A-Za-z_]+:\d+)
    | (?P<name>[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)
    | (?P<mark><=|>=|!=|<>|[=<>(),])
    )""",
    re.VERBOSE | re.DOTALL,
)
SOME_TIME = "2000-01-01T00:00:00Z"
TIMES = re.compile(r"'(?:[^'\\]|\\.)*'|(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)", re.DOTALL)
SPOKEN = {"name", "mark"}
ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", "N": "\n", "R": "\r", "T": "\t"}
CLAUSES = {"where", "with", "group", "having", "order", "limit", "offset", "for", "using", "all"}
RANGES = re.compile(
    r"(?:TODAY|YESTERDAY|TOMORROW|(?:LAST|THIS|NEXT)_(?:WEEK|MONTH|(?:FISCAL_)?(?:QUARTER|YEAR))"
    r"|(?:LAST|NEXT)_90_DAYS"
    r"|(?:(?:LAST|NEXT)_N_(?:DAYS|WEEKS|MONTHS|(?:FISCAL_)?(?:QUARTERS|YEARS))"
    r"|N_(?:DAYS|WEEKS|MONTHS|(?:FISCAL_)?(?:QUARTERS|YEARS))_AGO):\d+)",
    re.IGNORECASE,
)


def escaped(body: str) -> str:
    """Read the inside of a string literal; `\\_` and `\\%` stay escaped for LIKE."""
    return re.sub(
        r"\\(.)",
        lambda m: m[0] if m[1] in "_%" else ESCAPES.get(m[1], m[1]),
        body,
        flags=re.DOTALL,
    )


def parse(text: str) -> Statement:
    """Read one statement. Raises Trouble."""
    if len(text) > LONGEST:
        raise Trouble("QUERY_TOO_COMPLICATED", "SOQL statements cannot be longer than 100000")
    form = TIMES.sub(lambda found: SOME_TIME if found[1] else found[0], text)
    with suppress(Trouble, ValueError):
        return _timed(_read(form), text)
    return _read(text)  # which says what is wrong in its own words


@lru_cache(maxsize=256)
def _read(text: str) -> Statement:
    """Read a statement: pollers ask for the same ones again and again, of other times."""
    reader = _Reader(text)
    found = reader.statement()
    reader.end()
    return found


def _timed(found: Statement, text: str) -> Statement:
    """Return a statement with the times of `text`, which differs in nothing else."""
    select = tuple(_timed(i, text) if isinstance(i, Statement) else i for i in found.select)
    where, having = _with_times(found.where, text), _with_times(found.having, text)
    return replace(found, text=text, select=select, where=where, having=having)


def _with_times(part: Any, text: str) -> Any:  # noqa: PLR0911 - one a kind of condition
    match part:
        case Compare(path, operator, value):
            return Compare(path, operator, _with_times(value, text))
        case Value("datetime", _, at) if text.endswith("Z", at, at + len(SOME_TIME)):
            return Value("datetime", times.instant(text[at : at + len(SOME_TIME)]), at)
        case And(parts) | Or(parts):
            return type(part)(_with_times(parts, text))
        case tuple():
            return tuple(_with_times(each, text) for each in part)
        case Not(inner):
            return Not(_with_times(inner, text))
        case In(path, values, negated):
            return In(path, _with_times(values, text), negated)
        case Statement():
            return _timed(part, text)
    return part


def failed(text: str, at: int, message: str, code: str = "MALFORMED_QUERY") -> Trouble:
    """Return the refusal with the query, a caret below the place, row and column."""
    before = text[:at]
    row, column = before.count("\n") + 1, at - (before.rfind("\n") + 1) + 1
    line = text.splitlines()[row - 1] if text else ""
    where = f"\n{line}\n{' ' * (column - 1)}^\nERROR at Row:{row}:Column:{column}\n"
    return Trouble(code, where + message)


class _Reader:
    """A recursive-descent parser over the tokens of one statement."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens: list[tuple[str, str, int]] = []
        place = 0
        while found := TOKEN.match(text, place):
            kind = str(found.lastgroup)
            self.tokens.append((kind, found[kind], found.start(kind)))
            place = found.end()
        if place < len(text.rstrip()):
            place += len(text[place:]) - len(text[place:].lstrip())
            raise failed(text, place, f"unexpected token: '{text[place : place + 1]}'")
        # in lower case: what a clause begins with; "" for literals
        self.words = [text.lower() if kind in SPOKEN else "" for kind, text, _ in self.tokens]
        self.next = 0

    # -- tokens ---------------------------------------------------------------------------------

    def peek(self) -> tuple[str, str, int]:
        return (
            self.tokens[self.next] if self.next < len(self.tokens) else ("end", "", len(self.text))
        )

    def word(self) -> str:
        """Return the coming name in lower case, or the mark; "" for literals."""
        return self.words[self.next] if self.next < len(self.words) else ""

    def take(self) -> tuple[str, str, int]:
        token = self.peek()
        self.next += 1
        return token

    def skip(self, *words: str) -> bool:
        """Take the words if they come next, all of them."""
        end = self.next + len(words)
        if self.words[self.next : end] != list(words):
            return False
        self.next = end
        return True

    def expect(self, word: str) -> None:
        if not self.skip(word):
            raise self.unexpected(word)

    def unexpected(self, wanted: str = "") -> Trouble:
        kind, text, at = self.peek()
        if kind == "end":
            return failed(self.text, max(at - 1, 0), "unexpected token: '<EOF>'")
        hint = f" expecting '{wanted}'" if wanted else ""
        return failed(self.text, at, f"unexpected token: '{text}'{hint}")

    def name(self) -> tuple[str, int]:
        kind, text, at = self.peek()
        if kind != "name":
            raise self.unexpected()
        self.next += 1
        return text, at

    def number(self) -> int:
        kind, text, _ = self.peek()
        if kind != "number" or not is_number(text):
            raise self.unexpected()
        self.next += 1
        return int(text)

    def path(self) -> Path:
        text, at = self.name()
        return Path(tuple(text.split(".")), at)

    def end(self) -> None:
        if self.peek()[0] != "end":
            raise self.unexpected()

    # -- clauses --------------------------------------------------------------------------------

    def statement(self) -> Statement:
        self.expect("select")
        select = self.items()
        self.expect("from")
        source, at = self.name()
        alias, found = self.source_alias(), dict[str, Any]()
        if self.skip("using"):
            self.expect("scope")
            self.name()
        if self.skip("where"):
            found["where"] = self.condition()
        if self.skip("with"):
            self.name()
        if self.skip("group", "by"):
            found["group"] = self.grouped()
            if self.skip("having"):
                found["having"] = self.condition()
        else:
            self.refuse_aliases(select)
        if self.skip("order", "by"):
            found["order"] = self.orders()
        if self.skip("limit"):
            found["limit"] = self.number()
        if self.skip("offset"):
            found["offset"] = self.offset()
        if self.skip("for"):
            self.name()
        return Statement(self.text, select, source, at, alias=alias, **found)

    def source_alias(self) -> str | None:
        self.skip("as")
        if self.peek()[0] == "name" and self.word() not in CLAUSES:
            return self.take()[1]
        return None

    def offset(self) -> int:
        found = self.number()
        if found > MOST_OFFSET:
            text = f"Maximum SOQL offset allowed is {MOST_OFFSET}"
            raise Trouble("NUMBER_OUTSIDE_VALID_RANGE", text)
        return found

    def refuse_aliases(self, select: tuple[Selected, ...]) -> None:
        for item in select:
            if isinstance(item, Path) and item.alias:
                text = "only aggregate expressions use field aliasing"
                raise failed(self.text, item.at, text)

    def grouped(self) -> tuple[Path | Call, ...]:
        found = [self.reach()]
        while self.skip(","):
            found.append(self.reach())
        return tuple(found)

    def reach(self) -> Path | Call:
        """Read a field, or a function of one."""
        path = self.path()
        return self.call(path) if self.word() == "(" else path

    def paths(self) -> tuple[Path, ...]:
        found = [self.path()]
        while self.skip(","):
            found.append(self.path())
        return tuple(found)

    def items(self) -> tuple[Selected, ...]:
        found = [self.item()]
        while self.skip(","):
            found.append(self.item())
        return tuple(found)

    def item(self) -> Selected:
        if self.skip("("):
            inner = self.statement()
            self.expect(")")
            return inner
        if self.word() == "typeof":
            return self.type_of()
        found = self.reach()
        after = self.words[self.next + 1 : self.next + 2]
        named = self.peek()[0] == "name" and self.word() != "from" and after in ([","], ["from"])
        return replace(found, alias=self.take()[1]) if named else found

    def call(self, function: Path) -> Call:
        self.expect("(")
        local = self.skip("converttimezone", "(")
        argument = None if self.word() == ")" else self.path()
        self.expect(")")
        if local:
            self.expect(")")
        return Call(str(function).lower(), argument, None, function.at, local)

    def type_of(self) -> TypeOf:
        _, _, at = self.take()
        relation, _ = self.name()
        cases: list[tuple[str, tuple[Path, ...]]] = []
        otherwise: tuple[Path, ...] = ()
        while self.skip("when"):
            target, _ = self.name()
            self.expect("then")
            cases.append((target, self.paths()))
        if self.skip("else"):
            otherwise = self.paths()
        self.expect("end")
        return TypeOf(relation, tuple(cases), otherwise, at)

    def orders(self) -> tuple[Order, ...]:
        found = [self.ordering()]
        while self.skip(","):
            found.append(self.ordering())
        return tuple(found)

    def ordering(self) -> Order:
        what = self.reach()
        descending = self.skip("desc")
        if not descending:
            self.skip("asc")
        last = self.skip("nulls", "last")
        if not last:
            self.skip("nulls", "first")
        return Order(what, descending, last)

    # -- conditions -----------------------------------------------------------------------------

    def condition(self) -> Condition:
        """AND and OR on one level must be told apart by parentheses, as in SOQL."""
        parts = [self.term()]
        joint = self.word()
        while joint in {"and", "or"} and self.skip(joint):
            parts.append(self.term())
            if self.word() in {"and", "or"} and self.word() != joint:
                raise self.unexpected()
        if len(parts) == 1:
            return parts[0]
        return And(tuple(parts)) if joint == "and" else Or(tuple(parts))

    def term(self) -> Condition:
        if self.skip("not"):
            return Not(self.term())
        if self.skip("("):
            inner = self.condition()
            self.expect(")")
            return inner
        path = self.reach()
        if self.skip("not", "in"):
            return self.membership(path, negated=True)
        if self.skip("in"):
            return self.membership(path, negated=False)
        operator = self.word()
        if operator not in {"=", "!=", "<>", "<", "<=", ">", ">=", "like"}:
            raise self.unexpected()
        self.next += 1
        return Compare(path, "!=" if operator == "<>" else operator, self.value())

    def membership(self, path: Path | Call, *, negated: bool) -> In:
        self.expect("(")
        if self.word() == "select":
            inner = self.statement()
            self.expect(")")
            return In(path, inner, negated)
        values = [self.value()]
        while self.skip(","):
            values.append(self.value())
        self.expect(")")
        return In(path, tuple(values), negated)

    def value(self) -> Value:  # noqa: PLR0911 - one a kind of literal
        kind, text, at = self.take()
        match kind, text.lower():
            case "string", _:
                return Value("string", escaped(text[1:-1]), at)
            case "number", _:
                return Value("number", float(text), at)
            case "datetime", _:
                return Value("datetime", self.checked(times.instant, text, at), at)
            case "date", _:
                return Value("date", self.checked(times.day, text, at), at)
            case "name", "true" | "false":
                return Value("boolean", text.lower() == "true", at)
            case "name", "null":
                return Value("null", None, at)
            case (("name" | "range"), _) if RANGES.fullmatch(text):
                name, _, number = text.upper().partition(":")
                return Value("range", (name, int(number or 0)), at)
        self.next -= 1
        raise self.unexpected()

    def checked(self, read: Callable[[str], object], text: str, at: int) -> object:
        try:
            return read(text)
        except ValueError:
            raise failed(self.text, at, f"line 1:{at} no viable alternative at '{text}'") from None
