"""Fills a fresh home with a small city; prints the key id of the calling system."""

import json
import sys

from heli.site.startup import migrate


def main(public_key: str) -> None:
    """Set everything up and tell the caller what it needs to know."""
    migrate()
    from tests.exchange.conftest import set_up_city

    from heli.demo import registers
    from heli.kernel.actor import HELI
    from heli.kernel.home import home
    from heli.ledger import custody
    from heli.organisation import services as organisation

    registers.seed_registers(home(), seed=3, scale="tiny")
    set_up_city()
    _, key = organisation.register_system(
        "scjg", "市场监管审批系统", bytes.fromhex(public_key), actor=HELI
    )
    told = {"key_id": key.key_id, "keys": str(custody.trusted_keys())}
    sys.stdout.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
