"""The words that all files share: strict models, names, durations, references, secrets."""

import re
from datetime import timedelta
from typing import Annotated, Any, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    PlainValidator,
    StringConstraints,
    ValidationInfo,
    WithJsonSchema,
    model_validator,
)

from slasync.settings.known import (
    known_field,
    long_enough,
    mapped_field,
    one_of,
    refused,
    valid_expression,
    valid_template,
    variable_is_set,
)

_DURATION = re.compile(r"(\d+(?:\.\d+)?) ?(s|min|h|d)")
UNGUESSABLE = 32  # characters
_SECONDS = {"s": 1, "min": 60, "h": 3600, "d": 86_400}


class Strict(BaseModel):
    """A part of a file: no key but these, no value of another type, nothing changed afterwards."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


def _duration(value: Any) -> timedelta:
    match = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if not match:
        raise refused("a duration has a unit: write 30 s, 2 min, 1 h or 1 d")
    return timedelta(seconds=float(match[1]) * _SECONDS[match[2]])


def _poll(value: Any) -> timedelta | None:
    if value == "auto":
        return None
    if isinstance(value, int) and not isinstance(value, bool):
        value = f"{value} s"
    interval = _duration(value)
    if interval < timedelta(seconds=1):
        raise refused("poll once a second at most, or write auto")
    return interval


Duration = Annotated[
    timedelta,
    PlainValidator(_duration),
    WithJsonSchema({"type": "string", "pattern": f"^{_DURATION.pattern}$"}),
]
Poll = Annotated[
    timedelta | None,
    PlainValidator(_poll),
    WithJsonSchema(
        {
            "anyOf": [
                {"const": "auto"},
                {"type": "integer", "minimum": 1},
                {"type": "string", "pattern": f"^{_DURATION.pattern}$"},
            ]
        }
    ),
]
"""How long between polls; None: as the call budget allows."""

_NAME, EMAIL = r"^[a-z][a-z0-9_]*$", r"^[^@\s]+@[^@\s]+$"
_VARIABLE, _API_NAME = r"^[A-Z][A-Z0-9_]*$", r"^[A-Za-z][A-Za-z0-9_]*$"
LIST_NUMBER = r"^[1-9]\d*$"
PATTERN_WORDS = {
    LIST_NUMBER: "no number of a list: the marketing system shows it in the list's address",
    _NAME: "no name here: small letters, digits and _",
    EMAIL: "no e-mail address",
    _API_NAME: "no API name: letters, digits and _",
}
"""What a value is not that does not fit a pattern."""

Text = Annotated[str, StringConstraints(min_length=1)]
Name = Annotated[str, StringConstraints(pattern=_NAME, max_length=60)]
"""A name given in the files."""
Email = Annotated[str, StringConstraints(pattern=EMAIL, max_length=254)]
VariableName = Annotated[str, StringConstraints(pattern=_VARIABLE, max_length=100)]
ApiName = Annotated[str, StringConstraints(pattern=_API_NAME, max_length=100)]
"""A field of a system, as its API calls it."""
CalendarName = Annotated[str, one_of("calendar", lambda known: known.calendars)]
PoolName = Annotated[str, one_of("pool", lambda known: known.pools)]
TextName = Annotated[str, one_of("text", lambda known: known.texts)]
ListName = Annotated[str, one_of("list of marketing's connector.yaml", lambda k: k.lists)]
ProgrammeName = Annotated[
    str, one_of("campaign of connectors/marketo/connector.yaml", lambda k: k.programmes)
]
Status = Annotated[str, one_of("lead status", lambda known: known.statuses)]
Expression = Annotated[Text, AfterValidator(valid_expression)]
TimeField = Annotated[str, AfterValidator(known_field)]
FieldName = Annotated[str, AfterValidator(mapped_field)]
"""A field of the lead, as connectors/*/connector.yaml name it."""
TemplateText = Annotated[str, AfterValidator(valid_template)]


class SecretRef(Strict):
    """Where a credential is found: never the credential itself."""

    env: VariableName
    optional: bool = False

    @model_validator(mode="before")
    @classmethod
    def _never_in_the_file(cls, value: Any) -> Any:
        if isinstance(value, str):
            raise refused(
                "a secret never stands in a file: name the environment variable that holds it,"
                " {env: NAME}"
            )
        return value

    @model_validator(mode="after")
    def _is_set(self, info: ValidationInfo) -> Self:
        if not self.optional:
            variable_is_set(self.env, info)
        return self


class UnguessableRef(SecretRef):
    """A secret that alone keeps strangers out: it must be long enough for that."""

    @model_validator(mode="after")
    def _is_long(self, info: ValidationInfo) -> Self:
        long_enough(self.env, UNGUESSABLE, info)
        return self
