"""The metadata folder fits the shipped files, and the Metadata API's own description."""

import io
import zipfile
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from xml.etree import ElementTree as ET

import pytest

from slasync.connectors.rep_labels import FIELDS, value_label
from slasync.connectors.salesforce.labels import LABELS
from slasync.connectors.salesforce.metadata import (
    FILLED_BY_MANAGERS,
    FILLED_BY_REPS,
    NEEDED_RIGHTS,
    SHOWN,
    STATES,
    Package,
    object_rights,
    package,
)
from slasync.connectors.salesforce.metadata_xml import deployable, source_files
from slasync.domain.languages import Language
from slasync.domain.rests import ACCEPTED, REFUSED
from slasync.systems import FieldMapping, LedgerConfig, SalesforceConfig
from tests.connectors.salesforce.wsdl import METADATA, flaws
from tests.packaging.dockerfile import ROOT
from tests.settings.configs import shipped

FOLDER = ROOT / "connectors/salesforce/metadata"
PATHS = ("not_yet", "no_answer")
LONGEST_LABEL = 40  # of a field, in characters: Salesforce takes no more


@cache
def shipped_config() -> SalesforceConfig:
    with TemporaryDirectory() as folder:
        config = shipped(Path(folder)).load().salesforce
    assert config is not None
    return config


def by_ledger() -> SalesforceConfig:
    return replace(shipped_config(), ledger=LedgerConfig())


def asking() -> SalesforceConfig:
    """Read what reps and managers may fill."""
    config = shipped_config()
    words = (*FILLED_BY_REPS, FILLED_BY_MANAGERS)
    read = tuple(FieldMapping(word, config.shown_fields[word]) for word in words)
    return replace(config, lead_fields=(*config.lead_fields, *read))


def in_german() -> SalesforceConfig:
    return replace(asking(), labels=Language.DE)


def documents(files: dict[str, str]) -> dict[str, ET.Element]:
    found = {name: text for name, text in files.items() if name.endswith(".xml")}
    return {name: ET.fromstring(text) for name, text in found.items()}  # noqa: S314 - our own


def test_the_folder_that_ships_is_what_the_shipped_configuration_makes() -> None:
    wanted = source_files(package(shipped_config(), PATHS), "62.0")
    there = {
        str(path.relative_to(FOLDER)): path.read_text("utf-8")
        for path in FOLDER.rglob("*")
        if path.is_file()
    }
    assert there == wanted


@pytest.mark.parametrize("config", [shipped_config, by_ledger, asking, in_german])
def test_every_file_is_what_the_metadata_api_describes(config: object) -> None:
    assert callable(config)
    files = source_files(package(config(), PATHS), "62.0")
    told = {
        f"{name}: {flaw}"
        for name, root in documents(files).items()
        for flaw in flaws(root, root.tag.removeprefix(METADATA))
        if name != "package.xml"
    }
    assert told == set()


def test_the_description_finds_what_it_must_find() -> None:
    text = "<CustomField><label>x</label><caseSensitive>true</caseSensitive><odd/></CustomField>"
    told = set(flaws(ET.fromstring(text), "CustomField"))  # noqa: S314 - our own
    assert any("has no odd" in each for each in told)
    assert any("not in its order" in each for each in told)


@pytest.mark.parametrize("config", [shipped_config, by_ledger, asking, in_german])
def test_package_xml_names_every_component_once(config: object) -> None:
    assert callable(config)
    wanted = package(config(), PATHS)
    root = ET.fromstring(source_files(wanted, "62.0")["package.xml"])  # noqa: S314 - our own
    members = [each.text for each in root.iter(f"{METADATA}members")]
    assert sorted(map(str, members)) == sorted(each.full_name for each in wanted)


def test_the_zip_holds_components_of_one_object_in_one_file() -> None:
    packed = deployable(package(replace(asking(), ledger=LedgerConfig()), PATHS), "62.0")
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        names = set(archive.namelist())
        lead = ET.fromstring(archive.read("objects/Lead.object"))  # noqa: S314 - our own
    assert names == {
        "package.xml", "objects/Lead.object", "objects/Contact.object",
        "objects/Slasync_Ledger__c.object", "reportTypes/Slasync_Leads.reportType",
        "permissionsets/Slasync_Integration.permissionset",
        "permissionsets/Slasync_Managers.permissionset",
        "permissionsets/Slasync_Reps.permissionset",
    }  # fmt: skip
    assert len(lead.findall(f"{METADATA}listViews")) == 4
    assert [*flaws(lead, "CustomObject")] == []


