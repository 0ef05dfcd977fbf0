"""Rule expressions of the agreement: checked when loaded, compiled to plain callables.

The language is a part of rule-engine's: comparisons, `in`, `and`, `or`, `not`, arithmetic and a
field's attributes. Nothing that reads a clock, chance, or a regular expression: a rule gives the
same answer for the same fields, at once.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import rule_engine
from rule_engine import DataType, errors
from rule_engine.ast.binary.arithmetic import (
    AddExpression,
    ArithmeticExpression,
    SubtractExpression,
)
from rule_engine.ast.binary.comparison import (
    ComparisonExpression,
    FuzzyComparisonExpression,
    LogicExpression,
)
from rule_engine.ast.expression.access import ContainsExpression, GetAttributeExpression
from rule_engine.ast.expression.control import UnaryExpression
from rule_engine.ast.expression.resolution import SymbolExpression
from rule_engine.ast.literal import (
    ArrayExpression,
    BooleanExpression,
    DatetimeExpression,
    FloatExpression,
    NullExpression,
    SetExpression,
    StringExpression,
    TimedeltaExpression,
)

from slasync.domain.lead import Fields
from slasync.settings.problems import did_you_mean
from slasync.systems import FieldType

Truth = bool | None
"""Whether something holds; None where a field it needs is null."""
_Node = Any  # rule-engine's expressions share no useful base class
_Test = Callable[[Fields], Truth]

_TYPES = {
    FieldType.TEXT: DataType.STRING,
    FieldType.NUMBER: DataType.FLOAT,
    FieldType.BOOL: DataType.BOOLEAN,
    FieldType.DATETIME: DataType.DATETIME,
    FieldType.DATE: DataType.DATETIME,
}
_QUOTED = re.compile(r"""(["'])(?:\\.|(?!\1)[^\\])*\1""", re.DOTALL)
_REGEX = re.compile(r"=~~?|!~~?")
_LITERALS = (
    FloatExpression, StringExpression, BooleanExpression, NullExpression,
    DatetimeExpression, TimedeltaExpression,
)  # fmt: skip
_COLLECTIONS = (ArrayExpression, SetExpression)
_PAIRS = (
    LogicExpression, ComparisonExpression, AddExpression, SubtractExpression,
    ArithmeticExpression,
)  # fmt: skip
_LONGEST = 2_000


@dataclass(frozen=True, slots=True)
class Rule:
    """A compiled expression: whether a lead's fields meet it, and which of them it reads."""

    text: str
    holds: Callable[[Fields], bool]
    reads: frozenset[str]
    node: _Node = field(repr=False, compare=False)  # the expression, to be taken apart for people


def compile_rule(text: str, fields: Mapping[str, FieldType]) -> Rule:
    """Compile an expression over `fields`.

    A condition on a null field is neither met nor unmet, and neither is its negation; the whole is
    met only when it holds whatever such fields may be. `field == null` asks for null itself.
    Raises ValueError that says what is wrong, with a suggestion for an unknown field.
    """
    if len(text) > _LONGEST:
        raise ValueError(f"longer than {_LONGEST:,} characters")
    if _REGEX.search(_QUOTED.sub("''", text)):
        raise ValueError(
            "=~ and !~ are not allowed, a pattern can run for ever: use == or in, or"
            " 'part' in field"
        )
    node = _parsed(text, fields)
    reads = frozenset(symbols(node))
    if not reads:
        raise ValueError("reads no field: it would never be asked")
    test = test_of(node)
    return Rule(text, lambda values: test(values) is True, reads, node)


def _parsed(text: str, fields: Mapping[str, FieldType]) -> _Node:
    context = rule_engine.Context(
        type_resolver={name: _TYPES[kind] for name, kind in fields.items()},
        resolver=_resolver(fields),
        default_timezone="utc",
        mapping_attribute_lookup=False,
    )
    try:
        return rule_engine.Rule(text, context=context).statement.expression
    except errors.SymbolResolutionError as error:
        name = error.symbol_name
        raise ValueError(f"unknown field {name!r}{did_you_mean(name, fields)}") from None
    except errors.AttributeResolutionError as error:
        raise ValueError(f"unknown attribute {error.attribute_name!r}") from None
    except errors.EngineError as error:
        raise ValueError(f"not a valid expression: {error.message}") from None
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _resolver(fields: Mapping[str, FieldType]) -> Callable[[Fields, str], Any]:
    times = {name for name, kind in fields.items() if _TYPES[kind] is DataType.DATETIME}

    def resolve(values: Fields, name: str) -> Any:
        value = values.get(name)
        return _instant(value) if name in times and isinstance(value, str) else value

    return resolve


def _instant(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def test_of(node: _Node) -> _Test:
    """Compile what is true or false in three values; the leaves are rule-engine's own."""
    if node.result_type is not DataType.BOOLEAN:
        kind = _kind(node.result_type)
        raise ValueError(f"a {kind} where yes or no is needed: compare it with something")
    if isinstance(node, LogicExpression):
        return _both(node) if node.type == "and" else _either(node)
    if isinstance(node, UnaryExpression):
        return _negated(test_of(node.right))
    _refuse_never_equal(node)
    names = tuple(set(symbols(node)))
    if _asks_for_null(node):
        return lambda values: bool(node.evaluate(values))
    return lambda values: (
        None if any(values.get(n) is None for n in names) else bool(node.evaluate(values))
    )


def _both(node: _Node) -> _Test:
    left, right = test_of(node.left), test_of(node.right)

    def both(values: Fields) -> Truth:
        first = left(values)
        if first is False:
            return False
        second = right(values)
        return second if first or second is False else None

    return both


def _either(node: _Node) -> _Test:
    left, right = test_of(node.left), test_of(node.right)

    def either(values: Fields) -> Truth:
        first = left(values)
        if first:
            return True
        second = right(values)
        return second if first is False or second else None

    return either


def _negated(test: _Test) -> _Test:
    def negated(values: Fields) -> Truth:
        truth = test(values)
        return None if truth is None else not truth

    return negated


def _refuse_never_equal(node: _Node) -> None:
    """Refuse to compare what can never be equal; rule-engine would answer no, in silence."""
    if isinstance(node, ComparisonExpression):
        sides = node.left.result_type, node.right.result_type
    elif isinstance(node, ContainsExpression):
        sides = node.member.result_type, _member_type(node.container.result_type)
    else:
        return
    kinds = {side for side in sides if side not in {DataType.UNDEFINED, DataType.NULL}}
    if len(kinds) > 1:
        words = sorted(map(_kind, kinds))
        raise ValueError(f"a {words[0]} is compared with a {words[1]}: they are never equal")


def _member_type(container: _Node) -> _Node:
    return getattr(container, "value_type", container)


def _kind(data_type: _Node) -> str:
    name = str(getattr(data_type, "name", "value")).lower()
    return {"float": "number", "string": "text", "boolean": "yes or no"}.get(name, name)


def _asks_for_null(node: _Node) -> bool:
    return isinstance(node, ComparisonExpression) and any(
        isinstance(side, NullExpression) for side in (node.left, node.right)
    )


def symbols(node: _Node) -> Iterator[str]:
    """Yield the fields that an expression reads; ValueError for what the language leaves out."""
    if isinstance(node, SymbolExpression):
        if node.scope is not None:
            raise ValueError(f"${node.name} is not allowed: a rule reads a lead's fields only")
        yield node.name
        return
    for part in parts_of(node):
        yield from symbols(part)


def parts_of(node: _Node) -> tuple[_Node, ...]:
    """Return what an expression is made of; ValueError for what the language leaves out."""
    if isinstance(node, _LITERALS):
        return ()
    if isinstance(node, _COLLECTIONS):
        return tuple(node.value)
    if isinstance(node, _PAIRS) and not isinstance(node, FuzzyComparisonExpression):
        return (node.left, node.right)
    if isinstance(node, UnaryExpression):
        return (node.right,)
    if isinstance(node, ContainsExpression):
        return (node.container, node.member)
    if isinstance(node, GetAttributeExpression):
        return (node.object,)
    raise ValueError("uses what rules leave out: compare fields with and, or, not, in")
