"""A rule in words, where it is simple enough: a sales manager signs "score at least 75"."""

from typing import Any

import rule_engine
from rule_engine import errors
from rule_engine.ast.binary.comparison import ComparisonExpression, LogicExpression
from rule_engine.ast.expression.access import ContainsExpression
from rule_engine.ast.expression.resolution import SymbolExpression
from rule_engine.ast.literal import (
    ArrayExpression,
    FloatExpression,
    NullExpression,
    StringExpression,
)

from slasync.reports.agreement.language import Language
from slasync.reports.agreement.markdown import Marked, code

_Node = Any  # rule-engine's expressions share no useful base class


class _NoWords(Exception):
    """A part of the rule for which there are no words."""


def rule(text: str, words: Language) -> Marked:
    """Return a rule in words with its own wording behind it; that alone, where it has none."""
    own = code(text)
    try:
        node = rule_engine.Rule(text).statement.expression
        return Marked(f"{_said(node, words)} ({own})")
    except (_NoWords, errors.EngineError):
        return own


def _said(node: _Node, words: Language) -> Marked:
    if isinstance(node, LogicExpression):
        return _both(node, words)
    if isinstance(node, ContainsExpression):
        return _contained(node, words)
    if not isinstance(node, ComparisonExpression):
        raise _NoWords
    field, value = _field(node.left, words), node.right
    if isinstance(value, NullExpression):
        return words.say(f"rule.{node.type}.null", field=field)
    key = f"rule.{node.type}"
    if key not in words.phrases:
        raise _NoWords
    return words.say(key, field=field, value=_value(value, words))


def _both(node: _Node, words: Language) -> Marked:
    """Write `a and b`; what is joined the other way stands in brackets."""
    sides = []
    for side in (node.left, node.right):
        other = isinstance(side, LogicExpression) and side.type != node.type
        said = _said(side, words)
        sides.append(f"({said})" if other else said)
    return Marked(f" {words.phrases[node.type]} ".join(sides))


def _contained(node: _Node, words: Language) -> Marked:
    if isinstance(node.container, ArrayExpression):
        values = words.any_of(_value(each, words) for each in node.container.value)
        return words.say("rule.eq", field=_field(node.member, words), value=values)
    if not isinstance(node.member, StringExpression):
        raise _NoWords
    field, value = _field(node.container, words), _value(node.member, words)
    return words.say("rule.holds", field=field, value=value)


def _field(node: _Node, words: Language) -> Marked:
    if not isinstance(node, SymbolExpression):
        raise _NoWords
    return words.name("field", node.name)


def _value(node: _Node, words: Language) -> Marked:
    if isinstance(node, StringExpression):
        return words.quoted(node.value)
    if isinstance(node, FloatExpression) and float(node.value * 100).is_integer():
        return Marked(words.number(float(node.value)))
    raise _NoWords
