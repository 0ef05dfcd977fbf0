"""Daemon and simulated systems on one driven clock: demo, replay, and later the simulation."""
