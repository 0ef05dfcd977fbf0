"""The fault table: what can go wrong, and the test that shows that slasync bears it."""
