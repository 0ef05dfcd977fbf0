"""What listens: webhooks, health and metrics; each an application of its own, and a server."""

from slasync.web.health import Health, health_app
from slasync.web.keeping import keeper
from slasync.web.metrics import Metrics
from slasync.web.server import WebServer
from slasync.web.webhooks import webhook_app

__all__ = ["Health", "Metrics", "WebServer", "health_app", "keeper", "webhook_app"]
