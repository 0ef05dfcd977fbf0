"""Definitions may ask for contact made; a contact that is never made is refused with its place."""

from pathlib import Path

import pytest

from slasync.settings.definition_rules import compile_definition
from slasync.systems import FieldType
from tests.settings.configs import Configuration, shipped

AGREEMENT = "config/agreement.yaml"
WAYS = "    any_of:\n"
WHERE = "definitions.mql.any_of[0].when"


def with_way(root: Path, when: str, trigger: str = "every_change") -> Configuration:
    way = f'      - {{name: contact_made, when: "{when}", trigger: {trigger}}}\n'
    return shipped(root).change(AGREEMENT, WAYS, WAYS + way)


def warnings(configuration: Configuration) -> list[str]:
    return [w.what for w in configuration.load().warnings if w.path == WHERE]


def test_contact_is_asked_for_by_those_agreements_alone_that_name_it(tmp_path: Path) -> None:
    assert not shipped(tmp_path / "old").load().agreement.asks_contact
    loaded = with_way(tmp_path / "new", "contact_made in ['call', 'conversation']").load()
    assert loaded.agreement.asks_contact


@pytest.mark.parametrize(
    ("when", "what"),
    [
        ("contact_made == 'phone'",
         "contact_made is never 'phone': it is call, email, conversation"),
        ("score > 5 and contact_made in ['call', 'emial']",
         "contact_made is never 'emial': it is call, email, conversation (did you mean email?)"),
        ("contact_mad == 'call'", "unknown field 'contact_mad' (did you mean contact_made?)"),
        ("contact_made >= 1", "not a valid expression"),
    ],
)  # fmt: skip
def test_what_is_never_so_is_refused(tmp_path: Path, when: str, what: str) -> None:
    (problem,) = with_way(tmp_path, when).problems()
    assert f"{WHERE}: {what}" in problem


RANG = "when: contact_made == 'call'"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("routing: {", f"routing: {{rules: [{{name: r, {RANG}, to: {{pool: inbound}}}}], "),
        ("lead: score >= 40", "lead: contact_made == 'call'"),
    ],
)
def test_only_definitions_of_an_mql_know_it(tmp_path: Path, old: str, new: str) -> None:
    problems = shipped(tmp_path).change(AGREEMENT, old, new).problems()
    assert any("unknown field 'contact_made'" in problem for problem in problems)


def test_with_crossing_the_first_contact_alone_counts_and_check_says_so(tmp_path: Path) -> None:
    (warning,) = warnings(with_way(tmp_path, "contact_made != null", "crossing"))
    assert "counts the first contact" in warning
    assert "every_change" in warning


def test_together_with_a_score_a_crossing_raises_no_doubt(tmp_path: Path) -> None:
    when = "score >= 50 and contact_made == 'call'"
    assert not warnings(with_way(tmp_path, when, "crossing"))


def test_where_e_mails_are_not_looked_at_check_says_that_none_counts(tmp_path: Path) -> None:
    asking = with_way(tmp_path, "contact_made in ['call', 'email']")
    assert not warnings(asking)
    asking.change("connectors/salesforce/connector.yaml", "emails: where_there", "emails: never")
    (warning,) = warnings(asking)
    assert "definition contact_made counts no e-mail that a lead writes" in warning
    assert "emails: never" in warning


def test_a_mapped_field_of_that_name_has_its_own_values() -> None:
    assert compile_definition("contact_made == 'phone'", {"contact_made": FieldType.TEXT})
