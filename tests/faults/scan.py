"""Finds the tests that carry a mark (`fault`, say) by reading their source: nothing is imported."""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

TESTS = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Marked:
    """One row's id on one test, or on a whole file."""

    row_id: str
    place: str  # "tests/web/test_webhooks.py::test_a_forged_request_is_refused"


def marked(folder: Path = TESTS, mark: str = "fault") -> list[Marked]:
    """Return every mark of that name below `folder`, in order of the files."""
    return [m for path in sorted(folder.rglob("*.py")) for m in of_file(path, folder.parent, mark)]


def of_file(path: Path, root: Path, mark: str = "fault") -> Iterator[Marked]:
    """Tell the marks of one file: on functions, on cases of a function, on the file."""
    body = ast.parse(path.read_text(encoding="utf-8")).body
    yield from _of_body(body, path.relative_to(root).as_posix(), mark)


def _of_body(body: Sequence[ast.stmt], name: str, mark: str) -> Iterator[Marked]:
    for node in body:
        match node:
            case ast.ClassDef():
                yield from _of_body(node.body, f"{name}::{node.name}", mark)
                ids = [i for decorator in node.decorator_list for i in _ids(decorator, mark)]
                yield from (Marked(i, f"{name}::{node.name}") for i in ids)
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                ids = [i for decorator in node.decorator_list for i in _ids(decorator, mark)]
                yield from (Marked(i, f"{name}::{node.name}") for i in dict.fromkeys(ids))
            case ast.Assign(value=value) | ast.AnnAssign(value=ast.expr() as value):
                yield from (Marked(i, name) for i in _ids(value, mark))


def _ids(expression: ast.expr, mark: str) -> Iterator[str]:
    """Tell the ids in `fault("V7", "V8")` or `pytest.mark.fault("V7")`, wherever inside."""
    for node in ast.walk(expression):
        if isinstance(node, ast.Call) and _is_mark(node.func, mark):
            yield from (_text(argument) for argument in node.args)


def _is_mark(function: ast.expr, mark: str) -> bool:
    match function:
        case ast.Name(id=name) | ast.Attribute(attr=name, value=ast.Attribute(attr="mark")):
            return name == mark
    return False


def _text(argument: ast.expr) -> str:
    """Return an id as written; what is no literal is told as it stands, and will be unknown."""
    if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
        return argument.value
    return ast.unparse(argument)
