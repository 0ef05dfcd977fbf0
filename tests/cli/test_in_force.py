"""Broken files: `status` and `config diff` tell what is wrong with them and what stays in force."""

from pathlib import Path

from tests.cli.desk import Desk

WRONG = "agreement.yaml:5:1: versoin: unknown key 'versoin' (did you mean version?)"


def break_agreement(desk: Desk) -> None:
    desk.change("config/agreement.yaml", "version: ", "versoin: ")


def test_status_tells_what_is_broken_and_since_when_the_old_one_is_in_force(desk: Desk) -> None:
    desk.wait()
    break_agreement(desk)

    shown = desk.slasync("status")

    assert shown.exit_code == 2
    assert f"config/{WRONG}" in shown.stdout
    assert "In force stays what was taken up at 2026-03-02T09:00:00Z, edition " in shown.stdout
    assert '-version: "1"' in shown.stdout
    assert '+versoin: "1"' in shown.stdout
    told = desk.json("status")["broken"]
    assert told["in_force_since"] == "2026-03-02T09:00:00Z"
    assert told["files"] == [str(desk.home / "config/agreement.yaml")]


def test_status_goes_by_what_is_in_force_while_files_are_broken(desk: Desk) -> None:
    desk.arrives()
    desk.work()
    before = desk.json("status")
    break_agreement(desk)

    told = desk.json("status")

    assert before["work"]["leads"] == 1
    assert {n: told[n] for n in ("mode", "work", "calls", "promises")} == {
        n: before[n] for n in ("mode", "work", "calls", "promises")
    }
    assert told["next"] == [
        {"what": "files of the configuration are broken", "command": "slasync check"}
    ]


def test_status_shows_the_first_lines_of_a_long_difference(desk: Desk) -> None:
    path = desk.home / "config/agreement.yaml"
    path.write_text("versoin: 1\n", "utf-8")

    lines = desk.slasync("status").stdout.splitlines()

    at = lines.index("--- agreement.yaml in force")
    assert lines[at + 12].endswith(" lines more: slasync config diff")
    whole = desk.json("config", "diff")["difference"]
    assert len(whole) > 400
    assert lines[at + 12] == f"and {len(whole) - 12} lines more: slasync config diff"


def test_config_diff_shows_a_broken_file_and_every_other_that_differs(desk: Desk) -> None:
    break_agreement(desk)
    desk.change("config/teams.yaml", "pools:", "# anew\npools:")

    shown = desk.slasync("config", "diff")

    assert shown.exit_code == 2
    assert WRONG in shown.stdout
    assert '+versoin: "1"' in shown.stdout
    assert "+# anew" in shown.stdout
    assert shown.stdout.count(" in force\n") == 2


def test_a_file_that_is_no_yaml_at_all_is_compared_as_text(desk: Desk) -> None:
    path = desk.home / "config/agreement.yaml"
    path.write_text(path.read_text("utf-8") + "more: [\n", "utf-8")

    told = desk.json("config", "diff")

    assert [line for line in told["difference"] if line[0] == "+"][1:] == ["+more: ["]
    assert "agreement.yaml:" in told["broken"]["problems"][0]
    assert told["broken"]["edition"]


def test_a_file_that_is_not_there_or_no_text_is_told_and_not_compared(desk: Desk) -> None:
    (desk.home / "config/teams.yaml").unlink()
    (desk.home / "config/calendars.yaml").write_bytes(b"\xff\xfe")

    shown = desk.slasync("config", "diff")

    assert shown.exit_code == 2
    assert "teams.yaml:1:1: (top): No such file or directory" in shown.stdout
    assert "calendars.yaml:1:1: (top): is not UTF-8" in shown.stdout
    assert "What can be read of agreement.yaml, calendars.yaml and teams.yaml is in force." in (
        shown.stdout
    )


def test_while_the_deployment_itself_is_broken_status_shows_what_needs_it_not(desk: Desk) -> None:
    (desk.home / "config/slasync.yaml").write_text(
        (desk.home / "config/slasync.yaml").read_text("utf-8") + "more: [\n", "utf-8"
    )

    shown = desk.slasync("status")

    assert shown.exit_code == 2
    assert "mode not known" in shown.stdout
    assert "slasync.yaml:" in shown.stdout
    assert "  salesforce  2 min ago" in shown.stdout
    assert "promises and calls are known when the files are mended" in shown.stdout
    assert desk.json("status")["mode"] is None


def test_a_broken_connector_is_told_like_any_other_file(desk: Desk) -> None:
    desk.change("connectors/salesforce/connector.yaml", "page_size:", "pagesize:")

    for command in (("status",), ("config", "diff")):
        shown = desk.slasync(*command)
        assert shown.exit_code == 2
        assert "salesforce/connector.yaml:" in shown.stdout
        assert "page_size" in shown.stdout


def test_files_that_were_mended_are_no_longer_told(desk: Desk) -> None:
    break_agreement(desk)
    assert desk.slasync("status").exit_code == 2
    desk.change("config/agreement.yaml", "versoin: ", "version: ")

    assert desk.slasync("status").exit_code == 0
    assert desk.json("status")["broken"] is None
    assert desk.json("config", "diff")["broken"] is None


def test_where_nothing_is_in_force_yet_broken_files_are_all_there_is_to_tell(
    new_desk: Desk,
) -> None:
    break_agreement(new_desk)

    for command in (("status",), ("config", "diff")):
        shown = new_desk.slasync(*command)
        assert shown.exit_code == 2
        assert WRONG in shown.stderr
        assert shown.stdout == ""


def test_a_database_that_the_files_do_not_tell_is_not_guessed(desk: Desk) -> None:
    desk.change("config/slasync.yaml", "database: ", "data base: ")

    shown = desk.slasync("status")

    assert shown.exit_code == 2
    assert "slasync.yaml:" in shown.stderr
    assert "In force stays" not in shown.output


def test_looking_needs_no_secrets_and_none_of_their_files(desk: Desk, tmp_path: Path) -> None:
    del desk.environ["SALESFORCE_CONSUMER_SECRET"]
    del desk.environ["HUBSPOT_ACCESS_TOKEN"]
    desk.environ["HUBSPOT_ACCESS_TOKEN_FILE"] = str(tmp_path / "of somebody else")

    shown = desk.slasync("status")

    assert shown.exit_code == 0, shown.output
    assert "Nothing waits for you." in shown.stdout
