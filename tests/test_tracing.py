"""Traces: off unless asked for; spans of steps and calls, at slasync's own time, naming nobody."""

from collections.abc import Callable

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from slasync.connectors.http import Call, Lane
from slasync.errors import Stopped, TryLater
from slasync.tracing import Tracing, asked_for, kind_of, nanoseconds, provider, provider_of
from tests.connectors.in_process import DrivenClock
from tests.faults.marks import fault

ENDPOINT = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"}


class Traced:
    """A clock, tracing on it, and what was sent."""

    def __init__(self) -> None:
        self.clock, self._sent = DrivenClock(), InMemorySpanExporter()
        self.provider: TracerProvider = provider(SimpleSpanProcessor(self._sent))
        self.tracing = Tracing(self.clock, self.provider)

    @property
    def spans(self) -> dict[str, ReadableSpan]:
        return {span.name: span for span in self._sent.get_finished_spans()}

    def call(self, path: str = "GET /crm/v3/objects/contacts", status: int | None = 200) -> None:
        self.clock.advance(2)
        self.tracing.called(Call("hubspot", Lane.READ, path, status, 2.0))


def works(traced: Traced, *calls: str) -> Callable[[], bool]:
    def run() -> bool:
        for path in calls:
            traced.call(path)
        return True

    return run


@pytest.mark.parametrize(
    ("environ", "asked"),
    [
        ({}, False),
        (ENDPOINT, True),
        ({"OTEL_TRACES_EXPORTER": "otlp"}, True),
        ({"OTEL_TRACES_EXPORTER": "none", **ENDPOINT}, False),
        ({"OTEL_SDK_DISABLED": "true", **ENDPOINT}, False),
        ({"OTEL_SERVICE_NAME": "sla"}, False),
    ],
)
def test_traces_are_off_unless_the_standard_variables_ask(
    environ: dict[str, str],
    asked: bool,  # noqa: FBT001
) -> None:
    assert asked_for(environ) is asked
    if not asked:
        assert provider_of(environ) is None


def test_a_provider_that_is_asked_for_can_be_made_and_ended() -> None:
    made = provider_of(ENDPOINT)

    assert made is not None
    assert made.resource.attributes["service.name"] == "slasync"
    made.shutdown()


@pytest.mark.parametrize(
    "wrong", [{"OTEL_TRACES_EXPORTER": "jaeger"}, {"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}]
)
def test_what_slasync_cannot_speak_is_refused_by_name(wrong: dict[str, str]) -> None:
    with pytest.raises(Stopped, match=next(iter(wrong))):
        provider_of(ENDPOINT | wrong)


def test_without_a_provider_a_step_runs_as_it_is() -> None:
    tracing = Tracing(DrivenClock())
    tracing.called(Call("hubspot", Lane.READ, "GET /x", 200, 1.0))

    assert tracing.round_of("decide", lambda: True) is True
    tracing.close()


def test_a_call_is_part_of_the_round_it_is_made_in() -> None:
    traced = Traced()
    began = nanoseconds(traced.clock.now())

    assert traced.tracing.round_of("pull:hubspot", works(traced, "GET /crm/v3/owners"))

    step, call = traced.spans["step pull:hubspot"], traced.spans["hubspot GET /crm/v3/owners"]
    assert call.parent is not None
    assert step.context is not None
    assert call.parent.span_id == step.context.span_id
    assert (step.start_time, step.end_time) == (began, began + 2_000_000_000)
    assert (call.start_time, call.end_time) == (step.start_time, step.end_time)
    assert (step.attributes or {})["slasync.outcome"] == "worked"
    assert (call.attributes or {})["http.response.status_code"] == 200


def test_a_look_that_found_nothing_leaves_no_span() -> None:
    traced = Traced()
    traced.tracing.round_of("decide", lambda: False)
    assert traced.spans == {}


def test_a_poll_that_found_nothing_is_still_told() -> None:
    traced = Traced()

    def poll() -> bool:
        traced.call()
        return False

    traced.tracing.round_of("pull:hubspot", poll)

    assert "step pull:hubspot" in traced.spans


@fault("S10", "S11")
def test_a_failure_is_told_by_its_kind_and_names_nobody() -> None:
    traced = Traced()

    def fails() -> bool:
        raise TryLater("ana@example.com is locked")

    with pytest.raises(TryLater):
        traced.tracing.round_of("push:salesforce", fails)

    span = traced.spans["step push:salesforce"]
    assert (span.attributes or {})["error.type"] == "TryLater"
    assert not span.status.is_ok
    assert "ana" not in span.to_json()


@pytest.mark.parametrize("status", [None, 404, 503])
def test_a_call_that_failed_is_an_error(status: int | None) -> None:
    traced = Traced()
    traced.call(status=status)
    [span] = traced.spans.values()
    assert not span.status.is_ok


@fault("S11", "S30")
@pytest.mark.parametrize(
    ("operation", "kind"),
    [
        ("GET /services/data/v62.0/sobjects/Lead/00Q5g00000ABCDeEAF",
         "GET /services/data/v62.0/sobjects/Lead/{id}"),
        ("PATCH /services/data/v62.0/sobjects/Task/Slasync_Key__c/ab12:cd:first",
         "PATCH /services/data/v62.0/sobjects/Task/Slasync_Key__c/{id}"),
        ("GET /crm/v3/objects/contacts/ana@example.com", "GET /crm/v3/objects/contacts/{id}"),
        ("GET /rest/v1/leads.json?filterValues=ana", "GET /rest/v1/leads.json"),
        ("GET /crm/v3/objects/contacts/12345", "GET /crm/v3/objects/contacts/{id}"),
    ],
)  # fmt: skip
def test_a_call_is_named_by_its_kind_not_by_its_record(operation: str, kind: str) -> None:
    assert kind_of(operation) == kind
