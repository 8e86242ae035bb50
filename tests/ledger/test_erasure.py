"""What is forgotten cannot be found again by trying everybody who lives in the city.

The attacker is as strong as can be: has the database, every file, the log, and knows of each
forgotten fact all it said but whom it was about. Only destroyed salts are missing.
"""

import datetime as dt
import hmac
import random
import re
from hashlib import sha256

import pytest
from django.db import connection, transaction
from tests.ledger.happenings import ACTOR, Happened

from heli.engines.contracts.semantics.identity import make_identity_number
from heli.engines.translog import (
    canonical_json,
    node_reader,
    prove_inclusion,
    verify_inclusion,
    verify_receipt,
)
from heli.ledger import selectors, sequencer, services
from heli.ledger.audit import audit
from heli.ledger.content import content_of, leaf_of
from heli.ledger.models import Fact
from heli.ledger.services import NewFact

RESIDENTS = 20_000
FACTS, FORGOTTEN = 120, 40
_LETTERS = str.maketrans("0123456789abcdef", "ghijklmnopqrstuv")


@pytest.fixture(scope="module")
def residents():
    """The identity numbers of a city of 20,000, all valid and all fictitious."""
    order, found = random.Random(20261128), {}
    first = dt.date(1930, 1, 1)
    while len(found) < RESIDENTS:
        born = first + dt.timedelta(days=order.randrange(34_000))
        number = make_identity_number("990102", born, order.randrange(1, 900))
        found[number] = None
    return list(found)


def pseudonym(number):
    """An unkeyed hash: no protection at all, so that only the salt stands in the way.

    In letters, lest its digits look like a telephone number.
    """
    return sha256(number.encode()).hexdigest().translate(_LETTERS)


@pytest.fixture
def told(db, residents):
    """Facts about people; some are forgotten. Gives whom each is about, and what it said."""
    order = random.Random(7)
    about = order.sample(residents, FACTS)
    with transaction.atomic():
        new = [NewFact(Happened(n=n, note=pseudonym(who)), ACTOR) for n, who in enumerate(about)]
        rows = list(services.record_many(new))
    services.integrate()
    contents = {row.pk: content_of(row) for row in rows}
    gone = order.sample(rows, FORGOTTEN)
    salts = {row.pk: bytes(row.salt) for row in gone}
    receipts = {row.pk: selectors.receipt(row.pk) for row in gone[:3]}
    for row in gone:
        with transaction.atomic():
            services.forget(row.pk, actor=ACTOR, ground="依法删除")
    services.integrate()
    who = {row.pk: person for row, person in zip(rows, about, strict=True)}
    return who, contents, salts, receipts


def frames(content):
    """What a commitment is made of, for a fact whose person is left open."""
    text = canonical_json(content)
    return (4).to_bytes(8, "big") + b"fact" + len(text).to_bytes(8, "big") + text


def everything_stored(home):
    """All rows of all tables as text, and all files, as an attacker would copy them."""
    parts = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            for row in cursor.fetchall():
                parts += [
                    bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()
                    for value in row
                ]
    parts += [path.read_bytes() for path in sorted(home.rglob("*")) if path.is_file()]
    return parts


def opened(commitment, framed, salts):
    return any(hmac.digest(salt, framed, "sha256") == commitment for salt in salts)


def test_the_attack_works_where_the_salt_is_kept(told):
    """Otherwise the test below would prove nothing: with its salt every fact is linked."""
    who, contents, salts, _ = told
    for pk, salt in salts.items():
        row = Fact.objects.get(pk=pk)
        found = [
            person
            for person in [*list(who.values())[:20], who[pk]]
            if opened(
                bytes(row.commitment),
                frames(contents[pk] | {"data": {"n": contents[pk]["data"]["n"],
                                                "note": pseudonym(person)}}),
                [salt],
            )
        ]  # fmt: skip
        assert set(found) == {who[pk]}


def test_nobody_is_linked_by_trying_every_resident(told, residents, fresh_home):
    who, contents, salts, _ = told
    stored = everything_stored(fresh_home)
    whole = b"\n".join(stored)
    # Neither the salts nor what was said lie anywhere any more, in no spelling.
    for pk, salt in salts.items():
        for spelling in (salt, salt.hex().encode()):
            assert spelling not in whole
        assert pseudonym(who[pk]).encode() not in whole
    kept = set(re.findall(rb"[g-v]{64}", whole))
    still = {pseudonym(who[pk]).encode() for pk in who if pk not in salts}
    assert kept & {pseudonym(each).encode() for each in residents} == still
    # Every string of 32 bytes that is stored, tried as the salt of the right person.
    tried = {part[at : at + 32] for part in stored for at in range(0, max(1, len(part) - 31), 32)}
    tried |= {bytes.fromhex(each.decode()) for each in re.findall(rb"\b[0-9a-f]{64}\b", whole)}
    tried |= {bytes(32), sha256(b"").digest()}
    assert len(tried) > 300
    for pk in salts:
        commitment = bytes(Fact.objects.get(pk=pk).commitment)
        assert not opened(commitment, frames(contents[pk]), tried)
    # Every resident of the city, under salts that need no knowledge.
    for pk in list(salts)[:12]:
        commitment = bytes(Fact.objects.get(pk=pk).commitment)
        data = contents[pk]["data"]
        before, _, after = frames(contents[pk]).partition(data["note"].encode())
        for person in residents:
            framed = before + pseudonym(person).encode() + after
            assert hmac.digest(bytes(32), framed, "sha256") != commitment
            assert sha256(framed).digest() != commitment


def test_every_proof_still_holds(told):
    who, _, salts, receipts = told
    head = selectors.latest_checkpoint()
    read = node_reader(sequencer.read_tile)
    keys = selectors.trusted_keys()
    for pk in who:
        row = Fact.objects.get(pk=pk)
        proof = prove_inclusion(row.leaf_index, head.size, read)
        leaf = leaf_of(row.commitment).hash()
        verify_inclusion(row.leaf_index, head.size, leaf, proof, bytes(head.root))
        shown = verify_receipt(selectors.receipt(pk), keys).content
        assert (shown is None) == (pk in salts)
    for receipt in receipts.values():
        assert verify_receipt(receipt, keys).content, "who was given the salt before still has it"
    report = audit()
    assert report.clean
    assert len(report.forgotten) == FORGOTTEN