def test_the_same_package_makes_the_same_zip() -> None:
    made = {deployable(package(shipped_config(), PATHS), "62.0") for _ in range(2)}
    assert len(made) == 1


def test_the_integration_permission_set_holds_least_rights() -> None:
    wanted = package(by_ledger(), PATHS)
    [ours] = [each for each in wanted.permission_sets if each.name == "Slasync_Integration"]
    assert set(ours.rights) == set(NEEDED_RIGHTS)
    assert set(ours.objects) == {"Lead", "Contact", "Account", "Slasync_Ledger__c"}
    ledger = ours.objects["Slasync_Ledger__c"]
    assert (ledger.delete, ledger.modify_all) == (False, False)


def test_without_a_ledger_no_object_is_made_and_with_one_no_field_on_activity() -> None:
    plain, ledger = package(shipped_config()), package(by_ledger())
    assert not plain.objects
    assert objects_of(plain) == {"Lead", "Contact", "Activity"}
    assert objects_of(ledger) == {"Lead", "Contact", "Slasync_Ledger__c"}
    assert "Slasync_Ledger__c" not in object_rights(shipped_config())


def objects_of(wanted: Package) -> set[str]:
    return {each.object for each in wanted.fields}


def test_names_from_connector_yaml_stand_wherever_a_field_is_named() -> None:
    config = replace(shipped_config(), stale_field="Verfallen__c")
    texts = "".join(source_files(package(config), "62.0").values())
    assert "Slasync_Stale__c" not in texts
    assert texts.count("Verfallen__c") >= 6


def test_a_text_that_xml_would_misread_is_escaped(tmp_path: Path) -> None:
    files = source_files(package(asking(), ("R&D <later>",)), "62.0")
    (tmp_path / "x.xml").write_text(
        files["slasync/objects/Lead/fields/Slasync_Nurture_Path__c.field-meta.xml"], "utf-8"
    )
    root = ET.parse(tmp_path / "x.xml").getroot()  # noqa: S314 - our own
    assert "R&D <later>" in {each.text for each in root.iter(f"{METADATA}fullName")}


def test_every_language_names_the_same_things() -> None:
    english, german = FIELDS[Language.EN], FIELDS[Language.DE]
    assert english.keys() == german.keys() >= SHOWN.keys()
    assert max(len(label) for label, _ in german.values()) <= LONGEST_LABEL
    assert LABELS[Language.EN].views.keys() == LABELS[Language.DE].views.keys()
    assert LABELS[Language.EN].sets.keys() == LABELS[Language.DE].sets.keys()


@pytest.mark.parametrize("written", [*STATES, ACCEPTED, REFUSED])
def test_every_value_has_a_german_word(written: str) -> None:
    assert value_label(Language.DE, written) != value_label(Language.EN, written)


def test_german_labels_leave_names_and_written_values_as_they_are() -> None:
    english, german = package(asking(), PATHS), package(in_german(), PATHS)
    assert [each.full_name for each in german] == [each.full_name for each in english]
    for one, other in zip(english.fields, german.fields, strict=True):
        assert one.values.keys() == other.values.keys()
    assert [view.filters for view in german.views] == [view.filters for view in english.views]


def test_what_reps_fill_is_made_only_where_slasync_reads_it() -> None:
    plain, asked = package(shipped_config(), PATHS), package(asking(), PATHS)
    filled = {f"Lead.{config_name}" for config_name in fields_to_fill()}
    assert not filled & {each.full_name for each in plain.fields}
    assert filled <= {each.full_name for each in asked.fields}
    assert [s.name for s in plain.permission_sets] == ["Slasync_Integration", "Slasync_Reps"]
    [reps] = [s for s in asked.permission_sets if s.name == "Slasync_Reps"]
    theirs = {name for name, edit in reps.fields.items() if edit and name.startswith("Lead.")}
    assert theirs == filled - {f"Lead.{shipped_config().shown_fields[FILLED_BY_MANAGERS]}"}


def fields_to_fill() -> set[str]:
    return {shipped_config().shown_fields[word] for word in (*FILLED_BY_REPS, FILLED_BY_MANAGERS)}
