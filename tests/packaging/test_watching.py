"""Alerts, dashboard and health agree with the code and with docs/operating.md."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from ruamel.yaml import YAML

from slasync.web.symptoms import Problem, Symptom
from tests.packaging.dockerfile import ROOT
from tests.packaging.metrics import all_metrics, labels

METRIC = re.compile(r"\bslasync_[a-z_]+")
OPERATING = (ROOT / "docs/operating.md").read_text("utf-8")
FOLDER = ROOT / "deploy/prometheus"


def load(name: str) -> Any:
    return YAML(typ="safe").load((FOLDER / name).read_text("utf-8"))


RULES: list[Any] = load("alerts.yaml")["groups"][0]["rules"]
DASHBOARD: Any = json.loads((ROOT / "deploy/grafana/slasync.json").read_text("utf-8"))


def headings() -> set[str]:
    """Return the anchors of the page, as its headings give them."""
    found = re.findall(r"^#{2,3} (.+)$", OPERATING, re.MULTILINE)
    return {re.sub(r"[^a-z0-9]+", "-", heading.lower()).strip("-") for heading in found}


def entry(anchor: str) -> str:
    """Return what stands under a symptom's heading."""
    parts = re.split(r"^### (.+)\n", OPERATING, flags=re.MULTILINE)
    entries = dict(zip(parts[1::2], parts[2::2], strict=True))
    return entries[anchor.replace("-", " ").capitalize()].partition("\n## ")[0]


def expressions() -> Iterator[str]:
    for panel in DASHBOARD["panels"]:
        for target in panel["targets"]:
            yield target["expr"]


def balanced(expression: str) -> bool:
    return all(expression.count(a) == expression.count(b) for a, b in ("()", "{}", "[]"))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_an_alert_is_about_metrics_that_there_are(rule: Any) -> None:
    named = set(METRIC.findall(rule["expr"]))
    assert named
    assert named <= all_metrics()
    assert balanced(rule["expr"])


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_an_alert_leads_to_what_is_to_be_done_and_is_named_there(rule: Any) -> None:
    page, _, anchor = rule["annotations"]["runbook"].partition("#")
    assert page == "docs/operating.md"
    assert anchor in headings()
    assert f"`{rule['alert']}`" in entry(anchor)
    assert rule["labels"]["severity"] in {"page", "ticket"}


def test_no_entry_stands_twice() -> None:
    titles = re.findall(r"^### (.+)$", OPERATING, re.MULTILINE)
    assert len(titles) == len(set(titles))


def test_every_alert_that_the_page_names_exists() -> None:
    assert set(re.findall(r"`(Slasync\w+)`", OPERATING)) == {rule["alert"] for rule in RULES}


@pytest.mark.parametrize("symptom", Symptom, ids=lambda symptom: symptom.anchor)
def test_every_message_of_health_leads_to_its_entry(symptom: Symptom) -> None:
    assert Problem(symptom, "").see == f"docs/operating.md#{symptom.anchor}"
    assert symptom.anchor in headings()


@pytest.mark.parametrize("symptom", Symptom, ids=lambda symptom: symptom.anchor)
def test_every_message_of_health_names_a_promise_that_is_made(symptom: Symptom) -> None:
    promises = (ROOT / "docs/promises.md").read_text("utf-8")
    titles = re.findall(r"^\*\*([^*]+)\*\*", promises, re.MULTILINE)
    made = [title.rstrip(".:") for title in titles]
    assert symptom.promise in made


@pytest.mark.parametrize("name", ["database-damaged", "database-replaced", "database-went-back"])
def test_what_ends_slasync_leads_to_its_entry(name: str) -> None:
    source = (ROOT / "src/slasync/store/soundness.py").read_text("utf-8")
    assert f"docs/operating.md#{name}" in source.replace('"\n            "', "")
    assert name in headings()


