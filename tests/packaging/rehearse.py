"""Executes the Dockerfile without Docker, in copies of a bare root file system; needs root.

    deploy/rehearse-dockerfile ROOTFS WORK [--bind DIR ...]

Each stage is a copy of ROOTFS below WORK, a Debian 12 in which apt and pip can fetch packages. Then
the image's command is started as the image's user, without any capability, on a root mounted
read-only, against `slasync sandbox up`; its health check has to succeed, and SIGTERM to end it.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.packaging.dockerfile import ROOT, Instruction, Stage, read

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
READY_SECONDS, STOP_SECONDS = 60, 10
BROUGHT = ("config", "connectors")


@dataclass(slots=True)
class Built:
    """A stage as far as it has been executed."""

    folder: Path
    environment: dict[str, str] = field(default_factory=lambda: {"PATH": PATH})
    workdir: str = "/"
    user: str = "0:0"

    def inside(self, place: str) -> Path:
        """Return where a place of the image is on this machine."""
        return self.folder / (Path(self.workdir) / place).relative_to("/")


def main() -> None:
    """Build, then try."""
    told = argparse.ArgumentParser(description=__doc__)
    told.add_argument("rootfs", type=Path)
    told.add_argument("work", type=Path)
    told.add_argument("--bind", type=Path, action="append", default=[])
    given = told.parse_args()
    given.work.mkdir(parents=True)
    built: dict[str, Built] = {}
    for stage in read():
        built[stage.name] = build(stage, built, given)
    image = read()[-1]
    attempt(image, built[image.name], given.work)
    say("the image's lines were executed; it starts, gets ready and stops as it should")


def build(stage: Stage, before: Mapping[str, Built], given: argparse.Namespace) -> Built:
    """Execute one stage's instructions in a copy of the root file system."""
    made = Built(given.work / stage.name)
    say(f"FROM {stage.base}: {made.folder}")
    run("cp", "-a", str(given.rootfs), str(made.folder))
    with mounted(made.folder, given.bind):
        for instruction in stage.instructions:
            say(f"{instruction.word} {instruction.text}")
            execute(instruction, made, before)
    return made


def execute(instruction: Instruction, made: Built, before: Mapping[str, Built]) -> None:
    match instruction.word:
        case "RUN":
            at = f'cd "{made.workdir}" && {instruction.text}'
            run("chroot", str(made.folder), "/bin/sh", "-ec", at, environment=made.environment)
        case "COPY":
            copy(instruction.text.split(), made, before)
        case "ENV":
            made.environment.update(instruction.pairs)
        case "WORKDIR":
            made.workdir = instruction.text
            made.inside(".").mkdir(parents=True, exist_ok=True)
        case "USER":
            made.user = instruction.text
        case "VOLUME" | "EXPOSE" | "HEALTHCHECK" | "ENTRYPOINT" | "CMD":
            pass  # of the image, not of its building
        case other:
            raise ValueError(f"{other} is not understood")


