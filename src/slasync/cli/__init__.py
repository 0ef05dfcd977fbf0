"""Commands: one module a group; the only room that prints."""
