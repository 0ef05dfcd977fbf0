"""Bugs to be planted in a copy of slasync: whether the simulation's judge sees them."""
