"""Where departments keep their data."""

from django.db.models import QuerySet

from heli.errors import NotFoundError
from heli.exchange.models import Source


def sources(department: str) -> QuerySet[Source]:
    """Data sources of a department."""
    return Source.objects.filter(department=department)


def source_by_address(address: str) -> Source:
    """One data source.

    Raises:
        NotFoundError: There is none.
    """
    department, _slash, name = address.partition("/")
    found = Source.objects.filter(department=department, name=name).first()
    if found is None:
        raise NotFoundError(what=address)
    return found
