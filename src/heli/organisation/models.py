"""Departments, and people who sign in."""

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils.translation import get_language


def bilingual(zh: str, en: str) -> str:
    """The name in the reader's language, Chinese where there is no English one."""
    return en if en and (get_language() or "").startswith("en") else zh


class Department(models.Model):
    """A unit of government in the tree of departments.

    Attributes:
        code: Stable short code, used in facts, grants and procedures.
        badge: One character that stands for it everywhere.
    """

    code = models.SlugField(max_length=40, primary_key=True)
    name_zh = models.CharField(max_length=80)
    name_en = models.CharField(max_length=120)
    badge = models.CharField(max_length=1)
    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="children"
    )

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """The name in the reader's language."""
        return bilingual(self.name_zh, self.name_en)


class PersonManager(BaseUserManager["Person"]):
    """Finds people by their login name."""

    def get_by_natural_key(self, username: str | None) -> "Person":
        return self.get(username=username)


class Person(AbstractBaseUser):
    """Somebody who can sign in: an official, or an applicant.

    Attributes:
        department: Where an official serves; null for an applicant.
        role_names: Roles held, as values of ``kernel.permissions.Role``.
    """

    username = models.CharField(max_length=60, unique=True)
    name_zh = models.CharField(max_length=60)
    name_en = models.CharField(max_length=80, blank=True)
    department = models.ForeignKey(
        Department, on_delete=models.PROTECT, null=True, blank=True, related_name="people"
    )
    role_names = models.JSONField(default=list)
    is_active = models.BooleanField(default=True)

    USERNAME_FIELD = "username"
    objects = PersonManager()

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """The name in the reader's language."""
        return bilingual(self.name_zh, self.name_en)

    @property
    def roles(self) -> frozenset[str]:
        """Roles held now."""
        return frozenset(self.role_names)