def test_every_panel_shows_metrics_that_there_are() -> None:
    found = list(expressions())
    assert found
    assert {name for each in found for name in METRIC.findall(each)} <= all_metrics()
    assert all(balanced(each) for each in found)


def test_panels_do_not_lie_on_one_another() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        at = panel["gridPos"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"])
                 for y in range(at["y"], at["y"] + at["h"])}  # fmt: skip
        assert not cells & taken, panel["title"]
        assert at["x"] + at["w"] <= 24
        taken |= cells
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])


def test_prometheus_asks_where_the_listener_is() -> None:
    job = load("prometheus.yaml")["scrape_configs"][0]
    assert job["metrics_path"] == "/metrics"
    assert job["static_configs"][0]["targets"] == ["127.0.0.1:8812"]


SELECTOR = re.compile(r"(slasync_[a-z_]+)\{([^}]*)\}")
COUNTED = re.compile(r"(?:rate|increase)\((slasync_[a-z_]+)")
LENGTH = re.compile(r"\d+[smhd]")
QUERIES = [*(rule["expr"] for rule in RULES), *expressions()]


def results(expression: str) -> set[str]:
    """Return the labels that what comes out of a query has."""
    if grouped := re.findall(r"by \(([^)]*)\)", expression):
        return {name.strip() for name in grouped[0].split(",")}
    return {label for name in METRIC.findall(expression) for label in labels()[name]}


@pytest.mark.parametrize("query", QUERIES)
def test_a_query_selects_and_groups_by_labels_that_there_are(query: str) -> None:
    for name, selected in SELECTOR.findall(query):
        assert set(re.findall(r"(\w+)(?:=|!)", selected)) <= labels()[name], name
    known = {label for name in METRIC.findall(query) for label in labels()[name]}
    for grouped in re.findall(r"by \(([^)]*)\)", query):
        assert {name.strip() for name in grouped.split(",")} <= known


@pytest.mark.parametrize("query", QUERIES)
def test_only_what_is_counted_has_a_rate_and_has_nothing_else(query: str) -> None:
    counted = set(COUNTED.findall(query))
    named = set(METRIC.findall(query))
    assert {name for name in named if name.endswith(("_total", "_bucket"))} == counted


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_a_rule_has_the_shape_that_prometheus_reads(rule: Any) -> None:
    assert rule.keys() == {"alert", "expr", "for", "labels", "annotations"}
    assert LENGTH.fullmatch(rule["for"])
    assert rule["annotations"].keys() == {"summary", "runbook"}
    assert all(isinstance(text, str) for text in rule["annotations"].values())


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_a_summary_names_labels_that_its_alert_has(rule: Any) -> None:
    named = set(re.findall(r"\$labels\.(\w+)", rule["annotations"]["summary"]))
    assert named <= results(rule["expr"])


def test_rules_are_named_once() -> None:
    assert len({rule["alert"] for rule in RULES}) == len(RULES)
    [group] = load("alerts.yaml")["groups"]
    assert group.keys() <= {"name", "interval", "rules"}
    assert load("prometheus.yaml")["rule_files"] == ["alerts.yaml"]


@pytest.mark.parametrize("panel", DASHBOARD["panels"], ids=lambda panel: panel["title"])
def test_a_panel_has_the_shape_that_grafana_reads(panel: Any) -> None:
    assert panel["type"] in {"stat", "timeseries", "table", "text", "row"}
    assert panel["gridPos"].keys() == {"x", "y", "w", "h"}
    sources = {each["name"] for each in DASHBOARD["templating"]["list"]}
    assert panel["datasource"] == {"type": "prometheus", "uid": "${datasource}"}
    assert "datasource" in sources
    ids = [target["refId"] for target in panel["targets"]]
    assert len(set(ids)) == len(ids)
    for target in panel["targets"]:
        named = set(re.findall(r"\{\{(\w+)\}\}", target.get("legendFormat", "")))
        assert named <= results(target["expr"])
