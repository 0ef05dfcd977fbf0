"""What the code itself must not hold: the database's clock, statements put together from texts."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine

import slasync
from slasync.domain.lead import Ref
from slasync.store.engine import open_engine
from slasync.store.unit import reading, transaction
from tests.faults.marks import fault
from tests.store.given import NOW, a_record

SOURCE = Path(slasync.__file__).parent
CLOCKS = re.compile(
    r"\b(now\(\)|current_timestamp|current_date|localtime|clock_timestamp|getdate"
    r"|strftime\('|datetime\('now|statement_timestamp)",
    re.IGNORECASE,
)
ROOT = SOURCE.parent.parent
STORE = sorted((SOURCE / "store").rglob("*.py"))
EXECUTES = {"execute", "exec_driver_sql", "text", "executemany", "executescript"}


@fault("T17")
@pytest.mark.parametrize("path", STORE, ids=lambda path: path.stem)
def test_no_statement_asks_the_database_for_the_time(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    texts = [n.value for n in ast.walk(tree) if isinstance(n, ast.Constant)]
    functions = [ast.unparse(n) for n in ast.walk(tree) if isinstance(n, ast.Call)]

    assert [t for t in texts if isinstance(t, str) and CLOCKS.search(t)] == []
    assert [f for f in functions if re.search(r"\bfunc\.(now|current)", f)] == []
    assert "server_default" not in path.read_text() or "CURRENT" not in path.read_text().upper()


def statements(path: Path) -> Iterator[ast.expr]:
    """Tell the first argument of each call that runs a statement."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and node.args:
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if name in EXECUTES:
                yield node.args[0]


@fault("S3")
def test_statements_are_put_together_from_nothing_but_settings_of_a_connection() -> None:
    made_up = [
        (path.name, ast.unparse(argument))
        for path in SOURCE.rglob("*.py")
        if not {"sandbox", "simulation", "migrations"} & {*path.parts}
        for argument in statements(path)
        if isinstance(argument, ast.JoinedStr | ast.BinOp)
    ]

    assert [said for _, said in made_up if not said.startswith(("f'PRAGMA", "f'SHOW"))] == []


EVIL = st.sampled_from(["'; DROP TABLE lead; --", "' OR '1'='1", '"; --', "\\'", "%s", ":key", "?"])


WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=60)


@pytest.fixture(scope="module")
def shared(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    path = tmp_path_factory.mktemp("evil") / "slasync.db"
    path.write_bytes(sqlite_template.read_bytes())
    engine = open_engine(f"sqlite:///{path}", durable=False)
    yield engine
    engine.dispose()


@fault("S3")
@given(said=EVIL | WORDS)
def test_whatever_a_text_says_it_is_only_kept(shared: Engine, said: str) -> None:
    ref = Ref("hubspot", "contact", said)
    record = a_record(ref, email=said, fields={"name": said})

    with transaction(shared) as unit:
        unit.meta.put(f"said {said}", said)
        unit.records.put([record], [{"said": said}], NOW)
    with reading(shared) as unit:
        assert unit.meta.get(f"said {said}") == said
        assert unit.records.current([ref]) == {ref: record}
