"""The dashboard: what operations, managers and reps look at; server-made pages behind a login."""
