"""What all tables share: one catalogue, and names of constraints that migrations can rely on."""

from typing import ClassVar

from sqlalchemy import MetaData, Table
from sqlmodel import SQLModel

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Row(SQLModel):
    """Base of all tables. Models validate nothing: domain values are checked when built."""

    metadata: ClassVar[MetaData] = MetaData(naming_convention=NAMES)


def table_of(model: type[Row]) -> Table:
    """Return the Core table behind a model; bulk statements are made of it."""
    return Row.metadata.tables[str(model.__tablename__)]
