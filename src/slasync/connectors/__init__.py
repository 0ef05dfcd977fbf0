"""The systems, each behind the ports: transport, read, write, and what their errors mean."""
