"""Queue tables: search, filter, sort, paging, in two queries whatever the size."""

from heli.web.tables.columns import Column, Filter
from heli.web.tables.table import Slice, Table

__all__ = ["Column", "Filter", "Slice", "Table"]
