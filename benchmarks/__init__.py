"""Figures that slasync promises, each measured against a floor in the same run."""
