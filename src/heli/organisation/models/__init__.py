"""Departments, posts, people, absences, roles and machine clients."""

from heli.organisation.models.departments import Department, Post
from heli.organisation.models.people import (
    Absence,
    AccountChange,
    Appointment,
    Competence,
    Identity,
    Person,
    PersonManager,
    RoleGrant,
)
from heli.organisation.models.systems import SpentNonce, System, SystemKey

__all__ = [
    "Absence",
    "AccountChange",
    "Appointment",
    "Competence",
    "Department",
    "Identity",
    "Person",
    "PersonManager",
    "Post",
    "RoleGrant",
    "SpentNonce",
    "System",
    "SystemKey",
]
