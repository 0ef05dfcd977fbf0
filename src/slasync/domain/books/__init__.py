"""Word books: what slasync says of a lead, by key, the same keys in each language."""
