"""The code of a run, ``TW-7K3D9Q-42``; see :mod:`heli.kernel.codes`."""

from heli.kernel.codes import Codes
from heli.twin.errors import MalformedRunCodeError, MistypedRunCodeError

_codes = Codes("TW", "twin-runs", MalformedRunCodeError, MistypedRunCodeError)

new_code, parse = _codes.new, _codes.parse
