"""When: calendars, open hours, months and pauses, from wall clocks to instants."""
