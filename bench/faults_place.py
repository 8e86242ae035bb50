"""One small city, made once and put back before every run."""

import os
import shutil
import tempfile
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlparse, urlunparse

from bench.faults_kill import Teller, done

PURPOSE, OTHER_PURPOSE, DEPARTMENT = "restaurant", "enterprise_start", "scjg"
MATTER = "LJ-7K3D9Q-42"
PEOPLE = 4
"""So many residents are subjects of the matter; one more is not."""

FOUNDING = 600.0
"""Seconds within which the city must be there."""


class Place:
    """The home that the environment names, with its database.

    Attributes:
        told: What whoever asks or posts has to know about the city.
    """

    def __init__(self, webhooks: str) -> None:
        from heli.kernel.home import home

        self._home = home()
        self._url = os.environ.get("HELI_DATABASE_URL", "")
        self._kept = Path(tempfile.mkdtemp(prefix="heli-faults-"))
        (told,) = done(lambda teller: prepare(teller, webhooks), FOUNDING)
        self.told: dict[str, Any] = told
        shutil.copytree(self._home, self._kept / "home")
        if self._url:
            self._copy_database(self._name, self._template)

    def put_back(self) -> None:
        """As it was made."""
        if self._url:
            self._copy_database(self._template, self._name)
        for path in self._home.iterdir():
            # Registers are only read.
            if path.name != "registers":
                shutil.rmtree(path) if path.is_dir() else path.unlink()
        leave = shutil.ignore_patterns("registers")
        shutil.copytree(self._kept / "home", self._home, ignore=leave, dirs_exist_ok=True)

    def close(self) -> None:
        """Leave nothing behind but the home."""
        shutil.rmtree(self._kept)
        if self._url:
            self._on_server(f'DROP DATABASE IF EXISTS "{self._template}" WITH (FORCE)')

    @property
    def _name(self) -> str:
        return urlparse(self._url).path.strip("/")

    @property
    def _template(self) -> str:
        return f"{self._name}_kept"

    def _copy_database(self, source: str, target: str) -> None:
        self._on_server(
            f'DROP DATABASE IF EXISTS "{target}" WITH (FORCE)',
            f'CREATE DATABASE "{target}" TEMPLATE "{source}"',
        )

    def _on_server(self, *statements: str) -> None:
        import psycopg

        server = urlunparse(urlparse(self._url)._replace(path="/postgres"))
        with psycopg.connect(server, autocommit=True) as link:
            for statement in statements:
                link.execute(statement)


def prepare(teller: Teller, webhooks: str) -> None:
    """Migrate, found the city, and let two subscriptions wait for changes of its residents."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from heli.demo import organisation as people
    from heli.demo import registers
    from heli.feeds import services as feeds
    from heli.kernel.actor import HELI, Actor
    from heli.kernel.home import home
    from heli.ledger import custody
    from heli.ledger import services as ledger
    from heli.organisation import services as organisation
    from heli.site.startup import migrate

    migrate()
    people.seed()
    registers.seed_registers(home(), seed=3, scale="tiny")
    resource = registers.seed_catalogue()["residents"]
    private = Ed25519PrivateKey.generate()
    system, key = organisation.register_system(
        DEPARTMENT, "审批系统", private.public_key().public_bytes_raw(), actor=HELI
    )
    feed = feeds.open_feed(resource, actor=HELI)
    for purpose in (PURPOSE, OTHER_PURPOSE):
        feeds.subscribe(
            feed, consumer=DEPARTMENT, purpose=purpose, transport="webhook",
            address=f"{webhooks}/{purpose}", actor=Actor("system", str(system.pk), DEPARTMENT),
        )  # fmt: skip
    ledger.integrate()
    numbers = [each.resident_id for each in registers.personas(home(), PEOPLE + 1)]
    teller.tell(
        key_id=key.key_id,
        private=private.private_bytes_raw().hex(),
        keys=str(custody.trusted_keys()),
        people=numbers[:PEOPLE],
        stranger=numbers[PEOPLE],
    )


def answer_for_matters(told: Mapping[str, Any]) -> None:
    """Answer, in this process, what the exchange and the feeds ask the room of matters."""
    from heli.exchange.questions import Standing, matter_standing, matter_standings
    from heli.feeds.questions import open_matters, subjects_at_work

    people = set(told["people"])

    def standing(matter: str, department: str, kind: str, subject: str) -> Standing:
        known = matter == MATTER
        return Standing(
            live=known,
            holds_task=known and department == DEPARTMENT,
            concerns_subject=known and subject in people,
            known=known,
        )

    def opened(department: str, kind: str, subjects: Collection[str]) -> Mapping[str, str]:
        return {each: MATTER for each in subjects if each in people and department == DEPARTMENT}

    matter_standing._answer = standing
    matter_standings._answer = None
    open_matters._answer = opened
    subjects_at_work._answer = lambda department, kind: opened(department, kind, people)
