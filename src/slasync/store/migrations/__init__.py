"""The history of the tables, oldest first; the same on SQLite and PostgreSQL."""
