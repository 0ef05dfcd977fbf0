"""A simulated Salesforce org: REST API, OAuth, SOQL, and people working in it.

`Salesforce` (vendor.py) is the whole; `rest.py` routes, `org.py` holds the rows, `writes.py` and
`rules.py` say how a record is saved, `querying.py` how it is found, `people.py` what people do.
"""

from slasync.sandbox.salesforce.errors import Trouble
from slasync.sandbox.salesforce.org import Switches
from slasync.sandbox.salesforce.schema import Field, Row
from slasync.sandbox.salesforce.vendor import Salesforce

__all__ = ["Field", "Row", "Salesforce", "Switches", "Trouble"]
