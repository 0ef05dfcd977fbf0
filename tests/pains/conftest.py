"""The desks are those of the command line."""

from tests.cli.desk_fixtures import desk, new_desk

__all__ = ["desk", "new_desk"]
