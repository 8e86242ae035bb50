"""Every write of the exchange, and the lookup."""

from heli.exchange.lookup import LookupAnswer, Query, response_hash
from heli.exchange.services.appeals import (
    decide_appeal,
    file_appeal,
    next_tier,
    note_late_appeal,
)
from heli.exchange.services.applications import (
    apply,
    correct_application,
    grant_application,
    note_silence,
    refuse_application,
    return_application,
    review_application,
    withdraw_application,
)
from heli.exchange.services.catalogue import publish, withdraw
from heli.exchange.services.confirmations import answer_confirmation, ask_confirmation
from heli.exchange.services.duties import register_duty, withdraw_duty
from heli.exchange.services.elements import claim, register_element, settle_conflict
from heli.exchange.services.entries import describe, register_category
from heli.exchange.services.extracts import (
    ask_extract,
    clean_extracts,
    fetch_extract,
    make_extract,
    make_next_extract,
    withdraw_extract,
)
from heli.exchange.services.files import (
    clean_files,
    drop_held_file,
    held_file,
    hold_file,
    receive_file,
)
from heli.exchange.services.grants import grant, renew, resume, revoke, suspend
from heli.exchange.services.holdings import allow_combination, forbid_combination
from heli.exchange.services.lookups import forget_nonces, lookup
from heli.exchange.services.overrides import (
    allow_emergency,
    break_glass,
    end_emergency,
    justify_override,
    review_override,
)
from heli.exchange.services.provisions import register_provision, repeal_provision
from heli.exchange.services.publishing import (
    FileResource,
    FileTrial,
    mark_of,
    publish_file,
    try_file,
)
from heli.exchange.services.quality import measure, measure_due
from heli.exchange.services.samples import show_sample
from heli.exchange.services.sessions import end_session, end_sessions
from heli.exchange.services.sources import register_source, remove_source
from heli.exchange.services.traces import trace
from heli.exchange.services.trials import (
    FieldConflict,
    SourceResource,
    Trial,
    publish_source,
    try_source,
)
from heli.exchange.services.wishes import Wish

__all__ = [
    "FieldConflict",
    "FileResource",
    "FileTrial",
    "LookupAnswer",
    "Query",
    "SourceResource",
    "Trial",
    "Wish",
    "allow_combination",
    "allow_emergency",
    "answer_confirmation",
    "apply",
    "ask_confirmation",
    "ask_extract",
    "break_glass",
    "claim",
    "clean_extracts",
    "clean_files",
    "correct_application",
    "decide_appeal",
    "describe",
    "drop_held_file",
    "end_emergency",
    "end_session",
    "end_sessions",
    "fetch_extract",
    "file_appeal",
    "forbid_combination",
    "forget_nonces",
    "grant",
    "grant_application",
    "held_file",
    "hold_file",
    "justify_override",
    "lookup",
    "make_extract",
    "make_next_extract",
    "mark_of",
    "measure",
    "measure_due",
    "next_tier",
    "note_late_appeal",
    "note_silence",
    "publish",
    "publish_file",
    "publish_source",
    "receive_file",
    "refuse_application",
    "register_category",
    "register_duty",
    "register_element",
    "register_provision",
    "register_source",
    "remove_source",
    "renew",
    "repeal_provision",
    "response_hash",
    "resume",
    "return_application",
    "review_application",
    "review_override",
    "revoke",
    "settle_conflict",
    "show_sample",
    "suspend",
    "trace",
    "try_file",
    "try_source",
    "withdraw",
    "withdraw_application",
    "withdraw_duty",
    "withdraw_extract",
]
