"""The different values of a column, found by going from one to the next along an index."""

from sqlalchemy import CTE, Column, ColumnElement, func, select


def distinct_values(column: Column[str], *where: ColumnElement[bool]) -> CTE:
    """Return a table of one column, `value`; its last row is NULL.

    SELECT DISTINCT looks at every row. This looks once at the index for each value: to be used
    where values are few, and column and conditions are the beginning of an index.
    """
    values = select(func.min(column).label("value")).where(*where).cte(recursive=True)
    following = select(func.min(column)).where(*where, column > values.c.value)
    more = select(following.scalar_subquery()).where(values.c.value.is_not(None))
    return values.union_all(more)
