"""Departments in their tree, and the posts they have."""

from django.db import models

from heli.kernel.localise import bilingual
from heli.organisation.ranks import CHOICES, Rank


class Department(models.Model):
    """A unit of government in the tree of departments.

    Attributes:
        code: Stable short code, used in facts, grants and procedures.
        badge: One character that stands for it everywhere.
        position: Order among its siblings.
        is_active: False once it was dissolved; it stays readable.
    """

    code = models.SlugField(max_length=40, primary_key=True)
    name_zh = models.CharField(max_length=80)
    name_en = models.CharField(max_length=120, blank=True)
    badge = models.CharField(max_length=1)
    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="children"
    )
    position = models.PositiveSmallIntegerField(default=0)
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ("position", "code")

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """The name in the reader's language."""
        return bilingual(self.name_zh, self.name_en)


class Post(models.Model):
    """A post of a department, which one or more people hold.

    Attributes:
        rank: Value of :class:`heli.organisation.ranks.Rank`.
        is_head: Whether its holder answers for the department.
        seats: How many people may hold it at once.
    """

    department = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="posts")
    name_zh = models.CharField(max_length=60)
    name_en = models.CharField(max_length=80, blank=True)
    rank = models.PositiveSmallIntegerField(choices=CHOICES)
    is_head = models.BooleanField(default=False)
    seats = models.PositiveSmallIntegerField(default=1)

    class Meta:
        ordering = ("-rank", "id")
        constraints = (
            models.UniqueConstraint(
                fields=["department", "name_zh", "rank"], name="organisation_post_once"
            ),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """The name in the reader's language."""
        return bilingual(self.name_zh, self.name_en)

    @property
    def rank_label(self) -> str:
        """The name of its rank in the reader's language."""
        return Rank(self.rank).label

    @property
    def free_seats(self) -> int:
        """Seats nobody holds; counts ``holders`` where a selector attached them."""
        holders = getattr(self, "holders", None)
        taken = self.appointments.filter(until=None).count() if holders is None else len(holders)
        return max(0, self.seats - taken)
