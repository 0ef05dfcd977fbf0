"""A daemon at a desk, its steps run by hand: what its health says after so many cycles."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta

from slasync.cli.sync import until_idle
from slasync.connectors import salesforce
from slasync.rehearsal.inprocess import InProcessAdapter, in_process_httpx
from slasync.rehearsal.stage import in_process
from slasync.serving import Serving
from slasync.store.engine import open_engine
from slasync.web.metrics import Metrics
from slasync.web.symptoms import Health
from slasync.wiring import assemble
from tests.cli.desk import Desk
from tests.web.dashboard.house import desk_settings


@dataclass(slots=True)
class Daemon:
    """One process."""

    desk: Desk
    serving: Serving

    def cycle(self, span: timedelta) -> None:
        """Let time pass and every step go round."""
        self.desk.wait(span)
        application = self.serving.application
        steps = application.steps if application else ()
        until_idle(steps, self.desk.seams.clock)
        for step in steps:
            self.serving.pulse.beat(step.name, self.desk.seams.clock.now())

    def health(self) -> Health:
        return self.serving.health()


@contextmanager
def daemon(desk: Desk) -> Iterator[Daemon]:
    """Start one at a desk."""
    with ExitStack() as closing:
        engine = open_engine(desk.environ["SLASYNC_DATABASE"], durable=False)
        closing.callback(engine.dispose)
        settings = desk_settings(desk)
        metrics = Metrics(desk.seams.clock)
        handle = desk.town.salesforce.handle
        assert settings.salesforce is not None
        crm = salesforce.build_connector(
            settings.salesforce,
            desk.seams,
            observers=(metrics.called,),
            adapter=InProcessAdapter(handle),
            httpx_transport=in_process_httpx(handle),
        )
        both = in_process(settings, desk.town, desk.seams, closing)
        connectors = replace(both, crm=crm)
        serving = Serving(settings, engine, desk.seams, connectors, metrics)
        serving.application = assemble(settings, desk.seams, connectors, engine=engine)
        yield Daemon(desk, serving)
