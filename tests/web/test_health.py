"""What a load balancer, an operator and Prometheus get to see."""

from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient

from slasync.connectors.http import Call, Lane
from slasync.web.health import health_app
from slasync.web.metrics import Metrics
from slasync.web.symptoms import Health, Problem, Symptom
from tests.faults.marks import fault

WELL = Health(ready=True, gauges={"oldest_write_seconds": 4.0, "age_seconds[hubspot.contacts]": 2})
BEHIND = Health(ready=False, problems=("hubspot.contacts has not been read for 40 minutes",))


def a_client(status: Callable[[], Health], metrics: Metrics | None = None) -> TestClient:
    return TestClient(health_app(status, metrics or Metrics()))


def test_alive_is_answered_whatever_the_state() -> None:
    assert a_client(lambda: BEHIND).get("/livez").status_code == 200


def test_ready_means_progress() -> None:
    answer = a_client(lambda: WELL).get("/readyz")

    assert answer.status_code == 200
    assert answer.json() == {"ready": True, "problems": [], "promises": {}, "seen": {}}


def test_what_is_at_risk_is_named() -> None:
    answer = a_client(lambda: BEHIND).get("/readyz")

    assert answer.status_code == 503
    assert answer.json()["problems"] == ["hubspot.contacts has not been read for 40 minutes"]


@fault("I18")
def test_each_promise_at_risk_says_why_and_where_it_says_what_to_do() -> None:
    words = "hubspot.contacts is known up to 40 minutes ago only"
    told = Health(ready=False, found=(Problem(Symptom.STREAM_BEHIND, words),))

    answer = a_client(lambda: told).get("/readyz").json()

    where = {"because": words, "see": "docs/operating.md#stream-behind"}
    assert answer["promises"] == {"Nothing is missed": [where]}


@fault("S11", "S28")
def test_nobody_is_named() -> None:
    words = "parked: ana@example.com, +49 821 123456"
    told = Health(ready=False, problems=(words,), found=(Problem(Symptom.PARKED, words),))

    answer = a_client(lambda: told).get("/readyz").text

    assert "ana" not in answer
    assert "123456" not in answer


def test_a_status_that_fails_is_no_health() -> None:
    def broken() -> Health:
        raise OSError("no database")

    client = TestClient(health_app(broken, Metrics()), raise_server_exceptions=False)

    assert client.get("/readyz").status_code == 500
    assert client.get("/livez").status_code == 200


def test_metrics_show_gauges_and_counters() -> None:
    metrics = Metrics()
    metrics.called(Call("hubspot", Lane.READ, "GET /crm/v3/objects/contacts", 200, 0.1))
    metrics.called(Call("hubspot", Lane.WRITE, "POST /x", 429, 0.1))
    metrics.called(Call("hubspot", Lane.WRITE, "POST /x", None, 0.1))
    metrics.stepped("decide", "worked")

    answer = a_client(lambda: WELL, metrics).get("/metrics")

    assert answer.headers["content-type"].startswith("text/plain; version=")
    lines = answer.text.splitlines()
    assert "slasync_ready 1.0" in lines
    assert "slasync_oldest_write_seconds 4.0" in lines
    assert 'slasync_age_seconds{of="hubspot.contacts"} 2.0' in lines
    for lane, outcome in (("read", "2xx"), ("write", "429"), ("write", "none")):
        labels = f'lane="{lane}",outcome="{outcome}",system="hubspot"'
        assert f"slasync_calls_total{{{labels}}} 1.0" in lines
    assert 'slasync_steps_total{outcome="worked",step="decide"} 1.0' in lines
    assert "/crm/v3" not in answer.text


@fault("S30")
@pytest.mark.parametrize("name", ["", "Ana", "a b", "leads[ana@example.com]", "x[]", "a{b}"])
def test_a_gauge_has_a_plain_name(name: str) -> None:
    with pytest.raises(ValueError, match="gauge"):
        Metrics().page({name: 1.0})


@fault("S19", "S28")
@pytest.mark.parametrize("path", ["/docs", "/openapi.json", "/redoc", "/"])
def test_there_is_nothing_else(path: str) -> None:
    answer = a_client(lambda: WELL).get(path)

    assert answer.status_code == 404
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
