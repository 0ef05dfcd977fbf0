from pathlib import Path

import pytest

from slasync.settings import ConfigurationError, copy_defaults


def test_the_files_shipped_are_copied_to_a_directory_that_may_not_exist_yet(
    tmp_path: Path,
) -> None:
    written = copy_defaults(tmp_path / "deep" / "down")

    names = {path.relative_to(tmp_path / "deep" / "down").as_posix() for path in written}
    deployable = {name for name in names if name.startswith("connectors/salesforce/metadata/")}
    assert "connectors/salesforce/metadata/package.xml" in deployable
    assert names - deployable == {
        "config/agreement.yaml",
        "config/calendars.yaml",
        "config/slasync.yaml",
        "config/teams.yaml",
        "config/tests/first_touch.yaml",
        "config/tests/owners.yaml",
        "config/tests/playbook_de.yaml",
        "config/tests/playbook_en.yaml",
        "config/tests/processing.yaml",
        "config/tests/recycling.yaml",
        "connectors/hubspot/connector.yaml",
        "connectors/hubspot/setup.md",
        "connectors/marketo/connector.yaml",
        "connectors/marketo/setup.md",
        "connectors/salesforce/connector.yaml",
        "connectors/salesforce/setup.md",
    }
    assert all(path.read_bytes() for path in written)


def test_a_configuration_that_is_there_is_never_overwritten(tmp_path: Path) -> None:
    mine = tmp_path / "config" / "teams.yaml"
    mine.parent.mkdir()
    mine.write_text("mine")

    with pytest.raises(ConfigurationError, match="is there already: nothing was copied"):
        copy_defaults(tmp_path)

    assert mine.read_text() == "mine"
    assert list(tmp_path.rglob("*.yaml")) == [mine]
