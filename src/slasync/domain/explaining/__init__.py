"""Why: what is known of one lead and what was decided about it, in words."""
