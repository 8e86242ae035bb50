"""Every write of openness."""

from heli.openness.services.corrections import (
    Agreed,
    acknowledge,
    check_source,
    open_correction,
    read_record,
)
from heli.openness.services.editions import count_download, issue, issue_due
from heli.openness.services.evidence import add_evidence
from heli.openness.services.objections import (
    Decision,
    Filed,
    Filer,
    Target,
    appeal,
    decide,
    file_objection,
    withdraw_objection,
)
from heli.openness.services.publications import Terms, change, publish, withdraw
from heli.openness.services.watching import watch

__all__ = [
    "Agreed",
    "Decision",
    "Filed",
    "Filer",
    "Target",
    "Terms",
    "acknowledge",
    "add_evidence",
    "appeal",
    "change",
    "check_source",
    "count_download",
    "decide",
    "file_objection",
    "issue",
    "issue_due",
    "open_correction",
    "publish",
    "read_record",
    "watch",
    "withdraw",
    "withdraw_objection",
]
