"""Who may look at the cockpit: those who answer for departments or watch over them."""

from heli.kernel.permissions import Role

VIEWERS = (Role.LEADER, Role.SUPERVISOR, Role.HEAD)

# Rooms whose facts the cockpit tells. Staff matters and the organisation's own changes are not
# its business, and imported history is not happening now.
TOLD = ("cases.", "exchange.", "ledger.")
UNTOLD = (
    "cases.history.opened",
    "cases.history.performed",
    "cases.history.closed",
    "cases.matter.drafted",
    "cases.matter.discarded",
)
