import json
from collections.abc import Iterator
from datetime import timedelta
from functools import cache
from pathlib import Path

import jsonschema
import pytest

from slasync.domain.agreement import Agreement, EffectKind, End, OnReassign, Stage, Trigger
from slasync.domain.time.calendars import Offset, Unit
from slasync.domain.writes import Role
from slasync.settings import Mode, schemas
from slasync.settings.defaults import shipped as shipped_files
from slasync.settings.document import Document, parse
from slasync.settings.environment import Environment
from slasync.settings.known import Known
from slasync.settings.problems import Path as Where
from slasync.settings.problems import Problem, written
from slasync.settings.schema import FILES, keys_at, schema_of
from slasync.settings.validation import validated
from tests.pains.marks import pain
from tests.settings.configs import ENVIRON, shipped

ENVIRONMENT = Environment(ENVIRON)
TEXTS = {name: file.read_text("utf-8") for name, file in shipped_files() if name in FILES}


@cache
def read(name: str, text: str) -> Document:
    document, problems = parse(name, text, ENVIRONMENT.expand)
    assert not problems
    return document


def test_the_shipped_files_load_without_problems_or_warnings(tmp_path: Path) -> None:
    settings = shipped(tmp_path).load()

    assert settings.warnings == ()
    assert settings.mode == Mode.OBSERVE
    assert settings.database_url == "sqlite:///slasync.db"
    assert settings.salesforce
    assert settings.salesforce.url == "http://127.0.0.1:8801"
    assert settings.hubspot
    assert settings.hubspot.url == "http://127.0.0.1:8802"
    assert settings.polls == {"salesforce": None, "hubspot": None}
    assert settings.settle == timedelta(minutes=2)
    assert settings.overlap == timedelta(minutes=5)
    assert (settings.caps.per_owner, settings.caps.total) == (20, 200)
    assert settings.waiting_for_record_alarm == timedelta(minutes=30)
    assert settings.agreement.effective_from is None
    assert settings.agreement.org == ""


def test_the_shipped_ladders_are_the_playbook_s(tmp_path: Path) -> None:
    agreement = shipped(tmp_path).load().agreement

    assert ladder(agreement, "first_touch") == [
        (0, [(EffectKind.TASK, Role.OWNER)]),
        (1, [(EffectKind.TASK, Role.OWNER)]),
        (2, [(EffectKind.TASK, Role.OWNER), (EffectKind.TASK, Role.MANAGER)]),
        (3, [(EffectKind.DIGEST, Role.LEADERSHIP), (EffectKind.REASSIGN, Role.NOBODY)]),
    ]
    assert ladder(agreement, "processing") == [
        (7, [(EffectKind.TASK, Role.OWNER)]),
        (
            8,
            [
                (EffectKind.FLAG_STALE, Role.NOBODY),
                (EffectKind.TASK, Role.OWNER),
                (EffectKind.TASK, Role.MANAGER),
            ],
        ),
        (9, [(EffectKind.DIGEST, Role.LEADERSHIP)]),
    ]


def ladder(agreement: Agreement, clock: str) -> list[tuple[int, list[tuple[EffectKind, Role]]]]:
    rungs = agreement.clock(clock).rungs
    assert {rung.after.unit for rung in rungs} == {Unit.BUSINESS_DAYS}
    return [(r.after.days, [(effect.kind, effect.role) for effect in r.effects]) for r in rungs]


def test_the_shipped_clocks_end_and_restart_as_the_semantics_say(tmp_path: Path) -> None:
    agreement = shipped(tmp_path).load().agreement
    first_touch, processing = agreement.clock("first_touch"), agreement.clock("processing")

    outcomes = {End.CONVERTED, End.RECYCLED, End.DISQUALIFIED, End.DELETED}
    assert first_touch.ends == outcomes | {End.TOUCH}
    assert processing.ends == outcomes
    assert (first_touch.on_reassign, first_touch.restarts) == (OnReassign.RESTART, 2)
    assert processing.on_reassign == OnReassign.CONTINUE
    assert set(processing.streams) == {"salesforce.leads", "salesforce.lead_history"}
    assert first_touch.rungs[0].after == Offset(0, Unit.BUSINESS_DAYS)


def test_the_shipped_definitions_hand_over_by_score_or_by_form(tmp_path: Path) -> None:
    agreement = shipped(tmp_path).load().agreement
    score, form = agreement.definitions

    assert (score.rule({"score": 75.0}), score.rule({"score": 74.9})) == (True, False)
    assert (form.rule({"form": "Demo request"}), form.rule({"form": "Newsletter"})) == (True, False)
    assert (score.trigger, form.trigger) == (Trigger.CROSSING, Trigger.EVERY_CHANGE)
    assert form.occurred_field == "form_at"
    assert agreement.watched == {"score", "form", "form_at"}
    assert agreement.stages["Open - Not Contacted"] == Stage.MQL


@pytest.mark.parametrize("name", FILES)
def test_the_schema_of_a_file_is_valid_and_accepts_the_file_shipped(name: str) -> None:
    schema = schemas()[name]

    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(
        json.loads(json.dumps(read(name, TEXTS[name]).data)),
        schema,
        cls=jsonschema.Draft202012Validator,
    )


def closed_keys() -> Iterator[tuple[str, Where]]:
    """Yield every key of the shipped files that is not a name somebody gave."""
    for name, model in FILES.items():
        for path in read(name, TEXTS[name]).keys:
            if path[-1] in keys_at(schema_of(model), path[:-1]):
                yield name, path


KEYS = sorted(closed_keys(), key=str)


def misspelt(name: str, path: Where) -> tuple[Problem, list[Problem]]:
    """Double a key's last letter; return the problem expected and those found."""
    document = read(name, TEXTS[name])
    (line, col), key = document.keys[path], str(path[-1])
    lines = TEXTS[name].splitlines(keepends=True)
    end = col - 1 + len(key)
    lines[line - 1] = lines[line - 1][:end] + key[-1] + lines[line - 1][end:]
    wrong = key + key[-1]
    what = f"unknown key {wrong!r} (did you mean {key}?)"
    expected = Problem(name, line, col, written((*path[:-1], wrong)), what)
    _, found = validated(FILES[name], read(name, "".join(lines)), Known(ENVIRONMENT))
    return expected, found


def test_there_are_keys_to_misspell_in_every_file() -> None:
    assert {name for name, _ in KEYS} == set(FILES)
    assert len(KEYS) > 300
    assert ("config/calendars.yaml", ("calendars", "berlin", "week", "mon")) in KEYS
    assert ("config/teams.yaml", ("pools", "inbound", "members")) in KEYS
    assert ("config/agreement.yaml", ("texts", "stale", "subject")) in KEYS


@pain("P30/keys")
@pytest.mark.parametrize(("name", "path"), KEYS, ids=str)
def test_a_misspelt_key_is_the_one_problem_and_has_a_suggestion(name: str, path: Where) -> None:
    expected, found = misspelt(name, path)

    assert found == [expected]
