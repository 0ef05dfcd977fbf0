"""Rules by which a lead is an MQL: over mapped fields, and `contact_made`, which facts tell."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

import rule_engine
from pydantic import AfterValidator, ValidationInfo
from rule_engine.ast.binary.comparison import ComparisonExpression
from rule_engine.ast.expression.access import ContainsExpression
from rule_engine.ast.expression.resolution import SymbolExpression
from rule_engine.ast.literal import StringExpression

from slasync.domain.contact import Contact
from slasync.domain.facts import CONTACT
from slasync.settings.known import known_in, or_refuse
from slasync.settings.problems import did_you_mean
from slasync.settings.rules import Rule, compile_rule, parts_of
from slasync.settings.strict import Text
from slasync.systems import FieldType

_Node = Any  # rule-engine's expressions share no useful base class
_COMPARING = (ComparisonExpression, ContainsExpression)


def definition_fields(fields: Mapping[str, FieldType]) -> Mapping[str, FieldType]:
    """Return the fields that definitions may read. A mapped field of that name stands."""
    return {CONTACT: FieldType.TEXT, **fields}


def compile_definition(text: str, fields: Mapping[str, FieldType]) -> Rule:
    """Compile an expression. Raises ValueError, also for a contact that is never made."""
    rule = compile_rule(text, definition_fields(fields))
    for word in () if CONTACT in fields else _compared(rule.node):
        if word not in list(Contact):
            raise ValueError(
                f"{CONTACT} is never {word!r}: it is {', '.join(Contact)}"
                f"{did_you_mean(word, list(Contact))}"
            )
    return rule


def asks_contact(text: str, fields: Mapping[str, FieldType]) -> bool:
    """Tell whether a rule reads `contact_made`, and no record has it."""
    return CONTACT not in fields and CONTACT in compile_definition(text, fields).reads


def reads_only_contact(text: str) -> bool:
    """Tell whether a rule reads nothing else."""
    try:
        return compile_rule(text, definition_fields({})).reads == {CONTACT}
    except ValueError:  # it reads other fields
        return False


def contacts_named(text: str) -> frozenset[str]:
    """Return the kinds of contact that a rule names, once it is known to be one."""
    return frozenset(_compared(rule_engine.Rule(text).statement.expression))


def _compared(node: _Node) -> Iterator[str]:
    """Yield the texts that `contact_made` is compared with."""
    parts = _within(node)
    named = any(isinstance(part, SymbolExpression) and part.name == CONTACT for part in parts)
    if isinstance(node, _COMPARING) and named:
        yield from _texts(node)
        return
    for part in parts:
        yield from _compared(part)


def _texts(node: _Node) -> Iterator[str]:
    if isinstance(node, StringExpression):
        yield node.value
    for part in _within(node):
        yield from _texts(part)


def _within(node: _Node) -> tuple[_Node, ...]:
    return () if isinstance(node, SymbolExpression) else parts_of(node)


def _valid(text: str, info: ValidationInfo) -> str:
    fields = known_in(info).fields
    if fields is not None:
        or_refuse(lambda: compile_definition(text, fields))
    return text


DefinitionRule = Annotated[Text, AfterValidator(_valid)]
