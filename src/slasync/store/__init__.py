"""Everything that slasync remembers: all SQL lives here, rows never leave, domain values do."""
