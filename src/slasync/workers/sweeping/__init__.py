"""sweep: mirror and systems are compared, and what was missed is repaired."""
