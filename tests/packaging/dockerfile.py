"""Reads a Dockerfile into stages and instructions: as much of the language as ours uses."""

import json
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCKERFILE = ROOT / "Dockerfile"
_FROM = re.compile(r"(?P<base>\S+)(?:\s+AS\s+(?P<name>\S+))?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction, its lines joined: `Instruction("RUN", "apt-get update && ...")`."""

    word: str
    text: str

    @property
    def argv(self) -> list[str]:
        """The JSON list that CMD and ENTRYPOINT are written as."""
        return [str(part) for part in json.loads(self.text)]

    @property
    def pairs(self) -> dict[str, str]:
        """What ENV sets."""
        return dict(part.split("=", 1) for part in shlex.split(self.text))


@dataclass(frozen=True, slots=True)
class Stage:
    """What stands between one FROM and the next."""

    name: str  # what AS says, else its number
    base: str
    instructions: tuple[Instruction, ...]

    def all(self, word: str) -> list[Instruction]:
        return [each for each in self.instructions if each.word == word]

    def last(self, word: str) -> Instruction:
        """Return the instruction that counts, of those that a later one overrides."""
        return self.all(word)[-1]

    @property
    def environment(self) -> dict[str, str]:
        return {name: value for each in self.all("ENV") for name, value in each.pairs.items()}

    @property
    def health_check(self) -> list[str]:
        """The command after HEALTHCHECK's options."""
        _, _, command = self.last("HEALTHCHECK").text.partition("CMD ")
        return Instruction("CMD", command).argv


def read(path: Path = DOCKERFILE) -> list[Stage]:
    """Return the stages in order; the last one is the image."""
    stages: list[tuple[str, str, list[Instruction]]] = []
    for instruction in _instructions(path.read_text("utf-8")):
        if instruction.word == "FROM":
            found = _FROM.fullmatch(instruction.text)
            if found is None:
                raise ValueError(f"{path}: FROM {instruction.text} is not understood")
            stages.append((found["name"] or str(len(stages)), found["base"], []))
        else:
            stages[-1][2].append(instruction)
    return [Stage(name, base, tuple(found)) for name, base, found in stages]


def _instructions(text: str) -> Iterator[Instruction]:
    without_comments = re.sub(r"^\s*#.*\n", "", text, flags=re.MULTILINE)
    for line in re.sub(r"\\\n\s*", "", without_comments).splitlines():
        if line.strip():
            word, _, rest = line.strip().partition(" ")
            yield Instruction(word.upper(), rest.strip())
