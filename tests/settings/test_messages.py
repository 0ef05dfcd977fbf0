"""Each message about a mistake in the files is one that a test provokes: its words stand there."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

SETTINGS = Path(__file__).parents[2] / "src" / "slasync" / "settings"
TESTS = [Path(__file__).parent, Path(__file__).parents[1] / "cli"]
WRITERS = {"calendar_offer.py", "defaults.py", "tailoring.py"}
"""What these say is written into files."""
GUARDS = {
    "settings are joined from files without problems",
    "a policy is compiled from files without problems",
    "event {} has no half-life",
}
"""No file provokes these: its problems are told before."""
RUN = 3
"""So many words of a message in a row are its own; one that has fewer is not looked for."""


def runs(text: str) -> set[tuple[str, ...]]:
    """Return the runs of words of one piece of text."""
    words = re.findall(r"\w+", text)
    return {tuple(words[n : n + RUN]) for n in range(len(words) - RUN + 1)}


def texts(file: Path) -> Iterator[tuple[int, str]]:
    """Yield line and words of each text in a file; what is put into it stands as {}.

    Docstrings and patterns are none.
    """
    tree = ast.parse(file.read_text("utf-8"))
    inner = {id(part) for node in ast.walk(tree) for part in _without_words(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield (
                node.lineno,
                "".join(
                    str(getattr(part, "value", "")) if isinstance(part, ast.Constant) else "{}"
                    for part in node.values
                ),
            )
        elif (
            isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in inner
        ):
            yield node.lineno, node.value


def _without_words(node: ast.AST) -> list[ast.AST]:
    match node:
        case ast.JoinedStr():
            return list(node.values)
        case ast.Expr(value=ast.Constant()):
            return [node.value]
        case ast.Call(func=ast.Attribute(attr="compile")):
            return list(node.args)
    return []


def test_each_message_of_the_settings_is_provoked_by_a_test() -> None:
    files = [file for folder in TESTS for file in sorted(folder.glob("*.py"))]
    named = {run for file in files for _, text in texts(file) for run in runs(text)}
    unheard = [
        f"{file.name}:{line}: {text}"
        for file in sorted(SETTINGS.glob("*.py"))
        if file.name not in WRITERS
        for line, text in texts(file)
        if text.count(" ") >= RUN - 1
        and text not in GUARDS
        and (own := _own_runs(text))
        and not own & named
    ]
    assert unheard == []


def _own_runs(text: str) -> set[tuple[str, ...]]:
    return {run for part in text.split("{}") for run in runs(part)}
