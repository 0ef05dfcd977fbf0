"""Traces by OpenTelemetry: a span for each round of a step, one for each call in it.

Off unless the standard OTEL_ variables ask for it; the extra `otel` brings what it needs. Spans
name steps, systems and kinds of calls: never a record, a person or a text.
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from slasync.clock import Clock
from slasync.connectors.http import Call
from slasync.errors import Stopped

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor, TracerProvider
    from opentelemetry.trace import Span

ASKING = (
    "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_TRACES_EXPORTER",
)  # fmt: skip
OTLP = "otlp"
FAILING = 400
OUTCOME, MADE_CALLS = "slasync.outcome", "slasync.made_calls"
IDLE = "idle"
_OF_A_KIND = re.compile(r"[A-Za-z][A-Za-z_]*(?:\.json)?|v\d{1,3}(?:\.\d)?|\d{4}-\d\d")
_LONGEST_WORD = 30


def asked_for(environ: Mapping[str, str]) -> bool:
    """Tell whether the standard variables switch traces on."""
    if environ.get("OTEL_SDK_DISABLED", "").lower() == "true":
        return False
    if environ.get("OTEL_TRACES_EXPORTER", OTLP).lower() == "none":
        return False
    return any(environ.get(name) for name in ASKING)


def provider_of(environ: Mapping[str, str]) -> "TracerProvider | None":
    """Return what sends spans where the variables say; None: they say nothing.

    Raises Stopped where traces are asked for and cannot be sent.
    """
    if not asked_for(environ):
        return None
    if environ.get("OTEL_TRACES_EXPORTER", OTLP).lower() != OTLP:
        raise Stopped("OTEL_TRACES_EXPORTER: slasync sends traces by otlp only; write otlp or none")
    protocol = environ.get("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf")
    if protocol != "http/protobuf":
        raise Stopped("OTEL_EXPORTER_OTLP_PROTOCOL: slasync speaks http/protobuf only")
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415 - an extra
            OTLPSpanExporter,
        )
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415 - an extra
    except ModuleNotFoundError as error:
        raise Stopped("traces need OpenTelemetry: pip install 'slasync[otel]'") from error
    return provider(BatchSpanProcessor(OTLPSpanExporter()))


def provider(sending: "SpanProcessor") -> "TracerProvider":
    """Return what makes spans and gives `sending` those that tell something."""
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415 - an extra
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415 - an extra

    detected = Resource.create()  # by OTEL_SERVICE_NAME, OTEL_RESOURCE_ATTRIBUTES
    named = not str(detected.attributes["service.name"]).startswith("unknown_service")
    resource = detected if named else detected.merge(Resource({"service.name": "slasync"}))
    made = TracerProvider(resource=resource, shutdown_on_exit=False)
    made.add_span_processor(_telling(sending))
    return made


class Tracing:
    """Makes spans, at the times of slasync's own clock. Without a provider it does nothing."""

    def __init__(self, clock: Clock, provider: "TracerProvider | None" = None) -> None:
        self._clock = clock
        self._provider = provider
        self._tracer = provider.get_tracer("slasync") if provider else None

    def round_of(self, step: str, run: Callable[[], bool]) -> bool:
        """Run one round of a step inside a span; idle rounds without a call leave none."""
        if self._tracer is None:
            return run()
        with self._tracer.start_as_current_span(
            f"step {step}",
            start_time=nanoseconds(self._clock.now()),
            record_exception=False,  # its text may name somebody
            set_status_on_exception=False,
            end_on_exit=False,
        ) as span:
            try:
                found = run()
            except BaseException as error:
                self._failed(span, error)
                raise
            span.set_attribute(OUTCOME, "worked" if found else IDLE)
            span.end(nanoseconds(self._clock.now()))
        return found

    def _failed(self, span: "Span", error: BaseException) -> None:
        from opentelemetry.trace import StatusCode  # noqa: PLC0415 - an extra

        span.set_attributes({OUTCOME: "failed", "error.type": type(error).__name__})
        span.set_status(StatusCode.ERROR)
        span.end(nanoseconds(self._clock.now()))

    def called(self, call: Call) -> None:
        """Make a span of a call that has ended: an observer for connectors."""
        if self._tracer is None:
            return
        from opentelemetry.trace import (  # noqa: PLC0415 - an extra
            SpanKind,
            StatusCode,
            get_current_span,
        )

        ended, operation = self._clock.now(), kind_of(call.operation)
        get_current_span().set_attribute(MADE_CALLS, value=True)
        span = self._tracer.start_span(
            f"{call.system} {operation}",
            kind=SpanKind.CLIENT,
            start_time=nanoseconds(ended - timedelta(seconds=call.seconds)),
            attributes={
                "http.request.method": operation.partition(" ")[0],
                "slasync.system": call.system,
                "slasync.lane": call.lane.value,
            },
        )
        if call.status is not None:
            span.set_attribute("http.response.status_code", call.status)
        if call.status is None or call.status >= FAILING:
            span.set_status(StatusCode.ERROR)
        span.end(nanoseconds(ended))

    def close(self) -> None:
        """Send what is left."""
        if self._provider is not None:
            self._provider.shutdown()


def kind_of(operation: str) -> str:
    """Take out of "METHOD /path" whatever could be a record: ids, keys, addresses, names."""
    method, _, path = operation.partition(" ")
    parts = path.split("?")[0].split("/")
    known = [part if not part or _is_of_a_kind(part) else "{id}" for part in parts]
    return f"{method} {'/'.join(known)}"


def _is_of_a_kind(part: str) -> bool:
    return len(part) <= _LONGEST_WORD and _OF_A_KIND.fullmatch(part) is not None


def nanoseconds(at: datetime) -> int:
    """Return a time as OpenTelemetry counts it."""
    return int(at.timestamp() * 1_000_000) * 1_000


def _telling(sending: "SpanProcessor") -> "SpanProcessor":
    from opentelemetry.sdk.trace import SpanProcessor  # noqa: PLC0415 - an extra

    class Telling(SpanProcessor):
        """Passes on spans that tell something: not the many looks that found nothing."""

        def on_end(self, span: "ReadableSpan") -> None:
            told = span.attributes or {}
            if told.get(OUTCOME) != IDLE or told.get(MADE_CALLS):
                sending.on_end(span)

        def shutdown(self) -> None:
            sending.shutdown()

        def force_flush(self, timeout_millis: int = 30_000) -> bool:
            return sending.force_flush(timeout_millis)

    return Telling()
