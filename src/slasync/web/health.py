"""Health as others see it: alive, ready or what is at risk, and the metrics."""

from collections.abc import Callable
from http import HTTPStatus

from fastapi import FastAPI
from fastapi.responses import JSONResponse, PlainTextResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST

from slasync.logs import scrub
from slasync.web.metrics import Metrics
from slasync.web.plain import plain_app
from slasync.web.symptoms import Health


def health_app(status: Callable[[], Health], metrics: Metrics) -> FastAPI:
    """Return the application. `status` may ask the database: it runs in a thread of its own."""
    app = plain_app()

    @app.get("/livez")
    async def livez() -> Response:
        """Answer as long as the process can answer at all."""
        return PlainTextResponse("alive\n")

    @app.get("/readyz")
    def readyz() -> Response:
        """Answer 200 while slasync makes progress, else 503; name what is at risk."""
        health = status()
        code = HTTPStatus.OK if health.ready else HTTPStatus.SERVICE_UNAVAILABLE
        problems = [scrub(problem) for problem in health.problems]
        answer = {"ready": health.ready, "problems": problems, "promises": _by_promise(health),
                  "seen": health.seen}  # fmt: skip
        return JSONResponse(answer, status_code=code)

    @app.get("/metrics")
    def show_metrics() -> Response:
        """Give counters and gauges to Prometheus."""
        health = status()
        gauges = {**health.gauges, "ready": float(health.ready)}
        return Response(metrics.page(gauges), media_type=CONTENT_TYPE_LATEST)

    return app


def _by_promise(health: Health) -> dict[str, list[dict[str, str]]]:
    """Return why each promise needs a look, and where it says what to do."""
    told: dict[str, list[dict[str, str]]] = {}
    for problem in health.found:
        because = {"because": scrub(problem.words), "see": problem.see}
        told.setdefault(problem.symptom.promise, []).append(because)
    return told
