"""A worked example: a connector to a plain CRM of JSON over HTTP, and such a CRM to test it with.

`wire.py`, `source.py` and `sink.py` are the connector, `crm.py` the vendor, `test_contract.py` the
proof. Read docs/new_connector.md beside them.
"""
