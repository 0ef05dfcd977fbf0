"""Values as clients send them, checked against a field's type and brought to wire form."""

import re
from collections.abc import Callable
from typing import Any

from slasync.sandbox.salesforce import ids, times
from slasync.sandbox.salesforce.errors import Trouble
from slasync.sandbox.salesforce.schema import IDS, NUMERIC, Field

EMAIL = re.compile(r"[^@\s,;<>()]+@[^@\s,;<>()]+\.[^@\s.,;<>()]+")
KINDS = {bool: "VALUE_TRUE", int: "VALUE_NUMBER_INT", float: "VALUE_NUMBER_FLOAT",
         str: "VALUE_STRING", dict: "START_OBJECT", list: "START_ARRAY"}  # fmt: skip


def accepted(field: Field, value: Any) -> Any:
    """Return `value` in wire form, None for empty. Raises Trouble as the API words it."""
    if value is None or value == "":
        return _empty(field, value)
    if field.type in IDS:
        return ids.required(value, field.label, field.name)
    if field.type in NUMERIC:
        return _number(field, value)
    special = SPECIAL.get(field.type)
    return special(field, value) if special else _text(field, value)


def _empty(field: Field, value: Any) -> bool | None:
    if field.type != "boolean":
        return None
    if value is None:
        text = f"{field.label}: value not of required type: null"
        raise Trouble("INVALID_TYPE_ON_FIELD_IN_RECORD", text, (field.name,))
    raise unreadable("boolean", value)


def _text(field: Field, value: Any) -> str:
    if not isinstance(value, str):
        raise unreadable("string", value)
    if field.length and len(value) > field.length:
        text = f"{field.label}: data value too large: {value[:255]} (max length={field.length})"
        raise Trouble("STRING_TOO_LONG", text, (field.name,))
    if field.restricted and field.choices and value not in field.choices:
        text = f"{field.label}: bad value for restricted picklist field: {value}"
        raise Trouble("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", text, (field.name,))
    return value


def _email(field: Field, value: Any) -> str:
    text = _text(field, value)
    if not EMAIL.fullmatch(text):
        message = f"{field.label}: invalid email address: {value}"
        raise Trouble("INVALID_EMAIL_ADDRESS", message, (field.name,))
    return text


def _number(field: Field, value: Any) -> float | int:
    """A number, or a text that reads as one: the API takes both."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise unreadable(field.type, value)
    try:
        number = float(value)
    except ValueError:
        raise unreadable(field.type, value) from None
    if field.type != "int":
        return int(number) if number.is_integer() and field.type == "currency" else number
    if not number.is_integer():
        raise unreadable("int", value)
    return int(number)


def _boolean(_: Field, value: Any) -> bool:
    if isinstance(value, str) and value.lower() in {"true", "false"}:
        return value.lower() == "true"
    if not isinstance(value, bool):
        raise unreadable("boolean", value)
    return value


def _datetime(_: Field, value: Any) -> str:
    try:
        return times.exact(times.instant(value))
    except (ValueError, TypeError):
        raise unreadable("datetime", value) from None


def _date(_: Field, value: Any) -> str:
    try:
        return times.day(value[:10] if isinstance(value, str) and "T" in value else value)
    except (ValueError, TypeError):
        raise unreadable("date", value) from None


def unreadable(kind: str, value: Any) -> Trouble:
    """Return what a value of the wrong JSON type or form is answered with."""
    text = f"Cannot deserialize instance of {kind} from {KINDS.get(type(value), 'VALUE_NULL')}"
    where = "or request may be missing a required field at [line:1, column:1]"
    return Trouble("JSON_PARSER_ERROR", f"{text} value {value} {where}")


SPECIAL: dict[str, Callable[[Field, Any], Any]] = {
    "email": _email,
    "boolean": _boolean,
    "datetime": _datetime,
    "date": _date,
}
