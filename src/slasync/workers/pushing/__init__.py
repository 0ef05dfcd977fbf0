"""push: what is queued is sent in batches, and each row settled by its own outcome."""
