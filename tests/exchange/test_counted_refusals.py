"""What was only counted of refusals is recorded, whenever a server ends."""

import asyncio
import threading

from tests.exchange.conftest import NOW

from heli.exchange import refusals
from heli.kernel import clock
from heli.ledger.models import Fact


def test_a_server_that_ends_while_it_records_takes_the_unfinished_second_along(
    transactional_db, monkeypatch
):
    """What ends it may come while the seconds that are over are being written down."""
    ended = threading.Event()
    monkeypatch.setattr(refusals, "LOOK", 0.01)
    monkeypatch.setattr(refusals, "PER_SECOND", 0)
    record = refusals.record_dropped

    def recording(*, unfinished=False):
        if not unfinished:
            refusals.limiter.allows(refusals.Claim())
            loop.call_soon_threadsafe(stop.set)
            ended.wait(5)
        return record(unfinished=unfinished)

    async def serve():
        asyncio.get_running_loop().call_later(0.1, ended.set)
        await refusals.keep_recording(stop)

    monkeypatch.setattr(refusals, "record_dropped", recording)
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()
    with clock.frozen(NOW):
        loop.run_until_complete(serve())
    loop.close()
    assert Fact.objects.filter(verb="exchange.lookup.denials_dropped").count() == 1
