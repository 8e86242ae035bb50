"""A thousand runs with ``kill -9``: no answer without leaf, no leaf lost, no effect twice.

    python -m bench.faults [--part ledger] [--seed N] [--series N] [--postgres URL]

Every series of runs begins in the same small city. In each of its runs a process of one part (the
ledger, the gateway, the delivery of feeds) starts on what the one before left, works, and is killed
at a point that the series' seed chose: at the n-th of its steps, or at an instant. In some another
process works beside it and is killed with it. Then Heli starts once more, and everything that had
left is held against the log: receipts offline, places, the audit, what the receiver of the webhooks
got. One violation makes the row fail and names the seed, with which the series is done again.
"""

import argparse
import json
import os
import random
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bench.faults_kill import Child, EndedError, Teller, Told, done, follow, fork
from bench.faults_place import Place
from bench.faults_receiver import Receiver

GIVE_UP = 1200
"""Seconds after which the runner gives this bench up."""
SERIES = {"ledger": 140, "gateway": 120, "delivery": 110}
"""How many of each part, with one seed each: together more than a thousand runs."""
MOST_RUNS = 5
BY_CLOCK = 0.3
"""Of the kills so many come from outside, at an instant."""
LATEST = 0.2
"""Seconds after the first piece of work was begun within which those come."""
SHOWN = 3
"""So many violations are named in full."""


@dataclass
class Tally:
    """What came of the runs of a part."""

    series: int = 0
    runs: int = 0
    at_work: int = 0
    checked: int = 0
    seconds: float = 0.0
    wrong: list[str] = field(default_factory=list)


class Bench:
    """The city and the receiver, for all runs."""

    def __init__(self) -> None:
        os.environ["HELI_WEBHOOK_NETWORKS"] = "127.0.0.0/8"
        preload()
        self.receiver = Receiver()
        try:
            self.place = Place(self.receiver.url)
        except BaseException:
            self.receiver.close()
            raise

    def close(self) -> None:
        """End the receiver, delete what was kept."""
        self.receiver.close()
        self.place.close()

    def series(self, name: str, seeds: Iterable[int]) -> Tally:
        """A series of runs of a part for each seed."""
        tally, began = Tally(), time.perf_counter()
        for seed in seeds:
            tally.series += 1
            for wrong in self.one(name, seed, tally):
                tally.wrong.append(f"seed {seed}: {wrong}")
        tally.seconds = time.perf_counter() - began
        return tally

    def one(self, name: str, seed: int, tally: Tally) -> list[str]:
        """One series; what does not hold after it."""
        from bench.faults_parts import PARTS, Delivery

        part = PARTS[name](self.place.told)
        chance = random.Random(f"{name} {seed}")
        self.place.put_back()
        self.receiver.take(seed)
        told: list[Told] = []
        for _ in range(chance.randint(1, MOST_RUNS)):
            child = self._killed(part, chance, told)
            if child.hung or not child.killed:
                why = "hung" if child.hung else f"ended with {child.status}"
                return [f"a process {why} before it was killed"]
            tally.runs += 1
            tally.at_work += child.at_work
        try:
            found = done(lambda teller: part.account(teller, told))
            if isinstance(part, Delivery):
                documents = self.receiver.take(0)
                found += done(lambda teller: part.arrived(teller, documents))
        except EndedError as error:
            return [f"Heli did not start after the kills: {error}"]
        tally.checked += sum(each["checked"] for each in found)
        return [wrong for each in found for wrong in each["wrong"]]

    @staticmethod
    def _killed(part: Any, chance: random.Random, told: list[Told]) -> Child:
        """Let a process work, with another one beside it in some runs, until it is killed."""
        by_clock = chance.random() < BY_CLOCK
        steps = 0 if by_clock else chance.randint(1, part.steps)
        instant = chance.uniform(0, LATEST) if by_clock else None
        its_chance = random.Random(chance.random())
        before = list(told)

        def work(teller: Teller) -> None:
            part.work(teller, its_chance, before)

        children = [fork(work, steps)]
        if chance.random() < part.helper_chance:
            children.append(fork(part.help))
        follow(children, instant)
        told += children[0].told
        return children[0]


def preload() -> None:
    """Load here what every forked process needs; no thread of Python's may begin by that."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    import duckdb  # noqa: F401
    import pyarrow.parquet  # noqa: F401

    import heli.client.answers
    import heli.exchange.connectors.parquet
    import heli.exchange.gateway
    import heli.feeds.sending
    import heli.ledger.audit
    import heli.ledger.bundles
    import heli.site.asgi  # noqa: F401 - with all it loads
    from heli.feeds import webhooks

    webhooks._trusted()


def run(series: Mapping[str, int] = SERIES) -> list[dict[str, object]]:
    """One row for each part."""
    bench = Bench()
    try:
        return [
            row(name, bench.series(name, range(1, count + 1))) for name, count in series.items()
        ]
    finally:
        bench.close()


def row(name: str, tally: Tally) -> dict[str, object]:
    """A row of the table."""
    made: dict[str, object] = {
        "what": f"{name}: {tally.runs} runs, each killed, {tally.at_work} amid work",
        "heli": f"{len(tally.wrong)} wrong",
        "peer": f"limit 0; {tally.checked:,} answers checked",
    }
    if tally.wrong:
        made["failed"] = True
        made["what"] = f"{made['what']}; " + "; ".join(tally.wrong[:SHOWN])
    return made


def main() -> None:
    """Run what was asked for, in a home of its own, and print it as JSON."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--part", choices=sorted(SERIES), action="append")
    options.add_argument("--seed", type=int, help="only this one")
    options.add_argument("--series", type=int, help="the first so many seeds of each part")
    options.add_argument("--postgres", default="", help="an empty database, which is written over")
    given = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="heli-faults-") as home:
        os.environ |= {"HELI_HOME": home, "HELI_DATABASE_URL": given.postgres}
        os.environ["DJANGO_SETTINGS_MODULE"] = "heli.site.settings"
        from heli.site.startup import setup

        setup()
        bench, whole = Bench(), True
        try:
            for name in given.part or SERIES:
                first, last = 1, given.series or SERIES[name]
                if given.seed is not None:
                    first = last = given.seed
                tally = bench.series(name, range(first, last + 1))
                print(json.dumps({"part": name} | vars(tally), ensure_ascii=False), flush=True)
                whole &= not tally.wrong
        finally:
            bench.close()
    sys.exit(0 if whole else 1)


if __name__ == "__main__":
    main()
