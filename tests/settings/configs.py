"""A copy of the shipped configuration to change and load."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from slasync.settings import ConfigurationError, Settings, copy_defaults, load

TODAY = date(2026, 11, 23)
ENVIRON = {
    "SALESFORCE_CONSUMER_KEY": "a-key",
    "SALESFORCE_CONSUMER_SECRET": "a-secret",
    "HUBSPOT_ACCESS_TOKEN": "a-token",
}


@dataclass(frozen=True, slots=True)
class Configuration:
    """The files under a directory. Changes return the configuration itself."""

    root: Path
    environ: Mapping[str, str] = field(default_factory=lambda: ENVIRON)
    today: date = TODAY

    def change(self, name: str, old: str, new: str) -> "Configuration":
        """Replace the first `old` in a file."""
        path = self.root / name
        text = path.read_text()
        assert old in text, f"{old!r} is not in {name}"
        path.write_text(text.replace(old, new, 1))
        return self

    def write(self, name: str, text: str) -> "Configuration":
        (self.root / name).write_text(text)
        return self

    def load(self) -> Settings:
        return load(self.root / "config", self.root / "connectors", self.environ, today=self.today)

    def problems(self) -> list[str]:
        """Load and return the problems, their files relative to the root."""
        try:
            self.load()
        except ConfigurationError as error:
            return [str(problem).removeprefix(f"{self.root}/") for problem in error.problems]
        return []


def shipped(root: Path, environ: Mapping[str, str] | None = None) -> Configuration:
    """Copy the shipped files to `root`."""
    copy_defaults(root)
    return Configuration(root, ENVIRON if environ is None else environ)
