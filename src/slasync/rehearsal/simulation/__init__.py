"""The whole daemon on simulated systems, with faults, crashes and people, from one seed."""
