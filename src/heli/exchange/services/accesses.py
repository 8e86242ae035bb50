"""What is kept beside the facts of answers."""

from uuid import UUID

from heli.exchange.models import Access, ListPage


def forget_access(fact_id: UUID) -> None:
    """Forget the access that a forgotten fact proved, its key, and whom it told of."""
    ListPage.objects.filter(pk=fact_id).delete()
    Access.objects.filter(pk=fact_id).delete()
