"""init: asks little, writes what `check` passes, refuses to overwrite, tells what is next."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from slasync.cli.main import main
from slasync.cli.surroundings import Surroundings

SECRETS = {
    "SALESFORCE_CONSUMER_KEY": "k", "SALESFORCE_CONSUMER_SECRET": "s", "HUBSPOT_ACCESS_TOKEN": "t",
    "MARKETO_CLIENT_ID": "i", "MARKETO_CLIENT_SECRET": "s",
}  # fmt: skip


def slasync(*arguments: str, stdin: str | None = None) -> Result:
    return CliRunner().invoke(main, arguments, obj=Surroundings(SECRETS), input=stdin)


@pytest.mark.parametrize(
    "options",
    [
        (),
        ("--country", "us", "--zone", "America/Chicago"),
        ("--country", "AT", "--region", "9"),
        ("--country", "GB", "--language", "de"),
        ("--country", "FR", "--marketing", "marketo"),
        ("--country", "NL", "--crm", "hubspot"),
    ],
    ids=" ".join,
)
def test_what_is_written_passes_check_and_its_own_tests(
    tmp_path: Path, options: tuple[str, ...]
) -> None:
    done = slasync("init", str(tmp_path / "mine"), *options)

    assert done.exit_code == 0, done.output
    for command in ("check", "test") if "--crm" not in options else ("check",):
        found = slasync(command, "--config", str(tmp_path / "mine"))
        assert found.exit_code == 0, (command, found.output)


def test_the_office_is_where_it_was_said_to_be(tmp_path: Path) -> None:
    slasync("init", str(tmp_path), "--country", "AT")

    found = slasync("check", "--json", "--config", str(tmp_path))

    assert '"office": {"zone": "Europe/Vienna"' in found.stdout
    assert "calendar: office" in (tmp_path / "config/agreement.yaml").read_text("utf-8")
    assert "\nlanguage: de\n" in (tmp_path / "config/teams.yaml").read_text("utf-8")


def test_what_reps_read_in_hubspot_is_in_the_language_said(tmp_path: Path) -> None:
    slasync("init", str(tmp_path), "--country", "AT", "--crm", "hubspot")
    connector = (tmp_path / "connectors/hubspot/connector.yaml").read_text("utf-8")
    assert "\n  labels: de " in connector


def test_the_next_three_steps_are_told(tmp_path: Path) -> None:
    told = slasync("init", str(tmp_path)).output.partition("Next:\n")[2]

    assert [line[:2] for line in told.splitlines() if line[:1].isdigit()] == ["1.", "2.", "3."]
    assert "SALESFORCE_CONSUMER_KEY" in told
    assert f"slasync check --config {tmp_path}\n" in told
    assert f"3. slasync run --config {tmp_path}\n" in told


def test_what_a_deployment_has_not_is_not_asked_for(tmp_path: Path) -> None:
    told = slasync("init", str(tmp_path), "--crm", "hubspot").output.partition("Next:\n")[2]

    assert "HUBSPOT_ACCESS_TOKEN" in told
    assert "SALESFORCE" not in told


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    slasync("init", str(tmp_path))
    before = (tmp_path / "config/teams.yaml").read_text("utf-8")

    done = slasync("init", str(tmp_path), "--country", "US", "--zone", "America/New_York")

    assert done.exit_code == 2
    assert "is there already: nothing was copied" in done.stderr
    assert (tmp_path / "config/teams.yaml").read_text("utf-8") == before


def test_a_person_is_asked_and_enter_takes_what_is_proposed(tmp_path: Path) -> None:
    done = slasync("init", str(tmp_path), "--ask", stdin="\n\nch\n\nZH\n\n")

    assert done.exit_code == 0, done.output
    calendars = (tmp_path / "config/calendars.yaml").read_text("utf-8")
    assert "zone: Europe/Zurich" in calendars
    assert 'country: CH\n      subdivision: "ZH"\n' in calendars
    assert "\nlanguage: de\n" in (tmp_path / "config/teams.yaml").read_text("utf-8")
    connector = tmp_path / "connectors/salesforce/connector.yaml"
    assert "\nlabels: de\n" in connector.read_text("utf-8")


def test_a_wrong_answer_is_told_and_asked_for_again(tmp_path: Path) -> None:
    answers = "marketo\nXX\nUS\nAmerica/Newyork\nAmerica/New_York\n\nen\n"

    done = slasync("init", str(tmp_path), "--ask", stdin=answers)

    assert done.exit_code == 0, done.output
    assert "no holidays are known for country 'XX'" in done.stderr
    assert "there is no zone America/Newyork (did you mean America/New_York?)" in done.stderr
    assert "The CRM" not in done.output, "Marketo is no CRM"


def test_what_an_option_says_is_not_asked(tmp_path: Path) -> None:
    options = ("--marketing", "hubspot", "--crm", "salesforce", "--country", "DE", "--region", "BE")

    done = slasync("init", str(tmp_path), "--ask", *options, stdin="\n\n")

    assert done.exit_code == 0, done.output
    assert "Marketing's system" not in done.output
    assert "Time zone [Europe/Berlin]" in done.output


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--country", "XX"), "no holidays are known for country 'XX'"),
        (("--country", "US"), "US has several zones: name one of America/New_York, "),
        (("--country", "DE", "--zone", "Europe/Berln"), "did you mean Europe/Berlin?"),
        (("--country", "DE", "--region", "XY"), "DE has no subdivision 'XY'"),
        (("--zone", "Europe/Vienna"), "--zone and --region go with --country"),
        (("--crm", "hubspot", "--marketing", "marketo"), "HubSpot is both then"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_what_does_not_exist_is_refused_and_nothing_written(
    tmp_path: Path, options: tuple[str, ...], said: str
) -> None:
    done = slasync("init", str(tmp_path), *options)

    assert done.exit_code == 2
    assert said in done.stderr
    assert not list(tmp_path.iterdir())
