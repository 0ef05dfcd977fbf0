"""Marketo in the configuration: in HubSpot's place, with its own files, and each mistake told."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from slasync.cli.main import main
from slasync.domain.agreement import Effect, EffectKind
from slasync.settings import copy_defaults
from slasync.settings.loader import in_use
from slasync.settings.paper import load_paper
from slasync.settings.policy import load_policy
from slasync.systems import Behaviour, Direction, FieldType
from tests.settings.configs import ENVIRON, TODAY, Configuration
from tests.settings.test_clock_parts import AGREEMENT

SLASYNC, MARKETO = "config/slasync.yaml", "connectors/marketo/connector.yaml"
KEYS = {"MARKETO_CLIENT_ID": "an-id", "MARKETO_CLIENT_SECRET": "a-secret"}
IN_MARKETO = {name: v for name, v in ENVIRON.items() if "HUBSPOT" not in name} | KEYS
RUNG = "      - rung: day_0\n        after: 0\n        effects:\n"


def configured(root: Path) -> Configuration:
    copy_defaults(root, "marketo")
    return Configuration(root, IN_MARKETO)


def with_effect(root: Path, effect: str) -> Configuration:
    made = configured(root).change(AGREEMENT, RUNG, f"{RUNG}          - {effect}\n")
    return made.change(MARKETO, "\nprogrammes: {}", '\nprogrammes: {nurture: "3711"}')


def test_a_deployment_with_marketo_reads_marketos_files(tmp_path: Path) -> None:
    found = configured(tmp_path).load()

    assert found.hubspot is None
    assert found.marketo is found.marketing
    assert found.agreement.marketing == "marketo"
    assert found.marketo
    assert found.marketo.url == "http://127.0.0.1:8803"
    assert found.marketo.secrets["client_secret"].reveal() == "a-secret"
    fields = {m.name: (m.field, m.type) for m in found.marketo.contact_fields}
    assert fields["score"] == ("leadScore", FieldType.NUMBER)
    assert found.marketo.behaviours == (
        Behaviour("form", "Fill Out Form", "form_at"),
        Behaviour("moment", "Interesting Moment", "moment_at", "Description"),
    )


def test_the_agreement_says_whose_score_it_is(tmp_path: Path) -> None:
    configured(tmp_path)

    assert "computed_by: Marketo, field leadScore" in (tmp_path / AGREEMENT).read_text()


def test_what_leads_do_can_be_asked_for_by_rules(tmp_path: Path) -> None:
    made = configured(tmp_path).change(
        AGREEMENT,
        "        at: form_at\n",
        "        at: form_at\n      - name: watched\n"
        "        when: moment == 'Watched the weekly demo'\n"
        "        trigger: every_change\n        at: moment_at\n",
    )

    names = [definition.name for definition in made.load().agreement.definitions]

    assert names == ["score", "bottom_of_funnel", "watched"]


def test_a_clock_may_wait_for_what_marketo_tells(tmp_path: Path) -> None:
    made = configured(tmp_path).change(
        AGREEMENT, "reads: [salesforce.tasks", "reads: [marketo.contacts, salesforce.tasks"
    )

    assert "marketo.contacts" in made.load().agreement.clock("first_touch").streams


@pytest.mark.parametrize("named", ["hubspot", "marketo"])
def test_a_system_that_is_not_in_use_cannot_be_waited_for(tmp_path: Path, named: str) -> None:
    copy_defaults(tmp_path, "marketo" if named == "hubspot" else "hubspot")
    made = Configuration(tmp_path, ENVIRON | KEYS).change(
        AGREEMENT, "reads: [salesforce.tasks", f"reads: [{named}.contacts, salesforce.tasks"
    )

    [problem] = made.problems()

    assert problem.endswith(f"{named} is not among the systems of slasync.yaml")


def test_two_marketing_systems_are_one_too_many(tmp_path: Path) -> None:
    made = configured(tmp_path).change(
        SLASYNC,
        "  marketo:\n",
        "  hubspot: {access_token: {env: HUBSPOT_ACCESS_TOKEN}}\n  marketo:\n",
    )

    problems = Configuration(tmp_path, ENVIRON | KEYS).problems()

    assert made.root
    assert [p for p in problems if "leads come from one of them, take the other out" in p]


def test_a_secret_that_is_not_set_is_told_with_its_line(tmp_path: Path) -> None:
    configured(tmp_path)

    [problem] = Configuration(tmp_path, {**IN_MARKETO, "MARKETO_CLIENT_SECRET": ""}).problems()

    assert problem.startswith("config/slasync.yaml:")
    assert "MARKETO_CLIENT_SECRET" in problem


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("  form: {activity", "  score: {activity", "score is the name of another field already"),
        ("at: moment_at", "at: form_at", "form_at is the name of another field already"),
        ("activity: Fill Out Form, ", "", "behaviour.form.activity"),
        ("{field: leadScore, type: number}", "{field: leadScore}", "score must be of type number"),
        ("  stage: slasyncStage", "  stage: urgency", "Marketo keeps this field itself"),
        ("country: {field: country}", "country: {field: priority, direction: write}",
         "Marketo keeps"),
        ("lists: {}", 'lists: {hot: "ST7"}', "no number of a list"),
        ("oldest: 2015-01-01", "oldest: long ago", "first_load.oldest"),
        ("jobs: 2 ", "jobs: 11", "first_load.jobs"),
        ("page_size: 300", "page_size: 301", "page_size"),
        ("daily_calls: 50000", "daily_cals: 50000", "did you mean daily_calls?"),
        ("  moment: {", "".join(f"  b{n}: {{activity: A{n}}}\n" for n in range(4)) + "  moment: {",
         "5 at most, for Marketo takes 10 types a call"),
    ],
)  # fmt: skip
def test_each_mistake_in_marketos_file_is_told(
    tmp_path: Path, old: str, new: str, told: str
) -> None:
    problems = configured(tmp_path).change(MARKETO, old, new).problems()

    assert [p for p in problems if told in p and p.startswith(MARKETO)], problems


# programmes


@pytest.mark.parametrize(
    ("written", "effect"),
    [
        ("{do: programme, programme: nurture}", Effect(EffectKind.PROGRAMME, name="nurture")),
        (
            "{do: programme, programme: nurture, text: reminder}",
            Effect(EffectKind.PROGRAMME, name="nurture", text="reminder"),
        ),
    ],
)
def test_a_rung_can_have_a_campaign_run(tmp_path: Path, written: str, effect: Effect) -> None:
    found = with_effect(tmp_path, written).load()

    assert effect in found.agreement.clock("first_touch").rungs[0].effects
    assert found.marketo
    assert found.marketo.programmes == {"nurture": "3711"}


@pytest.mark.parametrize(
    ("effect", "told"),
    [
        ("{do: programme}", "do: programme needs programme"),
        ("{do: programme, programme: nuture}", "'nuture' (did you mean nurture?)"),
        ("{do: programme, programme: nurture, to: owner}", "addressed to nobody"),
        ("{do: flag_stale, text: stale, programme: nurture}", "that belongs to do: programme"),
        ("{do: programme, programme: nurture, text: remindr}", "no text 'remindr'"),
        ("{do: list, list: hot, change: add}", "there is no list of marketing's connector.yaml"),
        ("{do: property, property: country, value: DE}", "country is only read"),
        ("{do: property, property: form, value: x}", "form is no field of Marketo"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_in_marketo_is_told(tmp_path: Path, effect: str, told: str) -> None:
    problems = with_effect(tmp_path, effect).problems()

    assert [problem for problem in problems if told in problem], problems


def test_a_field_that_is_written_is_mapped_for_writing(tmp_path: Path) -> None:
    made = with_effect(tmp_path, "{do: property, property: wanted, value: 'yes'}")
    made.change(MARKETO, "custom: {}", "custom: {wanted: {field: slasyncWanted, direction: both}}")

    found = made.load()

    assert found.marketo
    mapped = {m.name: m.direction for m in found.marketo.contact_fields}
    assert mapped["wanted"] is Direction.BOTH


# without a deployment


def test_the_policy_alone_is_that_of_the_system_in_use(tmp_path: Path) -> None:
    configured(tmp_path)

    policy = load_policy(tmp_path / "config", tmp_path / "connectors", {}, today=TODAY)

    assert policy.agreement.marketing == "marketo"
    assert "moment" in (policy.known.fields or {})


def test_the_rendered_agreement_names_the_system_in_use_only(tmp_path: Path) -> None:
    configured(tmp_path)

    labels = load_paper(tmp_path / "config", tmp_path / "connectors").labels

    assert labels["score"].keys() == {"marketo"}


def test_without_slasync_yaml_one_marketing_system_is_taken(tmp_path: Path) -> None:
    copy_defaults(tmp_path)
    (tmp_path / SLASYNC).unlink()

    assert in_use(tmp_path / "config", tmp_path / "connectors") == ["salesforce", "hubspot"]


def test_init_makes_a_configuration_for_marketo(tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["init", str(tmp_path / "here"), "--marketing", "marketo"])

    assert done.exit_code == 0
    assert "MARKETO_CLIENT_ID" in done.output
    assert "HUBSPOT" not in done.output
    assert Configuration(tmp_path / "here", IN_MARKETO).problems() == []
