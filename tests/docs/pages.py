"""The pages of docs/ and the examples in them: blocks that are set in by four spaces."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.packaging.dockerfile import ROOT

DOCS = ROOT / "docs"
PAGES = sorted([*DOCS.glob("*.md"), *ROOT.glob("connectors/*/setup.md"), ROOT / "README.md"])
REASON = re.compile(r"<!-- not run: (.+) -->")


@dataclass(frozen=True, slots=True)
class Block:
    """One example. `reason`: why no test runs it, as its page says."""

    page: str
    number: int
    text: str
    reason: str | None

    @property
    def first(self) -> str:
        return self.text.splitlines()[0].strip()


def blocks(path: Path) -> Iterator[Block]:
    """Yield the examples of a page, in order."""
    lines: list[str] = []
    reason, number, after_blank = None, 0, True
    page = str(path.relative_to(ROOT))
    for line in (*path.read_text("utf-8").splitlines(), "end"):
        begins = line.startswith("    ") and (after_blank or lines)
        if begins or (not line and lines):
            lines.append(line[4:])
        else:
            if lines:
                yield Block(page, number, "\n".join(lines).rstrip(), reason)
                lines, reason, number = [], None, number + 1
            if found := REASON.fullmatch(line.strip()):
                reason = found[1]
            elif line.strip():
                reason = None
        after_blank = not line.strip()


def all_blocks() -> list[Block]:
    return [block for page in PAGES for block in blocks(page)]
