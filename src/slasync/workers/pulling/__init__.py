"""pull: what changed in the systems becomes mirror and facts."""
