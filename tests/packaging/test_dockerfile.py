"""What the image promises, as far as its Dockerfile tells; `deploy/rehearse-dockerfile` runs it."""

import re

import pytest

from tests.faults.marks import fault
from tests.packaging.dockerfile import DOCKERFILE, ROOT, Stage, read


@pytest.fixture
def image() -> Stage:
    return read()[-1]


@fault("S27")
def test_the_image_starts_with_nobodys_rights(image: Stage) -> None:
    user = image.last("USER").text
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", user), "a number: Kubernetes cannot judge a name"
    after = image.instructions[image.instructions.index(image.last("USER")) :]
    assert not [each for each in after if each.word == "RUN"]


@fault("S26")
def test_every_package_is_checked_by_its_hash() -> None:
    runs = [run.text for stage in read() for run in stage.all("RUN")]
    installs = [line for run in runs for line in run.split("&&") if "pip install" in line]
    assert installs
    assert all("--require-hashes" in line or "--no-index" in line for line in installs)


def test_the_image_runs_the_daemon(image: Stage) -> None:
    assert image.last("ENTRYPOINT").argv + image.last("CMD").argv == ["slasync", "run"]


@fault("S27")
def test_all_data_is_in_the_volume(image: Stage) -> None:
    assert image.last("VOLUME").text == "/data"
    assert image.environment["SLASYNC_DATABASE"].startswith("sqlite:////data/")


@fault("T9")
def test_time_zones_come_from_the_locked_package(image: Stage) -> None:
    assert not image.environment["PYTHONTZPATH"]


def test_health_is_progress_and_needs_no_tool_besides_python(image: Stage) -> None:
    program, _, code = image.health_check
    assert program == "python"
    assert "/readyz" in code
    compile(code, "HEALTHCHECK", "exec")


def test_no_secret_is_built_in() -> None:
    words = re.compile(r"secret|token|password|consumer_key|private_key", re.IGNORECASE)
    assert not words.search(DOCKERFILE.read_text("utf-8"))


def test_the_context_holds_what_is_copied_and_nothing_else() -> None:
    lines = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    let_in = {line[1:] for line in lines if line.startswith("!")}
    copies = [each.text for stage in read() for each in stage.all("COPY")]
    copied = {name for text in copies if "--from" not in text for name in text.split()[:-1]}
    assert "*" in lines
    assert copied == let_in
    assert all((ROOT / name).exists() for name in copied)
