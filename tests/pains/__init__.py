"""The table of pains: what hurts people elsewhere, and the test that shows it does not here."""
