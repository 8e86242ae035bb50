"""Messages for matters, over REST."""

from django.http import HttpRequest
from ninja import Router

from heli.cases import services
from heli.cases.rest.asks import OFFICIALS
from heli.cases.rest.caller import caller
from heli.cases.schemas.matters import MatterOut, MessageIn
from heli.kernel.permissions import audience
from heli.kernel.rest import idempotent

router = Router(tags=["messages"])


@router.post("/matters/{code}/messages", response=MatterOut, summary="Deliver a message")
@audience(*OFFICIALS, systems=True)
@idempotent
def deliver(request: HttpRequest, code: str, body: MessageIn) -> MatterOut:
    """Deliver a message that the matter's procedure waits for; it goes on at once.

    ``messages`` of a matter names those that can be delivered now. With an ``Idempotency-Key`` a
    repeat is answered alike and delivers nothing again.
    """
    by = caller(request)
    row = services.deliver_message(code, body.name, by=by, variables=body.variables)
    return MatterOut.of(row)