def copy(words: list[str], made: Built, before: Mapping[str, Built]) -> None:
    """Copy files into a folder, or one folder to another, from the context or a stage."""
    source = ROOT
    if words[0].startswith("--from="):
        source = before[words.pop(0).removeprefix("--from=")].folder
    *names, target = words
    for name in names:
        path, into = source / name.removeprefix("/"), made.inside(target)
        if path.is_dir():
            shutil.copytree(path, into, symlinks=True, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(path, into)


@contextmanager
def mounted(folder: Path, binds: Sequence[Path]) -> Iterator[None]:
    """Give a root file system what it needs to fetch packages."""
    places = [("/proc", folder / "proc"), ("/dev", folder / "dev")]
    places += [(str(bind), folder / bind.relative_to("/")) for bind in binds]
    with ExitStack() as closing:
        for source, target in places:
            target.mkdir(parents=True, exist_ok=True)
            run("mount", "--bind", source, str(target))
            closing.callback(run, "umount", str(target))
        yield


# the image, started


def attempt(image: Stage, made: Built, work: Path) -> None:
    """Start the image's command, wait until it is healthy, stop it."""
    data, settings = work / "data", work / "settings"
    uid, gid = map(int, made.user.split(":"))
    data.mkdir(mode=0o750)
    os.chown(data, uid, gid)
    for name in BROUGHT:
        shutil.copytree(ROOT / name, settings / name)
    made.folder.joinpath("config").mkdir(exist_ok=True)
    with sandbox() as credentials:
        environment = {**image.environment, **credentials}
        command = image.last("ENTRYPOINT").argv + image.last("CMD").argv
        inside = Inside(made, data, settings)
        with subprocess.Popen(inside.argv(command), env=environment) as running:  # noqa: S603 - ours
            try:
                await_health(running, inside.argv(image.health_check), environment)
                check_confined(inside, environment)
                running.terminate()
                code = running.wait(STOP_SECONDS)
            finally:
                running.kill()
    if code != 0:
        raise SystemExit(f"stopped by SIGTERM it ended with {code}")
    say(f"data: {', '.join(sorted(path.name for path in data.iterdir()))}")


@dataclass(frozen=True, slots=True)
class Inside:
    """How a command is run in the image: read-only root, the image's user, no capability."""

    made: Built
    data: Path
    settings: Path

    def argv(self, command: Sequence[str]) -> list[str]:
        root = self.made.folder
        uid, gid = self.made.user.split(":")
        confined = [
            "setpriv", f"--reuid={uid}", f"--regid={gid}", "--clear-groups", "--no-new-privs",
            "--bounding-set=-all", "--inh-caps=-all",
        ]  # fmt: skip
        script = (
            f"mount --bind {root} {root} && mount -o remount,bind,ro {root}"
            f" && mount --bind {self.data} {root}/data"
            f" && mount --bind {self.settings} {root}/config"
            f" && mount -o remount,bind,ro {root}/config"
            f" && mount -t proc proc {root}/proc && mount --bind /dev {root}/dev"
            f' && cd {root} && exec chroot {root} {" ".join(confined)} "$@"'
        )
        return ["unshare", "--mount", "--propagation=private", "sh", "-ec", script, "sh",
                "sh", "-c", f'cd {self.made.workdir} && exec "$@"', "sh", *command]  # fmt: skip


def await_health(
    running: "subprocess.Popen[bytes]", check: Sequence[str], environment: Mapping[str, str]
) -> None:
    for _ in range(READY_SECONDS):
        if running.poll() is not None:
            raise SystemExit(f"it ended by itself with {running.returncode}")
        done = subprocess.run(check, env=environment, check=False, capture_output=True)  # noqa: S603 - ours
        if done.returncode == 0:
            say("healthy")
            return
        time.sleep(1)  # noqa: TID251 - a real process is waited for
    raise SystemExit(f"it was not healthy within {READY_SECONDS} s")


def check_confined(inside: Inside, environment: Mapping[str, str]) -> None:
    """See that the confinement is one: no writing outside of /data, no root."""
    tried = (
        "id -u; for d in / /tmp /opt/slasync /config; do ! touch $d/x 2>/dev/null || exit 1; done"
    )
    done = subprocess.run(  # noqa: S603 - ours
        inside.argv(["sh", "-c", tried]), env=environment, check=True, capture_output=True
    )
    say(f"user {done.stdout.decode().strip()}, nothing but /data can be written")


@contextmanager
def sandbox() -> Iterator[dict[str, str]]:
    """Serve simulated systems on this machine; yield what a deployment has in its environment."""
    slasync = Path(sys.executable).with_name("slasync")
    command = [str(slasync), "sandbox", "up", "--json", "--no-people"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as serving:  # noqa: S603 - ours
        try:
            line = serving.stdout.readline() if serving.stdout else b""
            yield credentials(json.loads(line))
        finally:
            serving.terminate()


def credentials(line: Mapping[str, Any]) -> dict[str, str]:
    crm, portal = line["salesforce"], line["hubspot"]
    return {
        "SALESFORCE_URL": crm["url"],
        "SALESFORCE_CONSUMER_KEY": crm["client_id"],
        "SALESFORCE_CONSUMER_SECRET": crm["client_secret"],
        "HUBSPOT_URL": portal["url"],
        "HUBSPOT_ACCESS_TOKEN": portal["access_token"],
    }


def run(*command: str, environment: Mapping[str, str] | None = None) -> None:
    subprocess.run(command, check=True, env=environment)  # noqa: S603 - lines of our Dockerfile


def say(text: str) -> None:
    sys.stdout.write(f"--- {text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
