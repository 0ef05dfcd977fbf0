"""From a file that could be read to its model, or to everything that is wrong with it."""

import json
import re
from collections.abc import Iterator
from typing import Any, TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from slasync.settings.document import Document
from slasync.settings.known import Known
from slasync.settings.problems import Path, Problem, did_you_mean
from slasync.settings.schema import keys_at, schema_of
from slasync.settings.strict import PATTERN_WORDS, Strict

Model = TypeVar("Model", bound=Strict)

_CHOICE = re.compile(r"'([^']*)'")
_MEMBER = re.compile(r"<\w+\.\w+: ('[^']*')>")
_SUBJECT = re.compile("^(Input|String|Value) should")
_WORDS = {
    "string_type": "should be text: put it in quotes",
    "int_type": "should be a whole number",
    "int_from_float": "should be a whole number",
    "float_type": "should be a number",
    "bool_type": "should be true or false",
    "tuple_type": "should be a list",
    "list_type": "should be a list",
    "model_type": "should be a mapping of keys to values",
    "model_attributes_type": "should be a mapping of keys to values",
    "mapping_type": "should be a mapping of keys to values",
    "dict_type": "should be a mapping of keys to values",
}


def validated(
    model: type[Model], document: Document, known: Known
) -> tuple[Model | None, list[Problem]]:
    """Return the model, or None and all problems. A document that cannot be read has none more."""
    if document.data is None:
        return None, []
    try:
        return model.model_validate_json(json.dumps(document.data), context=known), []
    except ValidationError as error:
        return None, list(_problems(model, document, error.errors(include_url=False)))


def _problems(
    model: type[Strict], document: Document, details: list[ErrorDetails]
) -> Iterator[Problem]:
    mistaken = [_unknown_key(model, d) for d in details if d["type"] == "extra_forbidden"]
    meant = {(*path[:-1], hint) for path, hint in mistaken if hint}
    for detail in details:
        path = _path(document, detail["loc"])
        if detail["type"] == "missing":
            if detail["loc"] not in meant:  # said already: the key is there, misspelt
                yield document.key_problem(path, f"{detail['loc'][-1]!r} is missing")
        elif detail["type"] == "extra_forbidden":
            _, hint = _unknown_key(model, detail)
            suffix = f" (did you mean {hint}?)" if hint else _allowed(model, path[:-1])
            yield document.key_problem(path, f"unknown key {path[-1]!r}{suffix}")
        elif detail["type"] == "too_short" and detail["input"]:
            continue  # its items are wrong, and are reported each
        elif "[key]" in detail["loc"]:
            yield document.key_problem(path, _what(detail))
        else:
            yield document.problem(path, _what(detail))


def _unknown_key(model: type[Strict], detail: ErrorDetails) -> tuple[Path, str]:
    """Return the path of a key that is not known, and the known one most like it."""
    path = detail["loc"]
    hint = did_you_mean(str(path[-1]), keys_at(schema_of(model), path[:-1]))
    return path, hint.removeprefix(" (did you mean ").removesuffix("?)")


def _allowed(model: type[Strict], path: Path) -> str:
    return f": allowed are {', '.join(keys_at(schema_of(model), path))}"


def _path(document: Document, loc: Path) -> Path:
    """Drop from pydantic's location what is not in the document: what stands in [brackets]."""
    path: Path = ()
    for part in loc:
        of_pydantic = str(part).startswith("[")
        if (*path, part) in document.values or (part == loc[-1] and not of_pydantic):
            path = (*path, part)
    return path


def _what(detail: ErrorDetails) -> str:
    kind, context = detail["type"], detail.get("ctx", {})
    if kind in {"enum", "literal_error"}:
        return _choice(detail["input"], str(context["expected"]))
    if kind == "value_error":
        return str(context["error"])
    if kind in {"too_short", "string_too_short"}:
        return "is empty"
    if kind == "string_pattern_mismatch" and context.get("pattern") in PATTERN_WORDS:
        return f"{detail['input']!r} is {PATTERN_WORDS[context['pattern']]}"
    return _WORDS.get(kind) or _SUBJECT.sub("should", detail["msg"])


def _choice(found: Any, expected: str) -> str:
    hint = did_you_mean(found, _CHOICE.findall(expected)) if isinstance(found, str) else ""
    options = _MEMBER.sub(r"\1", expected).replace(" or ", ", ")
    return f"{found!r} is none of {options}{hint}"
