"""How much of a grant's limits is used up."""

from django.db import models

from heli.exchange.models.grants import Grant


class GrantUse(models.Model):
    """Counters of one grant whose policy has limits, changed with the facts they count.

    Attributes:
        minute: The minute counted last, since 1970.
        minute_calls: Calls in it.
        day: The day counted last, in Asia/Shanghai, days since 1970.
        day_calls: Calls on it.
        day_records: Records on it.
        total_records: Records since the grant was given.
    """

    grant = models.OneToOneField(
        Grant, on_delete=models.PROTECT, primary_key=True, related_name="use"
    )
    minute = models.BigIntegerField(default=0)
    minute_calls = models.BigIntegerField(default=0)
    day = models.BigIntegerField(default=0)
    day_calls = models.BigIntegerField(default=0)
    day_records = models.BigIntegerField(default=0)
    total_records = models.BigIntegerField(default=0)
