"""What a fact commits to: its content in the one form that is hashed, for ever."""

import datetime as dt
from typing import Any

from heli.engines.translog import Leaf, commit
from heli.engines.translog.canonical import quoted
from heli.engines.translog.commitments import commit_text
from heli.ledger.models import Fact

KIND = "fact"


def content_of(fact: Fact) -> dict[str, Any]:
    """Everything a fact says, as a JSON value; instants in UTC with microseconds."""
    return {
        "id": str(fact.id),
        "at": fact.at.astimezone(dt.UTC).isoformat(timespec="microseconds"),
        "actor": fact.actor,
        "department": fact.department,
        "verb": fact.verb,
        "subject": fact.subject,
        "matter": fact.matter,
        "data": fact.data,
    }


def commitment_of(fact: Fact, salt: bytes) -> bytes:
    """The commitment to a fact under its salt."""
    return commit(KIND, content_of(fact), salt)


def commitment_with(fact: Fact, data: str, salt: bytes) -> bytes:
    """The same commitment where the canonical text of the fact's data is at hand."""
    at = fact.at.astimezone(dt.UTC).isoformat(timespec="microseconds")
    return commit_text(
        KIND,
        f'{{"actor":{quoted(fact.actor)},"at":"{at}","data":{data},'
        f'"department":{quoted(fact.department)},"id":"{fact.id}",'
        f'"matter":{quoted(fact.matter)},"subject":{quoted(fact.subject)},'
        f'"verb":{quoted(fact.verb)}}}',
        salt,
    )


def leaf_of(commitment: bytes | memoryview) -> Leaf:
    """The log entry of a fact."""
    return Leaf(KIND, bytes(commitment))
