"""What an admin adds to an org: objects of its own."""

from collections.abc import Iterable
from dataclasses import replace

from slasync.sandbox.salesforce.org import Org
from slasync.sandbox.salesforce.schema import Field, ObjectType, parsed
from slasync.sandbox.salesforce.tables_sales import SYSTEM

STANDARD = f"""
OwnerId reference ! d -> Group,User as Owner
IsDeleted boolean ro
Name string:80 ! ro d
{SYSTEM}
"""
PREFIX = "a{:02d}"


def add_object(org: Org, name: str, label: str, plural: str, fields: Iterable[Field]) -> None:
    """Add a custom object whose names are numbers given by the org."""
    customs = sum(each.endswith("__c") for each in org.schema.objects)
    made = ObjectType(name, PREFIX.format(customs), label, plural)
    made.add(replace(parsed("Id id ! ro d look"), label="Record ID"))
    for line in filter(None, map(str.strip, STANDARD.splitlines())):
        made.add(parsed(line))
    for each in fields:
        made.add(each)
    org.add_object(made)
