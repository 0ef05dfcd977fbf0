"""docs/getting_started.md, word by word, in an empty folder: each of its examples in order."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.pages import DOCS, blocks
from tests.e2e.processes import free_port

FIRED = "until slasync explain lou@vu.example | grep -q 'day_0 fired'; do sleep 1; done"


def script() -> str:
    """Return the page's examples as one script, on ports that nobody else has."""
    ports = {port: str(free_port()) for port in ("8811", "8812", "8813")}
    parts = ["set -e", "trap 'kill $(jobs -p) 2>/dev/null || true' EXIT"]
    for block in blocks(DOCS / "getting_started.md"):
        if block.reason is not None:
            continue
        text = block.text
        if text.startswith("slasync status"):
            parts.append(FIRED)  # the page says: wait for half a minute
        for port, free in ports.items():
            text = text.replace(f"127.0.0.1:{port}", f"127.0.0.1:{free}")
        parts.append(text)
        if text.startswith("slasync init"):
            parts += [
                f"sed -i 's/port: {a}/port: {b}/' config/slasync.yaml" for a, b in ports.items()
            ]
    return "\n".join(parts).replace("kill %1", "kill %1; wait %1 || true")


@pytest.mark.slow
def test_a_newcomer_gets_from_nothing_to_a_task_that_is_explained(tmp_path: Path) -> None:
    here = Path(sys.executable).parent
    clean = {name: value for name, value in os.environ.items()
             if not name.startswith(("SLASYNC", "SALESFORCE", "HUBSPOT", "MARKETO"))}  # fmt: skip
    done = subprocess.run(  # noqa: S603 - the page's own words
        ["/bin/bash", "-m", "-c", script()],
        cwd=tmp_path, env=clean | {"PATH": f"{here}:{clean['PATH']}", "COLUMNS": "200"},
        capture_output=True, text=True, check=False, timeout=240,
    )  # fmt: skip

    assert done.returncode == 0, (done.stdout + done.stderr)[-4_000:]
    for said in (
        "hubspot 140772301: nothing is missing",
        "alive",
        "2 rows: 2 created",
        "first_touch/day_0 fired: task for",
        "score is 40",
    ):
        assert said in done.stdout, (said, done.stdout[-4_000:])
    assert (tmp_path / "agreement.md").read_text("utf-8").startswith("#")
    assert '"event":"stopped"' in (tmp_path / "run.log").read_text("utf-8")
