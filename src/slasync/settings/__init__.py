"""The configuration: config/ and connectors/ read, checked to the last key, compiled to values."""

from slasync.domain.modes import Mode
from slasync.settings.budget import budgets_of, freshness, poll_interval
from slasync.settings.defaults import copy_defaults
from slasync.settings.loader import database_of, load, load_calendars, load_without_secrets
from slasync.settings.problems import ConfigurationError, Problem
from slasync.settings.schema import schemas
from slasync.settings.values import Address, Listeners, Settings

__all__ = [
    "Address",
    "ConfigurationError",
    "Listeners",
    "Mode",
    "Problem",
    "Settings",
    "budgets_of",
    "copy_defaults",
    "database_of",
    "freshness",
    "load",
    "load_calendars",
    "load_without_secrets",
    "poll_interval",
    "schemas",
]
