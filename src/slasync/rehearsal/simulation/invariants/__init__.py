"""The invariants, by topic: each is a function from a case to the violations found in it."""
