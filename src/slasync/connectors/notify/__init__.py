"""The ways to people outside the CRM: e-mail and Slack-compatible webhooks."""

from slasync.connectors.notify.sink import MESSAGES, MessageSink
from slasync.connectors.notify.smtp import MailMessenger
from slasync.connectors.notify.webhook import WebhookMessenger

__all__ = ["MESSAGES", "MailMessenger", "MessageSink", "WebhookMessenger"]
