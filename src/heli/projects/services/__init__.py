"""Every write about digital projects."""

from heli.projects.services.decisions import (
    decide,
    end_exemption,
    grant_exemption,
    tell_expired_exemptions,
)
from heli.projects.services.projects import declare, register, remove_interface, withdraw
from heli.projects.services.testing import ask_run, finish_run

__all__ = [
    "ask_run",
    "decide",
    "declare",
    "end_exemption",
    "finish_run",
    "grant_exemption",
    "register",
    "remove_interface",
    "tell_expired_exemptions",
    "withdraw",
]
