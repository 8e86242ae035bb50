"""Background work of the organisation room."""

from heli.kernel.worker import periodic
from heli.organisation import nonces

forget_nonces = periodic("organisation.nonces", every=60)(nonces.forget)
