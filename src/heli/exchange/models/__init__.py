"""The catalogue, the grants, and the log of accesses."""

from heli.exchange.models.accesses import Access, ListPage, UsedNonce
from heli.exchange.models.applications import Appeal, Application
from heli.exchange.models.catalogue import (
    SENSITIVITY_LABELS,
    Resource,
    Revision,
    SharingClass,
    SubjectType,
    UpdateCycle,
)
from heli.exchange.models.contracts import ContractVersion
from heli.exchange.models.elements import Claim, Conflict, Element
from heli.exchange.models.entries import Category, Entry, Format, Openness, Quality
from heli.exchange.models.extracts import (
    OPEN_STATES,
    Extract,
    ExtractFormat,
    ExtractState,
)
from heli.exchange.models.grants import Grant, KeptPolicy, new_id
from heli.exchange.models.grounds import Confirmation, PublicDuty
from heli.exchange.models.holdings import CombinationRule, Holding
from heli.exchange.models.limits import GrantUse
from heli.exchange.models.overrides import EmergencyRule, Override
from heli.exchange.models.provisions import LawKind, Provision
from heli.exchange.models.sessions import GatewaySession
from heli.exchange.models.sources import Source, SourceKind

__all__ = [
    "OPEN_STATES",
    "SENSITIVITY_LABELS",
    "Access",
    "Appeal",
    "Application",
    "Category",
    "Claim",
    "CombinationRule",
    "Confirmation",
    "Conflict",
    "ContractVersion",
    "Element",
    "EmergencyRule",
    "Entry",
    "Extract",
    "ExtractFormat",
    "ExtractState",
    "Format",
    "GatewaySession",
    "Grant",
    "GrantUse",
    "Holding",
    "KeptPolicy",
    "LawKind",
    "ListPage",
    "Openness",
    "Override",
    "Provision",
    "PublicDuty",
    "Quality",
    "Resource",
    "Revision",
    "SharingClass",
    "Source",
    "SourceKind",
    "SubjectType",
    "UpdateCycle",
    "UsedNonce",
    "new_id",
]
