"""Looking up from inside Heli."""

from heli.exchange.lookup import LookupAnswer, Query, answer
from heli.exchange.models import UsedNonce
from heli.kernel import clock
from heli.kernel.actor import Actor


def lookup(
    *,
    actor: Actor,
    resource: str,
    subject: tuple[str, str],
    matter: str,
    department: str = "",
    purpose: str = "",
) -> LookupAnswer:
    """Look one subject up from inside Heli, on the same path as the gateway.

    Args:
        actor: Who asks.
        resource: Address, ``gaj/residents``.
        subject: Type and identifier, ``("person", "…")``.
        matter: Code of the matter (or draft) for which it is asked.
        department: For which department; the actor's own when empty.
        purpose: Purpose of the grant; may be empty if only one grant fits.

    Raises:
        HeliError: The reason of the denial, which has been recorded.
    """
    return answer(
        Query(
            actor=actor,
            department=department or actor.department,
            resource=resource,
            subject_type=subject[0],
            subject_id=subject[1],
            matter=matter,
            purpose=purpose,
        )
    )


def forget_nonces() -> int:
    """Delete nonces whose signatures are too old to be accepted anyway; returns how many."""
    return UsedNonce.objects.filter(expires_at__lt=clock.now()).delete()[0]
