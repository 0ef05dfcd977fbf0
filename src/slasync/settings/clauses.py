"""A rule expression taken apart for people: its conditions as text, each with its own truth.

Deciding never comes here: a rule's `holds` is compiled once, this is worked out when somebody asks.
"""

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

from rule_engine import DataType
from rule_engine.ast.binary.comparison import (
    ComparisonExpression,
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

from slasync.domain.clauses import Clause, Join
from slasync.domain.lead import Fields
from slasync.settings.rules import Rule, Truth, symbols, test_of

_Node = Any  # rule-engine's expressions share no useful base class
_SIGNS = {
    "and": "and", "or": "or", "eq": "==", "ne": "!=", "ge": ">=", "gt": ">", "le": "<=", "lt": "<",
    "add": "+", "sub": "-", "mul": "*", "tdiv": "/", "fdiv": "//", "mod": "%", "pow": "**",
}  # fmt: skip
_ORDERS = {"ge", "gt", "le", "lt", "eq"}


@lru_cache(maxsize=1024)
def _compiled(node: _Node) -> Callable[[Fields], Truth]:
    """A history is read through for each definition: its conditions are compiled once."""
    return test_of(node)


@lru_cache(maxsize=1024)
def _names(node: _Node) -> tuple[str, ...]:
    return tuple(sorted(set(symbols(node))))


def clauses_of(rule: Rule) -> Callable[[Fields], Clause]:
    """Return the function that tells of a lead's fields which conditions of `rule` they meet."""
    return lambda fields: _clause(rule.node, fields, negated=False)


def _clause(node: _Node, fields: Fields, *, negated: bool) -> Clause:
    """Negations are moved to the single conditions: `not (a and b)` is `not a or not b`."""
    if isinstance(node, UnaryExpression) and node.type == "not":
        return _clause(node.right, fields, negated=not negated)
    if not isinstance(node, LogicExpression):
        return _leaf(node, fields, negated=negated)
    join = Join.AND if (node.type == "and") is not negated else Join.OR
    parts = tuple(_clause(part, fields, negated=negated) for part in _joined(node, node.type))
    return Clause(
        text=f" {join} ".join(_bracketed(part) for part in parts),
        truth=_turned(_compiled(node)(fields), negated=negated),
        read=_read(node, fields),
        join=join,
        parts=parts,
    )


def _joined(node: _Node, kind: str) -> Iterator[_Node]:
    """Yield `a`, `b`, `c` of `a and b and c`."""
    for side in (node.left, node.right):
        if isinstance(side, LogicExpression) and side.type == kind:
            yield from _joined(side, kind)
        else:
            yield side


def _bracketed(part: Clause) -> str:
    return f"({part.text})" if part.parts else part.text


def _leaf(node: _Node, fields: Fields, *, negated: bool) -> Clause:
    truth = _turned(_compiled(node)(fields), negated=negated)
    gap, bound = _apart(node, fields) if truth is False else (None, None)
    return Clause(
        text=_negated(node) if negated else written(node),
        truth=truth,
        read=_read(node, fields),
        gap=gap,
        bound=bound,
    )


def _turned(truth: Truth, *, negated: bool) -> Truth:
    return (not truth) if negated and truth is not None else truth


def _read(node: _Node, fields: Fields) -> Fields:
    return {name: fields.get(name) for name in _names(node)}


def _apart(node: _Node, fields: Fields) -> tuple[float | None, float | None]:
    """Return how far a number is from the one it is compared with, and that one."""
    if not isinstance(node, ComparisonExpression) or node.type not in _ORDERS:
        return None, None
    if any(side.result_type is not DataType.FLOAT for side in (node.left, node.right)):
        return None, None
    left, right = float(node.left.evaluate(fields)), float(node.right.evaluate(fields))
    return abs(left - right), left if isinstance(node.left, FloatExpression) else right


def _negated(node: _Node) -> str:
    if isinstance(node, ContainsExpression):
        return f"{_side(node.member)} not in {_side(node.container)}"
    return f"not {written(node)}"


def written(node: _Node) -> str:
    """Write an expression as it could stand in agreement.yaml."""
    for kind, words in _WORDS:
        if isinstance(node, kind):
            return words(node)
    return f"{_side(node.left)} {_SIGNS[node.type]} {_side(node.right)}"


def _side(node: _Node) -> str:
    compound = hasattr(node, "left") or isinstance(node, ContainsExpression)
    return f"({written(node)})" if compound else written(node)


def _unary(node: _Node) -> str:
    return f"{'not ' if node.type == 'not' else '-'}{_side(node.right)}"


def _time(node: _Node) -> str:
    midnight = node.value.isoformat().removesuffix("T00:00:00+00:00")
    return f"d'{midnight}'"


_WORDS: tuple[tuple[type, Callable[[_Node], str]], ...] = (
    (SymbolExpression, lambda node: str(node.name)),
    (GetAttributeExpression, lambda node: f"{_side(node.object)}.{node.name}"),
    (ContainsExpression, lambda node: f"{_side(node.member)} in {_side(node.container)}"),
    (UnaryExpression, _unary),
    (ArrayExpression, lambda node: f"[{', '.join(map(written, node.value))}]"),
    (SetExpression, lambda node: f"{{{', '.join(sorted(map(written, node.value)))}}}"),
    (FloatExpression, lambda node: f"{float(node.value):.15g}"),
    (StringExpression, lambda node: repr(node.value)),
    (BooleanExpression, lambda node: str(node.value).lower()),
    (NullExpression, lambda _: "null"),
    (DatetimeExpression, _time),
    (TimedeltaExpression, lambda node: f"t'{node.value}'"),
)
