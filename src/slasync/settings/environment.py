"""Environment variables, each readable from a file too: NAME, or the file that NAME_FILE names."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_VARIABLE = re.compile(r"\$\{([A-Z][A-Z0-9_]*)(?::-([^}]*))?\}")


@dataclass(frozen=True, slots=True)
class Environment:
    """The variables slasync was started with."""

    values: Mapping[str, str]

    def find(self, name: str) -> str | None:
        """Return the value of `name`, without a trailing newline when it comes from a file.

        None when neither is set; ValueError when both are, or the file cannot be read.
        """
        value, file = self.values.get(name), self.values.get(f"{name}_FILE")
        if value and file:
            raise ValueError(f"{name} and {name}_FILE are both set: unset one of them")
        if not file:
            return value or None
        try:
            return Path(file).read_text("utf-8").rstrip("\r\n") or None
        except (OSError, UnicodeDecodeError) as error:
            raise ValueError(f"{name}_FILE cannot be read: {_reason(error)}") from None

    def lacks(self, name: str) -> bool:
        """Tell whether a secret is wanted that is not there; ValueError as for `find`."""
        return self.find(name) is None

    def expand(self, text: str) -> str:
        """Replace `${NAME}` and `${NAME:-default}`; ValueError when NAME is not set."""
        return _VARIABLE.sub(self._replacement, text)

    def _replacement(self, match: re.Match[str]) -> str:
        name, default = match[1], match[2]
        value = self.find(name)
        if value is not None:
            return value
        if default is None:
            raise ValueError(not_set(name))
        return str(default)


@dataclass(frozen=True, slots=True)
class WithoutSecrets(Environment):
    """Of one who only looks at the files: secrets that are not set, or not to be read, are none."""

    def find(self, name: str) -> str | None:
        try:
            return Environment.find(self, name)
        except ValueError:
            return None

    def lacks(self, name: str) -> bool:  # noqa: ARG002 - whichever it is
        return False


def not_set(name: str) -> str:
    """Say that a variable is missing, and how to give it."""
    return f"environment variable {name} is not set: set it, or {name}_FILE to a file that holds it"


def no_variables(text: str) -> str:
    """Refuse variables: what the two sides signed must not depend on the environment."""
    if _VARIABLE.search(text):
        raise ValueError("no variables in this file: what was agreed stands in its own words")
    return text


def _reason(error: OSError | UnicodeDecodeError) -> str:
    return (error.strerror or "it cannot be read") if isinstance(error, OSError) else "not UTF-8"
