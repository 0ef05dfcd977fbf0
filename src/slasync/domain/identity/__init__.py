"""Who: which records are one person and one company, and what a field holds in all of them."""
