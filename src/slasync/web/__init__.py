"""What listens: webhooks, health and metrics; each an application of its own, and a server."""
